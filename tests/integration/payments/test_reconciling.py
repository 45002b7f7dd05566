"""What no webhook and no return page told us."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ordering import order_of, place_order
from paying import events, fresh, payment_of

from storefront.checkout import expiring
from storefront.checkout.models import OrderStatus
from storefront.cli import cli
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.giving import checking
from storefront.payments import gateway, reconciling, settling, starting
from storefront.payments.models import Payment, PaymentStatus, RefundStatus


def test_a_payment_nobody_told_us_of_is_found(buy, stripe):
    payment = buy()
    stripe.pay(payment)
    assert reconciling.reconcile() == 0
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert order_of(payment.order.ref).status == OrderStatus.PAID


@pytest.mark.parametrize(("kind", "times"), [("error_after_commit", 2), ("conflict", 2), ("rate_limit", 1)])
def test_an_unknown_start_is_brought_to_its_real_state(world, stripe, kind, times):
    order_ref = unknown(stripe, kind, times)
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert payment_of(order_ref).status == PaymentStatus.OPEN
    assert len(stripe.sessions()) == 1
    assert starting.start(order_ref) == stripe.sessions()[0]["url"]


def test_an_unknown_start_that_stripe_did_is_settled_when_it_was_paid(world, stripe):
    order_ref = unknown(stripe, "error_after_commit", 2)
    (session,) = stripe.sessions()
    stripe(f"sessions/{session['id']}/pay", card="4242424242424242")
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert order_of(order_ref).status == OrderStatus.PAID
    assert checking.check() == []


def test_an_unknown_start_stays_unknown_while_stripe_says_nothing(world, stripe):
    order_ref = unknown(stripe, "error_after_commit", 2)
    stripe("faults", kind="rate_limit", path="/v1/", times=10)
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
        assert payment_of(order_ref).status == PaymentStatus.UNKNOWN
        assert len(reconciling.unclear()) == 1
        stripe("faults/clear")
        reconciling.reconcile(timedelta(0))
    assert payment_of(order_ref).status == PaymentStatus.OPEN


def test_a_start_that_died_before_stripe_was_asked_is_taken_up(world, stripe):
    order_ref = place_order({"COFFEE": 1})
    starting._next_attempt(order_ref, clock.now())
    assert payment_of(order_ref).status == PaymentStatus.STARTING
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert payment_of(order_ref).status == PaymentStatus.OPEN


def test_no_session_is_left_open_for_an_order_that_no_longer_waits(world, stripe):
    order_ref = unknown(stripe, "error_after_commit", 2)
    with unit_of_work() as current:
        current.get_one(Payment, payment_of(order_ref).id).order.status = OrderStatus.EXPIRED
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert [session["status"] for session in stripe.sessions()] == ["expired"]
    assert payment_of(order_ref).status == PaymentStatus.EXPIRED


def test_a_delayed_payment_is_looked_at_until_it_came_and_its_stock_is_kept(buy, stripe):
    payment = buy()
    stripe.pay_later(payment)
    settling.settle(payment.session_id)
    with clock.at(clock.now() + timedelta(days=2)):
        reconciling.reconcile()
        assert order_of(payment.order.ref).hold_until > clock.now() + timedelta(days=2)
        stripe(f"sessions/{payment.session_id}/outcome", outcome="succeeded")
        reconciling.reconcile(timedelta(0))
    assert order_of(payment.order.ref).status == OrderStatus.PAID


def test_a_fee_that_no_event_told_of_is_asked_for(paid, stripe):
    payment = paid()
    stripe(f"charges/{payment.charge_id}/settle")
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert fresh(payment).fee_minor
    assert checking.check() == []


def test_an_automatic_refund_without_an_answer_is_sent_again_until_it_is_done(buy, paid, stripe):
    late = buy({"SOAP": 3})
    with clock.at(late.order.hold_until + timedelta(seconds=1)):
        expiring.expire_orders()
    paid({"SOAP": 3})
    stripe.pay(late)
    stripe.fault("sticky_error", "/v1/refunds")
    settling.settle(late.session_id)
    assert fresh(late).refunds[0].status == RefundStatus.UNKNOWN
    with clock.at(clock.now() + reconciling.GIVE_UP * 2):
        reconciling.reconcile()
    given_up, done = fresh(late).refunds
    assert (given_up.status, done.status) == (RefundStatus.FAILED, RefundStatus.DONE)
    assert len(stripe.refunds(fresh(late))) == 1
    assert checking.check() == []


def test_the_command_replays_an_event_from_the_inbox_or_from_stripe(app, buy, stripe):
    payment = buy()
    stripe.pay(payment)
    completed = stripe.get("/v1/events?type=checkout.session.completed")["data"][0]
    for _ in range(2):
        done = app.test_cli_runner().invoke(cli, ["stripe", "replay", completed["id"]])
        assert (done.exit_code, done.output) == (0, f"{completed['id']} was worked on.\n")
    assert order_of(payment.order.ref).status == OrderStatus.PAID
    assert len(events()) == 1
    assert app.test_cli_runner().invoke(cli, ["stripe", "replay", "evt_sandbox_none"]).exit_code == 1


def test_the_command_says_what_is_still_unclear(app, world, stripe):
    order_ref = unknown(stripe, "error_after_commit", 2)
    stripe("faults", kind="rate_limit", path="/v1/", times=5)
    said = app.test_cli_runner().invoke(cli, ["reconcile", "--older-than", "0"])
    assert said.exit_code == 1
    assert f"payment {payment_of(order_ref).ref}" in said.output
    stripe("faults/clear")
    assert app.test_cli_runner().invoke(cli, ["reconcile", "--older-than", "0"]).exit_code == 0
    assert payment_of(order_ref).status == PaymentStatus.OPEN


def test_a_key_goes_only_to_the_address_it_belongs_to():
    for key, base in (
        ("sk_live_1", "http://127.0.0.1:5010"),
        ("rk_live_1", "https://api.stripe.com.example"),
        ("sk_test_1", "http://127.0.0.1:5010"),
        ("sk_test_sandbox_1", "https://api.stripe.com"),
        ("sk_live_1", "http://api.stripe.com"),
    ):
        with pytest.raises(gateway.WrongKey):
            gateway.check_key(key, base)
    gateway.check_key("sk_live_1", "https://api.stripe.com")
    gateway.check_key("sk_test_1", "https://api.stripe.com")
    gateway.check_key("sk_test_sandbox_1", "http://127.0.0.1:5010")


def unknown(stripe, kind: str, times: int) -> str:
    """An order whose payment started without an answer."""
    order_ref = place_order({"COFFEE": 1})
    stripe.fault(kind, "/v1/checkout/sessions", times=times)
    with pytest.raises(starting.PaymentUnavailable):
        starting.start(order_ref)
    assert payment_of(order_ref).status == PaymentStatus.UNKNOWN
    return order_ref
