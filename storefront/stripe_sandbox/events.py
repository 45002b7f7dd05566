"""Events: what happened, recorded in the transaction in which it happened, and queued for delivery.

The mishaps that the control API asks for (drop, delay, duplicate, reorder) happen here, where an
event becomes deliveries, so that what the courier does stays plain.
"""

from __future__ import annotations

import json
import time
from contextvars import ContextVar
from typing import Any

from .expanding import public
from .options import API_VERSION
from .state import Body, State, new_id

TYPES = frozenset(
    [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "charge.updated",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
    ]
)

#: The request, and its idempotency key, that caused what is happening in this thread.
cause: ContextVar[tuple[str | None, str | None]] = ContextVar("cause", default=(None, None))


def emit(state: State, kind: str, body: Body, previous: Body | None = None) -> Body:
    """Record that something happened to `body`, as it is now, and queue the event."""
    if kind not in TYPES:
        raise ValueError(f"not an event type of the sandbox: {kind}")
    request, key = cause.get()
    data: dict[str, Any] = {"object": public(json.loads(json.dumps(body)))}
    if previous is not None:
        data["previous_attributes"] = previous
    event = {
        "id": new_id("event"),
        "object": "event",
        "account": None,
        "api_version": API_VERSION,
        "created": state.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 1 if webhook(state)[0] else 0,
        "request": {"id": request, "idempotency_key": key},
        "type": kind,
    }
    state.add(event)
    if webhook(state)[0]:
        enqueue(state, event)
    return event


def webhook(state: State) -> tuple[str, list[str]]:
    """The registered endpoint and the secrets that sign for it."""
    url = state.setting("webhook_url", state.options.webhook_url)
    found = state.setting("webhook_secret", state.options.webhook_secret)
    return url, [part.strip() for part in found.split(",") if part.strip()]


def enqueue(state: State, event: Body) -> None:
    """Queue an event, with whatever mishap was asked for."""
    mishap = take_mishap(state, event["type"])
    kind = mishap["kind"] if mishap else ""
    now = time.time()
    if kind == "drop":
        _insert(state, event, "dropped", now)
    elif kind == "delay":
        _insert(state, event, "pending", now + float(mishap["seconds"]) if mishap else now)
    elif kind == "reorder":
        _insert(state, event, "held", now)
        if mishap and mishap["last"]:
            release_held(state)
    else:
        for _ in range(2 if kind == "duplicate" else 1):
            _insert(state, event, "pending", now)


def _insert(state: State, event: Body, status: str, due: float) -> None:
    state.run(
        "INSERT INTO deliveries (event, type, state, due) VALUES (?, ?, ?, ?)", event["id"], event["type"], status, due
    )
    state.wake.set()


def release_held(state: State) -> None:
    """Send what was held back, the last event first."""
    now = time.time()
    for place, row in enumerate(state.rows("SELECT id FROM deliveries WHERE state = 'held' ORDER BY id DESC")):
        state.run("UPDATE deliveries SET state = 'pending', due = ? WHERE id = ?", now + place / 1000, row["id"])
    state.wake.set()


def take_mishap(state: State, kind: str) -> dict[str, Any] | None:
    """The next webhook mishap that fits this type of event, used up by one."""
    for row in state.rows("SELECT * FROM faults WHERE sort = 'webhook' AND left > 0 ORDER BY id"):
        detail = json.loads(row["detail"])
        if detail.get("type") in (None, kind):
            state.run("UPDATE faults SET left = left - 1 WHERE id = ?", row["id"])
            return {**detail, "kind": row["kind"], "last": row["left"] == 1}
    return None
