"""Ending an unpaid order before its time: its session is closed at Stripe first, then its stock is released.

For a shopper who changed the cart after a payment had been started. In this order nobody can pay for goods
that are back on the shelf.
"""

from __future__ import annotations

from sqlalchemy import select

from storefront.checkout import expiring
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.payments import asking, gateway
from storefront.payments.finding import NoSuchPayment, latest_attempt, lock_order
from storefront.payments.models import PaymentStatus
from storefront.payments.starting import OrderNotPayable, PaymentUnavailable

_PAYABLE = (*asking.ASKING, PaymentStatus.OPEN, PaymentStatus.PROCESSING)


def end(order_ref: str) -> None:
    """Close the order's payment and expire it; does nothing where it has ended already. Own units of work.

    Raises OrderNotPayable when it turns out to be paid or a payment is on its way, PaymentUnavailable while
    Stripe can't be asked, and NoSuchPayment for an order that doesn't exist.
    """
    order_id = session().scalar(select(Order.id).where(Order.ref == order_ref))
    if order_id is None:
        raise NoSuchPayment(order_ref)
    try:
        _close(order_id)
    except gateway.GatewayError as error:
        raise PaymentUnavailable(order_ref) from error
    with unit_of_work():
        order = lock_order(order_id)
        last = latest_attempt(order_id)
        if order.status == OrderStatus.EXPIRED:
            return
        if order.status != OrderStatus.PENDING:
            raise OrderNotPayable(order_ref, order.status)
        if last is not None and last.status in _PAYABLE:
            raise OrderNotPayable(order_ref, last.status)
        expiring.expire(order, clock.now())


def _close(order_id: int) -> None:
    last = latest_attempt(order_id)
    if last is not None and last.status in asking.ASKING:
        asking.find_out(last.ref)
        last = latest_attempt(order_id)
    if last is not None and last.status == PaymentStatus.OPEN and last.session_id:
        asking.close(last.session_id)
