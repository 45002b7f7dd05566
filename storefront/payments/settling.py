"""Settling: bringing a payment, and with it the order, to where Stripe says it is.

One function for the webhook, the return page and reconcile. It asks Stripe for the session as it is
now, so an event's payload or an address can't claim anything; then it locks our rows and makes the one
allowed transition. Doing it twice, at once or in any order, ends at the same place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from storefront import config
from storefront.checkout import holding
from storefront.checkout import states as order_states
from storefront.checkout.models import HoldStatus, Order, OrderStatus
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.payments import gateway, refunding, states
from storefront.payments.answers import FeeState, SessionState
from storefront.payments.events import FeeKnown, OrderPaid, PaymentFailed, PaymentUnsold
from storefront.payments.finding import NoSuchPayment, lock_payment, payment_of
from storefront.payments.models import Payment, PaymentStatus, Refund

# How long stock is kept for a payment that is on its way; each look that finds it still so begins anew.
PROCESSING_HOLD = timedelta(days=3)

CAME_TWICE = "This order had been paid already. Your second payment goes back to you in full."
CAME_LATE = (
    "Your payment came after the time for which we keep goods aside, and they had been sold. "
    "All of it goes back to you."
)

NOTHING_CAME = "Stripe completed the payment without taking any money."

_INTENT_FAILED = ("requires_payment_method", "canceled")


def settle(session_id: str, payment_ref: str | None = None) -> str:
    """Settle the session's payment and return the order's reference; opens units of work of its own.

    `payment_ref`, from an event's metadata, finds a row whose session is not recorded yet. Raises
    NoSuchPayment before anything is asked of Stripe, and GatewayError.
    """
    find = Payment.session_id == session_id
    if payment_ref is not None:
        find = or_(find, (Payment.ref == payment_ref) & Payment.session_id.is_(None))
    if session().scalar(select(Payment.id).where(find)) is None:
        raise NoSuchPayment(session_id)
    state = gateway.session(session_id)
    with unit_of_work():
        payment = lock_payment(find)
        if payment is None:
            raise NoSuchPayment(session_id)
        order_ref = payment.order.ref
        refund = apply(payment, state, clock.now())
        refund_ref = refund.ref if refund else None
    if refund_ref:
        refunding.send(refund_ref)
    return order_ref


def apply(payment: Payment, state: SessionState, now: datetime) -> Refund | None:
    """Make the transition that the session's state asks for; returns a refund that is to be sent now.

    The state was read before our rows were locked, so it may be older than what they say: then it asks for
    a transition that isn't in the table, and is passed over.
    """
    refund = None
    _remember(payment, state)
    target = target_of(state)
    if states.may_become(payment, target):
        if target == PaymentStatus.PAID:
            refund = _paid(payment, state, now)
        else:
            _unpaid(payment, target, state, now)
    payment.updated_at = now
    if payment.status == PaymentStatus.PROCESSING:
        payment.order.hold_until = max(payment.order.hold_until, now + PROCESSING_HOLD)
    if state.fee is not None:
        note_fee(payment, state.fee, now)
    return refund


def target_of(state: SessionState) -> PaymentStatus:
    """What a session's state makes of its payment."""
    if state.status == "expired":
        return PaymentStatus.EXPIRED
    if state.status != "complete":
        return PaymentStatus.OPEN
    if state.payment_status in ("paid", "no_payment_required"):
        return PaymentStatus.PAID if received(state) else PaymentStatus.FAILED
    return PaymentStatus.FAILED if state.intent_status in _INTENT_FAILED else PaymentStatus.PROCESSING


def received(state: SessionState) -> int:
    """What came in minor units: the intent's word where there is one, else what the session asked for."""
    return state.amount_minor if state.received_minor is None else state.received_minor


def note_fee(payment: Payment, fee: FeeState, now: datetime) -> None:
    """Record what Stripe kept, once. A fee in another currency can't be entered beside the sale's; it is noted."""
    if payment.fee_minor is not None or payment.paid_at is None:
        return
    if fee.currency != payment.currency:
        payment.problem = payment.problem or f"Stripe's fee is in {fee.currency} and was not entered."
        return
    payment.fee_minor = fee.fee_minor
    session().flush()
    announce(FeeKnown(payment, now))


def differences(payment: Payment, state: SessionState) -> list[str]:
    """What is not as it was asked, each as a sentence; nothing is fulfilled unless this is empty."""
    order = payment.order
    pairs = [
        ("amount", order.total_minor, payment.amount_minor),
        ("amount", payment.amount_minor, state.amount_minor),
        ("amount received", payment.amount_minor, received(state)),
        ("currency", order.currency, payment.currency),
        ("currency", payment.currency, state.currency),
        ("order", order.ref, state.order_ref),
        ("order", order.ref, state.client_reference),
        ("payment", payment.ref, state.payment_ref),
        ("mode", gateway.live(), state.livemode),
    ]
    return [f"{what}: {asked} was asked, Stripe has {has}." for what, asked, has in pairs if asked != has]


def _unpaid(payment: Payment, target: PaymentStatus, state: SessionState, now: datetime) -> None:
    states.move(payment, target, now)
    payment.problem = None
    if target == PaymentStatus.FAILED:
        payment.problem = state.problem or (NOTHING_CAME if received(state) == 0 else None)
        # The long hold of a payment on its way ends; the shopper has the usual time for another try.
        payment.order.hold_until = now + timedelta(minutes=config.current().hold_minutes)
        announce(PaymentFailed(payment, now))


def _paid(payment: Payment, state: SessionState, now: datetime) -> Refund | None:
    payment.paid_at = now
    wrong = differences(payment, state)
    if wrong:
        _flag(payment, state, " ".join(wrong), now)
        return None
    order = payment.order
    if payment_of(order.id) is not None or order.status in (OrderStatus.PAID, OrderStatus.CANCELLED):
        return _unsold(payment, CAME_TWICE, now)
    if not _take_stock(order):
        return _unsold(payment, CAME_LATE, now)
    payment.bought = True
    payment.problem = None
    states.move(payment, PaymentStatus.PAID, now)
    order_states.move(order, OrderStatus.PAID)
    order.paid_at = now
    session().flush()
    _record("order paid", payment, now)
    announce(OrderPaid(payment, now))
    return None


def _take_stock(order: Order) -> bool:
    """Turn held stock into sold stock; where it had been released, hold it again if it is still there."""
    held = bool(order.holds) and all(hold.status == HoldStatus.HELD for hold in order.holds)
    if not held and not holding.hold_again(order):
        return False
    holding.take(order)
    return True


def _unsold(payment: Payment, why: str, now: datetime) -> Refund:
    """The money bought nothing: it is on record as owed, and its way back begins in the same transaction."""
    payment.problem = why
    states.move(payment, PaymentStatus.PAID, now)
    session().flush()
    _record("payment bought nothing", payment, now, why=why)
    announce(PaymentUnsold(payment, now))
    return refunding.ask_whole(payment, reason=why, asked_by=refunding.SYSTEM, now=now)


def _flag(payment: Payment, state: SessionState, problem: str, now: datetime) -> None:
    """Not what was asked: nothing is fulfilled, and an admin must look. The row then says what Stripe has."""
    payment.problem = problem
    payment.amount_minor, payment.currency = received(state), state.currency
    states.move(payment, PaymentStatus.FLAGGED, now)
    order = payment.order
    if order.status in (OrderStatus.PENDING, OrderStatus.EXPIRED):
        order_states.move(order, OrderStatus.FLAGGED)
    session().flush()
    _record("payment flagged", payment, now, problem=problem)
    announce(PaymentUnsold(payment, now))


def _remember(payment: Payment, state: SessionState) -> None:
    payment.session_id = payment.session_id or state.id
    payment.session_url = state.url or payment.session_url
    payment.intent_id = state.intent_id or payment.intent_id
    payment.charge_id = state.charge_id or payment.charge_id
    payment.livemode = state.livemode


def _record(act: str, payment: Payment, now: datetime, **facts: str) -> None:
    journal.record(
        act,
        subject=f"order:{payment.order.ref}",
        actor="stripe",
        now=now,
        payment=payment.ref,
        minor=payment.amount_minor,
        currency=payment.currency,
        **facts,
    )
