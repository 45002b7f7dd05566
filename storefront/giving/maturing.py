"""When the return window closes, what was set aside for a charity becomes payable to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ScalarSelect, exists, func, select
from sqlalchemy.orm import aliased

from storefront.checkout.dispatching import RETURN_WINDOW, arrived_by
from storefront.checkout.models import Order, Parcel, ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import accounts
from storefront.giving.models import Entry, EntryGroup
from storefront.giving.posting import Posting, post

_PLEDGED = "charity:%:pledged"


def mature_pledges() -> int:
    """Move the pledges of every order whose return window has closed to payable; returns how many orders.

    It closes when nothing of it is still to be sent and every parcel arrived 30 days ago; never before the day that its
    receipt names (`dispatching.window_closes`), and later where something came late.
    """
    arrives = select(func.max(Parcel.arrives_to)).where(Parcel.order_id == Order.id).correlate(Order).scalar_subquery()
    matured, now = aliased(EntryGroup), clock.now()
    unsent = Parcel.status.in_((ParcelStatus.WAITING, ParcelStatus.PART_SENT))
    orders = (
        session()
        .scalars(
            select(Order)
            .where(Order.paid_at.is_not(None), arrives <= clock.today() - RETURN_WINDOW)
            .where(_set_aside() != 0, ~exists().where(Parcel.order_id == Order.id, unsent))
            .where(~exists().where(matured.kind == "payable", matured.source == Order.ref))
        )
        .all()
    )
    closed = [order.id for order in orders if all(_closed(parcel, now) for parcel in order.parcels)]
    for order_id in closed:
        with unit_of_work() as current:
            order = current.get_one(Order, order_id, with_for_update=True)
            _mature(order)
    return len(closed)


def _closed(parcel: Parcel, now: datetime) -> bool:
    return parcel.status == ParcelStatus.CANCELLED or arrived_by(parcel) + RETURN_WINDOW <= now


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
