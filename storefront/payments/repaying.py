"""Refunds that Stripe could not bring to the shopper, paid from the shop's bank account instead."""

from __future__ import annotations

from datetime import datetime

from storefront.core.db import session
from storefront.core.events import announce
from storefront.payments import refunded, states
from storefront.payments.events import RefundRepaid
from storefront.payments.finding import lock_refund
from storefront.payments.models import RefundStatus
from storefront.payments.remaining import left_of


class NotOwed(ValueError):
    """Nothing of the refund is owed any more, or what it was for went back meanwhile in another way."""


def repay(refund_ref: str, bank_reference: str, now: datetime) -> None:
    """The shop sent a refund's money by its bank: one that failed is done, one that came back is owed no more.

    Raises NotOwed.
    """
    refund = lock_refund(refund_ref)
    came_back = refund.status == RefundStatus.DONE and refund.problem is not None and refund.bank_reference is None
    if not came_back and not (refund.status == RefundStatus.FAILED and left_of(refund.payment).covers(refund)):
        raise NotOwed(refund_ref)
    refund.bank_reference = bank_reference
    if came_back:
        session().flush()
        announce(RefundRepaid(refund, now))
        return
    states.move_refund(refund, RefundStatus.DONE)
    refund.problem = None
    refunded.done(refund, now, paid_from="bank")
