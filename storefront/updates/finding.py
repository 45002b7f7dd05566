"""Finds updates: the group's own, those to be read, and those that anyone may read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from storefront.core.db import session
from storefront.producers.reading import called
from storefront.provenance.models import Consent
from storefront.updates.models import Update, UpdateLetter, UpdateState


def by_ref(ref: str) -> Update | None:
    """Any update; a draft's words are its group's."""
    return session().scalar(select(Update).where(Update.ref == ref))


def being_written(producer_id: int) -> Sequence[Update]:
    """The group's drafts, and what waits to be read."""
    states = (UpdateState.DRAFT, UpdateState.SENT, UpdateState.RETURNED)
    return session().scalars(select(Update).where(Update.producer_id == producer_id, Update.state.in_(states))).all()


def waiting_of(producer_id: int) -> int:
    """How many of the group's updates wait to be read."""
    waiting = select(func.count(Update.id)).where(Update.producer_id == producer_id, Update.state == UpdateState.SENT)
    return session().scalar(waiting) or 0


def of_group_by_ref(producer_id: int, ref: str) -> Update | None:
    """An update of this group."""
    return session().scalar(select(Update).where(Update.ref == ref, Update.producer_id == producer_id))


def of_group(producer_id: int, *, size: int, skip: int) -> tuple[Sequence[tuple[Update, int]], int]:
    """A page of the group's updates, the newest first, each with how many letters went out; and how many there are."""
    letters = select(func.count(UpdateLetter.id)).where(UpdateLetter.update_id == Update.id).scalar_subquery()
    own = Update.producer_id == producer_id
    rows = session().execute(
        select(Update, letters).where(own).order_by(Update.id.desc()).limit(size).offset(skip)
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows], session().scalar(select(func.count(Update.id)).where(own)) or 0


def published(producer_id: int) -> Sequence[Update]:
    """All of the group's approved updates, locked."""
    approved = select(Update).where(Update.producer_id == producer_id, Update.state == UpdateState.APPROVED)
    return session().scalars(approved.order_by(Update.id).with_for_update()).all()


def letters_of(update: Update) -> int:
    """How many letters of it went out."""
    sent = select(func.count(UpdateLetter.id)).where(UpdateLetter.update_id == update.id)
    return session().scalar(sent) or 0


def queue(state: str, producer: str, *, size: int, skip: int) -> tuple[Sequence[Update], int]:
    """Updates in a state (any if empty) of a group (any if empty), the longest waiting first.

    What nobody decided on and the group took back is its own again, and so is what it rewrote after it had it back.
    """
    rewritten = (Update.state == UpdateState.RETURNED) & (Update.changed_at > Update.decided_at)
    undecided = Update.state.in_((UpdateState.DRAFT, UpdateState.WITHDRAWN)) & Update.decided_at.is_(None)
    found = select(Update).join(Update.producer).where(Update.state != UpdateState.DRAFT, ~undecided, ~rewritten)
    if state:
        found = found.where(Update.state == state)
    if producer:
        found = found.where(called(producer))
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = Update.changed_at if state == UpdateState.SENT else Update.changed_at.desc()
    return session().scalars(found.order_by(order, Update.id).limit(size).offset(skip)).all(), count


def public(producer_id: int, *, size: int, skip: int = 0) -> tuple[Sequence[Update], int]:
    """What anyone may read of the group's updates, the newest first, and how many there are. One statement."""
    rows = session().execute(
        select(Update, func.count().over())
        .where(Update.producer_id == producer_id, Update.state == UpdateState.APPROVED)
        .order_by(Update.decided_at.desc(), Update.id.desc())
        .limit(size)
        .offset(skip)
    )
    found = [(row[0], row[1]) for row in rows]
    return [one for one, _count in found], found[0][1] if found else 0


def resting_on(consent: Consent) -> list[Update]:
    """Updates of the consent's group, sent or published, in which its person can be recognised."""
    seen = Update.state.in_((UpdateState.SENT, UpdateState.APPROVED))
    rows = session().scalars(select(Update).where(Update.producer_id == consent.producer_id, seen).order_by(Update.id))
    return [one for one in rows if consent.ref in (one.consents or ())]
