"""Updates of a group to its buyers, and whom each was sent to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.catalog.models import Product
from storefront.core.db import Model
from storefront.producers.models import Producer


class UpdateState(StrEnum):
    """Only an approved update is seen by anyone but its group and its reader, and only it is sent."""

    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class Update(Model):
    """Something that a group tells its buyers. `products` is empty where it is about all of its goods.

    `version` counts how often it was written or moved on. `consents` are those of the people in it: None until that was
    asked, none where nobody can be recognised. `begun_at` is its first letter, `ended_at` its last; `cursor` the order
    (its key) up to which buyers have theirs. Actors are public references.
    """

    __tablename__ = "group_update"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'sent', 'returned', 'approved', 'withdrawn')", name="state_is_known"),
        CheckConstraint("state <> 'returned' OR reason <> ''", name="returned_with_a_reason"),
        CheckConstraint("state <> 'approved' OR decided_by IS NOT NULL", name="approved_by_someone"),
        Index("ix_group_update_queue", "state", "changed_at", "id"),
        Index("ix_group_update_of_group", "producer_id", "state", "decided_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    state: Mapped[str] = mapped_column(String(20), default=UpdateState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    consents: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[str] = mapped_column(String(120))
    changed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cursor: Mapped[int] = mapped_column(default=0)

    producer: Mapped[Producer] = relationship()
    products: Mapped[list[Product]] = relationship(secondary="group_update_product", order_by=Product.title)


class UpdateProduct(Model):
    """A product that an update is about."""

    __tablename__ = "group_update_product"

    update_id: Mapped[int] = mapped_column(ForeignKey("group_update.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)


class UpdateLetter(Model):
    """That an update went to this mailbox (a hash of its address)."""

    __tablename__ = "group_update_letter"
    __table_args__ = (Index("uq_group_update_letter", "update_id", "mailbox", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(ForeignKey("group_update.id"))
    mailbox: Mapped[str] = mapped_column(String(32))
