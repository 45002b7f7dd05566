"""Concerns, whom they are about, and what was said of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.accounts.models import User
from storefront.core.db import Model


class ConcernState(StrEnum):
    """Whose turn it is: the shop's, the reporter's, or nobody's any more."""

    OPEN = "open"
    ASKED = "asked"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What came of it."""

    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"
    ELSEWHERE = "elsewhere"


class EntryKind(StrEnum):
    """The reporter's words, words to the reporter, a note that only admins read, or how it was closed."""

    REPORT = "report"
    ANSWER = "answer"
    NOTE = "note"
    CLOSING = "closing"


class Concern(Model):
    """One case. Nobody is named in it but by themselves: a reporter is whoever has the key.

    `number` can be told to anyone and opens nothing. `subject` is what it is about (`product:<slug>`, say) or empty.
    """

    __tablename__ = "concern"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'asked', 'closed')", name="state_is_known"),
        CheckConstraint("outcome IN ('upheld', 'not_upheld', 'elsewhere')", name="outcome_is_known"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_with_an_outcome"),
        Index("ix_concern_queue", "state", "waits_since", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    subject: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(20))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    waits_since: Mapped[datetime]

    owner: Mapped[User | None] = relationship()
    parties: Mapped[list[ConcernParty]] = relationship(order_by="ConcernParty.party")
    entries: Mapped[list[ConcernEntry]] = relationship(order_by="ConcernEntry.id", back_populates="concern")


class ConcernParty(Model):
    """A producer (`producer:<slug>`) or charity (`charity:<slug>`) that a concern is about."""

    __tablename__ = "concern_party"

    concern_id: Mapped[int] = mapped_column(ForeignKey("concern.id"), primary_key=True)
    party: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)


class ConcernEntry(Model):
    """Something said in a case; never changed. Without an author it is the reporter's."""

    __tablename__ = "concern_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('report', 'answer', 'note', 'closing')", name="kind_is_known"),
        CheckConstraint("(kind = 'report') = (author_id IS NULL)", name="only_reports_have_no_author"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concern.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    author: Mapped[User | None] = relationship()
    concern: Mapped[Concern] = relationship(back_populates="entries")
