"""Payments found and locked: the cart that was ordered first, then the order, then the payment.

One order of locks for everybody, so that two webhooks, a return page and a refund queue up instead of
deadlocking, and the second of them sees what the first did. The cart comes first because placing and merging
lock it before they touch orders and stock, and a paid order takes its goods out of it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from storefront.cart.models import Cart
from storefront.checkout.models import Order, Parcel
from storefront.core.db import session
from storefront.payments.models import Payment, Refund


class NoSuchPayment(LookupError):
    """No payment of ours has this session, payment or reference."""


def lock_order(order_id: int) -> Order:
    """The order as it is now, locked until the unit of work ends, after the cart that it was placed from."""
    session().execute(
        select(Cart.id).join(Order, Order.cart_id == Cart.id).where(Order.id == order_id).with_for_update(of=Cart)
    )
    return session().scalars(
        select(Order).where(Order.id == order_id).with_for_update(of=Order).execution_options(populate_existing=True)
    ).one()  # fmt: skip


def lock_payment(*where: ColumnElement[bool]) -> Payment | None:
    """The one payment for which the conditions hold, as it is now, its order and itself locked."""
    found = session().execute(select(Payment.id, Payment.order_id).where(*where)).first()
    if found is None:
        return None
    lock_order(found.order_id)
    return session().scalars(
        select(Payment)
        .where(Payment.id == found.id)
        .with_for_update(of=Payment)
        .execution_options(populate_existing=True)
    ).one()  # fmt: skip


def lock_refund(refund_ref: str) -> Refund:
    """The refund as it is now, with its payment and order locked. Raises NoSuchPayment."""
    payment_id = session().scalar(select(Refund.payment_id).where(Refund.ref == refund_ref))
    if payment_id is None:
        raise NoSuchPayment(refund_ref)
    lock_payment(Payment.id == payment_id)
    return session().scalars(
        select(Refund).where(Refund.ref == refund_ref).execution_options(populate_existing=True)
    ).one()  # fmt: skip


def hold_sold(order_id: int) -> Payment | None:
    """The payment that the order was sold for, locked with its order, whose parcels are read again."""
    payment = lock_payment(Payment.order_id == order_id, Payment.bought.is_(True))
    session().scalars(
        select(Parcel).where(Parcel.order_id == order_id).execution_options(populate_existing=True)
    ).all()  # fmt: skip
    return payment


def payment_of(order_id: int) -> Payment | None:
    """The payment that the order was sold for."""
    return session().scalar(select(Payment).where(Payment.order_id == order_id, Payment.bought))


def latest_attempt(order_id: int) -> Payment | None:
    """The last attempt to pay for the order."""
    return session().scalars(
        select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt.desc()).limit(1)
    ).first()  # fmt: skip
