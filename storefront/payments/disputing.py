"""Disputes: a shopper's bank takes the money back, and decides later whose it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storefront.checkout.models import Order
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.payments import gateway, refunded, refunding, states, syncing
from storefront.payments.answers import DisputeState
from storefront.payments.events import DisputeOpened, DisputeWon
from storefront.payments.finding import NoSuchPayment, lock_payment
from storefront.payments.models import Dispute, Payment, RefundStatus
from storefront.payments.remaining import left_of, spread

WON = "won"
LOST = "lost"


def follow(dispute_id: str) -> None:
    """Bring our record of a dispute to where Stripe says it is; opens units of work of its own.

    A bank's mere question takes no money and leaves no row. Raises NotOurs, NoSuchPayment, GatewayError.
    """
    state = gateway.dispute(dispute_id)
    if state.intent_id is None:
        raise syncing.NotOurs(dispute_id)
    payment_id = syncing.payment_for(state.intent_id)
    if not state.taken:
        return
    with unit_of_work():
        payment = lock_payment(Payment.id == payment_id)
        if payment is None:
            raise NoSuchPayment(state.intent_id)
        _apply(payment, state, clock.now())


def open_about(order: Order) -> bool:
    """Whether a bank holds money of the order back and has not decided yet."""
    found = select(Dispute.id).join(Payment, Payment.id == Dispute.payment_id)
    return session().scalar(found.where(Payment.order_id == order.id, Dispute.closed_at.is_(None))) is not None


def _apply(payment: Payment, state: DisputeState, now: datetime) -> None:
    dispute = session().scalar(select(Dispute).where(Dispute.stripe_id == state.id))
    if dispute is None:
        dispute = _open(payment, state, now)
    if dispute.closed_at is not None:
        return
    dispute.status = state.status
    if state.status not in (WON, LOST):
        return
    dispute.closed_at = now
    session().flush()
    _record(f"dispute {state.status}", payment, state, now)
    if state.status == WON:
        announce(DisputeWon(dispute, now))
    else:
        _lose(payment, state, now)


def _open(payment: Payment, state: DisputeState, now: datetime) -> Dispute:
    dispute = Dispute(
        payment_id=payment.id,
        stripe_id=state.id,
        status=state.status,
        amount_minor=state.amount_minor,
        fee_minor=state.fee_minor,
        reason=state.reason[:120],
        opened_at=now,
    )
    session().add(dispute)
    session().flush()
    _record("dispute opened", payment, state, now)
    announce(DisputeOpened(dispute, now))
    return dispute


def _lose(payment: Payment, state: DisputeState, now: datetime) -> None:
    """The bank keeps what it took: the same as a refund, except that the money left before."""
    refund = refunding.write(
        payment,
        spread(left_of(payment), state.amount_minor),
        reason="Taken back by the bank",
        asked_by=refunding.BANK,
        restock=False,
        now=now,
        stripe_id=state.id,
    )
    states.move_refund(refund, RefundStatus.DONE)
    refunded.done(refund, now, paid_from="disputes")


def _record(act: str, payment: Payment, state: DisputeState, now: datetime) -> None:
    journal.record(
        act,
        subject=f"order:{payment.order.ref}",
        actor="stripe",
        now=now,
        dispute=state.id,
        minor=state.amount_minor,
        currency=state.currency,
        reason=state.reason,
    )
