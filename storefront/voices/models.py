"""What people say: reviews of buyers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.catalog.models import Product
from storefront.checkout.models import OrderLine
from storefront.core.db import Model


class ReviewState(StrEnum):
    """Only a shown review is ever seen or counted by shoppers."""

    WAITING = "waiting"
    SHOWN = "shown"
    REFUSED = "refused"


class Review(Model):
    """What a buyer says of a product; only a line of a paid order can carry one, and a buyer has one a product.

    `version` counts how often it was written; `signed_as` is empty for "A shopper". `answer` is the producer's, to
    this version; an admin may hide it. Actors are public references.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="has_one_to_five_stars"),
        CheckConstraint("state IN ('waiting', 'shown', 'refused')", name="state_is_known"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_with_a_reason"),
        Index("ix_review_of_product", "product_id", "state", "changed_at", "id"),
        Index("ix_review_queue", "state", "changed_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), unique=True)
    state: Mapped[str] = mapped_column(String(20), default=ReviewState.WAITING)
    version: Mapped[int] = mapped_column(default=1)
    stars: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    signed_as: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(120))
    answer_hidden_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship()
    line: Mapped[OrderLine] = relationship()
