"""Ends unpaid orders with goods of a producer who was suspended, so that nobody pays for what is not sold any more.

Each order's session is closed at Stripe first, as for any order that ends before its time. Money that is on its way
already, or comes all the same, is handled by settling: held goods are sold, others are paid back.
"""

from __future__ import annotations

import logging

from sqlalchemy import select

from storefront.checkout.models import Order, OrderStatus, Parcel
from storefront.core import jobs
from storefront.core.db import session
from storefront.payments.abandoning import abandon
from storefront.payments.starting import OrderNotPayable, PaymentUnavailable
from storefront.producers.models import Producer, ProducerStatus
from storefront.vetting.events import StandingChanged

log = logging.getLogger(__name__)

CHORE = "end_suspended_orders"


def follow_producer(event: StandingChanged) -> None:
    """Have the orders looked at as soon as the suspension is committed."""
    if event.producer_id is not None and event.after == ProducerStatus.SUSPENDED:
        jobs.nudge(CHORE)


def end_suspended_orders() -> int:
    """The chore: end what can be ended; returns how many. Where Stripe can't be asked, the next run tries again."""
    wanted = (
        select(Order.ref)
        .where(Order.status == OrderStatus.PENDING)
        .where(
            Order.id.in_(
                select(Parcel.order_id)
                .join(Producer, Producer.id == Parcel.producer_id)
                .where(Producer.status == ProducerStatus.SUSPENDED)
            )
        )
        .order_by(Order.id)
    )
    done = 0
    for ref in session().scalars(wanted).all():
        try:
            done += abandon(ref) == OrderStatus.EXPIRED
        except (OrderNotPayable, PaymentUnavailable) as error:
            log.info("order %s goes on for now: %s", ref, error)
    return done
