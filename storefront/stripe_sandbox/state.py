"""The sandbox's memory: one SQLite file, one connection, one lock.

Objects are JSON documents as Stripe would send them (names that begin with `_` are ours and never
leave). Every change happens inside `transaction()`, which is serial: money rules are checked and the
rows written without another thread in between. A transaction inside another joins it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .options import Options

Body = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_expiry ON objects
    (kind, json_extract(body, '$.status'), json_extract(body, '$.expires_at'));
CREATE INDEX IF NOT EXISTS objects_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_charge ON objects (kind, json_extract(body, '$.charge'));
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, fingerprint TEXT NOT NULL, created INTEGER NOT NULL,
    request TEXT NOT NULL, status INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS keys_created ON keys (created);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL,
    due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, responses TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, object TEXT NOT NULL, due REAL NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, sort TEXT NOT NULL, kind TEXT NOT NULL, left INTEGER NOT NULL,
    detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

PREFIXES = {
    "checkout.session": "cs_test_sandbox_", "payment_intent": "pi_sandbox_", "charge": "ch_sandbox_",
    "balance_transaction": "txn_sandbox_", "refund": "re_sandbox_", "event": "evt_sandbox_",
    "dispute": "du_sandbox_", "transfer": "tr_sandbox_", "transfer_reversal": "trr_sandbox_",
    "account": "acct_sandbox_", "item": "li_sandbox_", "price": "price_sandbox_", "product": "prod_sandbox_",
    "payment_method": "pm_sandbox_", "request": "req_sandbox_",
}  # fmt: skip

_ALPHABET = string.ascii_letters + string.digits


def new_id(kind: str) -> str:
    """A fresh identifier of this kind, with the sandbox's marker in it."""
    return PREFIXES[kind] + "".join(secrets.choice(_ALPHABET) for _ in range(24))


class State:
    """All that a sandbox remembers, and its clock."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.lock = threading.RLock()
        self.wake = threading.Event()  # set when there may be something to deliver
        self._depth = 0
        self._connection = sqlite3.connect(options.database, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA busy_timeout = 5000")
        self._connection.executescript(_TABLES)
        # Work and stored answer are committed together, so what was in progress when the last
        # process ended has not happened, and what was being sent has to be sent again.
        self._connection.execute("DELETE FROM keys WHERE status IS NULL")
        self._connection.execute("UPDATE deliveries SET state = 'pending' WHERE state = 'sending'")

    def close(self) -> None:
        """Let the file go."""
        with self.lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens wholly or not at all, and alone."""
        with self.lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """What a query finds."""
        with self.lock:
            return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, *values: Any) -> int:
        """Run one statement; the number of rows that it changed."""
        with self.lock:
            return self._connection.execute(statement, values).rowcount

    # The clock

    def now(self) -> int:
        """The sandbox's time in whole seconds of the epoch: the machine's, moved as asked."""
        return int(time.time() + float(self.setting("clock_offset", "0")))

    def setting(self, name: str, default: str) -> str:
        """A value that survives a restart."""
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return str(found[0]["value"]) if found else default

    def set(self, name: str, value: str) -> None:
        """Keep a value."""
        self.run(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value
        )

    # Objects

    def add(self, body: Body) -> Body:
        """Keep a new object."""
        self.run(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)",
            body["id"], body["object"], body["created"], json.dumps(body),
        )  # fmt: skip
        return body

    def save(self, body: Body) -> Body:
        """Keep a changed object."""
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), body["id"])
        return body

    def get(self, kind: str, object_id: str | None) -> Body | None:
        """The object of this kind and id, or None."""
        found = self.rows("SELECT body FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        return json.loads(found[0]["body"]) if found else None

    def any(self, object_id: str) -> Body | None:
        """The object with this id, whatever it is."""
        found = self.rows("SELECT body FROM objects WHERE id = ?", object_id)
        return json.loads(found[0]["body"]) if found else None

    def where(self, kind: str, **equal: Any) -> list[Body]:
        """All objects of a kind whose named fields have these values, oldest first."""
        tests = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in equal)
        query = f"SELECT body FROM objects WHERE kind = ?{tests} ORDER BY seq"  # noqa: S608  the names are ours
        return [json.loads(row["body"]) for row in self.rows(query, kind, *equal.values())]

    def plan(self, kind: str, object_id: str, seconds: float) -> None:
        """Have something done later, on the sandbox's clock."""
        self.run("INSERT INTO tasks (kind, object, due) VALUES (?, ?, ?)", kind, object_id, self.now() + seconds)
