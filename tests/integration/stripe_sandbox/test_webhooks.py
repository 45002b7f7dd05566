"""Events: signed, delivered at least once, and every mishap that a shop has to survive."""

from __future__ import annotations

import json

import pytest
import stripe

from storefront.stripe_sandbox import Options, delivery, run_in_thread

SECRET = "whsec_sandbox_tests"
PAYMENT = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_the_sdk_accepts_the_signature(paid, ear, wait_for):
    session = paid()
    wait_for(lambda: len(ear.heard) == 3)
    assert ear.types() == PAYMENT
    body, header = ear.heard[2]
    event = stripe.Webhook.construct_event(body, header, SECRET)
    assert (event.type, event.data.object.id, event.livemode) == ("checkout.session.completed", session.id, False)
    assert event.id.startswith("evt_sandbox_")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", header, SECRET)


def test_every_secret_signs_while_one_is_rotated(control, paid, ear, wait_for):
    control("webhooks/endpoint", secret="whsec_new, whsec_old")
    paid()
    wait_for(lambda: ear.heard)
    body, header = ear.heard[0]
    for secret in ("whsec_new", "whsec_old"):
        assert stripe.Webhook.construct_event(body, header, secret)


def test_an_old_signature_is_stale():
    header = delivery.sign(b"{}", [SECRET], 1_000_000)
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.WebhookSignature.verify_header("{}", header, SECRET, tolerance=300)


def test_events_can_be_fetched_as_they_were_sent(client, paid, ear, wait_for):
    paid()
    wait_for(lambda: len(ear.heard) == 3)
    event = client.v1.events.retrieve(ear.ids()[0])
    assert event.data.object["id"] == json.loads(ear.heard[0][0])["data"]["object"]["id"]
    wait_for(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)
    assert len(client.v1.events.list().data) == 3


def test_an_event_names_the_request_that_caused_it(client, paid):
    session = paid()
    client.v1.refunds.create(
        params={"payment_intent": session.payment_intent.id}, options={"idempotency_key": "refund:1"}
    )
    event = client.v1.events.list(params={"type": "refund.created"}).data[0]
    assert event.request.idempotency_key == "refund:1"
    assert event.request.id.startswith("req_sandbox_")


def test_what_is_not_answered_with_success_comes_again(control, paid, ear, wait_for):
    ear.answers += [503, 302, 500]
    paid()
    wait_for(lambda: len(ear.heard) == 6)
    assert sorted(set(ear.types())) == sorted(PAYMENT)
    wait_for(lambda: {one["state"] for one in control.deliveries()} == {"delivered"})
    assert sorted(reply["status"] for one in control.deliveries() for reply in one["responses"]) == [
        200, 200, 200, 302, 500, 503,
    ]  # fmt: skip


def test_an_endpoint_that_is_away_gets_its_events_later(control, paid, ear, wait_for):
    control("webhooks/endpoint", url="http://127.0.0.1:9/nobody")
    paid()
    wait_for(lambda: all(one["attempts"] for one in control.deliveries()))
    assert not ear.heard
    control("webhooks/endpoint", url=ear.url)
    wait_for(lambda: set(ear.types()) == set(PAYMENT))


def test_dropped_webhooks_never_come_unless_sent_again(control, paid, ear, wait_for):
    control("webhooks/mishaps", kind="drop", times=3)
    paid()
    lost = control.deliveries()
    assert [one["state"] for one in lost] == ["dropped"] * 3
    control(f"events/{lost[2]['event']}/resend")
    wait_for(lambda: ear.types() == ["checkout.session.completed"])


def test_a_mishap_can_be_for_one_type_of_event(control, paid, ear, wait_for):
    control("webhooks/mishaps", kind="duplicate", type="checkout.session.completed")
    paid()
    wait_for(lambda: len(ear.heard) == 4)
    assert ear.types() == [*PAYMENT, PAYMENT[2]]
    assert ear.ids()[2] == ear.ids()[3]


def test_webhooks_can_be_reordered(control, paid, ear, wait_for):
    control("webhooks/mishaps", kind="reorder", times=3)
    paid()
    wait_for(lambda: len(ear.heard) == 3)
    assert ear.types() == PAYMENT[::-1]


def test_webhooks_can_be_delayed(control, paid, ear, wait_for):
    control("webhooks/mishaps", kind="delay", seconds=0.6, type="charge.succeeded")
    paid()
    wait_for(lambda: len(ear.heard) == 3)
    assert ear.types() == [*PAYMENT[1:], PAYMENT[0]]


def test_paused_webhooks_are_delivered_in_a_chosen_order(control, paid, ear, wait_for):
    control("webhooks/pause")
    paid()
    waiting = [one["event"] for one in control.deliveries()]
    assert not ear.heard
    ear.answers.append(500)
    sent = control("webhooks/deliver", order=[waiting[2], waiting[0]])["data"]
    assert [one["status"] for one in sent] == [500, 200]
    assert ear.ids() == [waiting[2], waiting[0]]
    control("webhooks/deliver", order="newest")
    assert ear.ids()[2:] == [waiting[2], waiting[1]]
    control("webhooks/resume")
    wait_for(lambda: {one["state"] for one in control.deliveries()} == {"delivered"})
    assert len(ear.heard) == 4


def test_held_webhooks_go_when_the_faults_are_cleared(control, paid, ear, wait_for):
    control("webhooks/mishaps", kind="reorder", times=9)
    paid()
    assert not ear.heard
    control("faults/clear")
    wait_for(lambda: len(ear.heard) == 3)


def test_without_an_endpoint_events_are_only_recorded(tmp_path, make_client, session_params):
    with run_in_thread(Options(port=0)) as quiet:
        client = stripe.StripeClient("sk_test_sandbox_x", base_addresses={"api": quiet.url}, max_network_retries=0)
        session = client.v1.checkout.sessions.create(params=session_params())
        client.v1.checkout.sessions.expire(session.id)
        assert client.v1.events.list().data[0].pending_webhooks == 0
        assert not quiet.state.rows("SELECT * FROM deliveries")


def test_everything_is_still_there_after_a_restart(options, ear, session_params, wait_for):
    with run_in_thread(options) as first:
        client = stripe.StripeClient("sk_test_sandbox_x", base_addresses={"api": first.url}, max_network_retries=0)
        first.state.set("paused", "yes")
        session = client.v1.checkout.sessions.create(params=session_params(), options={"idempotency_key": "k"})
        client.v1.checkout.sessions.expire(session.id)
        first.state.set("paused", "no")
        first.state.run("UPDATE deliveries SET state = 'sending'")
    ear.heard.clear()
    with run_in_thread(options) as second:
        client = stripe.StripeClient("sk_test_sandbox_x", base_addresses={"api": second.url}, max_network_retries=0)
        again = client.v1.checkout.sessions.create(params=session_params(), options={"idempotency_key": "k"})
        assert again.id == session.id
        wait_for(lambda: "checkout.session.expired" in ear.types())


def test_the_control_api_refuses_what_it_does_not_know(plain):
    for path, body in (
        ("clock", '{"forward": 3}'),
        ("faults", '{"kind": "earthquake"}'),
        ("webhooks/mishaps", '{"kind": "drop", "type": "customer.created"}'),
        ("webhooks/deliver", '{"order": "random"}'),
        ("clock", "[]"),
        ("sessions/cs_none/outcome", '{"outcome": "maybe"}'),
    ):
        assert plain("POST", f"/_sandbox/{path}", body, Content_Type="application/json").status == 400
