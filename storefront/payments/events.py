"""What payments tell the domains above them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storefront.payments.models import Dispute, Payment, Refund


@dataclass(frozen=True)
class OrderPaid:
    """Stripe has the money for `payment.order`, exactly what was asked."""

    payment: Payment
    now: datetime


@dataclass(frozen=True)
class PaymentUnsold:
    """Stripe has money that bought nothing: it came late, twice, or not as asked. It is owed to the shopper."""

    payment: Payment
    now: datetime


@dataclass(frozen=True)
class PaymentFailed:
    """A payment that was on its way did not come (`payment.problem` says why, where it is known)."""

    payment: Payment
    now: datetime


@dataclass(frozen=True)
class FeeKnown:
    """Stripe's balance transaction says what the charge cost (`payment.fee_minor`)."""

    payment: Payment
    now: datetime


@dataclass(frozen=True)
class RefundDone:
    """Money went back to the shopper; `refund.lines` and its parts say for what.

    `paid_from` is the ledger account it came from: `stripe`, `disputes` when a bank took it, or `bank` when the shop
    sent it from its own.
    """

    refund: Refund
    now: datetime
    paid_from: str = "stripe"


@dataclass(frozen=True)
class RefundFailed:
    """Money that was to go back did not (`refund.problem` says why, where it is known)."""

    refund: Refund
    now: datetime


@dataclass(frozen=True)
class RefundReturned:
    """A refund that was done came back to Stripe (a closed card, say): the shopper is owed it still."""

    refund: Refund
    now: datetime


@dataclass(frozen=True)
class RefundRepaid:
    """A refund that came back was paid from the shop's bank account: the shopper is owed it no more."""

    refund: Refund
    now: datetime


@dataclass(frozen=True)
class DisputeOpened:
    """A bank took the amount back until the dispute is decided."""

    dispute: Dispute
    now: datetime


@dataclass(frozen=True)
class DisputeWon:
    """The bank gave the amount back to us."""

    dispute: Dispute
    now: datetime
