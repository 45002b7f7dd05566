"""Finds a product's revisions: the open one, what shoppers see, what was begun last, what waits for a group."""

from __future__ import annotations

from sqlalchemy import JSON, ColumnElement, case, column, func, or_, select
from sqlalchemy.orm import selectinload

from storefront.catalog.models import ListingRevision, Product, ProductPicture, ProductStatus, RevisionState, Variant
from storefront.catalog.revising.moving import OPEN
from storefront.core.db import session


def open_revision(product: Product) -> ListingRevision | None:
    """The one revision of the product that isn't decided yet, or None."""
    return session().scalar(
        select(ListingRevision).where(ListingRevision.product_id == product.id, ListingRevision.state.in_(OPEN))
    )


def of_group(
    producer_id: int, words: str, *, size: int, skip: int
) -> tuple[list[tuple[Product, ListingRevision | None]], int]:
    """A page of a group's listings, each with its open revision, and how many there are in all.

    `words` are a part of a name or of an SKU, of what is on sale or in the open revision. What needs the group comes
    first, what is archived last; a listing that was dropped before anybody saw it is none.
    """
    here = (ListingRevision.product_id == Product.id) & ListingRevision.state.in_(OPEN)
    found = (
        select(Product, ListingRevision)
        .outerjoin(ListingRevision, here)
        .where(
            Product.producer_id == producer_id,
            (Product.status != ProductStatus.DRAFT) | ListingRevision.id.is_not(None),
        )
    )
    if words:
        name = func.coalesce(ListingRevision.content["title"].as_string(), Product.title)
        found = found.where(
            or_(
                name.icontains(words, autoescape=True),
                Product.variants.any(Variant.sku.icontains(words, autoescape=True)),
                _has_sku(words),
            )
        )
    count = session().scalar(select(func.count()).select_from(found.with_only_columns(Product.id).subquery())) or 0
    asked_first = case(
        (ListingRevision.state == RevisionState.CHANGES_ASKED, 0), (ListingRevision.id.is_not(None), 1), else_=2
    )
    archived_last = case((Product.status == ProductStatus.ARCHIVED, 1), else_=0)
    rows = session().execute(
        found.options(selectinload(Product.pictures).joinedload(ProductPicture.picture))
        .order_by(asked_first, archived_last, Product.id.desc())
        .limit(size)
        .offset(skip)
    )
    return [(product, revision) for product, revision in rows], count


def _has_sku(words: str) -> ColumnElement[bool]:
    """Whether a revision has a variant with these words in its SKU."""
    of = ListingRevision.content["variants"]
    each = {"sqlite": func.json_each, "postgresql": func.json_array_elements}[session().get_bind().dialect.name]
    rows = each(of).table_valued(column("value", JSON))
    sku = rows.c.value["sku"].as_string()
    return select(rows.c.value).where(sku.icontains(words, autoescape=True)).exists()


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
