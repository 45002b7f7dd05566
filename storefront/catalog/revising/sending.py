"""Hands a revision to the reviewers, fetches it back, gives it up."""

from __future__ import annotations

from datetime import datetime

from storefront.catalog import checking, content
from storefront.catalog.checking import Problem
from storefront.catalog.models import ListingRevision, ProductStatus, Revised, RevisionState
from storefront.catalog.revising.finding import approved
from storefront.catalog.revising.moving import (
    NothingChanged,
    NotReady,
    is_sent,
    lock_revision,
    may_go,
    may_move,
    record,
)
from storefront.core.db import session


def problems(revision: ListingRevision) -> list[Problem]:
    """What keeps the revision from being sent; empty when nothing does."""
    found = checking.problems(revision.product, revision.content)
    if revision.product.status != ProductStatus.DRAFT and not revision.reason:
        found.append(Problem("reason", "missing"))
    return found


def send(revision: ListingRevision, *, stamp: str, actor: str, now: datetime) -> None:
    """Send a revision to the reviewers, exactly as the editor saw it in the preview; once is enough.

    Raises IllegalMove, EditedMeanwhile, NotReady and NothingChanged.
    """
    if is_sent(revision, stamp):
        return
    may_go(revision, RevisionState.SENT, stamp)
    found = problems(revision)
    if found:
        raise NotReady(found)
    last = approved(revision.product)
    if last is not None and content.digest(content.settled(revision.content, now.date())) == last.digest:
        raise NothingChanged
    hand_over(revision, actor, now)


def hand_over(revision: Revised, actor: str, now: datetime) -> None:
    """Leave a revision to the reviewers."""
    revision.state, revision.sent_at = RevisionState.SENT, now
    session().flush()
    record("sent", revision, actor, now)


def take_back(revision: Revised, *, actor: str, now: datetime) -> None:
    """Fetch a revision back from the reviewers, who see it no longer; raises IllegalMove once it was decided."""
    lock_revision(revision)
    may_move(revision, RevisionState.DRAFT)
    revision.state, revision.sent_at = RevisionState.DRAFT, None
    session().flush()
    record("taken back", revision, actor, now)


def drop(revision: Revised, *, actor: str, now: datetime, stamp: str | None = None) -> None:
    """Give up a revision; shoppers go on seeing what they saw.

    With a `stamp` only as it was seen. Raises IllegalMove and EditedMeanwhile.
    """
    lock_revision(revision)
    may_go(revision, RevisionState.DROPPED, revision.stamp if stamp is None else stamp)
    revision.state, revision.decided_at, revision.decided_by = RevisionState.DROPPED, now, actor
    session().flush()
    record("dropped", revision, actor, now)
