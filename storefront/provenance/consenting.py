"""Consents of people who can be recognised: recorded with evidence, asked for, and ended.

All functions but the chore run inside the caller's unit of work. `actor` is a public reference such as `user:…`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select

from storefront import config
from storefront.core import clock, documents, journal
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.producers.models import Producer
from storefront.provenance.events import ConsentEnded
from storefront.provenance.models import Consent, Given, Use

LONGEST = timedelta(days=3653)
EXPIRED = "It was given until this day."
RULE = "rule:consent-ended"  # the actor of what an ended consent takes away
_AGAIN = timedelta(hours=1)


class UnfitConsent(ValueError):
    """A field is missing or makes no sense: `field` is its name, `why` what is wrong with it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


class AlreadyEnded(ValueError):
    """The consent was withdrawn or ran out before."""


class NoReason(ValueError):
    """Ending a consent needs a reason, for the record."""


@dataclass(frozen=True)
class NewConsent:
    """What is recorded of a consent; `given` and `uses` are values of `Given` and `Use`."""

    person: str
    uses: tuple[str, ...]
    asked_in: str
    given: str
    witness: str
    given_on: date | None
    expires_on: date | None


def record(
    producer: Producer, new: NewConsent, evidence: tuple[bytes, str] | None, *, actor: str, now: datetime
) -> Consent:
    """Keep a consent with the file that shows it, as `documents.check` let it through. Raises UnfitConsent.

    The same one recorded twice is one: ended once, it must not go on under another reference.
    """
    given_on, expires_on = _check(new, evidence is not None, now.date())
    session().execute(select(Producer.id).where(Producer.id == producer.id).with_for_update())
    there = select(Consent).where(Consent.producer_id == producer.id, Consent.ended_at.is_(None))
    same, digest = {**asdict(new), "uses": sorted(new.uses)}, sha256(evidence[0]).hexdigest() if evidence else ""
    for one in session().scalars(there.where(Consent.person == new.person)):
        shown_by = one.document.sha256 if one.document else ""
        if shown_by == digest and all(getattr(one, name) == value for name, value in same.items()):
            return one
    ref = new_ref()
    document = None
    if evidence:
        document = documents.keep(
            evidence, owner=f"producer:{producer.slug}", title=f"Consent {ref}",
            folder=config.current().documents_dir, added_by=actor, now=now,
        )  # fmt: skip
    consent = Consent(
        ref=ref,
        producer_id=producer.id,
        person=new.person,
        uses=sorted(new.uses),
        asked_in=new.asked_in,
        given=new.given,
        witness=new.witness,
        given_on=given_on,
        expires_on=expires_on,
        document=document,
        recorded_by=actor,
        created_at=now,
    )
    session().add(consent)
    session().flush()
    journal.record(
        "consent recorded", subject=subject_of(consent), actor=actor, now=now, producer=producer.slug, given=new.given,
        uses=consent.uses, asked_in=new.asked_in, given_on=given_on, expires_on=expires_on,
        sha256=document.sha256 if document else "",
    )  # fmt: skip
    return consent


def _check(new: NewConsent, evidence: bool, today: date) -> tuple[date, date]:
    """The two days, once everything fits. The person's name is kept out of the journal, which can't forget."""
    if not 0 < len(new.person) <= 200:
        raise UnfitConsent("person", "missing")
    if not new.uses or not set(new.uses) <= set(Use):
        raise UnfitConsent("uses", "missing")
    if not 0 < len(new.asked_in) <= 35:
        raise UnfitConsent("asked_in", "missing")
    if new.given not in set(Given):
        raise UnfitConsent("given", "missing")
    if new.given != Given.WRITTEN and not new.witness:
        raise UnfitConsent("witness", "missing")
    if len(new.witness) > 200:
        raise UnfitConsent("witness", "long")
    if new.given_on is None or new.given_on > today:
        raise UnfitConsent("given_on", "no_day")
    if new.expires_on is None or not today < new.expires_on <= today + LONGEST:
        raise UnfitConsent("expires_on", "no_day")
    if not evidence and new.given != Given.SPOKEN:
        raise UnfitConsent("evidence", "missing")
    return new.given_on, new.expires_on


def of_group(producer_id: int) -> Sequence[Consent]:
    """A group's consents: those in force first, the newest first."""
    return session().scalars(
        select(Consent)
        .where(Consent.producer_id == producer_id)
        .order_by(Consent.ended_at.is_not(None), Consent.id.desc())
    ).all()  # fmt: skip


def by_ref(ref: str, producer_id: int | None = None) -> Consent | None:
    """A consent, of one group where its id is given."""
    found = select(Consent).where(Consent.ref == ref)
    return session().scalar(found if producer_id is None else found.where(Consent.producer_id == producer_id))


def in_force(producer_id: int, use: Use) -> dict[str, Consent]:
    """The group's consents to this use that hold today, by reference."""
    rows = session().scalars(
        select(Consent).where(
            Consent.producer_id == producer_id, Consent.ended_at.is_(None), Consent.expires_on > clock.today()
        )
    )
    return {row.ref: row for row in rows if use in row.uses}


def ended_among(refs: Collection[str]) -> set[str]:
    """Which of these consents have ended."""
    if not refs:
        return set()
    return set(session().scalars(select(Consent.ref).where(Consent.ref.in_(refs), Consent.ended_at.is_not(None))))


def end(consent: Consent, reason: str, *, actor: str, now: datetime) -> None:
    """Withdraw a consent: what rests on it is hidden in the same transaction. Raises AlreadyEnded and NoReason."""
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise NoReason
    session().refresh(consent, with_for_update=True)
    if consent.ended_at is not None:
        raise AlreadyEnded
    consent.ended_at, consent.ended_by, consent.end_reason = now, actor, reason
    session().flush()
    journal.record("consent ended", subject=subject_of(consent), actor=actor, now=now, reason=reason)
    announce(ConsentEnded(consent, now))


def end_expired() -> int:
    """End what has run out, and hide once more what ended within the hour, in case somebody published meanwhile."""
    now, done = clock.now(), 0
    due = select(Consent.id).where(Consent.ended_at.is_(None), Consent.expires_on <= now.date())
    fresh = select(Consent.id).where(Consent.ended_at > now - _AGAIN)
    late, again = (session().scalars(query.order_by(Consent.id)).all() for query in (due, fresh))
    for consent_id in [*late, *again]:
        with unit_of_work() as current:
            consent = current.get_one(Consent, consent_id)
            if consent.ended_at is not None:
                announce(ConsentEnded(consent, now))
                continue
            end(consent, EXPIRED, actor="system", now=now)
            done += 1
    return done


def subject_of(consent: Consent) -> str:
    """How the journal names a consent."""
    return f"consent:{consent.ref}"
