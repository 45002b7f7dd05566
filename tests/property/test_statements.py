"""Whatever is sold, given back and paid out: each month's figures come to what the ledger owes, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selling import sell, take_back
from sqlalchemy import select, update

from storefront import config
from storefront.catalog.models import Variant
from storefront.checkout.models import Order
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import accounts, checking, paying_out, statements
from storefront.giving.posting import balance
from storefront.giving.statements import Month
from storefront.payments.refunding import NothingToRefund
from storefront.payments.remaining import TooMany
from storefront.producers.models import Producer

MONTHS = (Month(2027, 5), Month(2027, 6), Month(2027, 7))
SKUS = ("COFFEE", "COFFEE-DARK", "SOAP", "SCARF-RED")
STEP = st.one_of(
    st.tuples(
        st.just("sell"),
        st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=1),
        st.sampled_from([0, 333, 1001]),
        st.integers(1, 500),
    ),
    st.tuples(st.just("give back"), st.integers(0, 9), st.sampled_from(SKUS), st.booleans()),
    st.tuples(st.just("give all back"), st.integers(0, 9)),
    st.tuples(st.just("pay out"), st.integers(1, 6000)),
)
BEARERS = st.sampled_from(["shop", "producer"])


def take(step, orders):
    if step[0] == "sell":
        orders.append(sell(step[1], discount_minor=step[2], fee_minor=step[3]).ref)
        return
    if step[0] == "pay out":
        for producer in session().scalars(select(Producer)).all():
            owed = statements.owed(producer.slug, "USD")
            if owed.minor > 0:
                amount = Money(min(step[1], owed.minor), "USD")
                with unit_of_work():
                    paying_out.record(producer, amount, "B", owed_seen=owed.minor, actor="user:ADMIN", now=clock.now())
        return
    if not orders:
        return
    order = session().scalars(select(Order).where(Order.ref == orders[step[1] % len(orders)])).one()
    try:
        if step[0] == "give all back":
            take_back(order)
        elif step[2] in {line.sku for line in order.lines}:
            take_back(order, {step[2]: 1}, delivery=step[3])
    except (NothingToRefund, TooMany):
        session().rollback()


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(months=st.lists(st.lists(STEP, max_size=5), min_size=3, max_size=3), sale=BEARERS, refunded=BEARERS)
def test_every_statement_equals_the_ledger(world, app, months, sale, refunded):
    app.extensions["storefront.settings"] = replace(config.current(), fee_bearer=sale, refund_fee_bearer=refunded)
    before = {slug: balance(accounts.producer(slug), "USD") for slug in ("sunlit-bench", "tehrathum-weavers")}
    with unit_of_work() as current:
        current.execute(update(Variant).values(stock=1000))
    orders: list[str] = []
    for month, steps in zip(MONTHS, months, strict=True):
        with clock.at(datetime(month.year, month.number, 10, tzinfo=UTC)):
            for step in steps:
                take(step, orders)
    session().rollback()
    assert checking.check() == []
    assert before.keys() == {producer.slug for producer in session().scalars(select(Producer))}
    for producer in session().scalars(select(Producer)).all():
        carried = None
        listed = statements.by_month(producer.slug, "USD", datetime(2027, 7, 20, tzinfo=UTC))
        for month in MONTHS:
            one = statements.statement(producer, month, "USD")
            assert carried is None or one.carried_in == carried
            carried = one.carry_over
            parts = one.gross - one.donation - one.commission + one.refunds + one.fees + one.payouts + one.other
            assert one.carried_in + parts == carried
            assert one.earned == parts - one.payouts
            moved = [(earned, -paid) for of, earned, paid in listed if of == month]
            assert moved in ([(one.earned, one.payouts)], []), "the list says what the statement says"
            assert moved or not one.movements
            assert not one.other
            assert min(one.gross.minor, one.donation.minor, one.commission.minor) >= 0
        assert carried == Money(-balance(accounts.producer(producer.slug), "USD"), "USD")


@pytest.mark.parametrize("kind", ["sale", "refund"])
def test_the_property_would_notice_a_forgotten_kind(world, monkeypatch, kind):
    """The control: with one kind of group left out of the figures they do not add up."""
    order = sell({"COFFEE": 2})
    take_back(order, {"COFFEE": 1})
    one = statements.statement(world.sunlit_bench, Month.of(clock.now()), "USD")
    without = replace(one, movements=[row for row in one.movements if row.kind != kind])
    assert without.carry_over != Money(-balance(accounts.producer("sunlit-bench"), "USD"), "USD")
    assert one.carry_over == Money(-balance(accounts.producer("sunlit-bench"), "USD"), "USD")
