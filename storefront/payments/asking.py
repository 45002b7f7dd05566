"""Asking Stripe for a session, and writing down what it said.

Used when a payment starts and again when it isn't known whether Stripe heard of it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storefront import config
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.payments import gateway, settling, states
from storefront.payments.amounts import Item, line_items, within_limits
from storefront.payments.answers import SessionRequest, SessionState
from storefront.payments.finding import NoSuchPayment, lock_payment
from storefront.payments.models import Payment, PaymentStatus

ASKING = (PaymentStatus.STARTING, PaymentStatus.UNKNOWN)


def ask(request: SessionRequest, *, again: bool = False) -> None:
    """Ask Stripe for the session and record it; raises GatewayError with the row brought up to date.

    A refusal of a first try is an answer. A refusal of a repetition says nothing of the try before.
    """
    try:
        state = gateway.create_session(request)
    except gateway.Refused as error:
        _note(request.payment_ref, PaymentStatus.UNKNOWN if again else PaymentStatus.FAILED, error.said)
        raise
    except gateway.GatewayError as error:
        _note(request.payment_ref, PaymentStatus.UNKNOWN, error.said)
        raise
    record(request.payment_ref, state)
    if again:
        # The answer to a key that was used before is as old as its first use.
        settling.settle(state.id)


def find_out(payment_ref: str) -> None:
    """Find out whether Stripe heard of a payment's start, and bring the row to its real state.

    The same request under the same key gives the session that is there, or makes it; where that gives no
    answer, Stripe's list is looked through. Not in the list either: the attempt has failed, and a new one
    with a new key is safe, because nobody was ever given the address of this one's session. Raises
    GatewayError while Stripe can't be asked at all.
    """
    with unit_of_work():
        payment = lock_payment(Payment.ref == payment_ref)
        if payment is None or payment.status not in ASKING:
            return
        request, since = request_for(payment), payment.created_at
        wanted = payment.order.status == OrderStatus.PENDING
    if wanted:
        try:
            ask(request, again=True)
            return
        except gateway.GatewayError as error:
            problem = error.said
    else:
        problem = "The order no longer waits for a payment."
    _look_for(payment_ref, since, problem, keep_open=wanted)


def close(session_id: str) -> None:
    """Make sure that a session can't be paid any more, and settle what became of it."""
    settling.settle(session_id)
    if session().scalar(select(Payment.status).where(Payment.session_id == session_id)) == PaymentStatus.OPEN:
        gateway.expire_session(session_id)
        settling.settle(session_id)


def request_for(payment: Payment) -> SessionRequest:
    """What this attempt asks of Stripe: the same every time, or Stripe would refuse the key."""
    order, base = payment.order, config.current().base_url.rstrip("/")
    return SessionRequest(
        key=f"checkout:{order.ref}:{payment.attempt}",
        order_ref=order.ref,
        payment_ref=payment.ref,
        currency=order.currency,
        items=tuple(items_of(order)),
        email=order.email,
        expires_at=payment.expires_at,
        success_url=f"{base}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base}/checkout/payment",
    )


def items_of(order: Order) -> list[Item]:
    """The lines after their discounts and the delivery of each parcel, summing to the order's total."""
    items: list[Item] = []
    for line in order.lines:
        name = f"{line.title}, {line.variant_name}" if line.variant_name else line.title
        items += line_items(name, line.net_minor, line.quantity)
    items += [
        Item(f"Delivery from {parcel.producer_name}"[:250], parcel.delivery_minor, 1)
        for parcel in order.parcels
        if parcel.delivery_minor
    ]
    return within_limits(items, f"Order {order.ref}")


def record(payment_ref: str, state: SessionState) -> None:
    """Write down the session that Stripe gave us, unless a webhook has been quicker."""
    with unit_of_work():
        payment = lock_payment(Payment.ref == payment_ref)
        if payment is None:
            raise NoSuchPayment(payment_ref)
        payment.session_id = state.id
        payment.session_url = state.url or payment.session_url
        payment.livemode = state.livemode
        if payment.status in ASKING:
            states.move(payment, PaymentStatus.OPEN, clock.now())
            payment.problem = None


def _look_for(payment_ref: str, since: datetime, problem: str, *, keep_open: bool) -> None:
    found = gateway.find_session(payment_ref, since)
    if found is None:
        _note(payment_ref, PaymentStatus.FAILED, problem)
        return
    record(payment_ref, found)
    settling.settle(found.id)
    if not keep_open:
        close(found.id)


def _note(payment_ref: str, status: PaymentStatus, problem: str) -> None:
    with unit_of_work():
        payment = lock_payment(Payment.ref == payment_ref)
        if payment is not None and states.may_become(payment, status) and payment.status in ASKING:
            states.move(payment, status, clock.now())
            payment.problem = problem
