"""Who bears Stripe's fee, by hand, for every pair of settings.

Coffee 2 x 24.00 with delivery 6.90 is 54.90, a scarf 48.00 with 8.50 is 56.50: 111.40 in all. Of a fee of 3.53 that
is 1.7397 and 1.7903: 1.74 and 1.79.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from receipts_made import buy, order_of_locked, refund
from sqlalchemy import text

from storefront import config
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import checking
from storefront.payments.answers import FeeState
from storefront.payments.finding import payment_of
from storefront.payments.settling import note_fee

FEES = "stripe:fees"
BENCH = "producer:sunlit-bench:payable"
WEAVERS = "producer:tehrathum-weavers:payable"


@pytest.fixture
def bearers(app):
    """Sets who bears the fee of a sale, and that of a refunded one."""

    def set_to(sale: str, refunded: str) -> None:
        settings = replace(config.current(), fee_bearer=sale, refund_fee_bearer=refunded)
        app.extensions["storefront.settings"] = settings

    return set_to


def charge_fee(ref: str) -> None:
    with unit_of_work():
        note_fee(payment_of(order_of_locked(ref).id), FeeState(353, "USD"), clock.now())


def borne() -> dict[str, int]:
    """What the groups about fees did to each account in all."""
    session().rollback()
    rows = session().execute(
        text(
            "SELECT account, SUM(minor) FROM entry JOIN entry_group ON entry_group.id = group_id "
            "WHERE kind IN ('fee', 'refund-fee') GROUP BY account HAVING SUM(minor) <> 0"
        )
    )
    return {account: int(minor) for account, minor in rows}


SOLD = {
    "shop": {"stripe": -353, FEES: 353},
    "producer": {"stripe": -353, BENCH: 174, WEAVERS: 179},
}
# One coffee back: 24.00 of the bench's 54.90, of whose 1.74 that is 0.7606, the odd part staying with the sale.
ONE_BACK = {
    ("shop", "shop"): {"stripe": -353, FEES: 353},
    ("shop", "producer"): {"stripe": -353, FEES: 277, BENCH: 76},
    ("producer", "shop"): {"stripe": -353, FEES: 76, BENCH: 98, WEAVERS: 179},
    ("producer", "producer"): {"stripe": -353, BENCH: 174, WEAVERS: 179},
}


@pytest.mark.parametrize("pair", ONE_BACK, ids=" then ".join)
def test_the_fee_is_borne_as_the_settings_say(world, bearers, pair):
    bearers(*pair)
    ref = buy({"COFFEE": 2, "SCARF-RED": 1})
    charge_fee(ref)
    assert borne() == SOLD[pair[0]]
    refund(ref, {"COFFEE": 1})
    assert borne() == ONE_BACK[pair]
    assert checking.check() == []
    refund(ref)
    assert borne() == SOLD[pair[1]]
    assert checking.check() == []


@pytest.mark.parametrize("pair", ONE_BACK, ids=" then ".join)
def test_a_fee_that_is_known_after_a_refund_ends_at_the_same_place(world, bearers, pair):
    bearers(*pair)
    ref = buy({"COFFEE": 2, "SCARF-RED": 1})
    refund(ref, {"COFFEE": 1})
    assert borne() == {}
    charge_fee(ref)
    assert borne() == ONE_BACK[pair]
    assert checking.check() == []


def test_a_changed_setting_does_not_reach_back(world, bearers):
    bearers("producer", "producer")
    ref = buy({"COFFEE": 2, "SCARF-RED": 1})
    charge_fee(ref)
    refund(ref, {"COFFEE": 1})
    bearers("shop", "shop")
    # What is left of the bench's 1.74 after the 0.76 of the first coffee, which stays with it; and all of the scarf's.
    refund(ref)
    assert borne() == {"stripe": -353, FEES: 98 + 179, BENCH: 76}


def test_the_fee_of_a_payment_that_bought_nothing_is_the_shops(world, bearers):
    bearers("producer", "producer")
    ref = buy({"COFFEE": 1})
    with unit_of_work():
        payment = payment_of(order_of_locked(ref).id)
        payment.bought = False
        note_fee(payment, FeeState(353, "USD"), clock.now())
    assert borne() == SOLD["shop"]
