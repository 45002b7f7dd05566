"""Work that happens after a request: a queue of nudges over chores that read their work from tables.

The truth about what is to be done is always a row (a mail not sent, an event not handled, a hold that
ran out). A chore takes such rows and does them; running it once too often does nothing. The queue only
says "now would be a good time", so losing it loses no work: every chore also runs on a timer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from storefront.core.db import after_commit

Chore = Callable[[], int]


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Queue messages as JSON: nothing read from the queue can ever run code of its own."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data) if isinstance(data, Message) else data, default=str).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(data)
        return Message(*fields) if isinstance(fields, list) else fields


def make_queue(path_or_url: str) -> Huey:
    """A queue in Redis for `redis://…`, else in the SQLite file at that path."""
    if path_or_url.startswith(("redis://", "rediss://")):
        return RedisHuey("storefront", url=path_or_url, serializer=JsonSerializer(), results=False)
    return SqliteHuey("storefront", filename=path_or_url, serializer=JsonSerializer(), results=False)


_nudger: dict[str, Callable[[str], object]] = {}


def connect(nudger: Callable[[str], object]) -> None:
    """Say how a chore is nudged: by its name, into the queue."""
    _nudger["nudge"] = nudger


def nudge(chore: str) -> None:
    """Ask the worker to run `chore` soon after the current unit of work has committed."""
    nudger = _nudger.get("nudge")
    if nudger is not None:
        after_commit(lambda: nudger(chore))
