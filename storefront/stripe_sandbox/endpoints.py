"""The table of what is modelled: method, path, parameters and the function that answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import refunding, sessions, transferring
from .errors import missing, unrecognised
from .expanding import render
from .listing import PAGE, page, slice_of
from .params import EXPAND, Field, Schema, read
from .state import Body, State


@dataclass(frozen=True)
class Call:
    """One request, its parameters read and its ids taken out of the path."""

    state: State
    path: str
    ids: tuple[str, ...]
    params: dict[str, Any]
    created: Any
    base_url: str


@dataclass(frozen=True)
class Endpoint:
    """One row of the table; `{}` in the path stands for an id."""

    method: str
    path: str
    answer: Callable[[Call], Body]
    schema: Schema
    dated: bool = False  # takes the `created` filter

    def ids(self, path: str) -> tuple[str, ...] | None:
        """The ids in a path that fits, or None."""
        match = re.fullmatch(self.path.replace("{}", "([A-Za-z0-9_]+)"), path)
        return None if match is None else match.groups()


def _retrieve(kind: str, param: str = "id") -> Callable[[Call], Body]:
    def answer(call: Call) -> Body:
        found = call.state.get(kind, call.ids[0])
        if found is None:
            raise missing(kind, call.ids[0], param)
        return found

    return answer


def _list(kind: str, *names: str) -> Callable[[Call], Body]:
    def answer(call: Call) -> Body:
        filters = {name: call.params[name] for name in names if name in call.params}
        if "types" in filters:
            filters["type"] = filters.pop("types")
        return page(call.state, kind, call.path, call.params, filters, call.created)

    return answer


def _lines(call: Call) -> Body:
    items = sessions.find(call.state, call.ids[0])["_line_items"]
    return slice_of(items, call.path, call.params)


def _reverse(call: Call) -> Body:
    return transferring.reverse(call.state, call.ids[0], call.params)


def _reversals(call: Call) -> Body:
    transferring.find(call.state, call.ids[0])
    return page(call.state, "transfer_reversal", call.path, call.params, {"transfer": call.ids[0]})


def _reversal(call: Call) -> Body:
    found = call.state.get("transfer_reversal", call.ids[1])
    if found is None or found["transfer"] != call.ids[0]:
        raise missing("transfer_reversal", call.ids[1])
    return found


ONE: Schema = {"expand": EXPAND}


def _filtered(*names: str) -> Schema:
    return {**PAGE, **{name: Field() for name in names}}


def _listed(kind: str, path: str, *names: str, **special: Field) -> Endpoint:
    """A list that can be paged, dated and filtered by these fields."""
    return Endpoint("GET", path, _list(kind, *names, *special), {**_filtered(*names), **special}, dated=True)


_STATUS = Field(choices=("open", "complete", "expired"))
_TYPES = Field("list", item=Field(), most=20)

ENDPOINTS = (
    Endpoint(
        "POST", "/v1/checkout/sessions", lambda c: sessions.create(c.state, c.params, c.base_url), sessions.CREATE
    ),
    _listed("checkout.session", "/v1/checkout/sessions", "payment_intent", status=_STATUS),
    Endpoint("GET", "/v1/checkout/sessions/{}", _retrieve("checkout.session", "session"), ONE),
    Endpoint("GET", "/v1/checkout/sessions/{}/line_items", _lines, PAGE),
    Endpoint("POST", "/v1/checkout/sessions/{}/expire", lambda c: sessions.expire(c.state, c.ids[0]), ONE),
    _listed("payment_intent", "/v1/payment_intents"),
    Endpoint("GET", "/v1/payment_intents/{}", _retrieve("payment_intent", "intent"), ONE),
    _listed("charge", "/v1/charges", "payment_intent", "transfer_group"),
    Endpoint("GET", "/v1/charges/{}", _retrieve("charge"), ONE),
    _listed("balance_transaction", "/v1/balance_transactions", "source", "type", "currency"),
    Endpoint("GET", "/v1/balance_transactions/{}", _retrieve("balance_transaction"), ONE),
    Endpoint("POST", "/v1/refunds", lambda c: refunding.create(c.state, c.params), refunding.CREATE),
    _listed("refund", "/v1/refunds", "charge", "payment_intent"),
    Endpoint("GET", "/v1/refunds/{}", _retrieve("refund"), ONE),
    _listed("dispute", "/v1/disputes", "charge", "payment_intent"),
    Endpoint("GET", "/v1/disputes/{}", _retrieve("dispute"), ONE),
    _listed("event", "/v1/events", "type", types=_TYPES),
    Endpoint("GET", "/v1/events/{}", _retrieve("event"), ONE),
    Endpoint("POST", "/v1/transfers", lambda c: transferring.create(c.state, c.params), transferring.CREATE),
    _listed("transfer", "/v1/transfers", "destination", "transfer_group"),
    Endpoint("GET", "/v1/transfers/{}", _retrieve("transfer"), ONE),
    Endpoint("POST", "/v1/transfers/{}/reversals", _reverse, transferring.REVERSE),
    Endpoint("GET", "/v1/transfers/{}/reversals", _reversals, PAGE),
    Endpoint("GET", "/v1/transfers/{}/reversals/{}", _reversal, ONE),
)


def find(method: str, path: str) -> tuple[Endpoint, tuple[str, ...]]:
    """The endpoint that answers; raises ApiError (404) when none is modelled."""
    for endpoint in ENDPOINTS:
        ids = endpoint.ids(path) if endpoint.method == method else None
        if ids is not None:
            return endpoint, ids
    raise unrecognised(method, path)


def prepare(
    state: State, endpoint: Endpoint, path: str, ids: tuple[str, ...], raw: dict[str, Any], base_url: str
) -> Call:
    """The call, its parameters checked; raises ApiError (400)."""
    raw = dict(raw)
    created = raw.pop("created", None) if endpoint.dated else None
    return Call(state, path, ids, read(raw, endpoint.schema), created, base_url)


def run(call: Call, endpoint: Endpoint) -> Body:
    """The answer of the endpoint as it leaves the sandbox."""
    return render(call.state, endpoint.answer(call), call.params.get("expand", []))
