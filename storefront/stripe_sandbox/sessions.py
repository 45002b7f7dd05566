"""Checkout Sessions through the API: made, listed by `api.py`, and expired."""

from __future__ import annotations

from typing import Any

from . import currencies, objects
from .errors import invalid, missing, refused
from .events import emit
from .params import EXPAND, METADATA, Field, Schema
from .state import Body, State

HALF_HOUR, DAY = 1800, 86400

_URL = Field(required=True, most=5000)
_PRODUCT: Schema = {
    "name": Field(required=True, most=250),
    "description": Field(most=40000),
    "images": Field("list", item=Field(most=2048), most=8),
    "metadata": METADATA,
}
_PRICE: Schema = {
    "currency": Field(required=True),
    "unit_amount": Field("integer", required=True, least=0, most=currencies.MOST),
    "product_data": Field("hash", required=True, inside=_PRODUCT),
    "tax_behavior": Field(choices=("exclusive", "inclusive", "unspecified")),
}
_ITEM: Schema = {
    "price_data": Field("hash", required=True, inside=_PRICE),
    "quantity": Field("integer", required=True, least=1, most=999_999),
    "metadata": METADATA,
}
CREATE: Schema = {
    "mode": Field(required=True, choices=("payment",)),
    "ui_mode": Field(choices=("hosted_page",)),
    "line_items": Field("list", required=True, item=Field("hash", inside=_ITEM), most=100),
    "success_url": _URL,
    "cancel_url": Field(most=5000),
    "customer_email": Field(most=800),
    "client_reference_id": Field(most=200),
    "expires_at": Field("integer"),
    "locale": Field(most=10),
    "submit_type": Field(choices=("auto", "pay", "donate", "book")),
    "metadata": METADATA,
    "payment_intent_data": Field(
        "hash",
        inside={
            "metadata": METADATA,
            "transfer_group": Field(most=500),
            "description": Field(most=1000),
            "receipt_email": Field(most=800),
            "statement_descriptor_suffix": Field(most=22),
        },
    ),
    "expand": EXPAND,
}


def create(state: State, params: dict[str, Any], base_url: str) -> Body:
    """A new open session; refuses mixed currencies, impossible totals, addresses and times."""
    _check_addresses(params)
    params["expires_at"] = _expiry(state, params.get("expires_at"))
    currency = _currency(params["line_items"])
    items = []
    for place, wanted in enumerate(params["line_items"]):
        wanted["price_data"]["currency"] = currency
        at = f"line_items[{place}][price_data][unit_amount]"
        currencies.check_unit(wanted["price_data"]["unit_amount"], currency, at)
        items.append(objects.line_item(state, wanted))
    currencies.check_total(sum(item["amount_total"] for item in items), currency)
    return state.add(objects.session(state, params, items, base_url))


def _check_addresses(params: dict[str, Any]) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params and not params[name].startswith(("http://", "https://")):
            raise invalid("Not a valid URL", name, "url_invalid")
    email = params.get("customer_email")
    if email is not None and ("@" not in email.strip("@") or " " in email):
        raise invalid(f"Invalid email address: {email}", "customer_email", "email_invalid")


def _currency(items: list[dict[str, Any]]) -> str:
    if not items:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    found = [item["price_data"]["currency"].lower() for item in items]
    if found[0] not in currencies.SUPPORTED:
        raise invalid(f"Invalid currency: {found[0]}.", "line_items[0][price_data][currency]")
    if len(set(found)) > 1:
        raise refused("All prices on a Checkout Session must have the same currency.", param="line_items")
    return str(found[0])


def _expiry(state: State, wanted: int | None) -> int:
    # No grace: a shop that asks for exactly half an hour is refused at Stripe whenever the request takes a second.
    now = state.now()
    if wanted is None:
        return now + DAY
    if wanted < now + HALF_HOUR:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", "expires_at"
        )
    if wanted > now + DAY:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", "expires_at"
        )
    return wanted


def find(state: State, session_id: str) -> Body:
    """The session with this id; raises ApiError (404)."""
    found = state.get("checkout.session", session_id)
    if found is None:
        raise missing("checkout.session", session_id, "session")
    return found


def expire(state: State, session_id: str) -> Body:
    """Close an open session for good; whatever payment had begun in it is cancelled."""
    with state.transaction():
        body = find(state, session_id)
        if body["status"] != "open":
            raise refused(f"Only open Checkout Sessions can be expired; this one is {body['status']}.", param="session")
        body.update(status="expired", url=None)
        intent = state.get("payment_intent", body["payment_intent"])
        if intent is not None:
            intent.update(status="canceled", canceled_at=state.now(), cancellation_reason="automatic", next_action=None)
            state.save(intent)
        state.save(body)
        emit(state, "checkout.session.expired", body)
        return body


def expire_due(state: State) -> int:
    """Expire every open session whose time has come by the sandbox's clock."""
    query = """SELECT id FROM objects WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'
        AND json_extract(body, '$.expires_at') <= ?"""
    with state.lock:
        due = state.rows(query, state.now())
        for row in due:
            expire(state, row["id"])
    return len(due)
