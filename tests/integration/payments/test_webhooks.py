"""Events as they come: forged, old, twice, at once, too early, out of order, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from ordering import order_of
from paying import SECRET, at_once, events, fresh, work
from sqlalchemy import select

from storefront.checkout.models import OrderStatus
from storefront.core.db import session, unit_of_work
from storefront.giving import checking
from storefront.giving.models import EntryGroup
from storefront.payments import handling, receiving, settling
from storefront.payments.models import Payment, PaymentStatus, StripeEvent

PATH = "/stripe/webhook"


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    moment = int(time.time() if at is None else at)
    mark = hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={mark}", "Content-Type": "application/json"}


def event_body(**changes) -> bytes:
    event = {
        "id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": False,
        "data": {"object": {"id": "cs_1", "object": "checkout.session", "metadata": {}}},
    }  # fmt: skip
    return json.dumps({**event, **changes}).encode()


def test_a_webhook_alone_marks_an_order_paid(buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    assert {answer["status"] for answer in stripe.deliver()} == {200}
    assert order_of(payment.order.ref).status == OrderStatus.PENDING
    work()
    assert order_of(payment.order.ref).status == OrderStatus.PAID
    assert all(event.handled_at for event in events())


def test_a_webhook_after_the_return_changes_nothing(paid, stripe, endpoint):
    payment = paid()
    paid_at = payment.order.paid_at
    stripe(f"charges/{payment.charge_id}/settle")
    stripe.deliver()
    work()
    assert order_of(payment.order.ref).paid_at == paid_at
    assert groups(payment, "sale") == 1
    assert checking.check() == []


def test_a_return_after_the_webhook_changes_nothing(buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    stripe.deliver()
    work()
    assert settling.settle(payment.session_id) == payment.order.ref
    assert groups(payment, "sale") == 1


def test_the_same_event_three_times_at_once_is_stored_and_worked_on_once(app, buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    bodies = bodies_of(stripe)
    statuses = at_once(app, *[lambda body=body: post(endpoint, body) for body in bodies for _ in range(3)])
    assert set(statuses) == {200}
    assert len(events()) == len(bodies)
    at_once(app, *[handling.handle_events] * 3)
    assert order_of(payment.order.ref).status == OrderStatus.PAID
    assert groups(payment, "sale") == 1
    assert checking.check() == []


def test_without_the_unique_event_id_it_would_be_stored_three_times(app, buy, stripe, endpoint, monkeypatch):
    """The control: an inbox that doesn't look at the id takes the event as often as it comes."""
    buy()
    body = event_body()
    taken = []
    monkeypatch.setattr(receiving, "store", lambda event, now: taken.append(event.id) or True)
    at_once(app, *[lambda: post(endpoint, body)] * 3)
    assert taken == ["evt_1"] * 3


def test_events_in_the_wrong_order_end_at_the_same_place(buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    stripe("webhooks/deliver", order="newest")
    charge = stripe.get(f"/v1/charges?payment_intent={intent_of(stripe, payment)}")["data"][0]
    stripe(f"charges/{charge['id']}/settle")
    stripe(f"charges/{charge['id']}/refund", amount=500)
    stripe("webhooks/deliver", order="newest")
    for event in reversed(events()):
        handling.replay(event.event_id)
    settled = fresh(payment)
    assert settled.order.status == OrderStatus.PAID
    assert settled.fee_minor is not None
    assert [refund.amount_minor for refund in settled.refunds] == [500]
    assert checking.check() == []


def test_an_event_about_a_row_that_is_not_committed_comes_again(buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    with unit_of_work() as current:
        current.get_one(Payment, payment.id).ref = "NOTYETHERE"
    assert {answer["status"] for answer in stripe.deliver() if "checkout" in answer["type"]} == {503}
    assert not [event for event in events() if event.type.startswith("checkout")]
    with unit_of_work() as current:
        current.get_one(Payment, payment.id).ref = payment_ref_at(stripe, payment)
    assert {answer["status"] for answer in stripe.deliver()} == {200}
    work()
    assert order_of(payment.order.ref).status == OrderStatus.PAID


def test_an_event_that_comes_before_the_session_is_on_record_finds_its_payment(buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    with unit_of_work() as current:
        row = current.get_one(Payment, payment.id)
        row.session_id, row.session_url, row.status = None, None, PaymentStatus.STARTING
    assert {answer["status"] for answer in stripe.deliver()} == {200}
    work()
    assert order_of(payment.order.ref).status == OrderStatus.PAID


def test_a_delayed_payment_is_told_by_events_alone(buy, stripe, endpoint):
    payment = buy()
    stripe.pay_later(payment)
    stripe.deliver()
    work()
    assert fresh(payment).status == PaymentStatus.PROCESSING
    stripe(f"sessions/{payment.session_id}/outcome", outcome="failed")
    stripe.deliver()
    work()
    assert fresh(payment).status == PaymentStatus.FAILED


def test_the_fee_comes_with_a_later_event_and_is_read_not_computed(paid, stripe, endpoint):
    payment = paid()
    assert payment.fee_minor is None
    stripe(f"charges/{payment.charge_id}/settle")
    stripe.deliver()
    work()
    movement = stripe.get(f"/v1/balance_transactions?source={payment.charge_id}")["data"][0]
    assert fresh(payment).fee_minor == movement["fee"]
    assert groups(payment, "fee") == 1
    assert checking.check() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": "t=1,v1=abc"},
        {"Stripe-Signature": "nonsense"},
        {"Stripe-Signature": "t=é,v1=é"},
        signed(event_body(), "whsec_of_somebody_else"),
        signed(event_body(), SECRET, time.time() - 3600),
        signed(event_body(id="evt_2")),
    ],
    ids=["unsigned", "forged", "nonsense", "odd letters", "other secret", "old", "other body"],
)
def test_what_stripe_did_not_sign_just_now_is_refused(client, headers):
    assert client.post(PATH, data=event_body(), headers=headers).status_code == 400
    with client.application.app_context():
        assert session().scalar(select(StripeEvent.id)) is None


def test_an_event_of_the_other_mode_is_refused(client):
    body = event_body(livemode=True)
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"object": "event"}', b"\xff\xfe", b"not json"])
def test_a_signed_body_that_is_no_event_is_refused(client, body):
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 400


def test_a_body_too_large_for_an_event_is_refused(client):
    body = b" " * (600 * 1024)
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 413


class TestWhileASecretIsRotated:
    """Both the old and the new secret hold for a while."""

    @pytest.fixture
    def app_settings(self, app_settings):
        return {**app_settings, "stripe_webhook_secret": f"whsec_new, {SECRET}"}

    @pytest.mark.parametrize("secret", ["whsec_new", SECRET])
    def test_either_secret_is_taken(self, client, secret):
        body = event_body()
        assert client.post(PATH, data=body, headers=signed(body, secret)).status_code == 200

    def test_a_third_is_not(self, client):
        body = event_body()
        assert client.post(PATH, data=body, headers=signed(body, "whsec_old")).status_code == 400


def test_somebody_elses_event_is_stored_and_left_alone(client, world):
    body = event_body()
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 200
    work()
    (event,) = events()
    assert event.handled_at is not None
    assert event.problem == "Not a payment of this shop."


@pytest.mark.parametrize("names", [{"payment": "THEIRS"}, {"payment": "THEIRS", "refund": "THEIRS"}])
def test_an_event_of_another_shop_on_the_same_account_is_stored_and_left_alone(client, world, names):
    thing = {"id": "cs_1", "object": "checkout.session", "metadata": {"shop": "other.example", **names}}
    body = event_body(data={"object": thing})
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 200
    work()
    (event,) = events()
    assert (event.attempts, event.problem) == (1, "Not a payment of this shop.")


@pytest.mark.parametrize("shop", [{"shop": "localhost"}, {}])
def test_an_event_that_may_be_of_this_shop_is_asked_for_again(client, world, shop):
    body = event_body(
        data={"object": {"id": "cs_1", "object": "checkout.session", "metadata": {"payment": "A", **shop}}}
    )
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 503
    assert events() == []


def move(app, host: str) -> None:
    app.extensions["storefront.settings"] = replace(app.extensions["storefront.settings"], base_url=f"http://{host}")


def test_a_payment_begun_before_the_shop_moved_is_still_its_own(app, buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    move(app, "moved.example")
    assert {answer["status"] for answer in stripe.deliver()} == {200}
    work()
    assert order_of(payment.order.ref).status == OrderStatus.PAID


def test_a_refund_of_another_shops_payment_is_left_alone(app, paid, stripe, endpoint):
    payment = paid()
    stripe.deliver()
    work()
    stripe(f"charges/{payment.charge_id}/refund", amount=500)
    with unit_of_work() as current:
        row = current.get_one(Payment, payment.id)
        row.ref, row.intent_id = "ANOTHERS", "pi_anothers"
    move(app, "other.example")
    assert {answer["status"] for answer in stripe.deliver()} == {200}
    work()
    assert {event.problem for event in events() if "refund" in event.type} == {"Not a payment of this shop."}


def test_an_event_that_fails_is_tried_again_and_keeps_none_of_the_others(buy, stripe, endpoint):
    payment = buy()
    stripe.pay(payment)
    stripe.deliver()
    stripe("faults", kind="rate_limit", path="/v1/", times=1)
    work()
    waiting = [event for event in events() if event.handled_at is None]
    assert waiting
    assert all(event.problem and event.attempts == 1 for event in waiting)
    for event in waiting:
        assert handling.replay(event.event_id) == ""
    assert order_of(payment.order.ref).status == OrderStatus.PAID


def test_an_event_that_never_came_is_replayed_from_stripe(buy, stripe):
    payment = buy()
    stripe.pay(payment)
    completed = stripe.get("/v1/events?type=checkout.session.completed")["data"][0]
    assert handling.replay(completed["id"]) == ""
    assert order_of(payment.order.ref).status == OrderStatus.PAID
    assert [event.event_id for event in events()] == [completed["id"]]


def post(url: str, body: bytes) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("POST", parts.path, body, signed(body))
        return connection.getresponse().status
    finally:
        connection.close()


def bodies_of(stripe) -> list[bytes]:
    return [json.dumps(event).encode() for event in stripe.get("/v1/events?limit=100")["data"]]


def groups(payment: Payment, kind: str) -> int:
    session().rollback()
    found = select(EntryGroup).where(EntryGroup.order_id == payment.order_id, EntryGroup.kind == kind)
    return len(session().scalars(found).all())


def intent_of(stripe, payment: Payment) -> str:
    return stripe.get(f"/v1/checkout/sessions/{payment.session_id}")["payment_intent"]


def payment_ref_at(stripe, payment: Payment) -> str:
    return stripe.get(f"/v1/checkout/sessions/{payment.session_id}")["metadata"]["payment"]
