"""Reconcile: what no webhook told us, asked for.

Everything that is neither open to a shopper nor final is looked up at Stripe once it is old enough:
payments that are starting, unknown, open or processing, refunds without an answer, fees not known yet,
events that could not be worked on. One that can't be cleared up keeps none of the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, or_, select

from storefront.core import clock
from storefront.core.db import session
from storefront.payments import asking, handling, settling, syncing
from storefront.payments.models import Payment, PaymentStatus, Refund, RefundStatus, StripeEvent

# How old something must be before it is asked about: the webhook and the return page come first.
OLD_ENOUGH = timedelta(minutes=5)
# How long a refund may be unknown before it has failed, where Stripe neither has nor takes it.
GIVE_UP = timedelta(hours=1)
# How much of each kind one run takes on.
MOST = 200

_WAITING = (PaymentStatus.OPEN, PaymentStatus.PROCESSING)
_UNANSWERED = (RefundStatus.STARTING, RefundStatus.UNKNOWN, RefundStatus.PENDING)

log = logging.getLogger(__name__)


def reconcile(old_enough: timedelta = OLD_ENOUGH) -> int:
    """The chore: clear up what is older than `old_enough`; returns how much was looked at."""
    return (
        handling.handle_events()
        + _each(_unasked(old_enough), asking.find_out)
        + _each(_unsettled(old_enough), settling.settle)
        + _each(_refunds(old_enough), resolve_refund)
        + _each(_without_fee(old_enough), handling.note_fee)
    )


def unclear() -> list[str]:
    """What isn't known even so, each as a sentence: unknown payments and refunds, and events with a problem."""
    current = session()
    payments = current.scalars(select(Payment).where(Payment.status == PaymentStatus.UNKNOWN))
    refunds = current.scalars(select(Refund).where(Refund.status == RefundStatus.UNKNOWN))
    events = current.scalars(
        select(StripeEvent).where(StripeEvent.handled_at.is_(None), StripeEvent.problem.is_not(None))
    )
    return [
        *(f"payment {payment.ref}: {payment.problem}" for payment in payments),
        *(f"refund {refund.ref}: {refund.problem}" for refund in refunds),
        *(f"event {event.event_id} ({event.type}): {event.problem}" for event in events),
    ]


def resolve_refund(refund_ref: str) -> None:
    """Find out what became of a refund."""
    syncing.resolve(refund_ref, give_up_before=clock.now() - GIVE_UP)


def _each(keys: Sequence[str], look: Callable[[str], object]) -> int:
    for key in keys:
        try:
            look(key)
        except Exception:
            session().rollback()
            log.exception("%s could not be cleared up", key)
    return len(keys)


def _unasked(age: timedelta) -> list[str]:
    return _listed(
        select(Payment.ref)
        .where(Payment.status.in_(asking.ASKING), Payment.updated_at <= clock.now() - age)
        .order_by(Payment.updated_at)
    )


def _unsettled(age: timedelta) -> list[str]:
    return _listed(
        select(Payment.session_id)
        .where(Payment.status.in_(_WAITING), Payment.session_id.is_not(None))
        .where(Payment.updated_at <= clock.now() - age)
        .order_by(Payment.updated_at)
    )


def _refunds(age: timedelta) -> list[str]:
    return _listed(
        select(Refund.ref)
        .where(Refund.status.in_(_UNANSWERED), Refund.created_at <= clock.now() - age)
        .order_by(Refund.id)
    )


def _without_fee(age: timedelta) -> list[str]:
    """Payments whose fee is not known. One that was noted with a problem is an admin's, not ours."""
    return _listed(
        select(Payment.intent_id)
        .where(Payment.paid_at.is_not(None), Payment.fee_minor.is_(None), Payment.intent_id.is_not(None))
        .where(Payment.updated_at <= clock.now() - age)
        .where(or_(Payment.problem.is_(None), Payment.problem.not_like("Stripe's fee%")))
        .order_by(Payment.updated_at)
    )


def _listed(statement: Select[Any]) -> list[str]:
    return list(session().scalars(statement.limit(MOST)))
