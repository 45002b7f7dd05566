"""Parcels cancelled before they left, and goods sent back: who asked, why, and every step since."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.checkout.models import OrderLine, Parcel
from storefront.core.db import Model
from storefront.payments.models import Refund


class Cancellation(Model):
    """A parcel that its shopper wanted no more before anything of it had left, and the refund that follows."""

    __tablename__ = "cancellation"

    id: Mapped[int] = mapped_column(primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), unique=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    cancelled_by: Mapped[str] = mapped_column(String(120))
    cancelled_at: Mapped[datetime]

    parcel: Mapped[Parcel] = relationship()
    refund: Mapped[Refund] = relationship()


class ReturnStatus(StrEnum):
    """Where a return stands. Goods are sent once it is agreed, money goes back once they have come."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RECEIVED = "received"
    REFUNDED = "refunded"


RETURN_TRANSITIONS: dict[ReturnStatus, frozenset[ReturnStatus]] = {
    ReturnStatus.ASKED: frozenset({ReturnStatus.AGREED, ReturnStatus.REFUSED, ReturnStatus.WITHDRAWN}),
    ReturnStatus.AGREED: frozenset({ReturnStatus.RECEIVED, ReturnStatus.WITHDRAWN}),
    # Refused after it came: used, or not what was sent.
    ReturnStatus.RECEIVED: frozenset({ReturnStatus.REFUNDED, ReturnStatus.REFUSED}),
    ReturnStatus.REFUSED: frozenset(),
    ReturnStatus.WITHDRAWN: frozenset(),
    ReturnStatus.REFUNDED: frozenset(),
}


OPEN = (ReturnStatus.ASKED, ReturnStatus.AGREED, ReturnStatus.RECEIVED)


class ReturnReason(StrEnum):
    """Why something goes back, as the shopper says."""

    CHANGED_MIND = "changed_mind"
    NOT_AS_SHOWN = "not_as_shown"
    BROKEN = "broken"
    WRONG_THING = "wrong_thing"
    OTHER = "other"


class Return(Model):
    """Goods of one parcel that the shopper wants to send back. `sellable` is known once they have come.

    One that is refunded has no `refund` where several gave its units back, or one with units that had not left.
    """

    __tablename__ = "return_request"
    __table_args__ = (
        CheckConstraint(
            "status IN ('asked', 'agreed', 'refused', 'withdrawn', 'received', 'refunded')", name="status_is_known"
        ),
        Index("ix_return_request_queue", "status", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default=ReturnStatus.ASKED)
    asked_at: Mapped[datetime]
    send_to: Mapped[str] = mapped_column(Text, default="")
    sellable: Mapped[bool | None]
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"), index=True)

    parcel: Mapped[Parcel] = relationship()
    refund: Mapped[Refund | None] = relationship()
    lines: Mapped[list[ReturnLine]] = relationship(order_by="ReturnLine.order_line_id")
    steps: Mapped[list[ReturnStep]] = relationship(order_by="ReturnStep.id")


class ReturnLine(Model):
    """How many units of an order line, and why."""

    __tablename__ = "return_line"
    __table_args__ = (
        UniqueConstraint("return_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="has_a_quantity"),
        CheckConstraint(
            "reason IN ('changed_mind', 'not_as_shown', 'broken', 'wrong_thing', 'other')", name="reason_is_known"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("return_request.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[int]
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text, default="")

    order_line: Mapped[OrderLine] = relationship()


class ReturnStep(Model):
    """Who brought a return where, when, and in what words."""

    __tablename__ = "return_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("return_request.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text, default="")
