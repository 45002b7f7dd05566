"""Returns that end without a refund of their own: the order's page has given the price back already."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import and_, exists, func, select

from storefront.checkout import dispatching
from storefront.checkout.dispatching import units_sent
from storefront.core.db import session
from storefront.payments import returning, to_send
from storefront.payments.models import Payment, Refund, RefundLine, RefundStatus
from storefront.payments.return_models import Return, ReturnStatus

# Closed since refunds that are not its own gave its units back.
_SETTLED = and_(Return.status == ReturnStatus.REFUNDED, returning.NOT_BACK)
_PAID_OTHERWISE = and_(
    Payment.bought, Refund.status == RefundStatus.DONE, ~exists().where(Return.refund_id == Refund.id)
)


def may_settle(found: Return) -> bool:
    """Whether it has come, and refunds of no return gave all its units back since it was asked for."""
    if found.status != ReturnStatus.RECEIVED or returning.being_refunded(found):
        return False
    rows = session().execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(Refund.payment)
        .where(_PAID_OTHERWISE, Payment.order_id == found.parcel.order_id, Refund.created_at >= found.asked_at)
        .group_by(RefundLine.order_line_id)
    )
    back = Counter({line_id: int(quantity) for line_id, quantity in rows})
    back.subtract(returning.units_in(found.parcel, _SETTLED))
    return all(back[row.order_line_id] >= row.quantity for row in found.lines)


def settle(found: Return, *, actor: str, now: datetime) -> None:
    """Its price went back already, on the order's page: the return is over. Raises IllegalStep where it did not.

    Where one refund did that and all its units had left, it is the return's; else what is still to be sent stays as it
    was.
    """
    if not may_settle(found):
        raise returning.IllegalStep(found.ref, found.status, ReturnStatus.REFUNDED)
    found.refund = _paid_otherwise(found)
    returning.move(found, ReturnStatus.REFUNDED, "", actor, now, write=False)
    order = found.parcel.order
    dispatching.settle_after_failure(order, to_send.units_dropped(order))


def _paid_otherwise(found: Return) -> Refund | None:
    """The refund, of no other return, that gave back all units that this one names since it was asked for.

    One that gave back units that had not left is none: as a return's it would say that they are still to be sent.
    """
    units = {row.order_line_id: row.quantity for row in found.lines}
    refunds = session().scalars(
        select(Refund)
        .join(Refund.payment)
        .where(_PAID_OTHERWISE, Payment.order_id == found.parcel.order_id, Refund.created_at >= found.asked_at)
        .order_by(Refund.id.desc())
    )
    for refund in refunds:
        back = {row.order_line_id: row.quantity for row in refund.lines}
        had_left = all(row.quantity <= units_sent(row.order_line.parcel)[row.order_line_id] for row in refund.lines)
        if had_left and all(back.get(line_id, 0) >= quantity for line_id, quantity in units.items()):
            return refund
    return None
