"""The courier: signs events and sends them to the registered endpoint, at least once, with retries.

The signature is computed here from Stripe's public description (HMAC-SHA256 of `t.body`), not by the
SDK, so that the SDK's check of it means something. It carries the machine's time, not the sandbox's:
how far the sandbox's clock was moved says nothing about when a message was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import sqlite3
import time
from typing import Any
from urllib.parse import urlsplit

from .events import webhook
from .state import State


def sign(payload: bytes, secrets: list[str], moment: int) -> str:
    """The `Stripe-Signature` header; one `v1` for each secret, as while a secret is rotated."""
    message = str(moment).encode() + b"." + payload
    marks = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])


def send(url: str, payload: bytes, secrets: list[str], timeout: float) -> tuple[int, str]:
    """One attempt: status and the start of the answer; status 0 when there was none.

    Redirects are not followed: as at Stripe, they count as failures.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        return 0, "no endpoint is registered"
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname, parts.port, timeout=timeout)
    except (ValueError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sign(payload, secrets, int(time.time())),
        "User-Agent": "Stripe/1.0 (sandbox)",
        "Connection": "close",
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, payload, headers)
        response = connection.getresponse()
        return response.status, response.read(500).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def claim_next(state: State) -> sqlite3.Row | None:
    """The delivery that is due first, marked as being sent, unless deliveries are paused."""
    with state.lock:
        if state.setting("paused", "no") == "yes":
            return None
        found = state.rows(
            "SELECT id FROM deliveries WHERE state = 'pending' AND due <= ? ORDER BY due, id LIMIT 1", time.time()
        )
        return claim(state, found[0]["id"]) if found else None


def claim(state: State, delivery: int) -> sqlite3.Row | None:
    """Mark one delivery as being sent; None if another thread is sending it."""
    with state.transaction():
        if not state.run("UPDATE deliveries SET state = 'sending' WHERE id = ? AND state <> 'sending'", delivery):
            return None
        return state.rows("SELECT * FROM deliveries WHERE id = ?", delivery)[0]


def deliver(state: State, row: sqlite3.Row) -> dict[str, Any]:
    """Send one claimed delivery and note what came of it; a failure is planned again, later each time."""
    url, secrets = webhook(state)
    event = state.get("event", row["event"])
    payload = json.dumps(event, indent=2).encode()
    status, text = send(url, payload, secrets, state.options.webhook_timeout)
    attempts = row["attempts"] + 1
    outcome = "delivered" if 200 <= status < 300 else "failed" if attempts >= state.options.attempts else "pending"
    waits = state.options.retry_seconds
    due = time.time() + waits[min(attempts, len(waits)) - 1]
    responses = [*json.loads(row["responses"]), {"at": time.time(), "status": status, "body": text}]
    with state.transaction():
        state.run(
            "UPDATE deliveries SET state = ?, attempts = ?, due = ?, responses = ? WHERE id = ?",
            outcome, attempts, due, json.dumps(responses), row["id"],
        )  # fmt: skip
        left = state.rows(
            "SELECT count(*) AS n FROM deliveries WHERE event = ? AND state IN ('pending', 'held', 'sending')",
            row["event"],
        )
        if event is not None:
            state.save({**event, "pending_webhooks": min(1, left[0]["n"])})
    return {"id": row["id"], "event": row["event"], "type": row["type"], "status": status, "state": outcome}
