"""The reporter's side: telling what worries them, and writing more to the case."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from storefront.accounts.finding import normal
from storefront.concerns import emails, subjects
from storefront.concerns.models import Concern, ConcernEntry, ConcernParty, ConcernState, EntryKind
from storefront.core import clock, journal, mail
from storefront.core.db import insert_unless_there, session, unit_of_work
from storefront.core.refs import key_hash, new_ref

FORGOTTEN_AFTER = timedelta(days=180)
REPORTER = "guest"  # how the journal calls every reporter, signed in or not


def tell(text: str, *, about: str, email: str, key: str, now: datetime) -> Concern:
    """Open a case that `key` opens; the same form sent twice opens one.

    `about` that stands for nothing is left out. `email` may be empty; it may be a stranger's too, and so the letter
    that goes there repeats nothing that was typed.
    """
    subject = subjects.find(about)
    made = insert_unless_there(
        Concern,
        {
            "number": f"{new_ref(4)}-{new_ref(4)}",
            "key_hash": key_hash(key),
            "subject": about if subject else "",
            "state": ConcernState.OPEN,
            "created_at": now,
            "waits_since": now,
        },
    )
    concern = session().scalars(select(Concern).where(Concern.key_hash == key_hash(key))).one()
    if made:
        for party in subject.parties if subject else ():
            session().add(ConcernParty(concern_id=concern.id, party=party))
        session().add(ConcernEntry(concern=concern, kind=EntryKind.REPORT, text=text, at=now))
        session().flush()
        journal.record("concern received", subject=f"concern:{concern.number}", actor=REPORTER, now=now)
    else:
        add(concern, text, now)  # the same form once more, perhaps with other words in it
    if email and not concern.email:
        concern.email = normal(email)
        mail.queue(emails.received(concern, key), now)
    return concern


def add(concern: Concern, text: str, now: datetime) -> None:
    """Write more; a closed case is open again. The same words twice are said once."""
    session().refresh(concern, with_for_update=True)
    last = [one for one in concern.entries if one.kind != EntryKind.NOTE][-1]
    if (last.kind, last.text) == (EntryKind.REPORT, text):
        return
    session().add(ConcernEntry(concern=concern, kind=EntryKind.REPORT, text=text, at=now))
    if concern.state != ConcernState.OPEN:
        concern.state, concern.outcome, concern.waits_since = ConcernState.OPEN, None, now
    session().flush()
    journal.record("concern added to", subject=f"concern:{concern.number}", actor=REPORTER, now=now)


def forget_addresses() -> int:
    """A chore: erase the addresses of cases that were closed `FORGOTTEN_AFTER` ago; returns how many."""
    old = clock.now() - FORGOTTEN_AFTER
    with unit_of_work() as current:
        over = update(Concern).where(
            Concern.email.is_not(None), Concern.state == ConcernState.CLOSED, Concern.waits_since <= old
        )
        return len(current.scalars(over.values(email=None).returning(Concern.id)).all())
