"""Faults of the API that the control API asks for, taken by the next request that fits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .errors import ApiError
from .state import State

KINDS = {
    "error_after_commit": "the work is done, the answer is a 500; a retry with the key gets the true answer",
    "sticky_error": "the answer is a 500, and the key keeps it; with `commit` the work is done",
    "conflict": "409 lock_timeout, nothing done, nothing kept",
    "rate_limit": "429, nothing done, nothing kept",
    "timeout": "the work is done, the answer comes only after `seconds`",
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request."""

    kind: str
    commit: bool = False
    seconds: float = 0.0


def ask(state: State, kind: str, method: str, path: str, times: int, detail: dict[str, Any]) -> None:
    """Let the next `times` requests with this method (empty: any) and path prefix go wrong."""
    with state.transaction():
        held = json.dumps({"method": method.upper(), "path": path, **detail})
        state.run("INSERT INTO faults (sort, kind, left, detail) VALUES ('api', ?, ?, ?)", kind, times, held)


def take(state: State, method: str, path: str) -> Fault | None:
    """The fault that this request meets, used up by one."""
    with state.transaction():
        for row in state.rows("SELECT * FROM faults WHERE sort = 'api' AND left > 0 ORDER BY id"):
            detail = json.loads(row["detail"])
            if detail["method"] in ("", method) and path.startswith(detail["path"]):
                state.run("UPDATE faults SET left = left - 1 WHERE id = ?", row["id"])
                return Fault(row["kind"], bool(detail.get("commit")), float(detail.get("seconds", 0)))
    return None


def refuse_early(fault: Fault | None) -> None:
    """Raise the faults that strike before any work."""
    if fault is not None and fault.kind == "conflict":
        raise ApiError(
            409,
            "This object cannot be accessed right now because another API request is accessing it.",
            code="lock_timeout",
        )
    if fault is not None and fault.kind == "rate_limit":
        raise ApiError(429, "Too many requests hit the API too quickly.", code="rate_limit")
