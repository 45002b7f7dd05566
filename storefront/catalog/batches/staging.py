"""Begins, changes and sends the versions of batches; to take one back, drop it or explain it is as with listings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from string import ascii_uppercase

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import contains_eager

from storefront import config
from storefront.catalog import content as contents
from storefront.catalog.batches import checking, content
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.content import Content
from storefront.catalog.models import Product, ProductStatus, RevisionState
from storefront.catalog.revising import moving
from storefront.catalog.revising.beginning import new_version
from storefront.catalog.revising.sending import hand_over
from storefront.core import documents, journal
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.provenance.models import Batch, BatchEvent

FACTS = "facts"
BEFORE = "Shown before versions were kept"


class CodeIsPrinted(ValueError):
    """The code of a published batch stands on labels and receipts: it can't change any more."""


def begin(product: Product, *, actor: str, now: datetime) -> BatchRevision:
    """A new batch that nobody sees, with a draft to fill in: the one that nobody has filled in yet, if there is one.

    Raises ProductArchived.
    """
    moving.lock(product.id)
    if product.status == ProductStatus.ARCHIVED:
        raise moving.ProductArchived
    blank = select(BatchRevision).where(
        BatchRevision.product_id == product.id, BatchRevision.batch_id.is_(None),
        BatchRevision.state == RevisionState.DRAFT, BatchRevision.changed_at == BatchRevision.created_at,
    )  # fmt: skip
    there = session().scalars(blank.order_by(BatchRevision.id).limit(1)).first()
    if there is not None:
        return there
    what = content.empty(suggested_code(product, now))
    revision = new_version(BatchRevision, product, what, made_by=actor, now=now, state=RevisionState.DRAFT)
    journal.record("batch begun", subject=moving.subject_of(product), actor=actor, now=now, revision=revision.ref)
    return revision


def suggested_code(product: Product, now: datetime) -> str:
    """A code that no batch has: the group's initials, year and month, and a letter."""
    initials = "".join(word[0] for word in product.producer.slug.split("-") if word)[:3].upper()
    stem = f"{initials.ljust(2, 'X')}-{now:%y%m}-"
    batches = select(Batch.code).where(func.upper(Batch.code).startswith(stem, autoescape=True))
    drafts = (
        select(BatchRevision.content)
        .join(Product, Product.id == BatchRevision.product_id)
        .where(Product.producer_id == product.producer_id, BatchRevision.state.in_(moving.OPEN))
    )
    taken = set(session().scalars(batches)) | {what["facts"]["code"] for what in session().scalars(drafts)}
    return next((stem + one for one in ascii_uppercase if stem + one not in taken), stem + new_ref(4))


def of_product(product: Product) -> tuple[Sequence[Batch], dict[int | None, list[BatchRevision]]]:
    """A product's published batches, the newest first, and its open versions by the id of their batch."""
    batches = session().scalars(
        select(Batch).where(Batch.product_id == product.id).order_by(Batch.made_to.desc(), Batch.id.desc())
    )
    staged: dict[int | None, list[BatchRevision]] = {}
    for one in session().scalars(
        select(BatchRevision)
        .where(BatchRevision.product_id == product.id, BatchRevision.state.in_(moving.OPEN))
        .order_by(BatchRevision.id)
    ):
        staged.setdefault(one.batch_id, []).append(one)
    return batches.all(), staged


def sent_back(producer_id: int) -> Sequence[BatchRevision]:
    """A group's versions that wait for it because a reviewer asked for changes. One statement."""
    return (
        session()
        .scalars(
            select(BatchRevision)
            .join(BatchRevision.product)
            .options(contains_eager(BatchRevision.product))
            .where(Product.producer_id == producer_id, BatchRevision.state == RevisionState.CHANGES_ASKED)
            .order_by(BatchRevision.id)
        )
        .all()
    )


def approved(batch: Batch) -> BatchRevision | None:
    """The version that shoppers see, or None for a batch that came without the studio."""
    return session().scalar(
        select(BatchRevision)
        .where(BatchRevision.batch_id == batch.id, BatchRevision.number.is_not(None))
        .order_by(BatchRevision.number.desc())
        .limit(1)
    )


def next_number(batch: Batch) -> int:
    """The number of the next approved version."""
    last = session().scalar(select(func.max(BatchRevision.number)).where(BatchRevision.batch_id == batch.id))
    return (last or 0) + 1


def approve_as_is(product: Product, batch: Batch, reason: str, *, by: str, now: datetime) -> BatchRevision:
    """Record what shoppers see already as the next approved version."""
    return new_version(
        BatchRevision, product, content.shown(batch), made_by="system", now=now, state=RevisionState.APPROVED,
        batch_id=batch.id, number=next_number(batch), reason=reason, decided_by=by, decided_at=now,
    )  # fmt: skip


def open_draft(product: Product, batch: Batch, *, actor: str, now: datetime) -> BatchRevision:
    """The open version of a published batch, begun from what shoppers see if there is none.

    Of a batch that came without the studio what was shown is kept as its first version, so that it stays on record.
    """
    moving.lock(product.id)
    there = session().scalar(
        select(BatchRevision).where(BatchRevision.batch_id == batch.id, BatchRevision.state.in_(moving.OPEN))
    )
    if there is not None:
        return there
    start = approved(batch) or approve_as_is(product, batch, BEFORE, by="system", now=batch.created_at)
    facts = {"state": RevisionState.DRAFT, "batch_id": batch.id}
    return new_version(BatchRevision, product, start.content, made_by=actor, now=now, **facts)


def seen(revision: BatchRevision, part: str) -> str:
    """What an editor's form carries along, so that `edit` knows what the editor had read of this part."""
    return contents.digest(_part(revision, part))


def _part(revision: BatchRevision, part: str) -> Content | None:
    """The facts, or the step with this reference; None where there is no such step (yet, or any more)."""
    found: Content | None = revision.content["facts"] if part == FACTS else revision.content["steps"].get(part)
    return found


def edit(
    revision: BatchRevision, part: str, wanted: Content | None, *, seen_digest: str, actor: str, now: datetime
) -> None:
    """Change the facts or one step of an open version, or take the step out, if nobody changed it since it was read.

    Raises NotOpen, CodeIsPrinted, and EditedMeanwhile with what another editor made of it; then nothing is changed.
    """
    moving.lock_revision(revision)
    moving.check_open(revision)
    wanted, theirs = contents.clean(wanted), _part(revision, part)
    if contents.digest(theirs) != seen_digest and theirs != wanted:
        raise moving.EditedMeanwhile(theirs or {}, revision.changed_by)
    if (
        part == FACTS
        and wanted
        and revision.batch_id is not None
        and wanted["code"] != revision.content["facts"]["code"]
    ):
        raise CodeIsPrinted
    if part == FACTS:
        revision.content = {**revision.content, "facts": wanted}
    else:
        steps = {**revision.content["steps"], part: wanted}  # where it was, so that steps of one day keep their order
        told = {ref: step for ref, step in steps.items() if step is not None}
        revision.content = {**revision.content, "steps": told}
    moving.touch(revision, actor, now)
    before = (theirs or {}).get("document_ref")
    if before and not _in_use(revision, before):
        documents.forget(before, config.current().documents_dir)


def _in_use(revision: BatchRevision, document_ref: str) -> bool:
    """Whether a version of one of the product's batches, or a step that shoppers see, has this document."""
    told = cast(BatchRevision.content, Text).contains(f'"{document_ref}"')
    versions = select(BatchRevision.id).where(BatchRevision.product_id == revision.product_id, told)
    steps = select(BatchEvent.id).where(BatchEvent.document_ref == document_ref)
    return any(session().scalar(found.limit(1)) is not None for found in (versions, steps))


def send(revision: BatchRevision, *, stamp: str, actor: str, now: datetime) -> None:
    """Send a version to the reviewers, exactly as the editor saw it; once is enough.

    Raises IllegalMove, EditedMeanwhile, NotReady and NothingChanged.
    """
    if moving.is_sent(revision, stamp):
        return
    moving.may_go(revision, RevisionState.SENT, stamp)
    found = checking.problems(revision)
    if found:
        raise moving.NotReady(found)
    last = approved(revision.batch) if revision.batch else None
    if last is not None and contents.digest(content.settled(revision.content)) == last.digest:
        raise moving.NothingChanged
    hand_over(revision, actor, now)
