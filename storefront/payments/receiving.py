"""Stripe's webhooks: checked, stored once, answered; worked on after.

The answer is given as soon as the event is committed, so that a slow reaction never makes Stripe send
it again. What an event says is only a hint what to ask Stripe about.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storefront import config
from storefront.core import jobs
from storefront.core.db import insert_unless_there, session
from storefront.payments import gateway
from storefront.payments.answers import EventState, IntentState
from storefront.payments.models import Payment, Refund, StripeEvent


class WrongMode(ValueError):
    """A test event at a live shop, or the other way round."""


class NotYetKnown(LookupError):
    """The event is about a row of ours that isn't committed yet: it should come again."""


def read(raw: bytes, signature: str | None) -> EventState:
    """The event in a webhook's raw body; raises BadSignature, BadEvent and WrongMode. Needs no database."""
    event = gateway.verified_event(raw, signature, config.current().webhook_secrets)
    if event.livemode != gateway.live():
        raise WrongMode(f"{event.id} is a {'live' if event.livemode else 'test'} event")
    return event


def receive(event: EventState, now: datetime) -> bool:
    """Store the event, inside the caller's unit of work; False when it is there already. Raises NotYetKnown."""
    if not row_is_there(event) and not of_another_shop(event):
        raise NotYetKnown(event.id)
    added = store(event, now)
    if added:
        jobs.nudge("handle_events")
    return added


def store(event: EventState, now: datetime) -> bool:
    """Insert the event unless its id is there; the unique index decides between two that come at once."""
    values = {
        "event_id": event.id,
        "type": event.type[:120],
        "payload": event.payload,
        "received_at": now,
        "due_at": now,
        "attempts": 0,
    }
    return bool(insert_unless_there(StripeEvent, values))


def of_another_shop(about: EventState | IntentState) -> bool:
    """Whether this names a shop other than ours: several may share one account at Stripe.

    Only to be asked where there is no row of ours: what was begun before the shop moved bears its old name.
    """
    return about.shop is not None and about.shop != config.current().host


def row_is_there(event: EventState) -> bool:
    """Whether the rows that the event names are committed. Events that name none are none of ours to wait for."""
    current = session()
    if event.payment_ref and current.scalar(select(Payment.id).where(Payment.ref == event.payment_ref)) is None:
        return False
    if not event.refund_ref:
        return True
    return current.scalar(select(Refund.id).where(Refund.ref == event.refund_ref)) is not None
