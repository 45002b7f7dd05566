"""What follows in the payments' own house once money has gone back: stock, and an order wholly undone."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import func, select

from storefront.checkout import holding, vouchers
from storefront.checkout import states as order_states
from storefront.checkout.models import HoldStatus, OrderStatus, ParcelStatus
from storefront.core import journal
from storefront.core.db import session
from storefront.core.events import announce
from storefront.payments.events import RefundDone, RefundReturned
from storefront.payments.models import Payment, PaymentStatus, Refund, RefundStatus


def done(refund: Refund, now: datetime, paid_from: str = "stripe") -> None:
    """The money went back: tell everyone, put goods back on the shelf, cancel an order of which nothing is left."""
    refund.done_at = now
    session().flush()
    _restock(refund)
    _cancel_if_undone(refund.payment, now)
    journal.record(
        "refund done",
        subject=f"order:{refund.payment.order.ref}",
        actor=refund.asked_by,
        now=now,
        refund=refund.ref,
        minor=refund.amount_minor,
        currency=refund.payment.currency,
    )
    announce(RefundDone(refund, now, paid_from))


def came_back(refund: Refund, problem: str, now: datetime) -> None:
    """A refund that was done failed after all: Stripe has the money again, and the shopper is owed it."""
    if refund.problem:
        return
    refund.problem = f"Came back: {problem}"
    session().flush()
    journal.record(
        "refund came back",
        subject=f"order:{refund.payment.order.ref}",
        actor="stripe",
        now=now,
        refund=refund.ref,
        minor=refund.amount_minor,
        problem=problem,
    )
    announce(RefundReturned(refund, now))


def _restock(refund: Refund) -> None:
    if not refund.restock or not refund.payment.bought:
        return
    units: dict[int, int] = defaultdict(int)
    for row in refund.lines:
        units[row.order_line.variant_id] += row.quantity
    holding.put_back({variant: quantity for variant, quantity in units.items() if quantity})


def _cancel_if_undone(payment: Payment, now: datetime) -> None:
    """Wholly refunded before anything left: the order is cancelled. A second payment's refund cancels nothing."""
    order = payment.order
    given = session().scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id, Refund.status == RefundStatus.DONE
        )
    )
    undone = int(given or 0) >= payment.amount_minor
    flagged = payment.status == PaymentStatus.FLAGGED and order.status == OrderStatus.FLAGGED
    sold = payment.bought and order.status == OrderStatus.PAID
    if not undone or not (flagged or sold):
        return
    if any(parcel.status not in (ParcelStatus.WAITING, ParcelStatus.CANCELLED) for parcel in order.parcels):
        return
    if flagged and any(hold.status == HoldStatus.HELD for hold in order.holds):
        # An order that had expired before the money came gave its voucher's use and its goods back then.
        vouchers.give_back(order)
        holding.release(order)
    order_states.move(order, OrderStatus.CANCELLED)
    for parcel in order.parcels:
        parcel.status = ParcelStatus.CANCELLED
    journal.record("order cancelled", subject=f"order:{order.ref}", actor="system", now=now, why="wholly refunded")
