"""The journal: who did what, when and why, in an append-only chain of hashes.

Every change that someone could dispute is recorded in the transaction that makes it. Each entry's hash
covers the one before it, so a changed, removed or reordered entry breaks the chain from there on. The
head says how far the chain goes, so that entries missing from its end are noticed too; someone who can
rewrite the whole database can rewrite both, and is found out by a head that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core.db import Model, before_commit, session

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


class JournalHead(Model):
    """The one row that names the newest entry: 0 and `GENESIS` before the first."""

    __tablename__ = "journal_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Asked:
    """Which entries someone wants to see; empty fields ask for all. `until` is the last day."""

    act: str = ""
    subject: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None


def record(act: str, *, subject: str, actor: str, now: datetime, **facts: Any) -> None:
    """Append one act at the end of the unit of work. `subject` and `actor` are public references (`order:…`, `system`).

    Everyone who writes the chain holds its lock until they commit. So it is taken after all others, or two acts that
    lock an order as well would wait for each other.
    """
    plain = _plain(facts)
    before_commit(lambda: _append(act, subject, actor, now, plain))


def _append(act: str, subject: str, actor: str, now: datetime, facts: dict[str, Any]) -> None:
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
        facts=facts,
        previous=last.digest if last else GENESIS,
    )
    entry.digest = entry.expected_digest()
    current.add(entry)
    current.flush()
    head = update(JournalHead).values(sequence=entry.sequence, digest=entry.digest)
    current.execute(head, execution_options={"synchronize_session": False})


def head() -> tuple[int, str] | None:
    """The sequence number and the digest of the newest entry; None where somebody took the head away."""
    row = session().execute(select(JournalHead.sequence, JournalHead.digest)).first()
    return (row.sequence, row.digest) if row else None


def first_break() -> int | None:
    """The sequence number at which the chain no longer holds, or None when it is whole.

    An entry of which something can't even be read as what it should be (a day, JSON) is broken, too.
    """
    previous, expected, at_once = GENESIS, 1, 1000
    every = select(JournalEntry).order_by(JournalEntry.sequence)
    while True:
        found = every.offset(expected - 1).execution_options(yield_per=at_once)
        try:
            with closing(session().scalars(found)) as rows:
                for entry in rows:
                    whole = entry.sequence == expected and entry.previous == previous
                    if not whole or entry.digest != entry.expected_digest():
                        return expected
                    previous, expected = entry.digest, expected + 1
            return None if head() == (expected - 1, previous) else expected
        except (ValueError, TypeError, AttributeError, OperationalError) as error:
            if isinstance(error, OperationalError) and "decode" not in str(error.orig):
                raise
            if at_once == 1:
                return expected
            at_once = 1  # which of the thousand it is shows one by one


def holds(sequence: int, digest: str) -> bool:
    """Whether the entry with this number still has the digest that was noted."""
    found = session().scalar(select(JournalEntry.digest).where(JournalEntry.sequence == sequence))
    return found == digest


def entries(
    asked: Asked, *, before: int | None = None, most: int | None = None, without: Collection[str] = ()
) -> Iterator[JournalEntry]:
    """Entries as asked for, the newest first, from the one before number `before` on; at most `most`.

    `without` are subjects that whoever asks must not read of.
    """
    found = select(JournalEntry).where(JournalEntry.subject.not_in(without))
    found = found.order_by(JournalEntry.sequence.desc()).limit(most)
    for column in ("act", "subject", "actor"):
        if wanted := getattr(asked, column):
            found = found.where(getattr(JournalEntry, column) == wanted)
    if asked.since:
        found = found.where(JournalEntry.at >= _midnight(asked.since))
    if asked.until and asked.until < date.max:
        found = found.where(JournalEntry.at < _midnight(asked.until + timedelta(days=1)))
    if before is not None:
        found = found.where(JournalEntry.sequence < before)
    with closing(session().scalars(found.execution_options(yield_per=1000))) as rows:
        yield from rows


def acts(without: Collection[str] = ()) -> list[str]:
    """Every kind of act that was ever recorded of other subjects than those `without` which somebody reads."""
    readable = select(JournalEntry.act).where(JournalEntry.subject.not_in(without))
    return list(session().scalars(readable.distinct().order_by(JournalEntry.act)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON would give them back, so that the digest is the same when the row is read again."""
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=str))
    return plain
