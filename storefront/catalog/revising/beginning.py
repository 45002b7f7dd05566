"""Begins revisions: of a new product, of a live one, and those that record what shoppers see already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select

from storefront.catalog import content
from storefront.catalog.content import Content
from storefront.catalog.models import ListingRevision, Product, ProductStatus, Revised, RevisionState
from storefront.catalog.revising.finding import approved, open_revision
from storefront.catalog.revising.moving import ProductArchived, lock, subject_of
from storefront.core import journal
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.producers import members
from storefront.producers.models import Producer

R = TypeVar("R", bound=Revised)


def begin(
    producer: Producer,
    *,
    currency: str,
    actor: str,
    now: datetime,
    start: Content | None = None,
    stock: Mapping[str, int] | None = None,
) -> Product:
    """A new product that nobody sees, with a copy of `start` and what it begins with.

    Without `start` it has a draft to fill in: the group's one in which nothing stands yet, if there is one.
    """
    there = None if start else _blank(producer)
    if there is not None:
        return there
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
    new_draft(product, start or content.empty(), actor, now, stock)
    journal.record("listing begun", subject=subject_of(product), actor=actor, now=now)
    return product


def _blank(producer: Producer) -> Product | None:
    """The draft of this group in which nobody has filled in anything; locks the group, so that two begin one."""
    session().refresh(producer, with_for_update={"key_share": True})
    blank = (
        select(Product)
        .join(ListingRevision, ListingRevision.product_id == Product.id)
        .where(Product.producer_id == producer.id, Product.status == ProductStatus.DRAFT)
        .where(ListingRevision.state == RevisionState.DRAFT, ListingRevision.digest == content.digest(content.empty()))
    )
    return session().scalars(blank.order_by(Product.id).limit(1)).first()


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
    return new_draft(product, start, actor, now)


def new_draft(
    product: Product, start: Content, actor: str, now: datetime, stock: Mapping[str, int] | None = None
) -> ListingRevision:
    """A draft that begins with `start`."""
    facts = {"state": RevisionState.DRAFT, "stock": dict(stock or {})}
    return new_version(ListingRevision, product, start, made_by=actor, now=now, **facts)


def approve_as_is(
    product: Product, what: Content, reason: str, *, by: str, now: datetime, made_by: str = "system"
) -> ListingRevision:
    """Record what shoppers see already as the next approved revision."""
    facts = {"number": next_number(product), "reason": reason, "decided_by": by, "decided_at": now, "stock": {}}
    return new_version(ListingRevision, product, what, made_by=made_by, now=now, state=RevisionState.APPROVED, **facts)


def new_version(kind: type[R], product: Product, what: Content, *, made_by: str, now: datetime, **facts: Any) -> R:
    """A new row of this kind of versions."""
    revision = kind(
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


def next_number(product: Product) -> int:
    """The number of the next approved version."""
    last = session().scalar(
        select(func.max(ListingRevision.number)).where(ListingRevision.product_id == product.id)
    )  # fmt: skip
    return (last or 0) + 1
