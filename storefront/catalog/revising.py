"""Staged edits: a listing is changed in a draft, sent, and approved by a reviewer before any shopper sees it.

A product has at most one open revision (draft, sent or with changes asked). What shoppers see is always the
approved revision with the highest number. Two things go live at once, for shoppers are never worse off: stock,
and a lower price, which is recorded as an approved revision of its own.

All functions run inside the caller's unit of work. `actor` is a public reference such as `user:…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from storefront.catalog import checking, content, indexing, listing
from storefront.catalog.checking import Problem
from storefront.catalog.content import Content
from storefront.catalog.events import ListingApproved, ListingDecided
from storefront.catalog.models import ListingRevision, OldSlug, Product, ProductStatus, RevisionState, Variant
from storefront.catalog.stock import refresh_in_stock
from storefront.catalog.words import split
from storefront.core import journal
from storefront.core.db import session
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.producers.models import Member, Producer, ProducerStatus

OPEN = (RevisionState.DRAFT, RevisionState.SENT, RevisionState.CHANGES_ASKED)
TRANSITIONS: dict[RevisionState, frozenset[RevisionState]] = {
    RevisionState.DRAFT: frozenset({RevisionState.SENT, RevisionState.DROPPED}),
    RevisionState.SENT: frozenset({RevisionState.APPROVED, RevisionState.CHANGES_ASKED, RevisionState.DRAFT}),
    RevisionState.CHANGES_ASKED: frozenset({RevisionState.SENT, RevisionState.DROPPED}),
    RevisionState.APPROVED: frozenset(),
    RevisionState.DROPPED: frozenset(),
}
PRICE_RULE = "rule:lower-price"
LOWER_PRICE = "A lower price"


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
    """Nobody reviews a listing of a group that they belong to, or one that they edited."""


class NoReason(ValueError):
    """Asking for changes needs a reason that helps the group."""


class ProducerNotApproved(ValueError):
    """Nothing of a group that isn't approved can go live."""


class ProductArchived(ValueError):
    """An archived product isn't edited any more."""


class NotLower(ValueError):
    """The price isn't lower than the present one; a higher one goes through a reviewer."""


class StockTaken(ValueError):
    """More was sold meanwhile than the count allows; `left` is what there is now."""

    def __init__(self, left: int) -> None:
        super().__init__(f"only {left} are left")
        self.left = left


def begin(producer: Producer, *, currency: str, actor: str, now: datetime, start: Content | None = None) -> Product:
    """A new product that nobody sees, with a draft to fill in, or with a copy of `start`."""
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
    _new_draft(product, start or content.empty(), actor, now)
    journal.record("listing begun", subject=_subject(product), actor=actor, now=now)
    return product


def baseline(product: Product, pledge: Mapping[str, Any] | None, now: datetime) -> ListingRevision:
    """Record what shoppers see as the approved version, for a product that went live without the studio."""
    last = approved(product)
    if last is not None:
        return last
    return _approve_as_is(product, content.shown(product, pledge), "First published", by="system", now=now)


def open_draft(product: Product, pledge: Mapping[str, Any] | None, *, actor: str, now: datetime) -> ListingRevision:
    """The open revision of a product, begun from what shoppers see if there is none. Raises ProductArchived."""
    _lock(product)
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


def seen(revision: ListingRevision, names: tuple[str, ...]) -> str:
    """What an editor's form carries along, so that `edit` knows which answer the editor had read."""
    return content.digest({name: revision.content[name] for name in names})


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
    theirs = {name: revision.content[name] for name in names}
    if seen(revision, names) != seen_digest and theirs != wanted:
        raise EditedMeanwhile(theirs, revision.changed_by)
    revision.content = {**revision.content, **wanted}
    if stock is not None:
        revision.stock = dict(stock)
    _touch(revision, actor, now)


def explain(revision: ListingRevision, reason: str, correction: bool, *, actor: str, now: datetime) -> None:
    """Say why the listing changes, and whether it corrects something wrong: shoppers read both."""
    _lock_revision(revision)
    if revision.state not in (RevisionState.DRAFT, RevisionState.CHANGES_ASKED):
        raise NotOpen
    revision.reason, revision.correction = content.clean(reason)[:300], correction
    _touch(revision, actor, now)


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
    _refresh(product, ProductStatus.LIVE if first else ProductStatus(product.status))
    revision.state, revision.number = RevisionState.APPROVED, _next_number(product)
    revision.decided_by, revision.decided_at, revision.note = actor, now, note
    session().flush()
    announce(ListingApproved(product, revision, now))


def lower_price(
    variant: Variant, price_minor: int, pledge: Mapping[str, Any] | None, *, actor: str, now: datetime
) -> None:
    """Lower a live variant's price at once. Raises NotLower, and NotReady when the pledge would exceed it."""
    product = variant.product
    _lock(product)
    session().refresh(variant)
    if not 0 < price_minor < variant.price_minor:
        raise NotLower
    before = baseline(product, pledge, now)
    old = variant.price_minor
    changed = _with_price(before.content, variant.sku, price_minor)
    wrong = [one for one in checking.problems(product, changed) if one.code == "more_than_price"]
    if wrong:
        raise NotReady(wrong)
    variant.price_minor = price_minor
    session().flush()
    _refresh(product, ProductStatus(product.status))
    revision = _approve_as_is(product, changed, LOWER_PRICE, by=PRICE_RULE, now=now, made_by=actor)
    staged = open_revision(product)
    if staged is not None and any(
        row["sku"] == variant.sku and row["price_minor"] == old for row in staged.content["variants"]
    ):
        staged.content = _with_price(staged.content, variant.sku, price_minor)
        staged.digest = content.digest(staged.content)
        session().flush()
    announce(ListingApproved(product, revision, now))
    journal.record(
        "price lowered", subject=_subject(product), actor=actor, now=now, sku=variant.sku, before=old, after=price_minor
    )


def count_stock(variant: Variant, counted: int, *, seen_stock: int, actor: str, now: datetime) -> None:
    """Set a live variant's stock to what was counted when the page said `seen_stock`; sales since then stay sold.

    Raises StockTaken when so many were sold meanwhile that the count can't be right.
    """
    if not 0 <= counted <= 1_000_000:
        raise ValueError("stock is 0 to 1,000,000")
    moved = session().execute(
        update(Variant)
        .where(Variant.id == variant.id, Variant.stock + (counted - seen_stock) >= 0)
        .values(stock=Variant.stock + (counted - seen_stock))
        .execution_options(synchronize_session=False)
    )
    session().expire(variant)
    if not moved.rowcount:  # type: ignore[attr-defined]
        raise StockTaken(variant.stock)
    refresh_in_stock([variant.id])
    journal.record(
        "stock counted", subject=_subject(variant.product), actor=actor, now=now, sku=variant.sku,
        before=seen_stock, after=counted,
    )  # fmt: skip


def pause(product: Product, *, actor: str, now: datetime) -> None:
    """Stop selling a live product; its page stays. Raises IllegalMove."""
    _move_product(product, {ProductStatus.LIVE}, ProductStatus.PAUSED, "listing paused", actor, now)


def resume(product: Product, *, actor: str, now: datetime) -> None:
    """Sell a paused product again, in the version that was approved last. Raises IllegalMove."""
    _move_product(product, {ProductStatus.PAUSED}, ProductStatus.LIVE, "listing resumed", actor, now)


def archive(product: Product, *, actor: str, now: datetime) -> None:
    """Take a product off for good and give up its open revision; buyers keep its page. Raises IllegalMove."""
    there = open_revision(product)
    if there is not None and there.state == RevisionState.SENT:
        take_back(there, actor=actor, now=now)
    if there is not None:
        drop(there, actor=actor, now=now)
    if product.status != ProductStatus.DRAFT:
        _move_product(
            product, {ProductStatus.LIVE, ProductStatus.PAUSED}, ProductStatus.ARCHIVED, "listing archived", actor, now
        )


def _move_product(
    product: Product, from_: set[ProductStatus], to: ProductStatus, act: str, actor: str, now: datetime
) -> None:
    _lock(product)
    if product.status not in from_:
        raise IllegalMove(product.status, to)
    _refresh(product, to)
    journal.record(act, subject=_subject(product), actor=actor, now=now)


def _refresh(product: Product, status: ProductStatus) -> None:
    """Keep what lists and search know of the product, whatever its status."""
    listing.publish(product)
    product.status = status
    session().flush()
    indexing.index_product(product.id)


def _new_draft(product: Product, start: Content, actor: str, now: datetime) -> ListingRevision:
    revision = ListingRevision(
        ref=new_ref(),
        product_id=product.id,
        state=RevisionState.DRAFT,
        content=start,
        digest=content.digest(start),
        stock={},
        made_by=actor,
        changed_by=actor,
        created_at=now,
        changed_at=now,
    )
    session().add(revision)
    session().flush()
    return revision


def _approve_as_is(
    product: Product, what: Content, reason: str, *, by: str, now: datetime, made_by: str = "system"
) -> ListingRevision:
    revision = ListingRevision(
        ref=new_ref(),
        product_id=product.id,
        number=_next_number(product),
        state=RevisionState.APPROVED,
        content=what,
        digest=content.digest(what),
        stock={},
        reason=reason,
        made_by=made_by,
        changed_by=made_by,
        decided_by=by,
        created_at=now,
        changed_at=now,
        decided_at=now,
    )
    session().add(revision)
    session().flush()
    return revision


def _with_price(what: Content, sku: str, price_minor: int) -> Content:
    rows = [{**row, "price_minor": price_minor} if row["sku"] == sku else row for row in what["variants"]]
    return {**what, "variants": rows}


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
    taken |= set(session().scalars(select(OldSlug.slug).where(OldSlug.kind == "product")))
    return next(slug for slug in (words, *(f"{words}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _may_move(revision: ListingRevision, to: RevisionState) -> None:
    if to not in TRANSITIONS[RevisionState(revision.state)]:
        raise IllegalMove(revision.state, to)


def _check_reviewer(revision: ListingRevision, reviewer_id: int, actor: str) -> None:
    """Who belongs to the group, or wrote any of this version, is no reviewer of it."""
    member = session().scalar(
        select(Member.id).where(Member.producer_id == revision.product.producer_id, Member.user_id == reviewer_id)
    )
    if member is not None or actor in (revision.made_by, revision.changed_by):
        raise OwnGroup


def _touch(revision: ListingRevision, actor: str, now: datetime) -> None:
    revision.digest = content.digest(revision.content)
    revision.changed_by, revision.changed_at = actor, now
    session().flush()


def _lock(product: Product) -> None:
    session().execute(select(Product.id).where(Product.id == product.id).with_for_update())


def _lock_revision(revision: ListingRevision) -> None:
    """The product first, then the revision, which is read again: what waited must see what the other one did."""
    session().execute(select(Product.id).where(Product.id == revision.product_id).with_for_update())
    session().refresh(revision)


def _record(act: str, revision: ListingRevision, actor: str, now: datetime, **facts: Any) -> None:
    journal.record(act, subject=_subject(revision.product), actor=actor, now=now, revision=revision.ref, **facts)


def _subject(product: Product) -> str:
    return f"product:{product.slug}"
