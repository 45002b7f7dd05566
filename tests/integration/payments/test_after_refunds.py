"""What becomes of parcels and of their groups when money goes back, or does not go back after all."""

from __future__ import annotations

import pytest
from ordering import order_of
from selling import sell, send_off
from sqlalchemy import select

from storefront.checkout.models import ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import checking
from storefront.payments import refunding, states, to_send
from storefront.payments.answers import RefundState
from storefront.payments.finding import lock_refund, payment_of
from storefront.payments.models import Refund, RefundStatus


def parcel_of(order, group="sunlit-bench"):
    return next(parcel for parcel in order_of(order.ref).parcels if parcel.producer_slug == group)


def under_way(order, units, *, delivery=False, status=RefundStatus.PENDING, **facts):
    """A refund of so many of each SKU that Stripe has and has not finished; returns its ref."""
    facts = {"reason": "It broke", "asked_by": "user:ADMIN", "restock": False, "now": clock.now(), **facts}
    refs = {line.sku: line.ref for line in order_of(order.ref).lines}
    with unit_of_work():
        wanted = {refs[sku]: quantity for sku, quantity in units.items()}
        refund = refunding.ask(payment_of(order.id), wanted, delivery=delivery, **facts)
        states.move_refund(refund, status)
        return refund.ref


def stripe_says(ref, status):
    """Stripe's word on what became of the refund."""
    with unit_of_work():
        refund = lock_refund(ref)
        state = RefundState(f"re_{ref}", status, refund.amount_minor, "USD", None, ref, problem="closed account")
        refunding.apply(refund, state, clock.now())


def refund_of(ref):
    session().rollback()
    return session().scalars(select(Refund).where(Refund.ref == ref)).one()


@pytest.mark.parametrize("end", ["failed", "given up"])
def test_a_unit_whose_refund_failed_after_the_rest_had_left_is_to_be_sent(world, end):
    order = sell({"SOAP": 3})
    ref = under_way(order, {"SOAP": 1}, status=RefundStatus.PENDING if end == "failed" else RefundStatus.UNKNOWN)
    send_off(order, units={"SOAP": 2})
    assert parcel_of(order).status == ParcelStatus.DISPATCHED
    assert to_send.count(world.sunlit_bench.id) == 0
    if end == "failed":
        stripe_says(ref, "failed")
    else:
        refunding.give_up(ref, clock.now(), clock.now())
    assert refund_of(ref).status == RefundStatus.FAILED
    assert parcel_of(order).status == ParcelStatus.PART_SENT
    assert to_send.count(world.sunlit_bench.id) == 1
    send_off(order, units={"SOAP": 1})
    assert parcel_of(order).status == ParcelStatus.DISPATCHED


def test_a_refund_that_was_done_after_all_ends_the_waiting_again(world):
    order = sell({"SOAP": 3})
    ref = under_way(order, {"SOAP": 1})
    send_off(order, units={"SOAP": 2})
    stripe_says(ref, "failed")
    stripe_says(ref, "succeeded")
    assert parcel_of(order).status == ParcelStatus.DISPATCHED
    assert checking.check() == []
