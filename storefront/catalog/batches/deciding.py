"""Makes a version of a batch what shoppers see, takes back what rests on ended consents, and proves what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import selectinload

from storefront.catalog import content as contents
from storefront.catalog.batches import checking, content, staging
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.checking import Problem
from storefront.catalog.events import RevisionDecided
from storefront.catalog.models import Product, ProductStatus, RevisionState
from storefront.catalog.revising import moving
from storefront.catalog.revising.deciding import may_approve
from storefront.core import documents, journal
from storefront.core.db import insert_unless_there, session
from storefront.core.events import announce
from storefront.producers.models import Producer
from storefront.provenance.events import ConsentEnded
from storefront.provenance.models import Batch, Consent

_AT_ONCE = 200


class ShownDiffers(RuntimeError):
    """What shoppers would see is not what was approved; nothing is kept."""


def approve(
    revision: BatchRevision, *, stamp: str, reviewer_id: int, actor: str, now: datetime, note: str = ""
) -> None:
    """Make a version what shoppers see, exactly as the reviewer saw it (`stamp`).

    Raises IllegalMove, OwnGroup, EditedMeanwhile, ProducerNotApproved, ProductArchived and NotReady; then nothing is
    changed.
    """
    may_approve(revision, stamp, reviewer_id, actor)
    if revision.batch_id is None and revision.product.status == ProductStatus.ARCHIVED:
        raise moving.ProductArchived
    found = checking.problems(revision)
    if found:
        raise moving.NotReady(found)
    revision.content = content.settled(revision.content)
    revision.digest = contents.digest(revision.content)
    batch = revision.batch or _first(revision, now)
    content.put(batch, revision.content)
    if contents.digest(content.shown(batch)) != revision.digest:
        raise ShownDiffers(batch.code)
    revision.state, revision.number = RevisionState.APPROVED, staging.next_number(batch)
    revision.batch_id, revision.decided_by, revision.decided_at = batch.id, actor, now
    revision.note = contents.clean(note)
    session().flush()
    moving.record("approved", revision, actor, now, digest=revision.digest, number=revision.number, code=batch.code)
    announce(RevisionDecided(revision, now))


def _first(revision: BatchRevision, now: datetime) -> Batch:
    """The row of a batch that is published now; of two with one code at once the second is told."""
    facts = content.columns(revision.content["facts"])
    made = insert_unless_there(Batch, {**facts, "product_id": revision.product_id, "created_at": now})
    if not made:
        raise moving.NotReady([Problem(staging.FACTS, "code_taken", {"code": facts["code"]})])
    return session().get_one(Batch, made[0])


def withdraw_papers(event: ConsentEnded) -> set[str]:
    """Hand out no more the documents of steps that rested on the consent in any version; returns their references."""
    consent = event.consent
    versions = session().scalars(_naming(consent, {consent.ref}).with_only_columns(BatchRevision.content)).all()
    steps = [step for what in versions for step in what["steps"].values() if consent.ref in step.get("consents", ())]
    owner = f"producer:{session().get_one(Producer, consent.producer_id).slug}"
    return documents.withdraw({step["document_ref"] for step in steps if step["document_ref"]}, owner, event.now)


def resting_on(consent: Consent, papers: set[str]) -> set[int]:
    """Ids of the products with a batch of which any version ever rested on this consent or on these documents."""
    return set(session().scalars(_naming(consent, {consent.ref, *papers}).with_only_columns(BatchRevision.product_id)))


def hide(event: ConsentEnded, papers: set[str], rule: str, reason: str) -> None:
    """Take the steps that rest on the consent or the documents off every page; `resting_on` is locked."""
    versions = _naming(event.consent, {event.consent.ref, *papers})
    published = select(Batch).where(Batch.id.in_(versions.with_only_columns(BatchRevision.batch_id)))
    for batch in session().scalars(published.order_by(Batch.id)):
        session().refresh(batch)
        before = content.shown(batch)
        left = content.without(before, {event.consent.ref}, papers)
        if left == before:
            continue
        content.put(batch, left)
        product = session().get_one(Product, batch.product_id)
        made = staging.approve_as_is(product, batch, reason, by=rule, now=event.now)
        journal.record(
            "step withdrawn", subject=moving.subject_of(product), actor=event.consent.ended_by or "system",
            now=event.now, consent=event.consent.ref, code=batch.code, number=made.number, digest=made.digest,
        )  # fmt: skip


def _naming(consent: Consent, refs: set[str]) -> Any:
    """Versions of the group's batches that name any of these; for what, is read from the content itself."""
    told = cast(BatchRevision.content, Text)
    return (
        select(BatchRevision)
        .join(Product, Product.id == BatchRevision.product_id)
        .where(Product.producer_id == consent.producer_id, or_(*(told.contains(one, autoescape=True) for one in refs)))
    )


def unapproved() -> Iterator[str]:
    """Codes of batches whose page says anything but what was approved last, or of which nothing ever was."""
    current = session()
    last = 0
    while batches := current.scalars(
        select(Batch).where(Batch.id > last).order_by(Batch.id).limit(_AT_ONCE).options(selectinload(Batch.events))
    ).all():
        last = batches[-1].id
        digests = dict(
            current.execute(
                select(BatchRevision.batch_id, BatchRevision.digest)
                .where(BatchRevision.batch_id.in_([one.id for one in batches]), BatchRevision.number.is_not(None))
                .order_by(BatchRevision.number)
            ).all()
        )
        for batch in batches:
            if contents.digest(content.shown(batch)) != digests.get(batch.id):
                yield batch.code
