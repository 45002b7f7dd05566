"""Refunds as Stripe has them: ours whose answer we missed, and those that someone made in the dashboard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.payments import gateway, refunding
from storefront.payments.answers import RefundState
from storefront.payments.finding import NoSuchPayment, lock_payment
from storefront.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from storefront.payments.receiving import of_another_shop
from storefront.payments.remaining import left_of, spread
from storefront.payments.settling import settle

_UNSENT = (RefundStatus.STARTING, RefundStatus.UNKNOWN)


class NotOurs(LookupError):
    """The payment at Stripe was not made by this shop."""


def payment_for(intent_id: str) -> int:
    """The id of the payment behind one of Stripe's, settled first where we have not heard of it yet.

    Raises NotOurs for a payment that this shop did not start, NoSuchPayment where our row isn't there yet.
    """
    find = select(Payment.id).where(Payment.intent_id == intent_id)
    known = session().scalar(find.where(Payment.paid_at.is_not(None)))
    if known is not None:
        return known
    intent = gateway.intent(intent_id)
    payment_ref = intent.payment_ref
    if payment_ref is None:
        raise NotOurs(intent_id)
    row = session().execute(select(Payment.id, Payment.session_id).where(Payment.ref == payment_ref)).first()
    if row is None and of_another_shop(intent):
        raise NotOurs(intent_id)
    if row is None or row.session_id is None:
        raise NoSuchPayment(payment_ref)
    settle(row.session_id)
    return int(row.id)


def sync(intent_id: str) -> None:
    """Bring our refunds of one of Stripe's payments to where Stripe's are; opens units of work of its own.

    Raises NotOurs, NoSuchPayment and GatewayError.
    """
    payment_id = payment_for(intent_id)
    states = gateway.refunds_of(intent_id)
    if _foreign(states) and (unsent := _unsent(payment_id, states)):
        # Ours that are on their way go first, so that what the dashboard gave back is spread over what is left.
        for ref in unsent:
            refunding.send(ref)
        states = gateway.refunds_of(intent_id)
    with unit_of_work():
        payment = lock_payment(Payment.id == payment_id)
        if payment is None or payment.status not in (PaymentStatus.PAID, PaymentStatus.FLAGGED):
            raise NoSuchPayment(intent_id)
        for state in states:
            _apply(payment, state, clock.now())


def resolve(refund_ref: str, *, give_up_before: datetime) -> None:
    """Find out what became of a refund: look for it at Stripe, else send it again under the same key.

    One that Stripe neither has nor takes, asked for before `give_up_before`, has failed; what the shop
    itself owes is asked for anew, under a new key.
    """
    row = session().execute(
        select(Payment.intent_id).join(Refund, Refund.payment_id == Payment.id).where(Refund.ref == refund_ref)
    ).first()  # fmt: skip
    if row is None or row.intent_id is None:
        raise NoSuchPayment(refund_ref)
    sync(row.intent_id)
    status = refunding.send(refund_ref)
    if status != RefundStatus.UNKNOWN:
        return
    sync(row.intent_id)
    if new := refunding.give_up(refund_ref, give_up_before, clock.now()):
        refunding.send(new)


def _foreign(states: list[RefundState]) -> bool:
    known = set(session().scalars(select(Refund.stripe_id).where(Refund.stripe_id.in_([one.id for one in states]))))
    return any(state.refund_ref is None and state.id not in known for state in states)


def _unsent(payment_id: int, states: list[RefundState]) -> list[str]:
    at_stripe = {state.refund_ref for state in states}
    refs = session().scalars(
        select(Refund.ref).where(Refund.payment_id == payment_id, Refund.status.in_(_UNSENT)).order_by(Refund.id)
    )
    return [ref for ref in refs if ref not in at_stripe]


def _apply(payment: Payment, state: RefundState, now: datetime) -> None:
    refund = session().scalar(select(Refund).where(Refund.stripe_id == state.id))
    if refund is None and state.refund_ref is not None:
        refund = session().scalar(select(Refund).where(Refund.ref == state.refund_ref))
        if refund is None:
            raise NoSuchPayment(state.refund_ref)
    if refund is None:
        if refunding.target_of(state) == RefundStatus.FAILED:
            return
        refund = refunding.write(
            payment,
            spread(left_of(payment), state.amount_minor),
            reason="Refunded by the shop",
            asked_by=refunding.DASHBOARD,
            restock=False,
            now=now,
            stripe_id=state.id,
        )
    refunding.apply(refund, state, now)
