"""What people say of products: reviews of buyers, and questions of anyone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from storefront.accounts.models import User
from storefront.catalog.models import Product
from storefront.checkout.models import OrderLine
from storefront.core.db import Model


class WordsState(StrEnum):
    """Only what is shown is ever seen or counted by shoppers, or by the group; a question once it is answered."""

    WAITING = "waiting"
    SHOWN = "shown"
    REFUSED = "refused"


class Words(Model):
    """What somebody said of a product: looked at before anyone else reads it, answered once by the producer.

    `version` counts how often it was written or decided on. An admin may hide the answer. Actors are public references.
    """

    __abstract__ = True

    WHAT: ClassVar[str]

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    state: Mapped[str] = mapped_column(String(20), default=WordsState.WAITING)
    version: Mapped[int] = mapped_column(default=1)
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(120))
    answer_hidden_at: Mapped[datetime | None]

    @declared_attr
    def product(cls) -> Mapped[Product]:
        """What it is about."""
        return relationship()

    @property
    def about(self) -> str:
        """The product as its writer knows it."""
        return self.product.title

    @property
    def mailbox(self) -> str | None:
        """Where its writer gets letters about it, if anywhere."""
        raise NotImplementedError

    def is_by(self, user: User) -> bool:
        """Whether the user said it, as far as anyone can know."""
        raise NotImplementedError

    def forget(self) -> None:
        """Give up what was kept only for a letter that is written now or never."""


def _looked_at(table: str) -> tuple[CheckConstraint | Index, ...]:
    return (
        CheckConstraint("state IN ('waiting', 'shown', 'refused')", name="state_is_known"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_with_a_reason"),
        Index(f"ix_{table}_queue", "state", "changed_at", "id"),
    )


class Review(Words):
    """What a buyer says of a product; only a line of a paid order can carry one, and a buyer has one a product.

    `signed_as` is empty for "A shopper". The answer is to this version: a change takes it along.
    """

    WHAT = "review"
    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="has_one_to_five_stars"),
        Index("ix_review_of_product", "product_id", "state", "changed_at", "id"),
        *_looked_at("review"),
    )

    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), unique=True)
    stars: Mapped[int]
    signed_as: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    line: Mapped[OrderLine] = relationship()

    @property
    def about(self) -> str:
        """The product as it was bought."""
        return self.line.title

    @property
    def mailbox(self) -> str | None:
        """Where all letters about the order go."""
        return self.line.order.email

    def is_by(self, user: User) -> bool:
        """By whose order it is, or by its address."""
        order = self.line.order
        return order.user_id == user.id or order.email == user.email


_KEPT = text("email IS NOT NULL")


class Question(Words):
    """What somebody wants to know of a product; it never changes, and shows with its answer.

    It is a user's, or that of a guest who typed an address: kept until it is answered or refused, or grew old.
    """

    WHAT = "question"
    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("email IS NULL OR (user_id IS NULL AND answer IS NULL AND state <> 'refused')",
                        name="keeps_an_address_while_needed"),
        Index("ix_question_of_product", "product_id", "state", "answered_at", "id"),
        Index("ix_question_kept", "changed_at", sqlite_where=_KEPT, postgresql_where=_KEPT),
        *_looked_at("question"),
    )  # fmt: skip

    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    email: Mapped[str | None] = mapped_column(String(320))

    user: Mapped[User | None] = relationship()

    @property
    def mailbox(self) -> str | None:
        """The user's own, unless the account is closed; else the one that was typed."""
        if self.user is not None:
            return None if self.user.closed_at else self.user.email
        return self.email

    def is_by(self, user: User) -> bool:
        """By account, or by the address while there is one."""
        return self.user_id == user.id or self.email == user.email

    def forget(self) -> None:
        """Erase the address that was typed."""
        self.email = None
