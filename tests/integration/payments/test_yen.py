"""A currency without decimals, from the price to the ledger: 2,400 yen are 2400 at Stripe too."""

from __future__ import annotations

import pytest
from ordering import order_of
from paying import fresh, give_back, work

from storefront.checkout.models import OrderStatus
from storefront.giving import accounts, checking
from storefront.giving.posting import balance
from storefront.payments.remaining import left_of


@pytest.fixture
def app_settings(app_settings):
    return {**app_settings, "currency": "JPY"}


def test_an_order_in_yen_is_paid_charged_a_fee_and_refunded_in_yen(buy, stripe, endpoint):
    payment = buy({"COFFEE": 3, "SCARF-RED": 1}, discount_minor=1001)
    (session,) = stripe.sessions()
    assert (session["currency"], session["amount_total"]) == ("jpy", payment.order.total_minor)
    stripe.pay(payment)
    stripe.deliver()
    work()
    payment = fresh(payment)
    assert order_of(payment.order.ref).status == OrderStatus.PAID
    stripe(f"charges/{payment.charge_id}/settle")
    stripe.deliver()
    work()
    assert fresh(payment).fee_minor == stripe.get("/v1/balance_transactions?type=charge")["data"][0]["fee"]
    give_back(payment, {"COFFEE": 1})
    give_back(payment, {"COFFEE": 1}, delivery=True)
    assert [refund["amount"] for refund in stripe.refunds(payment)] == [r.amount_minor for r in fresh(payment).refunds]
    assert checking.check() == []
    give_back(payment)
    assert left_of(fresh(payment)).total_minor == 0
    assert balance(accounts.pledged("open-bench-foundation"), "JPY") == 0
    assert checking.check() == []
