"""Impact receipts and their signed revisions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.core.db import Model


class Receipt(Model):
    """The impact receipt of an order. `public_id` is 128 random bits and says nothing of the order."""

    __tablename__ = "receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), unique=True)
    issued_at: Mapped[datetime]

    revisions: Mapped[list[Revision]] = relationship(back_populates="receipt", order_by="Revision.number")


class Revision(Model):
    """One signed state of a receipt, never changed; a refund issues the next one."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("receipt_id", "number"),
        CheckConstraint("number > 0", name="counts_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), index=True)
    number: Mapped[int]
    jwt: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    reason: Mapped[str] = mapped_column(String(300))
    cause: Mapped[str] = mapped_column(String(120), unique=True)
    issued_at: Mapped[datetime]

    receipt: Mapped[Receipt] = relationship(back_populates="revisions")
