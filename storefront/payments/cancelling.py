"""A shopper's cancellation: parcels of which nothing has left are not sent, and all of their money goes back.

A parcel that is sent at the same moment is either sent or cancelled: both lock the order first, then look.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from storefront.checkout import dispatching
from storefront.checkout.models import Order, OrderStatus, Parcel, ParcelStatus
from storefront.core import journal
from storefront.core.db import session
from storefront.payments import emails, refunding
from storefront.payments.events import RefundDone
from storefront.payments.models import Payment, Refund
from storefront.payments.remaining import Allocation, left_of, of_parcels
from storefront.payments.return_models import Cancellation
from storefront.payments.to_send import units_dropped


class NothingChosen(ValueError):
    """No parcel was named."""


class TooLate(ValueError):
    """Something of a named parcel has left, or it is cancelled already, or the order is not paid."""


def cancellable(order: Order) -> list[Parcel]:
    """The parcels of which nothing has left and something is still to be sent."""
    if order.status != OrderStatus.PAID:
        return []
    back = units_dropped(order)
    return [
        parcel
        for parcel in order.parcels
        if parcel.status == ParcelStatus.WAITING and any(dispatching.left_to_send(parcel, back).values())
    ]


def choose(order: Order, parcel_refs: Collection[str]) -> list[Parcel]:
    """The named parcels, if all of them can be cancelled; raises NothingChosen and TooLate."""
    if not parcel_refs:
        raise NothingChosen
    chosen = [parcel for parcel in cancellable(order) if parcel.ref in parcel_refs]
    if len(chosen) != len(set(parcel_refs)):
        raise TooLate
    return chosen


def allocation(payment: Payment, parcels: Collection[Parcel]) -> Allocation:
    """What would go back for these parcels."""
    return of_parcels(left_of(payment), parcels)


def cancel(
    payment: Payment, parcels: Sequence[Parcel], *, reason: str, title: str, actor: str, now: datetime
) -> Refund:
    """Ask for all money of these parcels back and tell their producers not to send them.

    The payment comes from `finding.hold_sold`, the parcels from `choose` after it; call `refunding.send` with the
    refund's ref after the unit of work. `title` is what the shopper reads as the refund's reason. Raises as
    `refunding.ask` does.
    """
    refund = refunding.ask_parcels(payment, parcels, reason=title, asked_by=actor, restock=True, now=now)
    for parcel in parcels:
        parcel.status = ParcelStatus.CANCELLED
        session().add(Cancellation(parcel=parcel, refund=refund, reason=reason, cancelled_by=actor, cancelled_at=now))
        session().flush()
        journal.record(
            "parcel cancelled",
            subject=f"order:{payment.order.ref}",
            actor=actor,
            now=now,
            parcel=parcel.ref,
            refund=refund.ref,
            reason=reason,
        )
        emails.tell_senders(parcel, "cancellation_notice", f"orders/{parcel.ref}", now, reason=reason)
    return refund


def tell_groups(event: RefundDone) -> None:
    """Goods were given back in another way before they left: tell their producers not to send them."""
    refund, order = event.refund, event.refund.payment.order
    if refund.had_left:
        return
    units = {row.order_line_id: row.quantity for row in refund.lines}
    dropped, cancelled = units_dropped(order), of_order(order)
    before = {line_id: count - units.get(line_id, 0) for line_id, count in dropped.items()}
    for parcel in (one for one in order.parcels if one.id not in cancelled):
        had, left = dispatching.left_to_send(parcel, before), dispatching.left_to_send(parcel, dropped)
        fewer = [
            (had[line.id] - left[line.id], line.title, line.variant_name)
            for line in parcel.lines
            if left[line.id] < had[line.id]
        ]
        if fewer:
            facts = {"fewer": fewer, "rest": any(left.values()), "reason": refund.reason}
            emails.tell_senders(parcel, "given_back_notice", f"orders/{parcel.ref}", event.now, **facts)


def of_order(order: Order) -> Mapping[int, Cancellation]:
    """The cancellations of an order's parcels, by the parcel's id."""
    rows = session().scalars(select(Cancellation).join(Cancellation.parcel).where(Parcel.order_id == order.id))
    return {row.parcel_id: row for row in rows}


def of_parcel(parcel_id: int) -> Cancellation | None:
    """How the parcel came to be cancelled by its shopper, if it was."""
    return session().scalar(select(Cancellation).where(Cancellation.parcel_id == parcel_id))
