"""Finds a product's revisions: the open one, what shoppers see, what was begun last, what waits for a group."""

from __future__ import annotations

from sqlalchemy import func, select

from storefront.catalog.models import ListingRevision, Product, RevisionState
from storefront.catalog.revising.moving import OPEN
from storefront.core.db import session


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
