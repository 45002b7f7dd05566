"""Pages of objects, newest first, with Stripe's cursors and filters."""

from __future__ import annotations

import json
from typing import Any

from .errors import missing, unknown
from .params import EXPAND, Field, Schema, created_filter
from .state import Body, State

PAGE: Schema = {
    "limit": Field("integer", least=1, most=100),
    "starting_after": Field(),
    "ending_before": Field(),
    "expand": EXPAND,
}

_COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(
    state: State,
    kind: str,
    url: str,
    params: dict[str, Any],
    filters: dict[str, Any] | None = None,
    created: Any = None,
) -> Body:
    """One page of `kind`; `filters` maps a field to a value, or to a list of allowed values."""
    tests: list[str] = ["kind = ?"]
    values: list[Any] = [kind]
    for name, wanted in (filters or {}).items():
        options = wanted if isinstance(wanted, list) else [wanted]
        tests.append(f"json_extract(body, '$.{name}') IN ({', '.join('?' * len(options))})")
        values += options
    for bound, moment in created_filter(created).items():
        tests.append(f"created {_COMPARE[bound]} ?")
        values.append(moment)
    backwards = "ending_before" in params
    if backwards and "starting_after" in params:
        raise unknown("ending_before")
    for cursor, compare in (("starting_after", "<"), ("ending_before", ">")):
        if cursor in params:
            tests.append(f"seq {compare} ?")
            values.append(_position(state, kind, params[cursor], cursor))
    limit = params.get("limit", 10)
    query = (
        f"SELECT body FROM objects WHERE {' AND '.join(tests)} ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?"  # noqa: S608
    )
    found = [json.loads(row["body"]) for row in state.rows(query, *values, limit + 1)]
    data = found[:limit]
    return as_list(data[::-1] if backwards else data, url, has_more=len(found) > limit)


def as_list(data: list[Body], url: str, *, has_more: bool = False) -> Body:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def slice_of(data: list[Body], url: str, params: dict[str, Any]) -> Body:
    """A page of a list that lives inside another object, in its own order."""
    ids = [item["id"] for item in data]
    start, end = 0, len(data)
    limit = params.get("limit", 10)
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and params[cursor] not in ids:
            raise missing("item", params[cursor], cursor, 400)
    if "starting_after" in params:
        start = ids.index(params["starting_after"]) + 1
    if "ending_before" in params:
        end = ids.index(params["ending_before"])
        start = max(start, end - limit)
    more = end - start > limit if "ending_before" not in params else start > 0
    return as_list(data[start : min(end, start + limit)], url, has_more=more)


def _position(state: State, kind: str, object_id: str, param: str) -> int:
    found = state.rows("SELECT seq FROM objects WHERE id = ? AND kind = ?", object_id, kind)
    if not found:
        raise missing(kind, object_id, param, 400)
    return int(found[0]["seq"])
