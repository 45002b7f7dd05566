"""Working on stored events: each kind leads to one question to Stripe, and that to one idempotent step."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.payments import disputing, gateway, settling, syncing
from storefront.payments.answers import EventState, read_event
from storefront.payments.finding import NoSuchPayment, lock_payment
from storefront.payments.models import Payment, StripeEvent
from storefront.payments.receiving import of_another_shop, row_is_there, store
from storefront.payments.syncing import NotOurs

# Tries with ever longer waits between, about a week in all; after that an event waits for `stripe replay`.
MAX_ATTEMPTS = 30
LONGEST_WAIT = timedelta(hours=8)

log = logging.getLogger(__name__)


def handle_events() -> int:
    """The chore: work on every event that is due; returns how many were."""
    done = 0
    while (event := _claim(clock.now())) is not None:
        handle_and_note(event)
        done += 1
    return done


def handle_and_note(event: EventState) -> str:
    """Work on one event and note what came of it; returns the problem, or nothing."""
    problem = ""
    try:
        handle(event)
    except NotOurs:
        problem = "Not a payment of this shop."
    except Exception as error:
        # One event must not keep the others waiting; it is tried again later and shown until then.
        log.exception("event %s (%s) could not be worked on", event.id, event.type)
        problem = f"{type(error).__name__}: {error}"
        _finish(event.id, problem, handled=False)
        return problem
    _finish(event.id, problem, handled=True)
    return problem


def handle(event: EventState) -> None:
    """Do what the event asks for. Raises NotOurs, NoSuchPayment and GatewayError."""
    if of_another_shop(event) and not row_is_there(event):
        raise NotOurs(event.object_id)
    if event.type.startswith("checkout.session.") and event.object_id:
        settle_session(event)
    elif event.type.startswith("charge.dispute.") and event.object_id:
        disputing.follow(event.object_id)
    elif event.type.startswith(("refund.", "charge.refund")) and event.intent_id:
        syncing.sync(event.intent_id)
    elif event.type in ("charge.updated", "charge.succeeded") and event.intent_id:
        note_fee(event.intent_id)


def settle_session(event: EventState) -> None:
    """Settle the event's session; one without a payment of ours in it was made by someone else."""
    if event.payment_ref is None:
        raise NotOurs(event.object_id)
    settling.settle(str(event.object_id), event.payment_ref)


def note_fee(intent_id: str) -> None:
    """Ask for the fee of a payment that has come, and record it once it is known."""
    payment_id = session().scalar(
        select(Payment.id).where(
            Payment.intent_id == intent_id, Payment.paid_at.is_not(None), Payment.fee_minor.is_(None)
        )
    )
    if payment_id is None:
        return
    state = gateway.intent(intent_id)
    with unit_of_work():
        payment = lock_payment(Payment.id == payment_id)
        if payment is None:
            raise NoSuchPayment(intent_id)
        payment.charge_id = payment.charge_id or state.charge_id
        payment.updated_at = clock.now()
        if state.fee is not None:
            settling.note_fee(payment, state.fee, clock.now())


def replay(event_id: str) -> str:
    """Work on an event again, from the inbox or, where it never came, from Stripe; returns the problem, if any.

    Harmless for an event that was worked on before. Raises GatewayError where neither has it.
    """
    payload = session().scalar(select(StripeEvent.payload).where(StripeEvent.event_id == event_id))
    event = gateway.event(event_id) if payload is None else read_event(payload)
    with unit_of_work():
        store(event, clock.now())
    return handle_and_note(event)


def _claim(now: datetime) -> EventState | None:
    """The next event that is due, put off at once, so that a crash delays it instead of looping."""
    with unit_of_work() as current:
        row = current.scalars(
            select(StripeEvent)
            .where(StripeEvent.handled_at.is_(None), StripeEvent.due_at <= now, StripeEvent.attempts < MAX_ATTEMPTS)
            .order_by(StripeEvent.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        row.attempts += 1
        row.due_at = now + min(timedelta(seconds=15 * 2 ** min(row.attempts, 12)), LONGEST_WAIT)
        return read_event(row.payload)


def _finish(event_id: str, problem: str, *, handled: bool) -> None:
    with unit_of_work() as current:
        row = current.scalars(select(StripeEvent).where(StripeEvent.event_id == event_id)).one()
        row.problem = problem or None
        row.handled_at = clock.now() if handled else None
