"""What a shopper is shown before a refund is, to the last word, what the receipt and the ledger say after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from selling import sell, take_back
from sqlalchemy import update

from storefront.checkout.models import Parcel, ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import accounts, checking, maturing
from storefront.giving.posting import balance
from storefront.payments.finding import payment_of
from storefront.payments.remaining import by_lines, everything, left_of
from storefront.receipts import issuing, reading
from storefront.receipts.foreseeing import foresee


def look(order, units=None, *, delivery=False):
    payment = payment_of(order.id)
    refs = {line.sku: line.ref for line in payment.order.lines}
    left = left_of(payment)
    back = (
        everything(left)
        if units is None
        else by_lines(left, {refs[sku]: quantity for sku, quantity in units.items()}, delivery=delivery)
    )
    return foresee(payment, back, clock.now())


def owed():
    session().rollback()
    slugs = ("open-bench-foundation", "hill-schools-trust")
    return {slug: -balance(accounts.pledged(slug), "USD") - balance(accounts.payable(slug), "USD") for slug in slugs}


@pytest.mark.parametrize("discount", [0, 1, 997])
@pytest.mark.parametrize(
    "steps",
    [
        [{"COFFEE": 1}, {"COFFEE": 2}, None],
        [{"SCARF-RED": 1}, {"COFFEE": 1, "SOAP": 1}],
        [{"SOAP": 1}, {"COFFEE": 3}],
        [None],
    ],
    ids=["by units", "by lines", "without a pledge first", "all at once"],
)
def test_what_was_foreseen_is_what_happens(world, discount, steps):
    order = sell({"COFFEE": 3, "SOAP": 1, "SCARF-RED": 1}, discount_minor=discount)
    for number, units in enumerate(steps):
        if number == 1:  # whether the donation was set aside only, or is payable already
            with unit_of_work() as current:
                current.execute(update(Parcel).values(status=ParcelStatus.DELIVERED))
            with clock.at(clock.now() + timedelta(days=60)):
                maturing.mature_pledges()
        foreseen = look(order, units, delivery=number == 0)
        before = owed()
        assert {one.slug: one.before.minor for one in foreseen.donations} == {k: v for k, v in before.items() if v}
        refund = take_back(order, units, delivery=number == 0)
        assert refund.amount_minor == foreseen.money.minor
        newest = issuing.newest(reading.by_order(order.id))
        assert reading.said(newest)["credentialSubject"] == foreseen.would_say
        assert {one.slug: one.after.minor for one in foreseen.donations} == {
            k: owed()[k] for k, v in before.items() if v
        }
    assert checking.check() == []


def test_looking_changes_nothing_and_another_refund_breaks_the_seal(world):
    order = sell({"COFFEE": 2, "SOAP": 1})
    seal = look(order, {"COFFEE": 1}).seal
    assert look(order, {"COFFEE": 1}).seal == seal
    assert look(order, {"COFFEE": 2}).seal != seal
    assert len(reading.revisions(reading.by_order(order.id))) == 1
    take_back(order, {"SOAP": 1})
    assert look(order, {"COFFEE": 1}).seal != seal
