"""Ledger totals for public pages, kept until the ledger grows.

The ledger is append-only, so its newest entry is its version: with the same newest entry every sum is the
same, and none can be old. Asking for the version is one indexed look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import text

from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving import totals

_VERSION = text("SELECT max(id) FROM entry")
LATEST = 6


@dataclass(frozen=True)
class LiveTotals:
    """What sales owe by cause, and the newest movements, as of the ledger's newest entry."""

    by_cause: dict[str, Money]
    latest: list[totals.LatestEntry]
    overall: Money


_kept: WeakKeyDictionary[Any, tuple[tuple[Any, str], LiveTotals]] = WeakKeyDictionary()
_lock = Lock()


def live(currency: str) -> LiveTotals:
    """The totals now: one statement when nothing was entered since, three otherwise."""
    version = (session().execute(_VERSION).scalar(), currency)
    engine = session().get_bind()
    with _lock:
        kept = _kept.get(engine)
    if kept is not None and kept[0] == version:
        return kept[1]
    by_cause = totals.by_cause(currency)
    whole = Money(sum(amount.minor for amount in by_cause.values()), currency)
    now = LiveTotals(by_cause, list(totals.latest(LATEST, currency)), whole)
    with _lock:
        _kept[engine] = (version, now)
    return now
