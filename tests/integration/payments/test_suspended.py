"""Payments that run while a producer is suspended: the open end, the paid are sent, the late go back."""

from __future__ import annotations

from applying_made import reviewers
from ordering import order_of
from paying import fresh, stock

from storefront import chores
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.payments import settling, unselling
from storefront.vetting import deciding, finding


def suspend(producer) -> None:
    reviewer, _other = reviewers()
    with unit_of_work():
        case = finding.by_ref(finding.admitting(producer_id=producer.id).ref, lock=True)
        deciding.suspend(case, reviewer, "A report of unpaid wages.", clock.now())


def test_an_open_payment_is_closed_and_its_goods_come_back(world, buy, stripe):
    payment = buy({"COFFEE": 2, "SCARF-RED": 1})
    suspend(world.sunlit_bench)
    assert chores.CHORES[unselling.CHORE]() == 1
    assert fresh(payment).status == "expired"
    assert order_of(payment.order.ref).status == "expired"
    assert (stock("COFFEE"), stock("SCARF-RED")) == (10, 2)
    assert [one["status"] for one in stripe.sessions()] == ["expired"]
    assert chores.CHORES[unselling.CHORE]() == 0


def test_the_suspension_asks_for_it_at_once(world, buy, monkeypatch):
    nudged = []
    monkeypatch.setitem(unselling.jobs._nudger, "nudge", nudged.append)
    suspend(world.sunlit_bench)
    assert unselling.CHORE in nudged


def test_a_payment_of_others_goods_goes_on(world, buy):
    payment = buy({"SCARF-RED": 1})
    suspend(world.sunlit_bench)
    assert unselling.end_suspended_orders() == 0
    assert fresh(payment).status == "open"


def test_a_paid_order_stays_to_be_sent(world, paid):
    payment = paid({"COFFEE": 2})
    suspend(world.sunlit_bench)
    assert unselling.end_suspended_orders() == 0
    order = order_of(payment.order.ref)
    assert (order.status, [parcel.status for parcel in order.parcels]) == ("paid", ["waiting"])


def test_a_payment_in_the_last_second_before_the_session_closes_is_a_sale(world, buy, stripe):
    payment = buy({"COFFEE": 2})
    suspend(world.sunlit_bench)
    stripe.pay(payment)
    assert unselling.end_suspended_orders() == 0
    settling.settle(payment.session_id)
    assert order_of(payment.order.ref).status == "paid"


def test_money_on_its_way_is_left_alone(world, buy, stripe):
    payment = buy({"COFFEE": 2})
    stripe.pay_later(payment)
    settling.settle(payment.session_id)
    suspend(world.sunlit_bench)
    assert unselling.end_suspended_orders() == 0
    assert fresh(payment).status == "processing"


def test_while_stripe_is_away_the_order_waits_for_the_next_run(world, buy, stripe):
    buy({"COFFEE": 2})
    suspend(world.sunlit_bench)
    stripe.fault("rate_limit", path="/v1/checkout/sessions", times=20)
    assert unselling.end_suspended_orders() == 0
    stripe("faults/clear")
    assert unselling.end_suspended_orders() == 1


def test_money_that_comes_after_the_order_had_expired_goes_back(world, buy, stripe):
    from storefront.checkout import expiring
    from storefront.checkout.models import Order
    from storefront.core.db import session

    payment = buy({"COFFEE": 2})
    stripe.pay(payment)
    with unit_of_work():
        expiring.expire(session().get_one(Order, payment.order_id), clock.now())
    suspend(world.sunlit_bench)
    settling.settle(payment.session_id)
    assert (fresh(payment).bought, order_of(payment.order.ref).status) == (False, "expired")
    assert [one["amount"] for one in stripe.refunds(payment)] == [payment.amount_minor]
    assert stock("COFFEE") == 10
