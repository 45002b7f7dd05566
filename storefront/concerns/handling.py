"""The admins' side: looking after a case, answering, noting, holding money back, closing.

`by` must be an admin who may see the case (`finding.by_number`). The journal says what was done, never the words.
"""

from __future__ import annotations

from datetime import datetime

from storefront.accounts.models import Role, User
from storefront.concerns import emails, subjects
from storefront.concerns.models import Concern, ConcernEntry, ConcernState, EntryKind, Outcome
from storefront.core import journal, mail
from storefront.core.db import session
from storefront.giving import freezing


class NoWords(ValueError):
    """An answer, a note or a closing says something."""


class NotTheirs(PermissionError):
    """The case can't be looked after by this person: no admin, or somebody whom it concerns."""


class TakenMeanwhile(ValueError):
    """Somebody else (`holder`, or nobody) looks after the case than when the page was opened."""

    def __init__(self, holder: User | None) -> None:
        super().__init__(holder.ref if holder else "nobody")
        self.holder = holder


class NotConcerned(LookupError):
    """The case is not about this party."""


class SaidMeanwhile(ValueError):
    """The reporter wrote more since the page was opened: nobody answers what they have not read."""


class StillFrozen(ValueError):
    """Money is held back for the case: lift that first, or keep the case open."""


class AlreadyClosed(ValueError):
    """The case was closed meanwhile; whatever is said next, the reporter says it."""


def hand_to(concern: Concern, owner: User, *, seen: str, by: User, now: datetime) -> None:
    """Somebody looks after the case from now on; `seen` is the reference of whom the page named, or empty.

    Raises NotTheirs and TakenMeanwhile.
    """
    known = owner.role == Role.ADMIN and owner.closed_at is None
    if not known or {one.party for one in concern.parties} & set(subjects.own_parties(owner)):
        raise NotTheirs(owner.ref)
    session().refresh(concern, with_for_update=True)
    if concern.owner_id == owner.id:
        return
    if seen != (concern.owner.ref if concern.owner else ""):
        raise TakenMeanwhile(concern.owner)
    concern.owner = owner
    _record("concern taken over", concern, by, now, owner=f"user:{owner.ref}")


def answer(concern: Concern, text: str, *, seen: int, by: User, now: datetime) -> None:
    """Write to the reporter, whose turn it is then. Raises NoWords, SaidMeanwhile and AlreadyClosed."""
    if not _say(concern, EntryKind.ANSWER, text, seen, by, now):
        return
    concern.state, concern.waits_since = ConcernState.ASKED, now
    _record("concern answered", concern, by, now)
    _tell(concern, now)


def note(concern: Concern, text: str, *, by: User, now: datetime) -> None:
    """Note something that only admins read, at any time. Raises NoWords."""
    session().refresh(concern, with_for_update=True)
    _add(concern, EntryKind.NOTE, text, by, now)
    _record("concern noted", concern, by, now)


def close(concern: Concern, outcome: Outcome, reason: str, *, seen: int, by: User, now: datetime) -> None:
    """Say what came of it, with the reason that the reporter reads.

    Raises NoWords, SaidMeanwhile, AlreadyClosed, and StillFrozen while money is held back for the case.
    """
    if not _say(concern, EntryKind.CLOSING, reason, seen, by, now):
        return
    if any(one.lifted_at is None for one in freezing.of_concern(concern.number)):
        raise StillFrozen(concern.number)
    concern.state, concern.outcome, concern.waits_since = ConcernState.CLOSED, outcome, now
    _record("concern closed", concern, by, now, outcome=outcome)
    _tell(concern, now)


def freeze(concern: Concern, party: str, reason: str, *, by: User, now: datetime) -> None:
    """Hold back what a party of the case is owed.

    Raises NotConcerned, AlreadyClosed, and `freezing.NoReason` and `freezing.AlreadyFrozen`.
    """
    session().refresh(concern, with_for_update=True)
    if concern.state == ConcernState.CLOSED:
        raise AlreadyClosed(concern.number)
    if party not in {one.party for one in concern.parties}:
        raise NotConcerned(party)
    freezing.freeze(party, concern.number, reason, actor=f"user:{by.ref}", now=now)


def _say(concern: Concern, kind: EntryKind, text: str, seen: int, by: User, now: datetime) -> bool:
    """Say it to whoever said the last that was `seen`, an entry's id; False where it was said just now."""
    session().refresh(concern, with_for_update=True)
    last = concern.entries[-1]
    if (last.kind, last.text, last.author_id) == (kind, text, by.id):
        return False
    if concern.state == ConcernState.CLOSED:
        raise AlreadyClosed(concern.number)
    if seen < max(one.id for one in concern.entries if one.kind == EntryKind.REPORT):
        raise SaidMeanwhile(concern.number)
    _add(concern, kind, text, by, now)
    return True


def _add(concern: Concern, kind: EntryKind, text: str, by: User, now: datetime) -> None:
    if not text:
        raise NoWords(concern.number)
    session().add(ConcernEntry(concern=concern, kind=kind, text=text, author=by, at=now))


def _tell(concern: Concern, now: datetime) -> None:
    if concern.email:
        mail.queue(emails.news(concern), now)


def _record(act: str, concern: Concern, by: User, now: datetime, **facts: object) -> None:
    session().flush()
    journal.record(act, subject=f"concern:{concern.number}", actor=f"user:{by.ref}", now=now, **facts)
