"""Sums a bookkeeper would get on paper where cents don't divide: vouchers, steps of refunds, yen.

The cast's prices are split after the pledge: makers 50 % (paid before), materials 20 %, freight 15 %, the shop 15 %.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from ordering import order_of
from receipts_made import buy, order_of_locked, refund
from selling import send_off
from sqlalchemy import text

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import checking, maturing, pledges, totals
from storefront.payments import refunded, refunding
from storefront.payments.finding import payment_of
from storefront.payments.models import RefundStatus
from storefront.payments.remaining import left_of, spread
from storefront.payments.states import move_refund
from storefront.receipts import checking as receipt_checking

BENCH = "charity:open-bench-foundation:pledged"
HILL = "charity:hill-schools-trust:pledged"
BENCH_PAYABLE = "charity:open-bench-foundation:payable"
HILL_PAYABLE = "charity:hill-schools-trust:payable"


def entries(kind: str) -> dict[str, int]:
    """What the newest group of this kind did to each account, by plain SQL."""
    session().rollback()
    newest = "SELECT MAX(id) FROM entry_group WHERE kind = :kind"
    rows = session().execute(
        text(f"SELECT account, SUM(minor) FROM entry WHERE group_id = ({newest}) GROUP BY account"), {"kind": kind}
    )
    return {account: int(minor) for account, minor in rows}


def total(account: str) -> int:
    session().rollback()
    rows = session().execute(text("SELECT COALESCE(SUM(minor), 0) FROM entry WHERE account = :name"), {"name": account})
    return int(rows.scalar_one())


def test_a_pledge_is_on_what_was_paid_and_the_makers_part_on_the_full_price(world):
    buy({"COFFEE": 3}, discount_minor=1001)
    # 72.00 less 10.01 is 61.99; 5 % is 3.0995, rounded up 3.10. The rest of the full price is 68.90: makers 34.45,
    # materials 13.78, freight 10.335 and the shop 10.335, of which the first gets the odd cent. The shop bears 10.01.
    assert entries("sale") == {
        "stripe": 6199 + 690,
        BENCH: -310,
        "producer:sunlit-bench:payable": -(3445 + 1378 + 1034 + 690),
        "shop:revenue": -(1033 - 1001),
    }
    assert entries("shop-pledge") == {"shop:pledge-cost": 1, "shop:pledge": -1}  # 0.3 % of 0.32, rounded up


def test_a_line_given_back_takes_back_its_fixed_pledge_and_nothing_of_the_others(world):
    ref = buy({"COFFEE": 2, "SCARF-RED": 1})
    refund(ref, {"SCARF-RED": 1}, delivery=False)
    # The scarf's 48.00: 1.00 from the charity, 7.05 + 9.40 from the producer, 7.05 from the shop. The makers were
    # paid before and keep their 23.50, which the shop bears. Nothing is sent, so the delivery of 8.50 goes back too.
    assert entries("refund") == {
        "stripe": -4800 - 850,
        HILL: 100,
        "producer:tehrathum-weavers:payable": 940 + 705 + 850,
        "shop:revenue": 705,
        "shop:returns": 2350,
    }
    assert (total(BENCH), total(HILL)) == (-240, 0)


def test_delivery_given_back_comes_from_those_who_were_to_deliver(world):
    ref = buy({"COFFEE": 1, "SCARF-RED": 1})
    refund(ref, {}, delivery=True)
    assert entries("refund") == {
        "stripe": -1540,
        "producer:sunlit-bench:payable": 690,
        "producer:tehrathum-weavers:payable": 850,
    }
    assert (total(BENCH), total(HILL)) == (-120, -100)


def test_a_whole_order_given_back_leaves_only_what_the_makers_keep(world):
    ref = buy({"COFFEE": 2, "SCARF-RED": 1})
    refund(ref)
    assert {name: total(name) for name in ("stripe", BENCH, HILL, "shop:revenue", "shop:pledge")} == {
        "stripe": 0, BENCH: 0, HILL: 0, "shop:revenue": 0, "shop:pledge": 0
    }  # fmt: skip
    assert total("shop:returns") == 2280 + 2350
    assert total("producer:sunlit-bench:payable") == -2280
    assert total("producer:tehrathum-weavers:payable") == -2350


STEPS: list[list[Any]] = [
    [{"COFFEE": 1}, {"COFFEE": 1}, {"COFFEE": 1}],
    [{"COFFEE": 2}, {"COFFEE": 1}],
    [{"COFFEE": 1}, None],
    [None],
]


@pytest.mark.parametrize("steps", STEPS, ids=["one by one", "two and one", "one and the rest", "at once"])
def test_steps_of_a_refund_of_odd_cents_end_at_exactly_zero(world, steps):
    ref = buy({"COFFEE": 3}, discount_minor=1001)
    owed = []
    for step in steps:
        refund(ref, step)
        owed.append(-total(BENCH))
        assert checking.check() + receipt_checking.check() == []
    # 61.99 is given back as 20.66, 20.67 and 20.66 or so: of the 41.33 and 20.67 that stay, 5 % rounded up.
    assert owed in ([207, 104, 0], [104, 0], [207, 0], [0])
    assert total("shop:pledge") == 0
    assert (total("stripe"), total("shop:returns"), total("producer:sunlit-bench:payable")) == (0, 3445, -3445)
    payment = payment_of(order_of(ref).id)
    assert sum(row.amount_minor for row in payment.refunds) == payment.amount_minor


def test_a_refund_after_a_pledge_matured_lowers_what_is_payable(world):
    ref = buy({"COFFEE": 2, "SCARF-RED": 1})
    other = buy({"COFFEE": 1})
    for sold, group in ((ref, "sunlit-bench"), (ref, "tehrathum-weavers"), (other, "sunlit-bench")):
        send_off(order_of(sold), group)
    with clock.at(clock.now() + timedelta(days=60)):
        assert maturing.mature_pledges() == 2
    owed = {BENCH: 0, HILL: 0, BENCH_PAYABLE: -(240 + 120), HILL_PAYABLE: -100}
    assert {name: total(name) for name in owed} == owed
    refund(ref, {"COFFEE": 1})
    # Coffee 24.00: 1.20 from what is payable; of the other 22.80 the producer's 4.56 and 3.42, the shop's 3.42, and
    # the makers keep their 11.40.
    assert entries("refund") == {
        "stripe": -2400,
        BENCH_PAYABLE: 120,
        "producer:sunlit-bench:payable": 456 + 342,
        "shop:revenue": 342,
        "shop:returns": 1140,
    }
    assert {name: total(name) for name in owed} == owed | {BENCH_PAYABLE: -240}
    assert totals.by_cause("USD") == {"poverty": Money(240, "USD"), "education": Money(100, "USD")}
    assert [(row.charity_slug, row.money.minor) for row in totals.latest(1, "USD")] == [("open-bench-foundation", -120)]
    refund(ref)
    refund(other)
    assert {name: total(name) for name in owed} == dict.fromkeys(owed, 0)
    assert checking.check() + receipt_checking.check() == []


def test_a_capped_pledge_has_room_again_after_a_refund_of_a_matured_one(world):
    with unit_of_work():
        facts = {"starts_on": clock.today(), "currency": "USD", "rate": Decimal("0.05"), "cap": Money(150, "USD")}
        pledges.pledge(world.coffee.id, session().merge(world.open_bench), now=clock.now(), **facts)
    ref = buy({"COFFEE": 1})
    send_off(order_of(ref))
    with clock.at(clock.now() + timedelta(days=60)):
        maturing.mature_pledges()
    refund(ref)
    buy({"COFFEE": 1})
    assert total(BENCH) == -120
    assert checking.check() == []


def test_money_given_back_without_goods_lowers_a_pledge_by_rate_and_not_one_by_item(world):
    coffee, scarf = buy({"COFFEE": 1}), buy({"SCARF-RED": 1})
    for ref in (coffee, scarf):
        give_back_money(ref, 900)
        assert checking.check() + receipt_checking.check() == []
    assert (total(BENCH), total(HILL)) == (-75, -100)  # 5 % of 15.00; the scarf was kept
    refund(scarf)
    assert total(HILL) == 0


def give_back_money(ref: str, minor: int) -> None:
    """As when the dashboard gives back a sum that names no lines."""
    with unit_of_work():
        payment = payment_of(order_of_locked(ref).id)
        given = refunding.write(
            payment,
            spread(left_of(payment), minor),
            reason="Late",
            asked_by=refunding.DASHBOARD,
            restock=False,
            now=clock.now(),
        )
        move_refund(given, RefundStatus.DONE)
        refunded.done(given, clock.now())


class TestYen:
    @pytest.fixture
    def app_settings(self):
        return {"currency": "JPY"}

    def test_yen_are_split_and_given_back_in_whole_yen(self, world):
        ref = buy({"COFFEE": 1}, discount_minor=333)
        # 2,400 less 333 is 2,067; 5 % is 103.35, so 104. Of 2,296 the makers get 1,148, materials 459.2, freight
        # and shop 344.4 each: the yen that is left over goes to the larger remainder, and the shop bears 333.
        assert entries("sale") == {
            "stripe": 2067 + 690,
            BENCH: -104,
            "producer:sunlit-bench:payable": -(1148 + 459 + 345 + 690),
            "shop:revenue": -(344 - 333),
        }
        refund(ref)
        assert (total(BENCH), total("stripe"), total("shop:returns")) == (0, 0, 1148)
        rows = session().execute(text("SELECT DISTINCT currency FROM entry")).scalars().all()
        assert rows == ["JPY"]
        assert checking.check() + receipt_checking.check() == []
