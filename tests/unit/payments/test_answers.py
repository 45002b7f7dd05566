"""What is read out of an event, and what is made of a session's state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storefront.payments.answers import SessionState, read_event
from storefront.payments.models import PaymentStatus
from storefront.payments.settling import target_of

SESSION = SessionState(
    id="cs_1", url=None, status="open", payment_status="unpaid", amount_minor=100, currency="USD", order_ref="O",
    payment_ref="P", client_reference="O", livemode=False, expires_at=datetime(2026, 11, 23, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "payment_status", "intent", "target"),
    [
        ("open", "unpaid", None, PaymentStatus.OPEN),
        ("open", "unpaid", "requires_payment_method", PaymentStatus.OPEN),
        ("expired", "unpaid", "canceled", PaymentStatus.EXPIRED),
        ("complete", "paid", "succeeded", PaymentStatus.PAID),
        ("complete", "no_payment_required", None, PaymentStatus.PAID),
        ("complete", "unpaid", "processing", PaymentStatus.PROCESSING),
        ("complete", "unpaid", None, PaymentStatus.PROCESSING),
        ("complete", "unpaid", "requires_payment_method", PaymentStatus.FAILED),
        ("complete", "unpaid", "canceled", PaymentStatus.FAILED),
    ],
)
def test_a_session_makes_of_its_payment_what_stripe_says(status, payment_status, intent, target):
    state = replace(SESSION, status=status, payment_status=payment_status, intent_status=intent)
    assert target_of(state) == target


@pytest.mark.parametrize("payment_status", ["paid", "no_payment_required"])
@pytest.mark.parametrize("amounts", [{"amount_minor": 0}, {"received_minor": 0}])
def test_a_session_completed_without_money_is_no_payment(payment_status, amounts):
    assert target_of(replace(SESSION, status="complete", payment_status=payment_status, **amounts)) == "failed"


def test_an_event_points_to_its_objects():
    refund = {"object": "refund", "id": "re_1", "payment_intent": "pi_1", "metadata": {"refund": "R", "payment": "P"}}
    event = read_event(
        {"object": "event", "id": "evt_1", "type": "refund.created", "livemode": True, "data": {"object": refund}}
    )
    assert (event.object_id, event.intent_id, event.refund_ref, event.payment_ref) == ("re_1", "pi_1", "R", "P")
    assert event.livemode
    assert event.shop is None


@pytest.mark.parametrize("payload", [{}, {"object": "charge", "id": "ch_1"}, {"object": "event"}])
def test_what_is_no_event_is_refused(payload):
    with pytest.raises(ValueError, match="not an event"):
        read_event(payload)
