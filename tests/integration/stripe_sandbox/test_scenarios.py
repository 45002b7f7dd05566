"""What the sandbox and Stripe must both do: the same scenarios at whichever of the two is there.

Usually they run against the sandbox. With `LIVE=1` and `STRIPE_TEST_KEY=sk_test_...` they run against
Stripe's test mode instead; a live key is refused. Whatever a browser or the control API would have
to do is left to the other tests of this folder.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import stripe

LIVE = os.environ.get("LIVE") == "1"


@pytest.fixture
def either(request: pytest.FixtureRequest) -> stripe.StripeClient:
    """The SDK, at the sandbox or at Stripe's test mode."""
    if not LIVE:
        return request.getfixturevalue("client")
    key = os.environ.get("STRIPE_TEST_KEY", "")
    if not key.startswith("sk_test_") or key.startswith("sk_test_sandbox_"):
        pytest.fail("LIVE=1 needs STRIPE_TEST_KEY, a key of Stripe's test mode")
    return stripe.StripeClient(key, max_network_retries=2)


@pytest.fixture
def charged(either: stripe.StripeClient, request: pytest.FixtureRequest) -> Callable[[int], str]:
    """Take a payment and give the id of its intent; at Stripe without the checkout page, which needs a browser."""

    def at_stripe(amount: int) -> str:
        params: Any = {
            "amount": amount, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }  # fmt: skip
        return either.v1.payment_intents.create(params=params).id

    if LIVE:
        return at_stripe
    paid = request.getfixturevalue("paid")
    return lambda amount: paid(amount).payment_intent.id


@pytest.fixture
def asked(session_params: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return session_params(expires_at=int(time.time()) + 2100)


def test_a_new_session_is_open_and_unpaid(either, asked):
    session = either.v1.checkout.sessions.create(params=asked)
    facts = {name: getattr(session, name) for name in ("amount_total", "currency", "status", "payment_status", "mode")}
    assert facts == {
        "amount_total": 2500, "currency": "usd", "status": "open", "payment_status": "unpaid", "mode": "payment",
    }  # fmt: skip
    assert (session.livemode, session.payment_intent, session.ui_mode) == (False, None, "hosted_page")
    assert session.client_reference_id == "HH-1"
    assert session.metadata["order"] == "HH-1"
    assert session.expires_at == asked["expires_at"]
    lines = either.v1.checkout.sessions.line_items.list(session.id).data
    assert sorted((line.description, line.amount_total) for line in lines) == [
        ("Delivery", 500), ("Soap from Hualien", 2000),
    ]  # fmt: skip


def test_an_open_session_expires_once(either, asked):
    session = either.v1.checkout.sessions.create(params=asked)
    expired = either.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError):
        either.v1.checkout.sessions.expire(session.id)


@pytest.mark.parametrize("seconds", [60, 2 * 86400])
def test_sessions_have_bounds_of_time(either, asked, seconds):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        either.v1.checkout.sessions.create(params={**asked, "expires_at": int(time.time()) + seconds})
    assert refused.value.param == "expires_at"


def test_a_charge_can_be_too_small(either, session_params):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        either.v1.checkout.sessions.create(params=session_params(49))
    assert refused.value.code == "amount_too_small"


def test_unknown_parameters_and_objects_are_refused(either, asked):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        either.v1.checkout.sessions.create(params={**asked, "nonsense": "x"})
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (
        400,
        "parameter_unknown",
        "nonsense",
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        either.v1.checkout.sessions.retrieve("cs_test_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_a_key_repeats_the_answer_and_refuses_another_question(either, asked):
    key = {"idempotency_key": f"scenario:{uuid.uuid4()}"}
    first = either.v1.checkout.sessions.create(params=asked, options=key)
    again = either.v1.checkout.sessions.create(params=asked, options=key)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        either.v1.checkout.sessions.create(params={**asked, "client_reference_id": "HH-2"}, options=key)


def test_lists_page_by_the_last_one_seen(either, asked):
    made = [either.v1.checkout.sessions.create(params=asked).id for _ in range(3)]
    page = either.v1.checkout.sessions.list(params={"limit": 1, "starting_after": made[2]})
    assert [one.id for one in page.data] == [made[1]]
    assert page.has_more


def test_refunds_never_pass_what_was_paid(either, charged):
    intent = charged(2500)
    first = either.v1.refunds.create(params={"payment_intent": intent, "amount": 1000})
    assert (first.amount, first.status, first.payment_intent) == (1000, "succeeded", intent)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        either.v1.refunds.create(params={"payment_intent": intent, "amount": 1501})
    assert refused.value.param == "amount"
    assert either.v1.refunds.create(params={"payment_intent": intent}).amount == 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        either.v1.refunds.create(params={"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    assert [one.amount for one in either.v1.refunds.list(params={"payment_intent": intent}).data] == [1500, 1000]


def test_a_wrong_key_opens_nothing(either, request):
    base = {} if LIVE else {"base_addresses": {"api": request.getfixturevalue("sandbox").url}}
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_test_wrong", max_network_retries=0, **base).v1.refunds.list()
