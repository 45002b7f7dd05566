"""What Stripe says, in our own words: frozen facts that `gateway` makes of its answers.

Amounts are in the shop's minor units, currencies in capitals. Nothing here knows Stripe's library.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storefront.payments.amounts import Item


@dataclass(frozen=True)
class SessionRequest:
    """What we ask for when a payment starts. The same row always asks for the same, under the same key."""

    key: str
    order_ref: str
    payment_ref: str
    currency: str
    items: tuple[Item, ...]
    email: str
    expires_at: datetime
    success_url: str
    cancel_url: str


@dataclass(frozen=True)
class SessionState:
    """A Checkout Session as it stands now; `status` is open, complete or expired."""

    id: str
    url: str | None
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    order_ref: str | None
    payment_ref: str | None
    client_reference: str | None
    livemode: bool
    expires_at: datetime
    intent_id: str | None = None
    intent_status: str | None = None
    charge_id: str | None = None
    received_minor: int | None = None
    fee: FeeState | None = None
    problem: str | None = None


@dataclass(frozen=True)
class FeeState:
    """What Stripe kept of a charge, in the currency that the money settled in."""

    fee_minor: int
    currency: str


@dataclass(frozen=True)
class IntentState:
    """The payment behind a session: whose it is, its charge and, once known, the fee."""

    id: str
    payment_ref: str | None
    shop: str | None
    charge_id: str | None
    fee: FeeState | None


@dataclass(frozen=True)
class RefundRequest:
    """What we ask for when money goes back."""

    key: str
    refund_ref: str
    payment_ref: str
    intent_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class RefundState:
    """A refund as it stands: `status` is pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    amount_minor: int
    currency: str
    intent_id: str | None
    refund_ref: str | None
    problem: str | None = None


@dataclass(frozen=True)
class DisputeState:
    """A dispute as it stands; `taken` says whether the bank has taken the money, not only asked a question."""

    id: str
    status: str
    amount_minor: int
    currency: str
    intent_id: str | None
    reason: str
    fee_minor: int
    taken: bool


@dataclass(frozen=True)
class EventState:
    """An event whose signature holds. Its payload says what to ask Stripe about, never what is true."""

    id: str
    type: str
    livemode: bool
    object: str
    object_id: str | None
    intent_id: str | None
    payment_ref: str | None
    refund_ref: str | None
    shop: str | None
    payload: dict[str, Any]


def read_event(payload: dict[str, Any]) -> EventState:
    """The pointers in an event's JSON; raises ValueError where it isn't an event at all."""
    if payload.get("object") != "event" or not isinstance(payload.get("id"), str):
        raise ValueError("not an event")
    thing = (payload.get("data") or {}).get("object") or {}
    kind = str(thing.get("object", ""))
    metadata = thing.get("metadata") or {}
    intent = thing.get("id") if kind == "payment_intent" else thing.get("payment_intent")
    if isinstance(intent, dict):
        intent = intent.get("id")
    return EventState(
        id=payload["id"],
        type=str(payload.get("type", "")),
        livemode=bool(payload.get("livemode")),
        object=kind,
        object_id=thing.get("id"),
        intent_id=intent,
        payment_ref=metadata.get("payment"),
        refund_ref=metadata.get("refund"),
        shop=metadata.get("shop"),
        payload=payload,
    )
