"""What reviewers do: ask for changes, or make a revision what shoppers see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from storefront.catalog import checking, content, indexing, listing
from storefront.catalog.events import ListingApproved, RevisionDecided
from storefront.catalog.models import ListingRevision, OldSlug, Product, ProductStatus, Revised, RevisionState
from storefront.catalog.revising.beginning import next_number
from storefront.catalog.revising.moving import (
    NoReason,
    NotReady,
    ProducerNotApproved,
    ProductArchived,
    check_reviewer,
    may_go,
    record,
)
from storefront.catalog.revising.sending import problems
from storefront.catalog.words import split
from storefront.core.db import session
from storefront.core.events import announce
from storefront.producers.models import ProducerStatus


def ask_for_changes(revision: Revised, note: str, *, stamp: str, reviewer_id: int, actor: str, now: datetime) -> None:
    """Send a revision back as the reviewer saw it, with what is to change, which the group gets by mail too.

    Raises IllegalMove, EditedMeanwhile, OwnGroup and NoReason.
    """
    may_go(revision, RevisionState.CHANGES_ASKED, stamp)
    check_reviewer(revision, reviewer_id, actor)
    note = content.clean(note)
    if not note:
        raise NoReason
    revision.state, revision.note = RevisionState.CHANGES_ASKED, note
    revision.decided_by, revision.decided_at = actor, now
    session().flush()
    record("changes asked", revision, actor, now, note=note)
    announce(RevisionDecided(revision, now))


def approve(
    revision: ListingRevision, *, stamp: str, reviewer_id: int, actor: str, now: datetime, note: str = ""
) -> None:
    """Make a revision what shoppers see, exactly as the reviewer saw it (`stamp`).

    Raises IllegalMove, OwnGroup, EditedMeanwhile, ProducerNotApproved and NotReady; then nothing is changed.
    """
    may_approve(revision, stamp, reviewer_id, actor)
    if revision.product.status == ProductStatus.ARCHIVED:
        raise ProductArchived
    found = problems(revision)
    if found:
        raise NotReady(found)
    _make_shown(revision, actor, now, content.clean(note))
    record("approved", revision, actor, now, digest=revision.digest, number=revision.number)
    announce(RevisionDecided(revision, now))


def may_approve(revision: Revised, stamp: str, reviewer_id: int, actor: str) -> None:
    """Lock a version that this reviewer approves as they saw it, whatever it is a version of.

    Raises IllegalMove, EditedMeanwhile, OwnGroup and ProducerNotApproved.
    """
    may_go(revision, RevisionState.APPROVED, stamp)
    check_reviewer(revision, reviewer_id, actor)
    if revision.product.producer.status != ProducerStatus.APPROVED:
        raise ProducerNotApproved


def rehearse(revision: ListingRevision, *, now: datetime) -> Product:
    """Make the rows what an approval would make them, for a preview; the caller must roll back. Raises NotReady."""
    product = revision.product
    found = checking.problems(product, revision.content)
    if found:
        raise NotReady(found)
    product.producer.status = ProducerStatus.APPROVED
    _make_shown(revision, "system", now, "")
    return product


def _make_shown(revision: ListingRevision, actor: str, now: datetime, note: str) -> None:
    product = revision.product
    first = product.status == ProductStatus.DRAFT
    revision.content = content.settled(revision.content, now.date())
    revision.digest = content.digest(revision.content)
    if first:
        before, product.published_at = product.slug, now
        _take_slug(revision.content["title"], product)
        if product.slug != before:  # pages of its studio that are open still have the draft's address
            session().add(OldSlug(kind="product", slug=before, target_id=product.id))
    content.put(product, revision.content, stock=revision.stock, reason=revision.reason, now=now)
    make_known(product, ProductStatus.LIVE if first else ProductStatus(product.status))
    revision.state, revision.number = RevisionState.APPROVED, next_number(product)
    revision.decided_by, revision.decided_at, revision.note = actor, now, note
    session().flush()
    announce(ListingApproved(product, revision, now))


def make_known(product: Product, status: ProductStatus) -> None:
    """Keep what lists and search know of the product, whatever its status."""
    listing.publish(product)
    product.status = status
    session().flush()
    indexing.index_product(product.id)


def _take_slug(title: str, product: Product) -> None:
    """Give a product the address of its title, and look again where another one took it in the same moment."""
    session().flush()
    while True:
        try:
            with session().begin_nested():
                product.slug = _slug(title, product)
        except IntegrityError:  # whoever took it has committed, so the next look sees it
            continue
        return


def _slug(title: str, product: Product) -> str:
    words = "-".join(word for word in split(title) if word.isascii())[:100].strip("-")
    if not words:
        return product.slug
    taken = set(session().scalars(select(Product.slug).where(Product.slug.startswith(words, autoescape=True))))
    old = select(OldSlug.slug).where(OldSlug.kind == "product", OldSlug.slug.startswith(words, autoescape=True))
    taken |= set(session().scalars(old))
    return next(slug for slug in (words, *(f"{words}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
