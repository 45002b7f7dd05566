"""The group's side: writing an update, sending it to be read, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storefront.catalog.models import Product
from storefront.core import journal, mail
from storefront.core.db import session
from storefront.core.mail import OutgoingMail
from storefront.core.refs import new_ref
from storefront.producers import members
from storefront.producers.models import Member
from storefront.provenance import consenting
from storefront.provenance.events import ConsentEnded
from storefront.provenance.models import Use
from storefront.updates import emails, finding
from storefront.updates.models import Update, UpdateState
from storefront.voices.moderating import ChangedMeanwhile

MOST_WAITING = 5
OPEN = (UpdateState.DRAFT, UpdateState.RETURNED)


class NotOpen(ValueError):
    """The update is being read, or was decided: it can't be changed."""


class TooManyWait(ValueError):
    """As many updates of the group as are taken at once wait to be read."""


class PeopleUnasked(ValueError):
    """Nobody has said yet whether somebody can be recognised in it."""


class NoConsent(ValueError):
    """Somebody can be recognised in it whose consent is not, or no longer, on record."""


@dataclass(frozen=True)
class Words:
    """What an update says, about which of the group's products (none for all), with whose consents."""

    title: str
    text: str
    products: Sequence[Product]
    consents: list[str] | None


def begin(words: Words, *, by: Member, now: datetime) -> Update:
    """A new draft of the member's group; the same words sent twice are one."""
    members.lock(by.producer)
    for one in finding.being_written(by.producer_id):
        if _says(one, words):
            return one
    update = Update(ref=new_ref(), producer=by.producer, version=0)
    _put(update, words, by, now)
    return update


def rewrite(update: Update, words: Words, *, seen: int, by: Member, now: datetime) -> None:
    """Change a draft, or one that was handed back; words that it has already stay. Raises NotOpen, ChangedMeanwhile."""
    session().refresh(update, with_for_update=True)
    if update.state in (*OPEN, UpdateState.SENT) and _says(update, words):
        return
    lock(update, seen)
    if update.state not in OPEN:
        raise NotOpen(update.ref)
    _put(update, words, by, now)


def send(update: Update, *, seen: int, by: Member, now: datetime) -> None:
    """Have it read as it was just written; once is enough.

    Raises NotOpen, ChangedMeanwhile, PeopleUnasked, NoConsent and TooManyWait.
    """
    lock(update, seen)
    if update.state == UpdateState.SENT:
        return
    if update.state not in OPEN:
        raise NotOpen(update.ref)
    check_consents(update)
    if finding.waiting_of(update.producer_id) >= MOST_WAITING:
        raise TooManyWait(update.ref)
    _move(update, UpdateState.SENT, members.actor(by), now)


def take_back(update: Update, *, by: Member, now: datetime) -> None:
    """Fetch it back from its reader to change it. Raises NotOpen once it was decided."""
    session().refresh(update, with_for_update=True)
    if update.state != UpdateState.SENT:
        raise NotOpen(update.ref)
    _move(update, UpdateState.DRAFT, members.actor(by), now)


def withdraw(update: Update, *, actor: str, now: datetime, reason: str = "") -> None:
    """It is seen no more, and no further letter goes out; those that went can't be called back. Twice is once."""
    session().refresh(update, with_for_update=True)
    if update.state != UpdateState.WITHDRAWN:
        mail.take_back(OutgoingMail.about == emails.about(update))
        update.reason = reason
        _move(update, UpdateState.WITHDRAWN, actor, now, reason=reason)


def hide(event: ConsentEnded) -> None:
    """Withdraw every update that somebody reads and that rests on a consent which ended; drafts can't be sent."""
    for update in finding.resting_on(event.consent):
        withdraw(update, actor=consenting.RULE, now=event.now)


def check_consents(update: Update) -> None:
    """Raise PeopleUnasked or NoConsent unless whoever can be recognised agreed, and still does."""
    if update.consents is None:
        raise PeopleUnasked(update.ref)
    if not set(update.consents) <= set(consenting.in_force(update.producer_id, Use.STORY)):
        raise NoConsent(update.ref)


def lock(update: Update, seen: int) -> None:
    """Queue behind whoever changes it. Raises ChangedMeanwhile where it is not the version that was seen."""
    session().refresh(update, with_for_update=True)
    if update.version != seen:
        raise ChangedMeanwhile(update.ref)


def _says(update: Update, words: Words) -> bool:
    told = Words(update.title, update.text, update.products, update.consents)
    return told == replace(words, products=sorted(words.products, key=lambda one: one.title))


def _put(update: Update, words: Words, by: Member, now: datetime) -> None:
    update.title, update.text, update.consents = words.title, words.text, words.consents
    update.products[:] = words.products
    update.version, update.written_by, update.changed_at = update.version + 1, members.actor(by), now
    session().add(update)
    session().flush()


def _move(update: Update, state: UpdateState, actor: str, now: datetime, **facts: object) -> None:
    update.state, update.version, update.changed_at = state, update.version + 1, now
    session().flush()
    record(update, actor, now, **facts)


def record(update: Update, actor: str, now: datetime, **facts: object) -> None:
    """Put on record where an update stands; never its words."""
    subject = f"producer:{update.producer.slug}"
    journal.record(f"update {update.state}", subject=subject, actor=actor, now=now, update=update.ref, **facts)
