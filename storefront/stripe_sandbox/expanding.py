"""`expand[]`: ids replaced by their objects, along paths of at most four steps; and what never leaves."""

from __future__ import annotations

from typing import Any

from .errors import invalid
from .listing import as_list
from .state import Body, State

#: The fields that can be expanded. `customer` and the like are always null here, and stay so.
EXPANDABLE = {
    "checkout.session": {"payment_intent", "line_items", "customer", "setup_intent", "invoice"},
    "payment_intent": {"latest_charge", "customer", "application", "on_behalf_of", "review"},
    "charge": {"balance_transaction", "payment_intent", "refunds", "customer", "failure_balance_transaction"},
    "refund": {"charge", "payment_intent", "balance_transaction", "failure_balance_transaction", "transfer_reversal"},
    "dispute": {"charge", "payment_intent"},
    "transfer": {"source_transaction", "balance_transaction", "destination_payment"},
    "transfer_reversal": {"transfer", "balance_transaction", "source_refund"},
    "balance_transaction": {"source"},
}  # fmt: skip
DEPTH = 4


def render(state: State, body: Body, paths: list[str]) -> Body:
    """What leaves the sandbox: `body` with the paths expanded, without the fields that are ours."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEPTH:
            raise invalid(f"You cannot expand more than {DEPTH} levels of a property ({path}).", "expand")
        _expand(state, body, steps, path)
    rendered: Body = public(body)
    _mature(rendered, state.now())
    return rendered


def _mature(body: Any, now: int) -> None:
    """Movements of the balance become available by the clock alone, so their status is told when read."""
    for part in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        _mature(part, now)
    if isinstance(body, dict) and body.get("object") == "balance_transaction":
        body["status"] = "available" if body["available_on"] <= now else "pending"


def public(body: Any) -> Any:
    """The same without names that begin with an underscore."""
    if isinstance(body, dict):
        return {name: public(value) for name, value in body.items() if not name.startswith("_")}
    if isinstance(body, list):
        return [public(item) for item in body]
    return body


def _expand(state: State, body: Body, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if body.get("object") == "list":
        if name != "data" or not rest:
            raise invalid(f"This property cannot be expanded ({path}). Try 'data.{path}'.", "expand")
        for item in body["data"]:
            _expand(state, item, rest, path)
        return
    kind = str(body.get("object", ""))
    if name not in EXPANDABLE.get(kind, set()):
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    value = _include(state, body, name) if name in {"line_items", "refunds"} else body.get(name)
    if isinstance(value, str):
        value = state.any(value) or value
    body[name] = value
    if rest and isinstance(value, dict):
        _expand(state, value, rest, path)


def _include(state: State, body: Body, name: str) -> Body:
    """The lists that an object leaves out unless asked for them."""
    if isinstance(body.get(name), dict):
        return dict(body[name])
    if name == "line_items":
        items = body["_line_items"]
        return as_list(items[:10], f"/v1/checkout/sessions/{body['id']}/line_items", has_more=len(items) > 10)
    refunds = state.where("refund", charge=body["id"])[::-1]
    return as_list(refunds[:10], f"/v1/charges/{body['id']}/refunds", has_more=len(refunds) > 10)
