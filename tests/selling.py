"""Sold orders for tests, without the pages and without Stripe: what settling and a refund do to our own rows."""

from __future__ import annotations

from ordering import DETAILS, order_of, place_order
from sqlalchemy import select

from storefront.checkout import dispatching, holding, states
from storefront.checkout.models import Order, OrderStatus
from storefront.checkout.placing import Details
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.payments import refunded, refunding, to_send
from storefront.payments import states as payment_states
from storefront.payments.events import FeeKnown, OrderPaid
from storefront.payments.models import Payment, PaymentStatus, Refund, RefundStatus


def sell(
    wanted: dict[str, int], *, discount_minor: int = 0, fee_minor: int | None = None, details: Details = DETAILS
) -> Order:
    """An order that was placed and paid; with its Stripe fee where one is given."""
    ref, now = place_order(wanted, discount_minor=discount_minor, details=details), clock.now()
    with unit_of_work() as current:
        order = current.scalars(select(Order).where(Order.ref == ref)).one()
        payment = Payment(
            ref=new_ref(), order=order, attempt=1, status=PaymentStatus.PAID, amount_minor=order.total_minor,
            currency=order.currency, session_id=f"cs_{ref}", intent_id=f"pi_{ref}", expires_at=now, created_at=now,
            updated_at=now, paid_at=now, bought=True,
        )  # fmt: skip
        current.add(payment)
        holding.take(order)
        states.move(order, OrderStatus.PAID)
        order.paid_at = now
        current.flush()
        announce(OrderPaid(payment, now))
        if fee_minor is not None:
            payment.fee_minor = fee_minor
            announce(FeeKnown(payment, now))
    return order_of(ref)


def send_off(order: Order, group: str = "sunlit-bench", units: dict[str, int] | None = None) -> str:
    """The group sends all of its parcel, or so many of each SKU; returns the dispatch's ref."""
    parcel = next(one for one in order_of(order.ref).parcels if one.producer_slug == group)
    lines = {line.ref: line.quantity if units is None else units.get(line.sku, 0) for line in parcel.lines}
    way = {"carrier": "Post", "tracking": "", "given_back": to_send.units_dropped, "actor": "user:PACKER"}
    with unit_of_work():
        return dispatching.send(parcel, lines, **way, now=clock.now()).ref


def take_back(order: Order, units: dict[str, int] | None = None, *, delivery: bool = False) -> Refund:
    """Give back so many of each SKU, or all that is left; done at once."""
    now = clock.now()
    facts = {"reason": "It broke", "asked_by": "system", "restock": True, "now": now}
    with unit_of_work() as current:
        payment = current.scalars(select(Payment).where(Payment.order_id == order.id)).one()
        if units is None:
            refund = refunding.ask_whole(payment, **facts)
        else:
            refs = {line.sku: line.ref for line in payment.order.lines}
            wanted = {refs[sku]: quantity for sku, quantity in units.items()}
            refund = refunding.ask(payment, wanted, delivery=delivery, **facts)
        payment_states.move_refund(refund, RefundStatus.DONE)
        refunded.done(refund, now)
    session().rollback()
    return refund
