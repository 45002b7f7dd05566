"""The journal: who did what, when and why, in an append-only chain of hashes.

Every change that someone could dispute is recorded in the transaction that makes it. Each entry's hash
covers the one before it, so a changed, removed or reordered entry breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core.db import Model, session

# Any fixed number will do: it names the PostgreSQL advisory lock that makes writers of the chain queue.
_CHAIN_LOCK = 7_203_114
GENESIS = "0" * 64


class JournalEntry(Model):
    """One recorded act; `sequence` counts without gaps from 1."""

    __tablename__ = "journal_entry"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    actor: Mapped[str] = mapped_column(String(120))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)

    def expected_digest(self) -> str:
        """SHA-256 over the canonical JSON of everything else in the row."""
        content = {
            "sequence": self.sequence,
            "at": self.at.isoformat(),
            "act": self.act,
            "subject": self.subject,
            "actor": self.actor,
            "facts": self.facts,
            "previous": self.previous,
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def record(act: str, *, subject: str, actor: str, now: datetime, **facts: Any) -> None:
    """Append one act. `subject` and `actor` are public references (`order:…`, `user:…`, `system`)."""
    current = session()
    if current.get_bind().dialect.name == "postgresql":
        current.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    last = current.scalars(select(JournalEntry).order_by(JournalEntry.sequence.desc()).limit(1)).first()
    entry = JournalEntry(
        sequence=last.sequence + 1 if last else 1,
        at=now,
        act=act,
        subject=subject,
        actor=actor,
        facts=_plain(facts),
        previous=last.digest if last else GENESIS,
    )
    entry.digest = entry.expected_digest()
    current.add(entry)
    current.flush()


def first_break() -> int | None:
    """The sequence number at which the chain no longer holds, or None when it is whole."""
    previous, expected = GENESIS, 1
    for entry in session().scalars(select(JournalEntry).order_by(JournalEntry.sequence)):
        whole = entry.sequence == expected and entry.previous == previous
        if not whole or entry.digest != entry.expected_digest():
            return entry.sequence
        previous, expected = entry.digest, expected + 1
    return None


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON would give them back, so that the digest is the same when the row is read again."""
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=str))
    return plain
