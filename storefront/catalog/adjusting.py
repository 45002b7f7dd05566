"""What a group changes at once, without a reviewer: stock as counted, a lower price, and whether it sells at all.

Shoppers are never worse off by it. A lower price is recorded as an approved revision of its own (`revising`).
All functions run inside the caller's unit of work. `actor` is a public reference such as `user:…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from storefront.catalog import checking, revising
from storefront.catalog.content import Content
from storefront.catalog.events import ListingApproved
from storefront.catalog.models import Product, ProductStatus, RevisionState, Variant
from storefront.catalog.stock import refresh_in_stock
from storefront.core import journal
from storefront.core.db import session
from storefront.core.events import announce
from storefront.core.journal import JournalEntry

PRICE_RULE = "rule:lower-price"
LOWER_PRICE = "A lower price"
COUNTED = "stock counted"
MOST_STOCK = 1_000_000


class NotLower(ValueError):
    """The price isn't lower than the present one; a higher one goes through a reviewer."""


class CountedMeanwhile(ValueError):
    """Somebody counted something else since the page was opened; `left` is what there is now."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} were counted or are left")
        self.left = left


class StockTaken(ValueError):
    """More was sold meanwhile than the count allows; `left` is what there is now."""

    def __init__(self, left: int) -> None:
        super().__init__(f"only {left} are left")
        self.left = left


def lower_price(
    variant: Variant, price_minor: int, pledge: Mapping[str, Any] | None, *, actor: str, now: datetime
) -> None:
    """Lower a live variant's price at once.

    Raises NotLower, ProductArchived, and NotReady when the pledge would exceed it.
    """
    product = variant.product
    revising.lock(product.id)
    session().refresh(variant)
    if product.status == ProductStatus.ARCHIVED:
        raise revising.ProductArchived
    if not 0 < price_minor < variant.price_minor:
        raise NotLower
    before = revising.baseline(product, pledge, now)
    old = variant.price_minor
    changed = _with_price(before.content, variant.sku, price_minor)
    wrong = [one for one in checking.problems(product, changed) if one.code == "more_than_price"]
    if wrong:
        raise revising.NotReady(wrong)
    variant.price_minor = price_minor
    session().flush()
    revising.make_known(product, ProductStatus(product.status))
    revision = revising.approve_as_is(product, changed, LOWER_PRICE, by=PRICE_RULE, now=now, made_by=actor)
    staged = revising.open_revision(product)
    if staged is not None and any(
        row["sku"] == variant.sku and row["price_minor"] == old for row in staged.content["variants"]
    ):
        staged.content = _with_price(staged.content, variant.sku, price_minor)
        revising.touch(staged, actor, now)
    announce(ListingApproved(product, revision, now))
    journal.record(
        "price lowered", subject=revising.subject_of(product), actor=actor, now=now, sku=variant.sku,
        before=old, after=price_minor,
    )  # fmt: skip


def last_count(product: Product) -> int:
    """The journal's number of the last count of the product's stock; 0 before the first."""
    counts = (JournalEntry.subject == revising.subject_of(product), JournalEntry.act == COUNTED)
    return session().scalar(select(func.max(JournalEntry.sequence)).where(*counts)) or 0


def count_stock(
    variant: Variant, counted: int, *, seen_stock: int, actor: str, now: datetime, seen_count: int | None = None
) -> None:
    """Set a live variant's stock to what was counted when the page said `seen_stock`; sales since then stay sold.

    `seen_count` is the page's `last_count`: the same form sent twice counts once. Raises CountedMeanwhile, and
    StockTaken when so many were sold meanwhile that the count can't be right.
    """
    if not 0 <= counted <= MOST_STOCK:
        raise ValueError(f"stock is 0 to {MOST_STOCK}")
    if seen_count is not None and seen_count != last_count(variant.product):
        session().refresh(variant)
        if variant.stock == counted:
            return
        raise CountedMeanwhile(variant.stock)
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
        COUNTED, subject=revising.subject_of(variant.product), actor=actor, now=now, sku=variant.sku,
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
    revising.lock(product.id)
    there = revising.open_revision(product)
    if there is not None and there.state == RevisionState.SENT:
        revising.take_back(there, actor=actor, now=now)
    if there is not None:
        revising.drop(there, actor=actor, now=now)
    if product.status != ProductStatus.DRAFT:
        _move_product(
            product, {ProductStatus.LIVE, ProductStatus.PAUSED}, ProductStatus.ARCHIVED, "listing archived", actor, now
        )


def _move_product(
    product: Product, from_: set[ProductStatus], to: ProductStatus, act: str, actor: str, now: datetime
) -> None:
    revising.lock(product.id)
    if product.status not in from_:
        raise revising.IllegalMove(product.status, to)
    revising.make_known(product, to)
    journal.record(act, subject=revising.subject_of(product), actor=actor, now=now)


def _with_price(what: Content, sku: str, price_minor: int) -> Content:
    rows = [{**row, "price_minor": price_minor} if row["sku"] == sku else row for row in what["variants"]]
    return {**what, "variants": rows}
