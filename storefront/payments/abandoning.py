"""Ending an unpaid order on purpose, because the shopper's cart has become another one.

The order's session is closed at Stripe first. Only when it can't be paid any more does its stock go back on
the shelf; so nobody pays for two versions of one cart, and nobody is kept from the last unit by themselves.
"""

from __future__ import annotations

import logging

from sqlalchemy import select

from storefront.checkout import expiring
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.payments import asking, gateway
from storefront.payments.finding import NoSuchPayment, latest_attempt, lock_order
from storefront.payments.models import Payment, PaymentStatus
from storefront.payments.starting import OrderNotPayable, PaymentUnavailable

log = logging.getLogger(__name__)


def abandon(order_ref: str) -> OrderStatus:
    """End the order and say where it is now: EXPIRED, or PAID where the shopper was quicker.

    Opens units of work of its own. Raises PaymentUnavailable while Stripe can't be asked, OrderNotPayable
    (`processing`) while money is on its way, and NoSuchPayment for an order that doesn't exist.
    """
    for _ in range(4):
        open_payment = _expire_unless_open(order_ref)
        if isinstance(open_payment, OrderStatus):
            return open_payment
        payment_ref, session_id = open_payment
        try:
            if session_id:
                asking.close(session_id)
            else:
                asking.find_out(payment_ref)
        except gateway.GatewayError as error:
            log.warning("order %s could not be ended: %s", order_ref, error)
            raise PaymentUnavailable(order_ref) from error
    raise PaymentUnavailable(order_ref)


def _expire_unless_open(order_ref: str) -> OrderStatus | tuple[str, str | None]:
    """The order's state where nothing can be paid any more, else the payment that must be closed first."""
    with unit_of_work() as current:
        order_id = current.scalar(select(Order.id).where(Order.ref == order_ref))
        if order_id is None:
            raise NoSuchPayment(order_ref)
        order = lock_order(order_id)
        if order.status != OrderStatus.PENDING:
            return OrderStatus(order.status)
        last: Payment | None = latest_attempt(order.id)
        if last is not None and last.status == PaymentStatus.PROCESSING:
            raise OrderNotPayable(order_ref, last.status)
        if last is not None and last.status in (*asking.ASKING, PaymentStatus.OPEN):
            return last.ref, last.session_id if last.status == PaymentStatus.OPEN else None
        expiring.expire(order, clock.now())
        return OrderStatus.EXPIRED
