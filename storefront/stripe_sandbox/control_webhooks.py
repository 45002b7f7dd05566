"""The part of the control API that is about webhooks: mishaps, the endpoint, and deliveries now."""

from __future__ import annotations

import json
import time

from . import delivery, events
from .asking import Answer, Asked, number, only, wrong
from .errors import missing
from .state import State

MISHAPS = ("drop", "delay", "duplicate", "reorder")


def mishap(state: State, asked: Asked) -> Answer:
    """Let the next `times` webhooks (of `type`, if named) be dropped, delayed, duplicated or reordered."""
    only(asked, "kind", "times", "type", "seconds")
    if asked.get("kind") not in MISHAPS:
        raise wrong(f"kind must be one of {', '.join(MISHAPS)}")
    if asked.get("type") not in {None, *events.TYPES}:
        raise wrong("type must be a type of event of the sandbox")
    detail = {"type": asked.get("type"), "seconds": number(asked, "seconds", 5)}
    with state.transaction():
        state.run(
            "INSERT INTO faults (sort, kind, left, detail) VALUES ('webhook', ?, ?, ?)",
            asked["kind"], int(number(asked, "times", 1)), json.dumps(detail),
        )  # fmt: skip
    return {"asked": asked["kind"]}


def endpoint(state: State, asked: Asked) -> Answer:
    """Register another webhook endpoint: `url` and `secret` (several, comma separated)."""
    only(asked, "url", "secret")
    with state.transaction():
        for name in ("url", "secret"):
            if name in asked:
                state.set(f"webhook_{name}", str(asked[name]))
    return {"url": events.webhook(state)[0]}


def pause(state: State, asked: Asked) -> Answer:
    """Deliver nothing until asked to resume."""
    only(asked)
    with state.transaction():
        state.set("paused", "yes")
    return {"paused": True}


def resume(state: State, asked: Asked) -> Answer:
    """Deliver again by itself."""
    only(asked)
    with state.transaction():
        state.set("paused", "no")
    state.wake.set()
    return {"paused": False}


def deliver_now(state: State, asked: Asked) -> Answer:
    """Deliver what waits, once each, before this answers: `order` is oldest, newest, or a list of event ids."""
    only(asked, "order")
    order = asked.get("order", "oldest")
    waiting = state.rows("SELECT id, event FROM deliveries WHERE state IN ('pending', 'held') ORDER BY id")
    if isinstance(order, list):
        chosen = [row for wanted in order for row in waiting if row["event"] == wanted]
    elif order in {"oldest", "newest"}:
        chosen = waiting if order == "oldest" else waiting[::-1]
    else:
        raise wrong("order must be oldest, newest or a list of event ids")
    claimed = (delivery.claim(state, row["id"]) for row in chosen)
    return {"data": [delivery.deliver(state, row) for row in claimed if row is not None]}


def deliveries(state: State, asked: Asked) -> Answer:
    """Every delivery, oldest first, with the answers that it got."""
    rows = state.rows("SELECT * FROM deliveries ORDER BY id")
    return {"data": [{**dict(row), "responses": json.loads(row["responses"])} for row in rows]}


def resend(state: State, asked: Asked, event_id: str) -> Answer:
    """Deliver an event again, whatever became of it before."""
    only(asked)
    event = state.get("event", event_id)
    if event is None:
        raise missing("event", event_id)
    with state.transaction():
        state.run(
            "INSERT INTO deliveries (event, type, state, due) VALUES (?, ?, 'pending', ?)",
            event_id, event["type"], time.time(),
        )  # fmt: skip
    state.wake.set()
    return {"resent": event_id}
