"""Idempotency keys, as Stripe's first API version has them.

The first request with a key is run, and its answer kept, errors of its work and 500s included. The same
request with the key gets the kept answer; another request with it is refused; one that comes while
the first is still running is told to wait. What fails validation is not kept. A key is forgotten
after 24 hours of the sandbox's clock.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .errors import ApiError
from .state import State

LIFE = 86400


@dataclass(frozen=True)
class Kept:
    """An answer of before: its status, JSON text, and the request that it was first given to."""

    status: int
    body: str
    request: str


def fingerprint(encoded: str) -> str:
    """What makes two bodies the same: their parameters, in any order."""
    return hashlib.sha256(json.dumps(sorted(parse_qsl(encoded, keep_blank_values=True))).encode()).hexdigest()


def claim(state: State, key: str, path: str, mark: str, request: str) -> Kept | None:
    """Begin the first request with this key (None), or give the answer that it had; raises ApiError."""
    if len(key) > 255:
        raise ApiError(400, "Idempotency keys can be up to 255 characters long.", kind="idempotency_error")
    with state.transaction():
        state.run("DELETE FROM keys WHERE created < ? AND status IS NOT NULL", state.now() - LIFE)
        found = state.rows("SELECT * FROM keys WHERE key = ?", key)
        if not found:
            state.run(
                "INSERT INTO keys (key, path, fingerprint, created, request) VALUES (?, ?, ?, ?, ?)",
                key, path, mark, state.now(), request,
            )  # fmt: skip
            return None
    row = found[0]
    only, other = "", f"Try using a key other than '{key}' if you meant to execute a different request."
    if row["path"] != path:
        only = f"for the same endpoint they were first used for ('{row['path']}' vs '{path}')"
    elif row["fingerprint"] != mark:
        only = "with the same parameters they were first used with"
    if only:
        raise ApiError(400, f"Keys for idempotent requests can only be used {only}. {other}", kind="idempotency_error")
    if row["status"] is None:
        message = f"There is currently another in-progress request using this Idempotency Key: {key}."
        raise ApiError(409, message, code="idempotency_key_in_use", kind="idempotency_error")
    return Kept(row["status"], row["body"], row["request"])


def keep(state: State, key: str, status: int, body: dict[str, Any]) -> None:
    """Keep the answer of the request that holds this key."""
    state.run("UPDATE keys SET status = ?, body = ? WHERE key = ?", status, json.dumps(body), key)


def give_back(state: State, key: str) -> None:
    """Forget that the key was used: its request did not begin its work."""
    state.run("DELETE FROM keys WHERE key = ? AND status IS NULL", key)
