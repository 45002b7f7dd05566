"""Money going back: in steps, at once, from the dashboard, by the bank, and without an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ordering import order_of
from paying import at_once, events, fresh, give_back, stock, work
from sqlalchemy import select, update

from storefront.checkout import expiring
from storefront.checkout.models import OrderStatus, ParcelStatus, Voucher
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.mail import OutgoingMail
from storefront.giving import accounts, checking
from storefront.giving.posting import balance
from storefront.payments import gateway, reconciling, refunding, remaining, settling, syncing
from storefront.payments.models import Dispute, Payment, PaymentStatus, Refund, RefundStatus


def test_a_line_goes_back_with_its_part_of_the_discount_and_its_pledge(paid, stripe):
    payment = paid({"COFFEE": 2, "SCARF-RED": 1}, discount_minor=1000)
    line = payment.order.lines[0]
    refund = give_back(payment, {"COFFEE": 2})
    back = line.net_minor + line.parcel.delivery_minor
    assert (refund.status, refund.amount_minor) == (RefundStatus.DONE, back)
    assert [one["amount"] for one in stripe.refunds(payment)] == [back]
    assert order_of(payment.order.ref).status == OrderStatus.PAID
    assert balance(accounts.pledged("open-bench-foundation"), "USD") == 0
    assert checking.check() == []


@pytest.mark.parametrize("discount", [0, 1, 997, 1001])
def test_refunds_in_steps_end_at_exactly_what_was_paid(paid, stripe, discount):
    payment = paid({"COFFEE": 3, "SOAP": 2}, discount_minor=discount)
    for lines in ({"COFFEE": 1}, {"COFFEE": 1, "SOAP": 1}, {"COFFEE": 1}, {"SOAP": 1}):
        give_back(payment, lines, delivery="SOAP" in lines and "COFFEE" in lines)
        assert checking.check() == []
    assert sum(one["amount"] for one in stripe.refunds(payment)) == payment.amount_minor
    assert remaining.left_of(fresh(payment)).total_minor == 0
    assert order_of(payment.order.ref).status == OrderStatus.CANCELLED
    for account in (accounts.pledged("open-bench-foundation"), accounts.SHOP_PLEDGE):
        assert balance(account, "USD") == 0


def test_two_equal_refunds_are_two_refunds(paid, stripe):
    payment = paid({"COFFEE": 2})
    first, second = give_back(payment, {"COFFEE": 1}), give_back(payment, {"COFFEE": 1})
    assert first.stripe_id != second.stripe_id
    assert len(stripe.refunds(payment)) == 2


def test_a_refund_sent_twice_is_one_refund(paid, stripe):
    payment = paid()
    refund = give_back(payment, {"COFFEE": 1})
    with unit_of_work() as current:
        current.get_one(Refund, refund.id).status = RefundStatus.UNKNOWN
    refunding.send(refund.ref)
    assert len(stripe.refunds(payment)) == 1


def test_more_units_than_are_left_cannot_be_asked_back(paid):
    payment = paid({"COFFEE": 2})
    give_back(payment, {"COFFEE": 1})
    with pytest.raises(remaining.TooMany) as refused:
        give_back(payment, {"COFFEE": 2})
    assert (refused.value.wanted, refused.value.left) == (2, 1)


def test_nothing_cannot_be_given_back(paid):
    with pytest.raises(refunding.NothingToRefund):
        give_back(paid(), {"COFFEE": 0})


def test_what_was_never_paid_cannot_go_back(buy):
    with pytest.raises(refunding.NotRefundable):
        give_back(buy())


def test_a_form_sent_twice_gives_back_once(paid, stripe):
    payment = paid({"COFFEE": 2})
    left = payment.amount_minor
    give_back(payment, {"COFFEE": 1}, left_seen=left)
    with pytest.raises(refunding.RefundedMeanwhile):
        give_back(payment, {"COFFEE": 1}, left_seen=left)
    assert len(stripe.refunds(payment)) == 1


def test_refunds_asked_for_at_once_never_pass_what_was_paid(app, paid, stripe):
    payment = paid({"COFFEE": 2})
    payment_id = payment.id
    results = at_once(app, *[lambda: give_back(session().get_one(Payment, payment_id), {"COFFEE": 2}).ref] * 4)
    assert sum(isinstance(result, str) for result in results) == 1
    assert {type(result) for result in results if not isinstance(result, str)} == {remaining.TooMany}
    assert len(stripe.refunds(payment)) == 1
    assert checking.check() == []


def test_without_the_look_at_what_is_left_more_would_be_asked_back_than_was_paid(paid, monkeypatch):
    """The control: rows that don't count what others gave back add up to more than the payment."""
    payment = paid({"COFFEE": 2})
    give_back(payment, {"COFFEE": 2})
    whole = remaining.Left(
        tuple(remaining.LineLeft(line, line.net_minor, line.quantity) for line in payment.order.lines),
        tuple((parcel, parcel.delivery_minor) for parcel in payment.order.parcels),
        payment.amount_minor,
    )
    monkeypatch.setattr(refunding, "left_of", lambda payment: whole)
    refused = give_back(payment, {"COFFEE": 2})
    assert refused.status == RefundStatus.FAILED  # by Stripe alone, and our rows had asked for it
    assert refused.amount_minor * 2 > payment.amount_minor


def test_goods_go_back_on_the_shelf_when_the_admin_says_so(paid):
    payment = paid({"COFFEE": 3})
    assert stock("COFFEE") == 7
    give_back(payment, {"COFFEE": 1}, restock=False)
    assert stock("COFFEE") == 7
    give_back(payment, {"COFFEE": 2}, restock=True)
    assert stock("COFFEE") == 9


def test_an_order_wholly_refunded_before_dispatch_is_cancelled(paid):
    payment = paid()
    give_back(payment)
    order = order_of(payment.order.ref)
    assert order.status == OrderStatus.CANCELLED
    assert {parcel.status for parcel in order.parcels} == {ParcelStatus.CANCELLED}


def test_an_order_on_its_way_stays_an_order(paid):
    payment = paid()
    with unit_of_work() as current:
        current.get_one(Payment, payment.id).order.parcels[0].status = ParcelStatus.DISPATCHED
    give_back(payment)
    assert order_of(payment.order.ref).status == OrderStatus.PAID


def test_the_shopper_is_told_what_goes_back_and_why(paid):
    payment = paid({"COFFEE": 1})
    give_back(payment, {"COFFEE": 1}, reason="The box was wet")
    letter = session().scalars(select(OutgoingMail).where(OutgoingMail.kind == "refund_notice")).one()
    assert letter.recipient == payment.order.email
    for text in (letter.text, letter.html):
        assert "The box was wet" in text
        assert "$24.00" in text
        assert payment.order.key in text


def test_a_refund_webhook_before_our_own_commit_is_the_same_refund(paid, stripe, endpoint):
    payment = paid()
    refund = give_back(payment, {"COFFEE": 1})
    with unit_of_work() as current:
        current.get_one(Refund, refund.id).ref = "NOTYETHERE"
    assert 503 in {answer["status"] for answer in stripe.deliver() if answer["type"] == "refund.created"}
    with unit_of_work() as current:
        row = current.get_one(Refund, refund.id)
        row.ref = stripe.refunds(payment)[0]["metadata"]["refund"]
    stripe.deliver()
    work()
    assert len(fresh(payment).refunds) == 1
    assert checking.check() == []


def test_a_refund_webhook_before_stripes_answer_is_recorded_settles_the_row(paid, stripe, endpoint):
    payment = paid()
    stripe.fault("error_after_commit", "/v1/refunds", times=2)
    refund = give_back(payment, {"COFFEE": 1})
    assert refund.status == RefundStatus.UNKNOWN
    stripe.deliver()
    work()
    (settled,) = fresh(payment).refunds
    assert (settled.ref, settled.status) == (refund.ref, RefundStatus.DONE)
    assert len(stripe.refunds(payment)) == 1
    assert checking.check() == []


def test_a_dashboard_refund_of_all_that_is_left_gives_back_all_lines(paid, stripe, endpoint):
    payment = paid()
    give_back(payment, {"COFFEE": 1})
    stripe(f"charges/{payment.charge_id}/refund")
    stripe.deliver()
    work()
    ours, theirs = fresh(payment).refunds
    assert theirs.asked_by == refunding.DASHBOARD
    assert ours.amount_minor + theirs.amount_minor == payment.amount_minor
    assert {row.order_line.sku: row.quantity for row in theirs.lines} == {"COFFEE": 1, "SCARF-RED": 1}
    assert theirs.unassigned_minor == 0
    assert order_of(payment.order.ref).status == OrderStatus.CANCELLED
    assert checking.check() == []


def test_a_part_refunded_in_the_dashboard_is_spread_over_the_lines(paid, stripe, endpoint):
    payment = paid({"COFFEE": 1, "SCARF-RED": 1})
    stripe(f"charges/{payment.charge_id}/refund", amount=1001)
    stripe.deliver()
    work()
    (refund,) = fresh(payment).refunds
    assert [row.quantity for row in refund.lines] == [0, 0]
    assert sum(row.amount_minor for row in refund.lines) == 1001
    assert checking.check() == []
    give_back(payment)
    assert remaining.left_of(fresh(payment)).total_minor == 0
    assert checking.check() == []


def test_one_dashboard_refund_told_by_three_events_at_once_is_one(app, paid, stripe):
    payment = paid()
    stripe(f"charges/{payment.charge_id}/refund", amount=700)
    at_once(app, *[lambda: syncing.sync(payment_intent(payment))] * 3)
    assert [refund.amount_minor for refund in fresh(payment).refunds] == [700]
    assert checking.check() == []


def test_a_refund_stripe_refuses_has_failed_with_its_reason(paid, stripe):
    payment = paid({"COFFEE": 1})
    stripe(f"charges/{payment.charge_id}/refund")
    refund = give_back(payment, {"COFFEE": 1})
    assert refund.status == RefundStatus.FAILED
    assert "refunded" in refund.problem
    assert checking.check() == []


def test_a_refund_that_came_back_is_noted_once(paid, stripe, endpoint):
    payment = paid()
    refund = give_back(payment, {"COFFEE": 1})
    stripe(f"refunds/{refund.stripe_id}/fail")
    stripe.deliver()
    work()
    for event in events():
        assert event.handled_at
    (row,) = fresh(payment).refunds
    assert row.status == RefundStatus.DONE
    assert row.problem.startswith("Came back")


def test_a_refund_of_a_delayed_payment_is_done_when_it_arrived(buy, stripe, endpoint):
    payment = buy()
    stripe.pay_later(payment)
    stripe(f"sessions/{payment.session_id}/outcome", outcome="succeeded")
    stripe.deliver()
    work()
    refund = give_back(fresh(payment), {"COFFEE": 1})
    assert refund.status == RefundStatus.PENDING
    stripe("clock", advance=90000)
    stripe.deliver()
    work()
    assert fresh(payment).refunds[0].status == RefundStatus.DONE
    assert checking.check() == []


def test_a_dispute_holds_the_money_and_a_won_one_brings_it_back(paid, stripe, endpoint):
    payment = paid()
    before = balance(accounts.STRIPE, "USD")
    dispute = stripe(f"charges/{payment.charge_id}/dispute")
    stripe.deliver()
    work()
    assert balance(accounts.DISPUTES, "USD") == payment.amount_minor
    assert checking.check() == []
    stripe(f"disputes/{dispute['id']}/close", outcome="won")
    stripe.deliver()
    work()
    row = session().scalars(select(Dispute)).one()
    assert (row.status, balance(accounts.DISPUTES, "USD")) == ("won", 0)
    assert balance(accounts.STRIPE, "USD") == before - row.fee_minor
    assert checking.check() == []


def test_a_lost_dispute_is_a_refund_by_the_bank_in_whatever_order_it_is_told(paid, stripe, endpoint):
    payment = paid()
    dispute = stripe(f"charges/{payment.charge_id}/dispute")
    stripe(f"disputes/{dispute['id']}/close", outcome="lost")
    stripe.deliver("newest")
    work()
    (refund,) = fresh(payment).refunds
    assert (refund.status, refund.asked_by, refund.amount_minor) == (RefundStatus.DONE, "bank", payment.amount_minor)
    assert balance(accounts.DISPUTES, "USD") == 0
    assert checking.check() == []


def test_a_flagged_payment_can_be_given_back_whole(buy, stripe):
    payment = buy()
    with unit_of_work() as current:
        order = current.get_one(Payment, payment.id).order
        order.total_minor += 100
        order.delivery_minor += 100
    stripe.pay(payment)
    settling.settle(payment.session_id)
    assert fresh(payment).status == PaymentStatus.FLAGGED
    give_back(fresh(payment))
    order = order_of(payment.order.ref)
    assert order.status == OrderStatus.CANCELLED
    assert stock("COFFEE") == 10
    assert balance(accounts.SHOPPERS, "USD") == 0


@pytest.mark.parametrize("wrong", [{"received_minor": 5000}, {"currency": "EUR", "received_minor": 5000}])
def test_the_ledger_says_of_a_flagged_payment_what_came_and_not_what_was_asked(buy, stripe, monkeypatch, wrong):
    payment = buy()
    stripe.pay(payment)
    as_it_is = gateway.session
    monkeypatch.setattr(gateway, "session", lambda session_id: replace(as_it_is(session_id), **wrong))
    settling.settle(payment.session_id)
    flagged, currency = fresh(payment), wrong.get("currency", "USD")
    assert (flagged.status, flagged.amount_minor, flagged.currency) == (PaymentStatus.FLAGGED, 5000, currency)
    assert (balance(accounts.STRIPE, currency), balance(accounts.SHOPPERS, currency)) == (5000, -5000)
    assert checking.check() == []


def test_what_completes_without_money_owes_nothing_and_can_be_paid_again(buy, stripe, monkeypatch):
    payment = buy()
    stripe.pay(payment)
    as_it_is = gateway.session
    monkeypatch.setattr(gateway, "session", lambda session_id: replace(as_it_is(session_id), received_minor=0))
    order = order_of(settling.settle(payment.session_id))
    assert (fresh(payment).status, order.status) == (PaymentStatus.FAILED, OrderStatus.PENDING)
    assert fresh(payment).problem == settling.NOTHING_CAME
    assert balance(accounts.STRIPE, "USD") == balance(accounts.SHOPPERS, "USD") == 0
    assert checking.check() == []


@pytest.mark.parametrize("expired", [False, True], ids=["in time", "after its order expired"])
def test_a_flagged_order_given_back_whole_gives_its_voucher_use_back_once(buy, stripe, expired):
    payment = buy(discount_minor=500)
    with unit_of_work() as current:
        order = current.get_one(Payment, payment.id).order
        order.total_minor += 100
        order.delivery_minor += 100
    stripe.pay(payment)
    if expired:
        with clock.at(clock.now() + timedelta(hours=2)):
            expiring.expire_orders()
    settling.settle(payment.session_id)
    assert order_of(payment.order.ref).status == OrderStatus.FLAGGED
    with unit_of_work() as current:
        current.execute(update(Voucher).values(max_uses=5, uses=Voucher.uses + 1))  # another order's use
    give_back(fresh(payment))
    assert order_of(payment.order.ref).status == OrderStatus.CANCELLED
    assert session().scalars(select(Voucher.uses)).one() == 1


def test_an_unknown_refund_is_cleared_up_by_reconcile(paid, stripe):
    payment = paid()
    stripe.fault("error_after_commit", "/v1/refunds", times=2)
    assert give_back(payment, {"COFFEE": 1}).status == RefundStatus.UNKNOWN
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert [refund.status for refund in fresh(payment).refunds] == [RefundStatus.DONE]
    assert len(stripe.refunds(payment)) == 1
    assert reconciling.unclear() == []


def test_a_refund_behind_a_sticky_500_fails_in_the_end_and_can_be_asked_for_anew(paid, stripe):
    payment = paid()
    stripe.fault("sticky_error", "/v1/refunds")
    refund = give_back(payment, {"COFFEE": 1})
    with clock.at(clock.now() + reconciling.OLD_ENOUGH):
        reconciling.reconcile()
    assert fresh(payment).refunds[0].status == RefundStatus.UNKNOWN
    with clock.at(clock.now() + reconciling.GIVE_UP * 2):
        reconciling.reconcile()
    assert fresh(payment).refunds[0].status == RefundStatus.FAILED
    assert give_back(fresh(payment), {"COFFEE": 1}).status == RefundStatus.DONE
    assert len(stripe.refunds(payment)) == 1
    assert refund.ref != fresh(payment).refunds[1].ref
    assert checking.check() == []


def payment_intent(payment: Payment) -> str:
    assert payment.intent_id
    return payment.intent_id
