"""What producers still have to send: of what was bought, what was neither sent nor given back."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select

from storefront.checkout import dispatching
from storefront.checkout.models import DispatchLine, Order, OrderLine, OrderStatus, Parcel, ParcelStatus
from storefront.core.db import session
from storefront.payments.events import RefundDone, RefundFailed
from storefront.payments.models import Refund, RefundLine, RefundStatus
from storefront.payments.return_models import Return


def units_back(order: Order) -> Mapping[int, int]:
    """How many units of each line (by id) were given back; what is on its way back counts."""
    return _units(order, Refund.status != RefundStatus.FAILED)


def units_dropped(order: Order) -> Mapping[int, int]:
    """The same, but of what never left: those of a return had, and those that an admin says so of."""
    return _units(order, Refund.status != RefundStatus.FAILED, _never_left())


def units_out(parcel: Parcel) -> Mapping[int, int]:
    """How many units of each line (by id) have left and were not given back; what is on its way back counts."""
    back = _units(parcel.order, Refund.status != RefundStatus.FAILED, ~_never_left())
    sent = dispatching.units_sent(parcel)
    return {line.id: max(0, sent[line.id] - back.get(line.id, 0)) for line in parcel.lines}


def _units(order: Order, *which: ColumnElement[bool]) -> Mapping[int, int]:
    rows = session().execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .where(OrderLine.order_id == order.id, *which)
        .group_by(RefundLine.order_line_id)
    )
    return {line_id: int(quantity) for line_id, quantity in rows}


def _never_left() -> ColumnElement[bool]:
    return ~exists().where(Return.refund_id == Refund.id) & ~Refund.had_left


def waits_to_be_sent() -> ColumnElement[bool]:
    """The condition on a `Parcel` joined to its `Order` that something of it is still to be sent."""
    to_send = exists().where(OrderLine.parcel_id == Parcel.id, OrderLine.quantity > _sent() + _back())
    waiting = Parcel.status.in_((ParcelStatus.WAITING, ParcelStatus.PART_SENT))
    return (Order.status == OrderStatus.PAID) & waiting & to_send


def count(producer_id: int) -> int:
    """How many parcels the producer has still to send, whole or in part."""
    found = select(func.count(Parcel.id)).join(Parcel.order).where(Parcel.producer_id == producer_id)
    return session().scalar(found.where(waits_to_be_sent())) or 0


def follow_refund(event: RefundDone) -> None:
    """A parcel of which all the rest was sent, or nothing is left at all, waits for nothing any more."""
    order = event.refund.payment.order
    dispatching.settle_after_refund(order, _units(order, Refund.status == RefundStatus.DONE, _never_left()))


def follow_failure(event: RefundFailed) -> None:
    """What was not given back after all is still to be sent, though the rest of its parcel has left meanwhile."""
    order = event.refund.payment.order
    dispatching.settle_after_failure(order, units_dropped(order))


def _sent() -> ScalarSelect[int]:
    rows = select(func.coalesce(func.sum(DispatchLine.quantity), 0)).where(DispatchLine.order_line_id == OrderLine.id)
    return rows.correlate(OrderLine).scalar_subquery()


def _back() -> ScalarSelect[int]:
    rows = (
        select(func.coalesce(func.sum(RefundLine.quantity), 0))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(RefundLine.order_line_id == OrderLine.id, Refund.status != RefundStatus.FAILED, _never_left())
    )
    return rows.correlate(OrderLine).scalar_subquery()
