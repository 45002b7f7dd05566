"""The happy way against Stripe's own test mode: `LIVE=1 STRIPE_SECRET_KEY=sk_test_… pytest tests/drills`.

A person has to pay on Stripe's page (4242 4242 4242 4242), because Stripe gives tests no way to pay a hosted
session; the address is printed, and the drill waits. Everything after that is as against the sandbox.
"""

from __future__ import annotations

import os
import time

import pytest
from ordering import order_of, place_order
from paying import fresh, give_back, payment_of

from storefront.checkout.models import OrderStatus
from storefront.giving import checking
from storefront.payments import gateway, handling, settling, starting
from storefront.payments.models import PaymentStatus, RefundStatus

KEY = os.environ.get("STRIPE_SECRET_KEY", "")
WAIT_SECONDS = int(os.environ.get("LIVE_WAIT", "300"))

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(os.environ.get("LIVE") != "1", reason="LIVE=1 runs this against Stripe's test mode"),
]


@pytest.fixture
def app_settings():
    assert KEY.startswith("sk_test_"), "STRIPE_SECRET_KEY must be a key of Stripe's test mode"
    assert not KEY.startswith(gateway.SANDBOX_KEYS), "STRIPE_SECRET_KEY must be Stripe's, not the sandbox's"
    return {
        "stripe_secret_key": KEY,
        "stripe_api_base": "https://api.stripe.com",
        "base_url": "https://shop.example",
    }


def test_an_order_is_paid_and_partly_refunded_at_stripe(world, capsys):
    order_ref = place_order({"COFFEE": 2, "SCARF-RED": 1}, discount_minor=1001)
    url = starting.start(order_ref)
    payment = payment_of(order_ref)
    state = gateway.session(payment.session_id)
    assert (state.status, state.amount_minor, state.currency) == ("open", payment.amount_minor, "USD")
    assert starting.start(order_ref) == url
    with capsys.disabled():
        print(f"\npay with 4242 4242 4242 4242 within {WAIT_SECONDS} seconds:\n{url}")
    wait_until_paid(payment)
    assert order_of(order_ref).status == OrderStatus.PAID
    handling.note_fee(fresh(payment).intent_id)
    assert fresh(payment).fee_minor
    refund = give_back(fresh(payment), {"COFFEE": 1})
    assert refund.status in (RefundStatus.DONE, RefundStatus.PENDING)
    assert [one.amount_minor for one in gateway.refunds_of(fresh(payment).intent_id)] == [refund.amount_minor]
    assert checking.check() == []


def test_a_session_can_be_found_in_the_list_and_closed(world):
    order_ref = place_order({"COFFEE": 1})
    starting.start(order_ref)
    payment = payment_of(order_ref)
    found = gateway.find_session(payment.ref, payment.created_at)
    assert found is not None
    assert found.id == payment.session_id
    assert gateway.expire_session(found.id).status == "expired"
    settling.settle(found.id)
    assert fresh(payment).status == PaymentStatus.EXPIRED


def wait_until_paid(payment) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        settling.settle(payment.session_id)
        if fresh(payment).status == PaymentStatus.PAID:
            return
        time.sleep(3)
    pytest.fail("nobody paid")
