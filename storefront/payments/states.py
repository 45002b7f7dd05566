"""The transitions that payments and refunds may make, by the tables in `models`."""

from __future__ import annotations

from datetime import datetime

from storefront.payments.models import (
    PAYMENT_TRANSITIONS,
    REFUND_TRANSITIONS,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)


class IllegalTransition(ValueError):
    """A payment or refund can't go from one state to the other."""

    def __init__(self, ref: str, before: str, after: str) -> None:
        super().__init__(f"{ref} can't go from {before} to {after}")
        self.ref = ref
        self.before = before
        self.after = after


def may_become(payment: Payment, status: PaymentStatus) -> bool:
    """Whether the payment may go there from where it is; staying is no transition."""
    return status in PAYMENT_TRANSITIONS[PaymentStatus(payment.status)]


def move(payment: Payment, status: PaymentStatus, now: datetime) -> None:
    """Put a payment into its next state; raises IllegalTransition."""
    if not may_become(payment, status):
        raise IllegalTransition(f"payment {payment.ref}", payment.status, status)
    payment.status = status
    payment.updated_at = now


def refund_may_become(refund: Refund, status: RefundStatus) -> bool:
    """Whether the refund may go there from where it is; staying is no transition."""
    return status in REFUND_TRANSITIONS[RefundStatus(refund.status)]


def move_refund(refund: Refund, status: RefundStatus) -> None:
    """Put a refund into its next state; raises IllegalTransition."""
    if not refund_may_become(refund, status):
        raise IllegalTransition(f"refund {refund.ref}", refund.status, status)
    refund.status = status
