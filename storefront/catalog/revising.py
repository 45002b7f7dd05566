"""Staged edits: a listing is changed in a draft, sent, and approved by a reviewer before any shopper sees it.

A product has at most one open revision (draft, sent or with changes asked). What shoppers see is always the
approved revision with the highest number. What needs no reviewer is in `adjusting`.

All functions run inside the caller's unit of work. `actor` is a public reference such as `user:…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from storefront.catalog import checking, content, indexing, listing
from storefront.catalog.checking import Problem
from storefront.catalog.content import Content
from storefront.catalog.events import ListingApproved, ListingDecided
from storefront.catalog.models import ListingRevision, OldSlug, Product, ProductStatus, RevisionState, Variant
from storefront.catalog.words import split
from storefront.core import journal
from storefront.core.db import session
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.producers import members
from storefront.producers.models import Member, Producer, ProducerStatus

OPEN = (RevisionState.DRAFT, RevisionState.SENT, RevisionState.CHANGES_ASKED)
TRANSITIONS: dict[RevisionState, frozenset[RevisionState]] = {
    RevisionState.DRAFT: frozenset({RevisionState.SENT, RevisionState.DROPPED}),
    RevisionState.SENT: frozenset({RevisionState.APPROVED, RevisionState.CHANGES_ASKED, RevisionState.DRAFT}),
    RevisionState.CHANGES_ASKED: frozenset({RevisionState.SENT, RevisionState.DROPPED}),
    RevisionState.APPROVED: frozenset(),
    RevisionState.DROPPED: frozenset(),
}


class IllegalMove(ValueError):
    """The revision can't go from its state to that one."""

    def __init__(self, state: str, to: str) -> None:
        super().__init__(f"a revision that is {state} can't become {to}")
        self.state, self.to = state, to


class NotOpen(ValueError):
    """The revision is with the reviewers or was decided: it can't be edited."""


class EditedMeanwhile(ValueError):
    """Someone else changed the same answer since it was read. `theirs` is what it is now, `by` who changed it."""

    def __init__(self, theirs: Content, by: str) -> None:
        super().__init__(f"changed meanwhile by {by}")
        self.theirs, self.by = theirs, by


class NotReady(ValueError):
    """Something is missing or wrong: `problems` say what, question by question."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(f"{one.task}: {one.code}" for one in problems))
        self.problems = problems


class NothingChanged(ValueError):
    """The revision says what shoppers see already."""


class OwnGroup(PermissionError):
    """Nobody reviews a listing of a group that they belong to, or a version that they wrote any of."""


class NoReason(ValueError):
    """Asking for changes needs a reason that helps the group."""


class ProducerNotApproved(ValueError):
    """Nothing of a group that isn't approved can go live."""


class ProductArchived(ValueError):
    """An archived product isn't edited any more."""


def begin(
    producer: Producer,
    *,
    currency: str,
    actor: str,
    now: datetime,
    start: Content | None = None,
    stock: Mapping[str, int] | None = None,
) -> Product:
    """A new product that nobody sees, with a draft to fill in, or with a copy of `start` and what it begins with."""
    product = Product(
        slug=new_ref(16).lower(),
        producer_id=producer.id,
        title="",
        description="",
        cause="poverty",
        status=ProductStatus.DRAFT,
        currency=currency,
        price_from_minor=0,
        in_stock=False,
        published_at=now,
        created_at=now,
    )
    session().add(product)
    session().flush()
    _new_draft(product, start or content.empty(), actor, now, stock)
    journal.record("listing begun", subject=subject_of(product), actor=actor, now=now)
    return product


def baseline(product: Product, pledge: Mapping[str, Any] | None, now: datetime) -> ListingRevision:
    """Record what shoppers see as the approved version, for a product that went live without the studio."""
    last = approved(product)
    if last is not None:
        return last
    return approve_as_is(product, content.shown(product, pledge), "First published", by="system", now=now)


def open_draft(product: Product, pledge: Mapping[str, Any] | None, *, actor: str, now: datetime) -> ListingRevision:
    """The open revision of a product, begun from what shoppers see if there is none. Raises ProductArchived."""
    lock(product.id)
    if product.status == ProductStatus.ARCHIVED:
        raise ProductArchived
    there = open_revision(product)
    if there is not None:
        return there
    start = content.empty() if product.status == ProductStatus.DRAFT else baseline(product, pledge, now).content
    return _new_draft(product, start, actor, now)


def open_revision(product: Product) -> ListingRevision | None:
    """The one revision of the product that isn't decided yet, or None."""
    return session().scalar(
        select(ListingRevision).where(ListingRevision.product_id == product.id, ListingRevision.state.in_(OPEN))
    )


def to_do(producer_id: int) -> tuple[int, int]:
    """How many of a group's listings wait for it: with changes asked, and in draft. One statement."""
    rows = session().execute(
        select(ListingRevision.state, func.count(ListingRevision.id))
        .join(Product, Product.id == ListingRevision.product_id)
        .where(Product.producer_id == producer_id, ListingRevision.state.in_(OPEN))
        .group_by(ListingRevision.state)
    )
    counts = {row[0]: row[1] for row in rows}
    return counts.get(RevisionState.CHANGES_ASKED, 0), counts.get(RevisionState.DRAFT, 0)


def approved(product: Product) -> ListingRevision | None:
    """The revision that shoppers see, or None for a product that was never approved."""
    return session().scalar(
        select(ListingRevision)
        .where(ListingRevision.product_id == product.id, ListingRevision.number.is_not(None))
        .order_by(ListingRevision.number.desc())
        .limit(1)
    )


def latest(product: Product) -> ListingRevision | None:
    """The revision that was begun last, whatever became of it."""
    every = select(ListingRevision).where(ListingRevision.product_id == product.id)
    return session().scalar(every.order_by(ListingRevision.id.desc()).limit(1))


def seen(revision: ListingRevision, names: tuple[str, ...]) -> str:
    """What an editor's form carries along, so that `edit` knows which answer the editor had read."""
    return content.digest(_parts(revision, names))


def _parts(revision: ListingRevision, names: tuple[str, ...]) -> Content:
    """Some answers as they are; with the kinds comes what each begins with."""
    parts = {name: revision.content[name] for name in names}
    return {**parts, "stock": revision.stock} if "variants" in names else parts


def edit(
    revision: ListingRevision,
    changes: Content,
    *,
    seen_digest: str,
    actor: str,
    now: datetime,
    stock: Mapping[str, int] | None = None,
) -> None:
    """Change some answers of an open revision, if nobody changed them since they were read.

    Raises NotOpen, and EditedMeanwhile with what another editor made of them; then nothing is changed.
    """
    _lock_revision(revision)
    if revision.state not in (RevisionState.DRAFT, RevisionState.CHANGES_ASKED):
        raise NotOpen
    unknown = set(changes) - set(content.empty())
    if unknown:
        raise KeyError(f"no part of a listing: {sorted(unknown)}")
    wanted = content.clean(changes)
    names = tuple(changes)
    theirs = _parts(revision, names)
    mine = wanted if stock is None else {**wanted, "stock": dict(stock)}
    if content.digest(theirs) != seen_digest and theirs != mine:
        raise EditedMeanwhile(theirs, revision.changed_by)
    revision.content = {**revision.content, **wanted}
    if stock is not None:
        revision.stock = dict(stock)
    touch(revision, actor, now)


def explain(revision: ListingRevision, reason: str, correction: bool, *, actor: str, now: datetime) -> None:
    """Say why the listing changes, and whether it corrects something wrong: shoppers read both."""
    _lock_revision(revision)
    if revision.state not in (RevisionState.DRAFT, RevisionState.CHANGES_ASKED):
        raise NotOpen
    revision.reason, revision.correction = content.clean(reason)[:300], correction
    touch(revision, actor, now)


def problems(revision: ListingRevision) -> list[Problem]:
    """What keeps the revision from being sent; empty when nothing does."""
    found = checking.problems(revision.product, revision.content)
    if revision.product.status != ProductStatus.DRAFT and not revision.reason:
        found.append(Problem("reason", "missing"))
    return found


def send(revision: ListingRevision, *, seen_digest: str, actor: str, now: datetime) -> None:
    """Send a revision to the reviewers, exactly as the editor saw it in the preview.

    Raises IllegalMove, EditedMeanwhile, NotReady and NothingChanged.
    """
    _lock_revision(revision)
    _may_move(revision, RevisionState.SENT)
    if revision.digest != seen_digest:
        raise EditedMeanwhile(revision.content, revision.changed_by)
    found = problems(revision)
    if found:
        raise NotReady(found)
    last = approved(revision.product)
    if last is not None and content.digest(content.settled(revision.content, now.date())) == last.digest:
        raise NothingChanged
    revision.state, revision.sent_at = RevisionState.SENT, now
    session().flush()
    _record("listing sent", revision, actor, now)


def take_back(revision: ListingRevision, *, actor: str, now: datetime) -> None:
    """Fetch a revision back from the reviewers to change it; raises IllegalMove once it was decided."""
    _lock_revision(revision)
    _may_move(revision, RevisionState.DRAFT)
    revision.state = RevisionState.DRAFT
    session().flush()
    _record("listing taken back", revision, actor, now)


def drop(revision: ListingRevision, *, actor: str, now: datetime) -> None:
    """Give up a revision; shoppers go on seeing what they saw. Raises IllegalMove."""
    _lock_revision(revision)
    _may_move(revision, RevisionState.DROPPED)
    revision.state, revision.decided_at, revision.decided_by = RevisionState.DROPPED, now, actor
    session().flush()
    _record("listing dropped", revision, actor, now)


def ask_for_changes(revision: ListingRevision, note: str, *, reviewer_id: int, actor: str, now: datetime) -> None:
    """Send a revision back with what is to change, which the group gets by mail too.

    Raises IllegalMove, OwnGroup and NoReason.
    """
    _lock_revision(revision)
    _may_move(revision, RevisionState.CHANGES_ASKED)
    _check_reviewer(revision, reviewer_id, actor)
    note = content.clean(note)
    if not note:
        raise NoReason
    revision.state, revision.note = RevisionState.CHANGES_ASKED, note
    revision.decided_by, revision.decided_at = actor, now
    session().flush()
    _record("listing changes asked", revision, actor, now, note=note)
    announce(ListingDecided(revision, now))


def approve(
    revision: ListingRevision, *, seen_digest: str, reviewer_id: int, actor: str, now: datetime, note: str = ""
) -> None:
    """Make a revision what shoppers see, exactly as the reviewer saw it (`seen_digest`).

    Raises IllegalMove, OwnGroup, EditedMeanwhile, ProducerNotApproved and NotReady; then nothing is changed.
    """
    _lock_revision(revision)
    _may_move(revision, RevisionState.APPROVED)
    _check_reviewer(revision, reviewer_id, actor)
    if revision.digest != seen_digest:
        raise EditedMeanwhile(revision.content, revision.changed_by)
    product = revision.product
    if product.producer.status != ProducerStatus.APPROVED:
        raise ProducerNotApproved
    if product.status == ProductStatus.ARCHIVED:
        raise ProductArchived
    found = problems(revision)
    if found:
        raise NotReady(found)
    _make_shown(revision, actor, now, content.clean(note))
    _record("listing approved", revision, actor, now, digest=revision.digest, number=revision.number)
    announce(ListingDecided(revision, now))


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
        product.slug, product.published_at = _slug(revision.content["title"], product), now
    content.put(product, revision.content, stock=revision.stock, reason=revision.reason, now=now)
    make_known(product, ProductStatus.LIVE if first else ProductStatus(product.status))
    revision.state, revision.number = RevisionState.APPROVED, _next_number(product)
    revision.decided_by, revision.decided_at, revision.note = actor, now, note
    session().flush()
    announce(ListingApproved(product, revision, now))


def make_known(product: Product, status: ProductStatus) -> None:
    """Keep what lists and search know of the product, whatever its status."""
    listing.publish(product)
    product.status = status
    session().flush()
    indexing.index_product(product.id)


def _new_draft(
    product: Product, start: Content, actor: str, now: datetime, stock: Mapping[str, int] | None = None
) -> ListingRevision:
    return _new(product, start, made_by=actor, now=now, state=RevisionState.DRAFT, stock=dict(stock or {}))


def approve_as_is(
    product: Product, what: Content, reason: str, *, by: str, now: datetime, made_by: str = "system"
) -> ListingRevision:
    """Record what shoppers see already as the next approved revision."""
    facts = {"number": _next_number(product), "reason": reason, "decided_by": by, "decided_at": now, "stock": {}}
    return _new(product, what, made_by=made_by, now=now, state=RevisionState.APPROVED, **facts)


def _new(product: Product, what: Content, *, made_by: str, now: datetime, **facts: Any) -> ListingRevision:
    revision = ListingRevision(
        ref=new_ref(),
        product_id=product.id,
        content=what,
        digest=content.digest(what),
        made_by=made_by,
        changed_by=made_by,
        editors=[members.person_of(made_by)],
        created_at=now,
        changed_at=now,
        **facts,
    )
    session().add(revision)
    session().flush()
    return revision


def _next_number(product: Product) -> int:
    last = session().scalar(
        select(func.max(ListingRevision.number)).where(ListingRevision.product_id == product.id)
    )  # fmt: skip
    return (last or 0) + 1


def _slug(title: str, product: Product) -> str:
    words = "-".join(word for word in split(title) if word.isascii())[:100].strip("-")
    if not words:
        return product.slug
    taken = set(session().scalars(select(Product.slug).where(Product.slug.startswith(words, autoescape=True))))
    old = select(OldSlug.slug).where(OldSlug.kind == "product", OldSlug.slug.startswith(words, autoescape=True))
    taken |= set(session().scalars(old))
    return next(slug for slug in (words, *(f"{words}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _may_move(revision: ListingRevision, to: RevisionState) -> None:
    if to not in TRANSITIONS[RevisionState(revision.state)]:
        raise IllegalMove(revision.state, to)


def _check_reviewer(revision: ListingRevision, reviewer_id: int, actor: str) -> None:
    """Who belongs to the group, or wrote any of this version, is no reviewer of it."""
    member = session().scalar(
        select(Member.id).where(Member.producer_id == revision.product.producer_id, Member.user_id == reviewer_id)
    )
    # Versions from before their editors were kept name only who began them and who changed them last.
    if member is not None or actor in {
        *revision.editors,
        *map(members.person_of, (revision.made_by, revision.changed_by)),
    }:
        raise OwnGroup


def touch(revision: ListingRevision, actor: str, now: datetime) -> None:
    """Note that somebody changed an open revision's content, and what it is now."""
    revision.digest = content.digest(revision.content)
    revision.changed_by, revision.changed_at = actor, now
    revision.editors = sorted({*revision.editors, members.person_of(actor)})
    session().flush()


def lock(*product_ids: int) -> None:
    """Queue behind whoever changes the listings of these products or buys them, until the unit of work ends.

    In the order of a checkout, which locks variants, then products, each by id; otherwise the two could wait for each
    other. Whoever needs several products names all of them at once.
    """
    of_these = select(Variant.id).where(Variant.product_id.in_(product_ids)).order_by(Variant.id)
    these = select(Product.id).where(Product.id.in_(product_ids)).order_by(Product.id)
    for rows in (of_these, these):
        session().execute(rows.with_for_update(key_share=True)).all()


def _lock_revision(revision: ListingRevision) -> None:
    """The product first, then the revision, which is read again: what waited must see what the other one did."""
    lock(revision.product_id)
    session().refresh(revision)


def _record(act: str, revision: ListingRevision, actor: str, now: datetime, **facts: Any) -> None:
    journal.record(act, subject=subject_of(revision.product), actor=actor, now=now, revision=revision.ref, **facts)


def subject_of(product: Product) -> str:
    """How the journal names a product."""
    return f"product:{product.slug}"
