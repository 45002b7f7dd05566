"""Parcels on their way: sent whole or in parts, delivered, and how long their producer sees where they went.

What was given back need not be sent. Refunds are of a higher domain, so callers say how many units of each line were
given back, by the line's id; they are asked once the order is locked, as refunds lock it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from storefront.checkout import emails
from storefront.checkout.models import Dispatch, DispatchLine, Order, OrderLine, OrderStatus, Parcel, ParcelStatus
from storefront.core import journal, mail
from storefront.core.db import session
from storefront.core.refs import new_ref

# Counted from the day on which something arrived.
RETURN_WINDOW = timedelta(days=30)
# A producer sees name and address as long as something may have to be sent again.
ADDRESS_KEPT = RETURN_WINDOW

GivenBack = Callable[[Order], Mapping[int, int]]


class NothingToSend(ValueError):
    """No unit was named."""


class TooManyToSend(ValueError):
    """More units of a line were to be sent than are left to send."""

    def __init__(self, line: OrderLine, left: int) -> None:
        super().__init__(f"{line.title}: {left} left to send")
        self.line = line.ref
        self.title = line.title
        self.left = left


class SentMeanwhile(ValueError):
    """Something else of the parcel has left since the page was opened."""


class NotToBeSent(ValueError):
    """The order is not paid, or it or the parcel was cancelled: nothing of it may leave."""


class UnknownDispatch(LookupError):
    """The parcel has no such dispatch that is still on its way."""


def send(
    parcel: Parcel,
    wanted: Mapping[str, int],
    *,
    carrier: str,
    tracking: str,
    given_back: GivenBack,
    actor: str,
    now: datetime,
    seen: int | None = None,
) -> Dispatch:
    """So many units of each line (by ref) have left; the shopper gets a letter.

    `seen` is how many dispatches the page showed: the same form sent twice is one. Raises NotToBeSent, NothingToSend,
    SentMeanwhile and TooManyToSend.
    """
    order = _lock(parcel)
    if seen is not None and seen != len(parcel.dispatches):
        return _same_as_last(parcel, wanted, carrier, tracking)
    if order.status != OrderStatus.PAID or parcel.status == ParcelStatus.CANCELLED:
        raise NotToBeSent(order.ref)
    left = left_to_send(parcel, given_back(order))
    lines = []
    for line in parcel.lines:
        quantity = wanted.get(line.ref, 0)
        if not 0 <= quantity <= left[line.id]:
            raise TooManyToSend(line, left[line.id])
        if quantity:
            lines.append(DispatchLine(order_line=line, quantity=quantity))
    if not lines:
        raise NothingToSend(parcel.ref)
    dispatch = Dispatch(ref=new_ref(), parcel=parcel, carrier=carrier, tracking=tracking, sent_at=now, lines=lines)
    session().add(dispatch)
    session().flush()
    left = left_to_send(parcel, given_back(order))
    _settle(parcel, left)
    _record("parcel sent", dispatch, actor, now, units={row.order_line.sku: row.quantity for row in lines})
    mail.queue(emails.dispatch_notice(dispatch, left), now)
    return dispatch


def _same_as_last(parcel: Parcel, wanted: Mapping[str, int], carrier: str, tracking: str) -> Dispatch:
    last = parcel.dispatches[-1] if parcel.dispatches else None
    units = {row.order_line.ref: row.quantity for row in last.lines} if last else {}
    if last and (units, last.carrier, last.tracking) == ({ref: n for ref, n in wanted.items() if n}, carrier, tracking):
        return last
    raise SentMeanwhile(parcel.ref)


def deliver(parcel: Parcel, ref: str, *, given_back: GivenBack, actor: str, now: datetime) -> None:
    """What left in one go has arrived; raises UnknownDispatch, also where that was said before."""
    order = _lock(parcel)
    found = _on_its_way(parcel, ref)
    found.delivered_at = now
    _settle(parcel, left_to_send(parcel, given_back(order)))
    session().flush()
    _record("parcel delivered", found, actor, now)


def correct(parcel: Parcel, ref: str, *, carrier: str, tracking: str, actor: str, now: datetime) -> None:
    """Say anew who carries what left in one go and how it is followed; the shopper gets a letter if that differs.

    Raises UnknownDispatch.
    """
    _lock(parcel)
    found = _on_its_way(parcel, ref)
    before, after = (found.carrier, found.tracking), (carrier, tracking)
    if before == after:
        return
    found.carrier, found.tracking = after
    session().flush()
    _record("tracking corrected", found, actor, now, before=list(before), after=list(after))
    mail.queue(emails.tracking_notice(found), now)


def settle_after_refund(order: Order, given_back: Mapping[int, int]) -> None:
    """What was given back need not be sent: a parcel of which the rest has left waits for nothing more.

    One of which all was given back is cancelled, and nobody needs to know any more where it would have gone.
    """
    for parcel in order.parcels:
        left = left_to_send(parcel, given_back)
        if parcel.status == ParcelStatus.PART_SENT:
            _settle(parcel, left)
        elif parcel.status == ParcelStatus.WAITING and not any(left.values()):
            parcel.status = ParcelStatus.CANCELLED
            session().flush()


def settle_after_failure(order: Order, given_back: Mapping[int, int]) -> None:
    """Something was not given back after all: a parcel that had all left waits again, if there is more to send."""
    for parcel in order.parcels:
        if parcel.status in (ParcelStatus.DISPATCHED, ParcelStatus.DELIVERED):
            _settle(parcel, left_to_send(parcel, given_back))


def left_to_send(parcel: Parcel, given_back: Mapping[int, int]) -> dict[int, int]:
    """How many units of each line (by id) are neither sent nor given back."""
    sent = units_sent(parcel)
    return {line.id: max(0, line.quantity - sent[line.id] - given_back.get(line.id, 0)) for line in parcel.lines}


def waits(parcel: Parcel) -> bool:
    """Whether something of it is still to be sent."""
    return parcel.order.status == OrderStatus.PAID and parcel.status in (ParcelStatus.WAITING, ParcelStatus.PART_SENT)


def units_sent(parcel: Parcel) -> Counter[int]:
    """How many units of each line (by id) have left."""
    sent: Counter[int] = Counter()
    for row in (row for dispatch in parcel.dispatches for row in dispatch.lines):
        sent[row.order_line_id] += row.quantity
    return sent


def shows_address(parcel: Parcel, now: datetime) -> bool:
    """Whether the producer still needs to know who gets the parcel and where: until 30 days after it arrived."""
    if waits(parcel):
        return True
    if parcel.order.status != OrderStatus.PAID or parcel.status == ParcelStatus.CANCELLED:
        return False
    return now < arrived_by(parcel) + ADDRESS_KEPT


def window_closes(order: Order) -> date:
    """The day before which something of the order can still be returned, as far as it is known when it is sold."""
    return max(parcel.arrives_to for parcel in order.parcels) + RETURN_WINDOW


def arrived_by(parcel: Parcel) -> datetime:
    """When the last of the parcel had arrived for certain: never before the day that was promised.

    So a group that says too soon that it has arrived takes no day from the shopper's time to return it. Where nobody
    said so, the day on which it left counts.
    """
    due = datetime.combine(parcel.arrives_to, time(), UTC)
    return max([due, *(one.delivered_at or one.sent_at for one in parcel.dispatches)])


def _on_its_way(parcel: Parcel, ref: str) -> Dispatch:
    found = next((one for one in parcel.dispatches if one.ref == ref and one.delivered_at is None), None)
    if found is None:
        raise UnknownDispatch(ref)
    return found


def _lock(parcel: Parcel) -> Order:
    """The order, held still and read again with its parcel."""
    order = session().scalars(select(Order).where(Order.id == parcel.order_id).with_for_update()).one()
    session().refresh(order)
    session().refresh(parcel)
    return order


def _settle(parcel: Parcel, left: Mapping[int, int]) -> None:
    if any(left.values()):
        parcel.status = ParcelStatus.PART_SENT
    elif all(dispatch.delivered_at for dispatch in parcel.dispatches):
        parcel.status = ParcelStatus.DELIVERED
    else:
        parcel.status = ParcelStatus.DISPATCHED
    session().flush()


def _record(act: str, dispatch: Dispatch, actor: str, now: datetime, **facts: object) -> None:
    parcel = dispatch.parcel
    subject = f"order:{parcel.order.ref}"
    journal.record(act, subject=subject, actor=actor, now=now, parcel=parcel.ref, dispatch=dispatch.ref, **facts)
