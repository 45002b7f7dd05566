"""The control API under `/_sandbox/`: faults, the clock, and what a bank or the dashboard would do.

JSON in, JSON out, with the same key as the API. `ROUTES` is the whole of it; `docs/stripe-sandbox.md`
says each in a line.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from . import background, control_webhooks, events, faults, paying, refunding, sessions, transferring
from .api import check_key
from .asking import Answer, Asked, number, only, wrong
from .cards import CARDS, UnknownCard, find
from .errors import ApiError
from .expanding import public
from .state import State

# Sessions, charges, refunds, disputes, accounts


def pay(state: State, asked: Asked, session_id: str) -> Answer:
    """Pay as the buyer would: `card` (a test number), or `method: delayed`."""
    only(asked, "card", "method", "authentication", "name", "email")
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
        raise wrong(f"Not a test card of this sandbox. It knows: {', '.join(CARDS)}.") from None
    except paying.NotOpen as error:
        raise wrong(f"The session is {error}.") from None


def finish(state: State, asked: Asked, session_id: str) -> Answer:
    """End a delayed payment: `outcome` is succeeded or failed."""
    only(asked, "outcome")
    if asked.get("outcome") not in {"succeeded", "failed"}:
        raise wrong("outcome must be succeeded or failed")
    return paying.finish_delayed(state, session_id, asked["outcome"] == "succeeded")


def expire(state: State, asked: Asked, session_id: str) -> Answer:
    """Expire an open session at once."""
    only(asked)
    return sessions.expire(state, session_id)


def settle(state: State, asked: Asked, charge_id: str) -> Answer:
    """Give a charge its balance transaction at once."""
    only(asked)
    return paying.settle(state, charge_id)


def dashboard_refund(state: State, asked: Asked, charge_id: str) -> Answer:
    """A refund that the shop did not ask for: `amount`, or all."""
    only(asked, "amount", "reason")
    amount = {"amount": int(number(asked, "amount", 0))} if "amount" in asked else {}
    if amount and amount["amount"] < 1:
        raise wrong("amount must be at least 1")
    return refunding.create(
        state, {"charge": charge_id, "reason": asked.get("reason", "requested_by_customer"), **amount}
    )


def fail_refund(state: State, asked: Asked, refund_id: str) -> Answer:
    """The buyer's bank refuses a refund."""
    only(asked)
    return refunding.fail(state, refund_id)


def dispute(state: State, asked: Asked, charge_id: str) -> Answer:
    """The buyer disputes a charge."""
    only(asked, "reason")
    return refunding.open_dispute(state, charge_id, str(asked.get("reason", "fraudulent")))


def close_dispute(state: State, asked: Asked, dispute_id: str) -> Answer:
    """The bank decides: `outcome` is won or lost."""
    only(asked, "outcome")
    if asked.get("outcome") not in {"won", "lost"}:
        raise wrong("outcome must be won or lost")
    return refunding.close_dispute(state, dispute_id, asked["outcome"] == "won")


def account(state: State, asked: Asked) -> Answer:
    """A connected account for transfers; `active` says whether it may receive them."""
    only(asked, "active")
    return transferring.add_account(state, bool(asked.get("active", True)))


def change_account(state: State, asked: Asked, account_id: str) -> Answer:
    """Switch an account's transfers on or off."""
    only(asked, "active")
    return transferring.set_account(state, account_id, bool(asked.get("active", True)))


# The clock and the faults


def clock(state: State, asked: Asked) -> Answer:
    """Move the clock by `advance` seconds and do what is due then; `reset` puts it right."""
    only(asked, "advance", "reset")
    advance = number(asked, "advance", 0)
    with state.transaction():
        offset = 0.0 if asked.get("reset") else float(state.setting("clock_offset", "0"))
        state.set("clock_offset", str(offset + advance))
    return {"done": background.work_off(state), "now": state.now()}


def fault(state: State, asked: Asked) -> Answer:
    """Let the next matching requests to the API go wrong."""
    only(asked, "kind", "method", "path", "times", "commit", "seconds")
    if asked.get("kind") not in faults.KINDS:
        raise wrong(f"kind must be one of {', '.join(faults.KINDS)}")
    detail = {"commit": bool(asked.get("commit")), "seconds": number(asked, "seconds", 2)}
    method, path = str(asked.get("method", "")), str(asked.get("path", "/v1/"))
    faults.ask(state, asked["kind"], method, path, int(number(asked, "times", 1)), detail)
    return {"asked": asked["kind"]}


def clear_faults(state: State, asked: Asked) -> Answer:
    """Forget every fault and mishap that has not struck, and let held webhooks go."""
    only(asked)
    with state.transaction():
        events.release_held(state)
        return {"cleared": state.run("DELETE FROM faults WHERE left > 0")}


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
    "POST webhooks/mishaps": control_webhooks.mishap,
    "POST webhooks/endpoint": control_webhooks.endpoint,
    "POST webhooks/pause": control_webhooks.pause,
    "POST webhooks/resume": control_webhooks.resume,
    "POST webhooks/deliver": control_webhooks.deliver_now,
    "GET webhooks/deliveries": control_webhooks.deliveries,
    "POST events/<one>/resend": control_webhooks.resend,
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
            asked = request.get_json(force=True, silent=True) if request.get_data() else {}
            if not isinstance(asked, dict):
                raise wrong("The body must be a JSON object.")
            return jsonify(public(answer(state, asked, *ids.values())))

        return answered

    for route, answer in ROUTES.items():
        method, _, path = route.partition(" ")
        control.add_url_rule(f"/{path}", answer.__name__, view(answer), methods=[method])
    return control
