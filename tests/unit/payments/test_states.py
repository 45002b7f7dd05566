"""Payments and refunds go only where the tables let them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storefront.payments import states
from storefront.payments.models import (
    PAYMENT_TRANSITIONS,
    REFUND_TRANSITIONS,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("before", PaymentStatus)
@pytest.mark.parametrize("after", PaymentStatus)
def test_a_payment_makes_only_the_transitions_of_the_table(before, after):
    payment = Payment(ref="P", status=before)
    if after in PAYMENT_TRANSITIONS[before]:
        states.move(payment, after, NOW)
        assert (payment.status, payment.updated_at) == (after, NOW)
    else:
        with pytest.raises(states.IllegalTransition):
            states.move(payment, after, NOW)
        assert payment.status == before


@pytest.mark.parametrize("before", RefundStatus)
@pytest.mark.parametrize("after", RefundStatus)
def test_a_refund_makes_only_the_transitions_of_the_table(before, after):
    refund = Refund(ref="R", status=before)
    if after in REFUND_TRANSITIONS[before]:
        states.move_refund(refund, after)
        assert refund.status == after
    else:
        with pytest.raises(states.IllegalTransition):
            states.move_refund(refund, after)


def test_paid_and_flagged_are_final():
    assert PAYMENT_TRANSITIONS[PaymentStatus.PAID] == PAYMENT_TRANSITIONS[PaymentStatus.FLAGGED] == frozenset()
