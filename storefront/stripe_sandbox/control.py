"""The control API under `/_sandbox/`: faults, the clock, and what a bank or the dashboard would do.

JSON in, JSON out, with the same key as the API. `ROUTES` is the whole of it; `docs/stripe-sandbox.md`
says each in a line.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from . import background, delivery, events, faults, paying, refunding, sessions, transferring
from .api import check_key
from .cards import CARDS, UnknownCard, find
from .errors import ApiError, missing
from .expanding import public
from .state import State

Asked = dict[str, Any]
Answer = dict[str, Any]
MISHAPS = ("drop", "delay", "duplicate", "reorder")


def _wrong(message: str) -> ApiError:
    return ApiError(400, message)


def _only(asked: Asked, *names: str) -> None:
    """Refuse what is not understood, here as everywhere."""
    for name in asked:
        if name not in names:
            raise _wrong(f"Unknown parameter: {name}. Known here: {', '.join(names) or 'none'}.")


def _number(asked: Asked, name: str, default: float) -> float:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"{name} must be a number")
    return value


# Sessions, charges, refunds, disputes, accounts


def pay(state: State, asked: Asked, session_id: str) -> Answer:
    """Pay as the buyer would: `card` (a test number), or `method: delayed`."""
    _only(asked, "card", "method", "authentication", "name", "email")
    name, email = asked.get("name", "Sandbox Buyer"), asked.get("email", "")
    try:
        if asked.get("method") == "delayed":
            return paying.pay_delayed(state, session_id, name, email)
        body = paying.pay_by_card(state, session_id, find(str(asked.get("card", ""))), name, email)
        decision = asked.get("authentication", "approve")
        if decision in {"approve", "refuse"}:
            intent = state.get("payment_intent", body["payment_intent"])
            if intent is not None and intent["status"] == "requires_action":
                body = paying.authenticate(state, session_id, decision == "approve")
        return body
    except UnknownCard:
        raise _wrong(f"Not a test card of this sandbox. It knows: {', '.join(CARDS)}.") from None
    except paying.NotOpen as error:
        raise _wrong(f"The session is {error}.") from None


def finish(state: State, asked: Asked, session_id: str) -> Answer:
    """End a delayed payment: `outcome` is succeeded or failed."""
    _only(asked, "outcome")
    if asked.get("outcome") not in {"succeeded", "failed"}:
        raise _wrong("outcome must be succeeded or failed")
    return paying.finish_delayed(state, session_id, asked["outcome"] == "succeeded")


def expire(state: State, asked: Asked, session_id: str) -> Answer:
    """Expire an open session at once."""
    _only(asked)
    return sessions.expire(state, session_id)


def settle(state: State, asked: Asked, charge_id: str) -> Answer:
    """Give a charge its balance transaction at once."""
    _only(asked)
    return paying.settle(state, charge_id)


def dashboard_refund(state: State, asked: Asked, charge_id: str) -> Answer:
    """A refund that the shop did not ask for: `amount`, or all."""
    _only(asked, "amount", "reason")
    amount = {"amount": int(_number(asked, "amount", 0))} if "amount" in asked else {}
    if amount and amount["amount"] < 1:
        raise _wrong("amount must be at least 1")
    return refunding.create(
        state, {"charge": charge_id, "reason": asked.get("reason", "requested_by_customer"), **amount}
    )


def fail_refund(state: State, asked: Asked, refund_id: str) -> Answer:
    """The buyer's bank refuses a refund."""
    _only(asked)
    return refunding.fail(state, refund_id)


def dispute(state: State, asked: Asked, charge_id: str) -> Answer:
    """The buyer disputes a charge."""
    _only(asked, "reason")
    return refunding.open_dispute(state, charge_id, str(asked.get("reason", "fraudulent")))


def close_dispute(state: State, asked: Asked, dispute_id: str) -> Answer:
    """The bank decides: `outcome` is won or lost."""
    _only(asked, "outcome")
    if asked.get("outcome") not in {"won", "lost"}:
        raise _wrong("outcome must be won or lost")
    return refunding.close_dispute(state, dispute_id, asked["outcome"] == "won")


def account(state: State, asked: Asked) -> Answer:
    """A connected account for transfers; `active` says whether it may receive them."""
    _only(asked, "active")
    return transferring.add_account(state, bool(asked.get("active", True)))


def change_account(state: State, asked: Asked, account_id: str) -> Answer:
    """Switch an account's transfers on or off."""
    _only(asked, "active")
    return transferring.set_account(state, account_id, bool(asked.get("active", True)))


# The clock and the faults


def clock(state: State, asked: Asked) -> Answer:
    """Move the clock by `advance` seconds and do what is due then; `reset` puts it right."""
    _only(asked, "advance", "reset")
    advance = _number(asked, "advance", 0)
    with state.transaction():
        offset = 0.0 if asked.get("reset") else float(state.setting("clock_offset", "0"))
        state.set("clock_offset", str(offset + advance))
    return {"done": background.work_off(state), "now": state.now()}


def fault(state: State, asked: Asked) -> Answer:
    """Let the next matching requests to the API go wrong."""
    _only(asked, "kind", "method", "path", "times", "commit", "seconds")
    if asked.get("kind") not in faults.KINDS:
        raise _wrong(f"kind must be one of {', '.join(faults.KINDS)}")
    detail = {"commit": bool(asked.get("commit")), "seconds": _number(asked, "seconds", 2)}
    method, path = str(asked.get("method", "")), str(asked.get("path", "/v1/"))
    faults.ask(state, asked["kind"], method, path, int(_number(asked, "times", 1)), detail)
    return {"asked": asked["kind"]}


def mishap(state: State, asked: Asked) -> Answer:
    """Let the next `times` webhooks (of `type`, if named) be dropped, delayed, duplicated or reordered."""
    _only(asked, "kind", "times", "type", "seconds")
    if asked.get("kind") not in MISHAPS:
        raise _wrong(f"kind must be one of {', '.join(MISHAPS)}")
    if asked.get("type") not in {None, *events.TYPES}:
        raise _wrong("type must be a type of event of the sandbox")
    detail = {"type": asked.get("type"), "seconds": _number(asked, "seconds", 5)}
    with state.transaction():
        state.run(
            "INSERT INTO faults (sort, kind, left, detail) VALUES ('webhook', ?, ?, ?)",
            asked["kind"], int(_number(asked, "times", 1)), json.dumps(detail),
        )  # fmt: skip
    return {"asked": asked["kind"]}


def clear_faults(state: State, asked: Asked) -> Answer:
    """Forget every fault and mishap that has not struck, and let held webhooks go."""
    _only(asked)
    with state.transaction():
        events.release_held(state)
        return {"cleared": state.run("DELETE FROM faults WHERE left > 0")}


# Deliveries


def endpoint(state: State, asked: Asked) -> Answer:
    """Register another webhook endpoint: `url` and `secret` (several, comma separated)."""
    _only(asked, "url", "secret")
    with state.transaction():
        for name in ("url", "secret"):
            if name in asked:
                state.set(f"webhook_{name}", str(asked[name]))
    return {"url": events.webhook(state)[0]}


def pause(state: State, asked: Asked) -> Answer:
    """Deliver nothing until asked to resume."""
    _only(asked)
    with state.transaction():
        state.set("paused", "yes")
    return {"paused": True}


def resume(state: State, asked: Asked) -> Answer:
    """Deliver again by itself."""
    _only(asked)
    with state.transaction():
        state.set("paused", "no")
    state.wake.set()
    return {"paused": False}


def deliver_now(state: State, asked: Asked) -> Answer:
    """Deliver what waits, once each, before this answers: `order` is oldest, newest, or a list of event ids."""
    _only(asked, "order")
    order = asked.get("order", "oldest")
    waiting = state.rows("SELECT id, event FROM deliveries WHERE state IN ('pending', 'held') ORDER BY id")
    if isinstance(order, list):
        chosen = [row for wanted in order for row in waiting if row["event"] == wanted]
    elif order in {"oldest", "newest"}:
        chosen = waiting if order == "oldest" else waiting[::-1]
    else:
        raise _wrong("order must be oldest, newest or a list of event ids")
    claimed = (delivery.claim(state, row["id"]) for row in chosen)
    return {"data": [delivery.deliver(state, row) for row in claimed if row is not None]}


def deliveries(state: State, asked: Asked) -> Answer:
    """Every delivery, oldest first, with the answers that it got."""
    rows = state.rows("SELECT * FROM deliveries ORDER BY id")
    return {"data": [{**dict(row), "responses": json.loads(row["responses"])} for row in rows]}


def resend(state: State, asked: Asked, event_id: str) -> Answer:
    """Deliver an event again, whatever became of it before."""
    _only(asked)
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


ROUTES: dict[str, Callable[..., Answer]] = {
    "POST sessions/<one>/pay": pay,
    "POST sessions/<one>/outcome": finish,
    "POST sessions/<one>/expire": expire,
    "POST charges/<one>/settle": settle,
    "POST charges/<one>/refund": dashboard_refund,
    "POST charges/<one>/dispute": dispute,
    "POST refunds/<one>/fail": fail_refund,
    "POST disputes/<one>/close": close_dispute,
    "POST accounts": account,
    "POST accounts/<one>": change_account,
    "POST clock": clock,
    "POST faults": fault,
    "POST faults/clear": clear_faults,
    "POST webhooks/mishaps": mishap,
    "POST webhooks/endpoint": endpoint,
    "POST webhooks/pause": pause,
    "POST webhooks/resume": resume,
    "POST webhooks/deliver": deliver_now,
    "GET webhooks/deliveries": deliveries,
    "POST events/<one>/resend": resend,
}


def blueprint(state: State) -> Blueprint:
    """The control API; everything in it needs a sandbox key."""
    control = Blueprint("control", __name__, url_prefix="/_sandbox")

    @control.errorhandler(ApiError)
    def said_no(error: ApiError) -> tuple[Response, int]:
        return jsonify(error.body()), error.status

    def view(answer: Callable[..., Answer]) -> Callable[..., Response]:
        def answered(**ids: str) -> Response:
            check_key(request.headers.get("Authorization"))
            asked = request.get_json(silent=True) if request.get_data() else {}
            if not isinstance(asked, dict):
                raise _wrong("The body must be a JSON object.")
            return jsonify(public(answer(state, asked, *ids.values())))

        return answered

    for route, answer in ROUTES.items():
        method, _, path = route.partition(" ")
        control.add_url_rule(f"/{path}", answer.__name__, view(answer), methods=[method])
    return control
