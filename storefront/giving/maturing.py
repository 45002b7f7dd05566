"""When the return window closes, what was set aside for a charity becomes payable to it."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, exists, func, select
from sqlalchemy.orm import aliased

from storefront.checkout.dispatching import RETURN_WINDOW
from storefront.checkout.models import Order, Parcel
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import accounts
from storefront.giving.models import Entry, EntryGroup
from storefront.giving.posting import Posting, post

_PLEDGED = "charity:%:pledged"


def mature_pledges() -> int:
    """Move the pledges of every order whose return window has closed to payable; returns how many orders.

    It closes for an order as `dispatching.window_closes` says, which its receipt names from the first day.
    """
    arrives = select(func.max(Parcel.arrives_to)).where(Parcel.order_id == Order.id).correlate(Order).scalar_subquery()
    matured = aliased(EntryGroup)
    orders = (
        session()
        .scalars(
            select(Order.id)
            .where(Order.paid_at.is_not(None), arrives <= clock.today() - RETURN_WINDOW)
            .where(_set_aside() != 0)
            .where(~exists().where(matured.kind == "payable", matured.source == Order.ref))
        )
        .all()
    )
    for order_id in orders:
        with unit_of_work() as current:
            order = current.get_one(Order, order_id, with_for_update=True)
            _mature(order)
    return len(orders)


def _set_aside() -> ScalarSelect[int]:
    """What the order has set aside; zero once all of it was refunded, and then there is nothing to move."""
    return (
        select(func.coalesce(func.sum(Entry.minor), 0))
        .join(EntryGroup, EntryGroup.id == Entry.group_id)
        .where(EntryGroup.order_id == Order.id, Entry.account.like(_PLEDGED))
        .correlate(Order)
        .scalar_subquery()
    )


def _mature(order: Order) -> None:
    rows = session().execute(
        select(Entry.account, func.sum(Entry.minor))
        .join(EntryGroup, EntryGroup.id == Entry.group_id)
        .where(EntryGroup.order_id == order.id, Entry.account.like(_PLEDGED))
        .group_by(Entry.account)
        .order_by(Entry.account)
    )
    postings = []
    for account, minor in rows:
        slug = account.split(":")[1]
        postings += [Posting(account, -int(minor)), Posting(accounts.payable(slug), int(minor))]
    post(
        "payable",
        order.ref,
        currency=order.currency,
        at=clock.now(),
        postings=postings,
        order_id=order.id,
        memo="The return window has closed",
    )
