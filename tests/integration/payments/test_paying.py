"""From an order to a paid one, and everything that may go wrong on the way."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from ordering import order_of, place_order
from paying import at_once, fresh, payment_of, stock
from sqlalchemy import select

from storefront import config, reactions
from storefront.checkout import expiring
from storefront.checkout.models import HoldStatus, Order, OrderStatus
from storefront.core import clock, events
from storefront.core.db import session, unit_of_work
from storefront.core.mail import OutgoingMail
from storefront.giving import checking
from storefront.payments import gateway, settling, starting
from storefront.payments.abandoning import abandon
from storefront.payments.events import OrderPaid
from storefront.payments.finding import NoSuchPayment
from storefront.payments.models import Payment, PaymentStatus, RefundStatus


def test_a_paid_session_makes_a_paid_order_with_a_sale(buy, stripe):
    payment = buy()
    assert payment.status == PaymentStatus.OPEN
    stripe.pay(payment)
    order = order_of(settling.settle(payment.session_id))
    assert order.status == OrderStatus.PAID
    assert order.paid_at is not None
    assert {hold.status for hold in order.holds} == {HoldStatus.TAKEN}
    assert fresh(payment).bought
    assert checking.check() == []


def test_what_the_session_shows_sums_to_the_order_with_an_uneven_discount(buy, stripe):
    payment = buy({"COFFEE": 3, "SOAP": 2}, discount_minor=1001)
    (session,) = stripe.sessions()
    assert session["amount_total"] == payment.amount_minor == payment.order.total_minor
    assert session["client_reference_id"] == payment.order.ref
    assert session["metadata"] == {"shop": "localhost", "order": payment.order.ref, "payment": payment.ref}


def test_starting_twice_leads_to_the_same_open_session(buy, stripe):
    payment = buy()
    assert starting.start(payment.order.ref) == payment.session_url
    assert len(stripe.sessions()) == 1


def test_a_double_click_starts_one_session(app, world, stripe):
    order_ref = place_order({"COFFEE": 1})
    urls = at_once(app, *[lambda: starting.start(order_ref)] * 3)
    assert len(stripe.sessions()) == 1
    assert set(urls) == {payment_of(order_ref).session_url}


def test_a_paid_order_cannot_be_paid_twice(paid):
    payment = paid()
    with pytest.raises(starting.OrderNotPayable) as refused:
        starting.start(payment.order.ref)
    assert refused.value.status == OrderStatus.PAID


def test_the_success_address_alone_marks_nothing_paid(buy):
    payment = buy()
    order_ref = settling.settle(payment.session_id)
    assert order_of(order_ref).status == OrderStatus.PENDING
    assert fresh(payment).status == PaymentStatus.OPEN


def test_a_session_that_is_not_ours_is_not_even_asked_about(world, stripe):
    stripe.fault("rate_limit")
    with pytest.raises(NoSuchPayment):
        settling.settle("cs_test_sandbox_elsewhere")


def test_a_declined_card_leaves_the_session_open_for_another(buy, stripe):
    payment = buy()
    stripe.pay(payment, card="4000000000000002")
    settling.settle(payment.session_id)
    assert fresh(payment).status == PaymentStatus.OPEN
    stripe.pay(payment)
    assert order_of(settling.settle(payment.session_id)).status == OrderStatus.PAID


def test_a_delayed_payment_is_processing_until_it_came(buy, stripe):
    payment = buy()
    stripe.pay_later(payment)
    order = order_of(settling.settle(payment.session_id))
    assert (order.status, fresh(payment).status) == (OrderStatus.PENDING, PaymentStatus.PROCESSING)
    assert order.hold_until > clock.now() + timedelta(days=1)
    with pytest.raises(starting.OrderNotPayable):
        starting.start(order.ref)
    stripe(f"sessions/{payment.session_id}/outcome", outcome="succeeded")
    assert order_of(settling.settle(payment.session_id)).status == OrderStatus.PAID
    assert checking.check() == []


def test_a_delayed_payment_that_failed_can_be_tried_again(buy, stripe):
    payment = buy()
    stripe.pay_later(payment)
    settling.settle(payment.session_id)
    stripe(f"sessions/{payment.session_id}/outcome", outcome="failed")
    order = order_of(settling.settle(payment.session_id))
    assert fresh(payment).status == PaymentStatus.FAILED
    assert order.hold_until < clock.now() + timedelta(hours=1)
    assert starting.start(order.ref) != payment.session_url
    assert payment_of(order.ref).attempt == 2


def letters() -> list[OutgoingMail]:
    session().rollback()
    return list(session().scalars(select(OutgoingMail).where(OutgoingMail.kind == "payment_failed")))


def test_the_shopper_is_told_once_that_a_delayed_payment_failed_and_how_to_order_again(buy, stripe):
    payment = buy()
    stripe.pay_later(payment)
    settling.settle(payment.session_id)
    assert letters() == []
    stripe(f"sessions/{payment.session_id}/outcome", outcome="failed")
    order = order_of(settling.settle(payment.session_id))
    settling.settle(payment.session_id)
    (letter,) = letters()
    assert (letter.recipient, letter.subject) == (
        "mei@example.org", f"Your payment did not go through: order {order.ref}"
    )  # fmt: skip
    for said in (letter.text, letter.html):
        said = unescape(said).replace("\xa0", " ")
        assert f"your payment of $111.40 USD for order {order.ref} did not go through. Nothing was charged." in said
        assert f"Why: {fresh(payment).problem}" in said
        assert "aside for you for 30 minutes" in said
        assert f"http://localhost/orders/{order.ref}?key={order.key}" in said
        assert "http://localhost/products" in said


def test_the_letter_of_a_failure_after_the_order_ended_says_that_the_goods_are_back(buy, stripe):
    payment = buy()
    stripe.pay_later(payment)
    settling.settle(payment.session_id)
    with clock.at(clock.now() + timedelta(days=4)):
        expiring.expire_orders()
    stripe(f"sessions/{payment.session_id}/outcome", outcome="failed")
    settling.settle(payment.session_id)
    (letter,) = letters()
    for said in (letter.text, letter.html):
        assert "Nothing was charged." in said
        assert "The goods are back on the shelf. To order again" in said
        assert "/orders/" not in said


def test_a_lost_answer_after_the_session_was_made_does_not_make_another(world, stripe):
    order_ref = place_order({"COFFEE": 1})
    stripe.fault("error_after_commit", "/v1/checkout/sessions", times=2)
    with pytest.raises(starting.PaymentUnavailable):
        starting.start(order_ref)
    assert payment_of(order_ref).status == PaymentStatus.UNKNOWN
    url = starting.start(order_ref)
    assert [session["url"] for session in stripe.sessions()] == [url]
    assert payment_of(order_ref).attempt == 1


def test_a_sticky_500_is_left_behind_with_a_new_key(world, stripe):
    order_ref = place_order({"COFFEE": 1})
    stripe.fault("sticky_error", "/v1/checkout/sessions")
    with pytest.raises(starting.PaymentUnavailable):
        starting.start(order_ref)
    assert starting.start(order_ref)
    assert payment_of(order_ref, 1).status == PaymentStatus.FAILED
    assert payment_of(order_ref, 2).status == PaymentStatus.OPEN
    assert len(stripe.sessions()) == 1


def test_a_session_made_behind_a_sticky_500_is_found_in_the_list(world, stripe):
    order_ref = place_order({"COFFEE": 1})
    stripe.fault("sticky_error", "/v1/checkout/sessions", commit=True)
    with pytest.raises(starting.PaymentUnavailable):
        starting.start(order_ref)
    url = starting.start(order_ref)
    assert [session["url"] for session in stripe.sessions()] == [url]
    assert payment_of(order_ref).attempt == 1


@pytest.mark.parametrize("kind", ["conflict", "rate_limit"])
def test_too_many_requests_or_a_conflict_is_over_when_it_is_over(world, stripe, kind):
    order_ref = place_order({"COFFEE": 1})
    stripe.fault(kind, "/v1/checkout/sessions", times=2)
    with pytest.raises(starting.PaymentUnavailable):
        starting.start(order_ref)
    assert starting.start(order_ref)
    assert len(stripe.sessions()) == 1


def test_stripe_out_of_reach_is_said_and_nothing_is_lost(app, world, stripe, monkeypatch):
    order_ref = place_order({"COFFEE": 1})
    gone = replace(config.current(), stripe_api_base="http://127.0.0.1:9")
    monkeypatch.setitem(app.extensions, "storefront.settings", gone)
    with pytest.raises(starting.PaymentUnavailable):
        starting.start(order_ref)
    monkeypatch.undo()
    assert starting.start(order_ref)


def test_a_payment_in_the_last_second_finds_its_stock_held(buy, stripe):
    payment = buy({"SOAP": 3})
    assert payment.order.hold_until > payment.expires_at
    with clock.at(payment.expires_at + timedelta(seconds=5)):
        assert expiring.expire_orders() == 0
        stripe.pay(payment)
        assert order_of(settling.settle(payment.session_id)).status == OrderStatus.PAID


def test_an_expired_session_is_followed_by_a_new_one(buy, stripe):
    payment = buy()
    stripe(f"sessions/{payment.session_id}/expire")
    settling.settle(payment.session_id)
    assert fresh(payment).status == PaymentStatus.EXPIRED
    assert starting.start(payment.order.ref) != payment.session_url
    assert order_of(payment.order.ref).status == OrderStatus.PENDING


def test_a_session_about_to_expire_is_closed_before_a_new_one_is_made(buy, stripe):
    payment = buy()
    with clock.at(payment.expires_at - timedelta(seconds=30)):
        url = starting.start(payment.order.ref)
    assert {session["status"] for session in stripe.sessions()} == {"open", "expired"}
    assert payment_of(payment.order.ref).session_url == url


def test_a_payment_after_the_hold_ran_out_is_sold_when_the_goods_are_still_there(buy, stripe):
    payment = buy({"SOAP": 3})
    expire(payment)
    assert stock("SOAP") == 3
    stripe.pay(payment)
    order = order_of(settling.settle(payment.session_id))
    assert order.status == OrderStatus.PAID
    assert stock("SOAP") == 0
    assert checking.check() == []


def test_a_payment_after_the_goods_were_sold_goes_back_in_full(buy, paid, stripe):
    late = buy({"SOAP": 2})
    expire(late)
    paid({"SOAP": 3})
    stripe.pay(late)
    order = order_of(settling.settle(late.session_id))
    payment = fresh(late)
    (refund,) = payment.refunds
    assert order.status == OrderStatus.EXPIRED
    assert (refund.status, refund.amount_minor) == (RefundStatus.DONE, payment.amount_minor)
    assert refund.reason == settling.CAME_LATE
    assert not payment.bought
    assert stock("SOAP") == 0
    assert checking.check() == []


def test_the_second_of_two_payments_of_one_order_goes_back(buy, stripe):
    first, second = two_tabs(buy, stripe)
    settling.settle(first.session_id)
    order = order_of(settling.settle(second.session_id))
    assert order.status == OrderStatus.PAID
    assert fresh(first).refunds == []
    (refund,) = fresh(second).refunds
    assert (refund.status, refund.amount_minor) == (RefundStatus.DONE, second.amount_minor)
    assert len(stripe.refunds(fresh(second))) == 1
    assert checking.check() == []


def test_two_tabs_settled_at_once_sell_one_order_and_give_one_payment_back(app, buy, stripe):
    first, second = two_tabs(buy, stripe)
    sessions = [first.session_id, second.session_id] * 2
    at_once(app, *[lambda one=one: settling.settle(one) for one in sessions])
    order = order_of(first.order.ref)
    assert order.status == OrderStatus.PAID
    assert [fresh(first).bought, fresh(second).bought].count(True) == 1
    assert len(fresh(first).refunds) + len(fresh(second).refunds) == 1
    assert checking.check() == []


def test_without_the_lock_and_the_look_for_another_payment_both_would_buy(buy, stripe, monkeypatch):
    """The control: with the guard taken away it is only the index that refuses the second sale."""
    from sqlalchemy.exc import IntegrityError

    first, second = two_tabs(buy, stripe)
    settling.settle(first.session_id)
    monkeypatch.setattr(settling, "payment_of", lambda order_id: None)
    monkeypatch.setattr(settling, "_take_stock", lambda order: True)
    monkeypatch.setattr(settling.order_states, "move", lambda order, status: None)
    with unit_of_work() as current:
        current.get_one(Payment, second.id).order.status = OrderStatus.PENDING
    with pytest.raises(IntegrityError):
        settling.settle(second.session_id)


@pytest.mark.parametrize(
    ("column", "value"), [("total_minor", 1), ("currency", "EUR"), ("ref", "ANOTHERORDER")]
)  # fmt: skip
def test_a_payment_that_is_not_what_was_asked_is_flagged_and_not_fulfilled(buy, stripe, column, value):
    payment = buy()
    with unit_of_work() as current:
        order = current.get_one(Payment, payment.id).order
        if column == "total_minor":
            order.total_minor += value
            order.delivery_minor += value
        else:
            setattr(order, column, value)
    stripe.pay(payment)
    settling.settle(payment.session_id)
    flagged = fresh(payment)
    assert flagged.status == PaymentStatus.FLAGGED
    assert flagged.problem
    assert flagged.order.status == OrderStatus.FLAGGED
    assert {hold.status for hold in flagged.order.holds} == {HoldStatus.HELD}
    assert not flagged.bought


def test_no_payment_is_kept_while_its_order_rolled_back(buy, stripe, monkeypatch):
    """What follows from a sale happens in its transaction: when a receipt can't be signed, nothing was settled."""
    payment = buy()
    stripe.pay(payment)

    def fails(event):
        raise RuntimeError("no ink")

    with monkeypatch.context() as patched:
        patched.setitem(events._reactions, OrderPaid, [*reactions.REACTIONS[OrderPaid], fails])
        with pytest.raises(RuntimeError, match="no ink"):
            settling.settle(payment.session_id)
    assert fresh(payment).status == PaymentStatus.OPEN
    assert order_of(payment.order.ref).status == OrderStatus.PENDING
    assert checking.check() == []
    settling.settle(payment.session_id)
    assert order_of(payment.order.ref).status == OrderStatus.PAID
    assert checking.check() == []


def test_an_older_answer_of_stripe_never_takes_a_payment_back(paid):
    payment = paid()
    old = gateway.session(payment.session_id)
    for status, payment_status in (("open", "unpaid"), ("expired", "unpaid"), ("complete", "unpaid")):
        with unit_of_work() as current:
            stale = replace(old, status=status, payment_status=payment_status, intent_status="processing")
            settling.apply(current.get_one(Payment, payment.id), stale, clock.now())
        assert fresh(payment).status == PaymentStatus.PAID


def test_an_unpaid_order_can_be_ended_and_its_session_with_it(buy, stripe):
    payment = buy({"SOAP": 3})
    assert abandon(payment.order.ref) == OrderStatus.EXPIRED
    assert order_of(payment.order.ref).status == OrderStatus.EXPIRED
    assert stock("SOAP") == 3
    assert [session["status"] for session in stripe.sessions()] == ["expired"]
    assert abandon(payment.order.ref) == OrderStatus.EXPIRED


def test_an_order_that_was_paid_meanwhile_is_not_ended(buy, stripe):
    payment = buy()
    stripe.pay(payment)
    assert abandon(payment.order.ref) == OrderStatus.PAID
    assert order_of(payment.order.ref).status == OrderStatus.PAID


def test_an_order_is_not_ended_while_its_payment_is_on_its_way_or_unknown(buy, stripe):
    payment = buy()
    stripe.fault("rate_limit", times=5)
    stripe("faults", kind="rate_limit", path="/v1/", times=1)
    with pytest.raises(starting.PaymentUnavailable):
        abandon(payment.order.ref)
    stripe("faults/clear")
    stripe.pay_later(payment)
    with pytest.raises(starting.OrderNotPayable):
        abandon(payment.order.ref)
    assert order_of(payment.order.ref).status == OrderStatus.PENDING


def two_tabs(buy, stripe):
    """Two sessions of one order, both paid: the first was thought lost when the second was made."""
    first = buy({"SOAP": 1})
    with unit_of_work() as current:
        current.get_one(Payment, first.id).status = PaymentStatus.FAILED
    starting.start(first.order.ref)
    second = payment_of(first.order.ref)
    stripe.pay(first)
    stripe.pay(second)
    return first, second


def expire(payment):
    """Let the order's time run out as the chore does, while Stripe still takes the payment."""
    with clock.at(payment.order.hold_until + timedelta(seconds=1)):
        assert expiring.expire_orders() == 1


def test_what_stripe_says_of_an_address_is_shown_to_its_owner_and_not_logged(world, stripe, caplog):
    ref = place_order({"COFFEE": 1})
    with unit_of_work() as current:
        current.get_one(Order, order_of(ref).id).email = "mei lin@example.org"
    with caplog.at_level(logging.INFO), pytest.raises(starting.PaymentUnavailable) as caught:
        starting.start(ref)
    assert payment_of(ref).problem == "Invalid email address: mei lin@example.org"
    logging.getLogger("a chore").error("failed", exc_info=caught.value)
    logged = "\n".join(map(logging.Formatter().format, (one for one in caplog.records if one.name != "stripe")))
    assert "code=email_invalid request=req_" in logged
    assert "mei lin" not in logged
