"""The demo's parcels on their way: what was bought a while ago was sent and has come, and one thing is to go back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from storefront.accounts import finding
from storefront.checkout import dispatching
from storefront.checkout.models import Order, OrderLine, OrderStatus, Parcel
from storefront.core.db import session, unit_of_work
from storefront.demo.people import SHOPPER, account_of
from storefront.payments import returning, to_send
from storefront.payments.finding import hold_sold
from storefront.payments.return_models import ReturnReason
from storefront.payments.returning import Wanted

SENT_AFTER, CAME_AFTER = timedelta(days=2), timedelta(days=9)
RETURNED = "TW-FELT-40"


def bring(order_ref: str, bought: datetime) -> None:
    """The groups send what was bought then, and it comes; nothing of an order that was cancelled."""
    with unit_of_work():
        order = _order(order_ref)
        for parcel in order.parcels if order.status == OrderStatus.PAID else []:
            left = dispatching.left_to_send(parcel, to_send.units_dropped(order))
            units = {line.ref: left[line.id] for line in parcel.lines if left[line.id]}
            if units:
                _bring(parcel, units, bought)


def ask_back(now: datetime) -> None:
    """The demo's shopper wants to return something that came a week ago; the group has not answered yet."""
    with unit_of_work():
        line = session().scalars(
            select(OrderLine)
            .join(OrderLine.order)
            .where(Order.email == SHOPPER, OrderLine.sku == RETURNED)
            .order_by(OrderLine.id.desc())
            .limit(1)
        ).one()  # fmt: skip
        payment, shopper = hold_sold(line.order_id), finding.by_email(SHOPPER)
        assert payment is not None, "it was bought"
        assert shopper is not None, "and by somebody with an account"
        wanted = {line.ref: Wanted(1, ReturnReason.NOT_AS_SHOWN, "The colours are paler than on my screen.")}
        returning.ask(payment, line.parcel, wanted, actor=f"user:{shopper.ref}", now=now - timedelta(days=2))


def _bring(parcel: Parcel, units: dict[str, int], bought: datetime) -> None:
    actor, tracking = f"user:{account_of(parcel.producer_slug, parcel.producer_name).ref}", f"DEMO{parcel.ref[:8]}"
    sent = dispatching.send(
        parcel,
        units,
        carrier="Post",
        tracking=tracking,
        given_back=to_send.units_dropped,
        actor=actor,
        now=bought + SENT_AFTER,
    )
    dispatching.deliver(parcel, sent.ref, given_back=to_send.units_dropped, actor=actor, now=bought + CAME_AFTER)


def _order(order_ref: str) -> Order:
    return session().scalars(select(Order).where(Order.ref == order_ref)).one()
