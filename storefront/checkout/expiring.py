"""Orders that were not paid in time: their stock goes back on the shelf.

`hold_until` is the life of the payment's session and ten minutes of grace; payments move it on while money
is on its way. A payment that comes later still is handled by `payments.settling`: held again, or refunded.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storefront.checkout import holding, states, vouchers
from storefront.checkout.events import OrderExpired
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce


def expire_orders() -> int:
    """Release the stock of every order whose time is over; returns how many. One unit of work an order."""
    done = 0
    while True:
        with unit_of_work():
            order = _next_due(clock.now())
            if order is None:
                return done
            expire(order, clock.now())
        done += 1


def expire(order: Order, now: datetime) -> None:
    """End a pending order that the caller has locked; raises IllegalTransition for any other."""
    states.move(order, OrderStatus.EXPIRED)
    order.hold_until = min(order.hold_until, now)
    vouchers.give_back(order)
    holding.release(order)
    session().flush()
    announce(OrderExpired(order, now))


def _next_due(now: datetime) -> Order | None:
    return session().scalars(
        select(Order)
        .where(Order.status == OrderStatus.PENDING, Order.hold_until <= now)
        .order_by(Order.hold_until)
        .limit(1)
        .with_for_update(skip_locked=True, of=Order)
    ).first()  # fmt: skip
