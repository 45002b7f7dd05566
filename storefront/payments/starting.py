"""Starting a payment: our row first, then Stripe's session, then the row again.

The row and its idempotency key are committed before Stripe is asked. So whatever happens in between, a
second try asks for the same session, and nothing is ever charged twice for one attempt.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from storefront import config
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.refs import new_ref
from storefront.payments import asking, gateway
from storefront.payments.answers import SessionRequest
from storefront.payments.finding import NoSuchPayment, latest_attempt, lock_order
from storefront.payments.models import Payment, PaymentStatus

# Stripe wants sessions to live 30 minutes at least; the margin lets a try that got no answer be repeated.
MARGIN = timedelta(minutes=5)
LONGEST = timedelta(hours=24) - timedelta(minutes=1)
# Stock is kept this much longer than the session lives, for the payment made in its last second.
GRACE = timedelta(minutes=10)
# An open session with less left than this is closed and a new one made.
TOO_LATE = timedelta(minutes=2)

# A start younger than this may be another click's, still on its way: it is joined, not cleared up.
IN_FLIGHT = timedelta(seconds=45)

log = logging.getLogger(__name__)


class PaymentUnavailable(RuntimeError):
    """Stripe could not be reached or gave no clear answer. Nothing is lost: the shopper may try again."""

    def __init__(self, order_ref: str) -> None:
        super().__init__(f"no payment could be started for order {order_ref}")
        self.order_ref = order_ref


class OrderNotPayable(ValueError):
    """The order is not waiting for a payment: `status` is the order's, or `processing` when one is on its way."""

    def __init__(self, order_ref: str, status: str) -> None:
        super().__init__(f"order {order_ref} is {status}")
        self.order_ref = order_ref
        self.status = status


@dataclass(frozen=True)
class _Attempt:
    """What is to be done next: send the shopper to `url`, ask Stripe, close a session, or find out about one."""

    payment_ref: str
    url: str | None = None
    request: SessionRequest | None = None
    stale_session: str | None = None


def start(order_ref: str) -> str:
    """The address to send the shopper to. Called twice, it is the same open session again.

    Opens units of work of its own. Raises PaymentUnavailable, OrderNotPayable, and NoSuchPayment for an
    order that doesn't exist.
    """
    for _ in range(4):
        attempt = _next_attempt(order_ref, clock.now())
        if attempt.url:
            return attempt.url
        try:
            _advance(attempt)
        except gateway.GatewayError as error:
            log.warning("payment %s could not be started: %s", attempt.payment_ref, error)
            if not _is_open(attempt.payment_ref):
                raise PaymentUnavailable(order_ref) from error
    raise PaymentUnavailable(order_ref)


def _advance(attempt: _Attempt) -> None:
    if attempt.request:
        asking.ask(attempt.request)
    elif attempt.stale_session:
        asking.close(attempt.stale_session)
    else:
        asking.find_out(attempt.payment_ref)


def _is_open(payment_ref: str) -> bool:
    """Whether somebody else, another click or a webhook, has brought the payment on in the meantime."""
    with unit_of_work() as current:
        return current.scalar(select(Payment.status).where(Payment.ref == payment_ref)) == PaymentStatus.OPEN


def _next_attempt(order_ref: str, now: datetime) -> _Attempt:
    with unit_of_work() as current:
        order_id = current.scalar(select(Order.id).where(Order.ref == order_ref))
        if order_id is None:
            raise NoSuchPayment(order_ref)
        order = lock_order(order_id)
        if order.status != OrderStatus.PENDING or order.total_minor <= 0:
            raise OrderNotPayable(order_ref, order.status)
        last = latest_attempt(order.id)
        if last is None or last.status in (PaymentStatus.FAILED, PaymentStatus.EXPIRED):
            payment = _new_attempt(order, last.attempt + 1 if last else 1, now)
            return _Attempt(payment.ref, request=asking.request_for(payment))
        if last.status == PaymentStatus.OPEN and last.expires_at - now < TOO_LATE:
            return _Attempt(last.ref, stale_session=last.session_id)
        if last.status == PaymentStatus.OPEN:
            return _Attempt(last.ref, url=last.session_url)
        if last.status == PaymentStatus.STARTING and now - last.created_at < IN_FLIGHT:
            return _Attempt(last.ref, request=asking.request_for(last))
        if last.status in asking.ASKING:
            return _Attempt(last.ref)
        raise OrderNotPayable(order_ref, last.status)


def _new_attempt(order: Order, attempt: int, now: datetime) -> Payment:
    lives = min(timedelta(minutes=config.current().hold_minutes) + MARGIN, LONGEST)
    payment = Payment(
        ref=new_ref(),
        order=order,
        attempt=attempt,
        status=PaymentStatus.STARTING,
        amount_minor=order.total_minor,
        currency=order.currency,
        expires_at=(now + lives).replace(microsecond=0),
        created_at=now,
        updated_at=now,
    )
    session().add(payment)
    order.hold_until = max(order.hold_until, payment.expires_at + GRACE)
    session().flush()
    return payment
