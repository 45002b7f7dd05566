"""Payments, refunds, disputes and Stripe's events as they came in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.checkout.models import Order, OrderLine, Parcel
from storefront.core.db import Model


class PaymentStatus(StrEnum):
    """Where an attempt to pay stands."""

    STARTING = "starting"  # our row is committed, Stripe hasn't answered yet
    UNKNOWN = "unknown"  # Stripe may or may not have heard us: reconcile asks
    OPEN = "open"  # the shopper can pay at the session's address
    PROCESSING = "processing"  # completed, the money comes later
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    FLAGGED = "flagged"  # paid, but not what was asked


PAYMENT_TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.STARTING: frozenset(PaymentStatus) - {PaymentStatus.STARTING},
    PaymentStatus.UNKNOWN: frozenset(PaymentStatus) - {PaymentStatus.STARTING, PaymentStatus.UNKNOWN},
    PaymentStatus.OPEN: frozenset(
        {
            PaymentStatus.PROCESSING,
            PaymentStatus.PAID,
            PaymentStatus.FAILED,
            PaymentStatus.EXPIRED,
            PaymentStatus.FLAGGED,
        }
    ),
    PaymentStatus.PROCESSING: frozenset({PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.FLAGGED}),
    PaymentStatus.PAID: frozenset(),
    PaymentStatus.FAILED: frozenset({PaymentStatus.PAID, PaymentStatus.FLAGGED}),
    PaymentStatus.EXPIRED: frozenset({PaymentStatus.PAID, PaymentStatus.FLAGGED}),
    PaymentStatus.FLAGGED: frozenset(),
}


class RefundStatus(StrEnum):
    """A refund is a row before Stripe hears of it; `unknown` is cleared up by reconcile."""

    STARTING = "starting"
    UNKNOWN = "unknown"
    PENDING = "pending"  # Stripe has it, and the money is on its way
    DONE = "done"
    FAILED = "failed"


REFUND_TRANSITIONS: dict[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.STARTING: frozenset(RefundStatus) - {RefundStatus.STARTING},
    RefundStatus.UNKNOWN: frozenset({RefundStatus.PENDING, RefundStatus.DONE, RefundStatus.FAILED}),
    RefundStatus.PENDING: frozenset({RefundStatus.DONE, RefundStatus.FAILED}),
    RefundStatus.DONE: frozenset(),
    # We may have given up on one that Stripe did after all.
    RefundStatus.FAILED: frozenset({RefundStatus.PENDING, RefundStatus.DONE}),
}


_BOUGHT = text("bought")


class Payment(Model):
    """One attempt to pay for an order through a Checkout Session; a retry is the next attempt.

    `bought` marks the one payment that the order was sold for. Money of any other payment is owed back.
    A flagged payment's amount and currency are what Stripe has, not what was asked.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("order_id", "attempt"),
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        CheckConstraint(
            "status IN ('starting', 'unknown', 'open', 'processing', 'paid', 'failed', 'expired', 'flagged')",
            name="status_is_known",
        ),
        Index("ix_payment_status", "status", "updated_at"),
        # Two payments of one order: only one of them can have bought it.
        Index("uq_payment_bought", "order_id", unique=True, sqlite_where=_BOUGHT, postgresql_where=_BOUGHT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    attempt: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=PaymentStatus.STARTING)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    session_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    session_url: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime]
    intent_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    charge_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    fee_minor: Mapped[int | None]
    livemode: Mapped[bool] = mapped_column(default=False)
    bought: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship()
    refunds: Mapped[list[Refund]] = relationship(back_populates="payment", order_by="Refund.id")


class Refund(Model):
    """Money given back: which lines and how many of each, with or without delivery.

    `amount_minor` = the lines' amounts + `delivery_minor` + `unassigned_minor`; the last is for a
    refund made in Stripe's dashboard that names no lines. `delivery_minor` is the sum of `deliveries`.
    `had_left` says that its units had been sent before, so that none of those still to be sent is meant.
    `bank_reference` is that of the transfer by which the shop paid it where Stripe could not.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        CheckConstraint("status IN ('starting', 'unknown', 'pending', 'done', 'failed')", name="status_is_known"),
        CheckConstraint("delivery_minor >= 0 AND unassigned_minor >= 0", name="parts_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    stripe_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    status: Mapped[str] = mapped_column(String(20), default=RefundStatus.STARTING)
    amount_minor: Mapped[int]
    delivery_minor: Mapped[int] = mapped_column(default=0)
    unassigned_minor: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(300))
    asked_by: Mapped[str] = mapped_column(String(120))
    restock: Mapped[bool] = mapped_column(default=False)
    had_left: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Text)
    bank_reference: Mapped[str | None] = mapped_column(String(120))

    payment: Mapped[Payment] = relationship(back_populates="refunds")
    lines: Mapped[list[RefundLine]] = relationship(order_by="RefundLine.order_line_id")
    deliveries: Mapped[list[RefundDelivery]] = relationship(order_by="RefundDelivery.parcel_id")


class RefundLine(Model):
    """How many units of an order line were given back, and for how much."""

    __tablename__ = "refund_line"
    __table_args__ = (
        UniqueConstraint("refund_id", "order_line_id"),
        CheckConstraint("quantity >= 0 AND amount_minor >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[int]
    amount_minor: Mapped[int]

    order_line: Mapped[OrderLine] = relationship()


class RefundDelivery(Model):
    """How much of a parcel's delivery was given back."""

    __tablename__ = "refund_delivery"
    __table_args__ = (
        UniqueConstraint("refund_id", "parcel_id"),
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), index=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), index=True)
    amount_minor: Mapped[int]

    parcel: Mapped[Parcel] = relationship()


class Dispute(Model):
    """A charge that the shopper's bank has called in question."""

    __tablename__ = "dispute"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    stripe_id: Mapped[str] = mapped_column(String(200), unique=True)
    status: Mapped[str] = mapped_column(String(40))
    amount_minor: Mapped[int]
    fee_minor: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ClosedMatter(Model):
    """What became of money that a person had to look at (`matters`); `ref` is the refund's, payment's or dispute's."""

    __tablename__ = "closed_matter"
    __table_args__ = (UniqueConstraint("kind", "ref"), CheckConstraint("words <> ''", name="has_words"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(String(500))
    closed_by: Mapped[str] = mapped_column(String(120))
    closed_at: Mapped[datetime]


class StripeEvent(Model):
    """Stripe's events as they came in: stored once by their id, answered, and worked on after."""

    __tablename__ = "stripe_event"
    __table_args__ = (Index("ix_stripe_event_waiting", "handled_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(200), unique=True)
    type: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(Text)
