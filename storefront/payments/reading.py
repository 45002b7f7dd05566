"""Stripe's objects read into our own facts. Used by `gateway` alone.

They are read by attribute and duck-typed, because expanded fields are now an id and now an object;
so nothing of Stripe's library is imported here either.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from storefront.payments.amounts import from_stripe
from storefront.payments.answers import DisputeState, FeeState, IntentState, RefundState, SessionState

_NO_MONEY_TAKEN = ("warning_needs_response", "warning_under_review", "warning_closed", "prevented")


def field(thing: Any, name: str) -> Any:
    """A field that may be absent, of an object that may be absent."""
    return getattr(thing, name, None) if thing is not None else None


def identity(thing: Any) -> str | None:
    """The id of something that may be expanded, an id already, or nothing."""
    found = thing if thing is None or isinstance(thing, str) else thing.id
    return None if found is None else str(found)


def expanded(thing: Any) -> Any:
    """The object itself, or None where only its id came."""
    return None if isinstance(thing, str) else thing


def session(found: Any) -> SessionState:
    """A Checkout Session, with what was expanded of its payment."""
    currency = str(found.currency or "").upper()
    paying = expanded(found.payment_intent)
    charge = expanded(field(paying, "latest_charge"))
    received = field(paying, "amount_received")
    return SessionState(
        id=found.id,
        url=found.url,
        status=str(found.status or ""),
        payment_status=str(found.payment_status),
        amount_minor=from_stripe(found.amount_total or 0, currency),
        currency=currency,
        order_ref=field(found.metadata, "order"),
        payment_ref=field(found.metadata, "payment"),
        client_reference=found.client_reference_id,
        livemode=bool(found.livemode),
        expires_at=datetime.fromtimestamp(found.expires_at, UTC),
        intent_id=identity(found.payment_intent),
        intent_status=field(paying, "status"),
        charge_id=identity(field(paying, "latest_charge")),
        received_minor=None if received is None else from_stripe(received, str(paying.currency).upper()),
        fee=fee(charge),
        problem=field(field(paying, "last_payment_error"), "message"),
    )


def intent(found: Any) -> IntentState:
    """A payment with its latest charge."""
    return IntentState(
        id=found.id,
        payment_ref=field(found.metadata, "payment"),
        shop=field(found.metadata, "shop"),
        charge_id=identity(found.latest_charge),
        fee=fee(expanded(found.latest_charge)),
    )


def fee(charge: Any) -> FeeState | None:
    """What Stripe kept of a charge; None until its balance transaction is there."""
    movement = expanded(field(charge, "balance_transaction"))
    if movement is None:
        return None
    currency = str(movement.currency).upper()
    return FeeState(from_stripe(movement.fee, currency), currency)


def refund(found: Any) -> RefundState:
    """A refund."""
    currency = str(found.currency).upper()
    return RefundState(
        id=found.id,
        status=str(found.status or "pending"),
        amount_minor=from_stripe(found.amount, currency),
        currency=currency,
        intent_id=identity(found.payment_intent),
        refund_ref=field(found.metadata, "refund"),
        problem=field(found, "failure_reason"),
    )


def dispute(found: Any) -> DisputeState:
    """A dispute with the fees of all its movements."""
    currency = str(found.currency).upper()
    movements = found.balance_transactions or []
    return DisputeState(
        id=found.id,
        status=str(found.status),
        amount_minor=from_stripe(found.amount, currency),
        currency=currency,
        intent_id=identity(found.payment_intent),
        reason=str(found.reason or ""),
        fee_minor=sum(from_stripe(move.fee, str(move.currency).upper()) for move in movements),
        taken=bool(movements) and str(found.status) not in _NO_MONEY_TAKEN,
    )
