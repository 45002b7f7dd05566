"""The pledge of a listing: read as a version of the listing holds it, and made when that version is approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storefront.catalog import content
from storefront.catalog.events import ListingApproved
from storefront.catalog.models import ListingRevision, Product, ProductPicture, ProductStatus
from storefront.charities.models import Charity, Project
from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving import pledges
from storefront.giving.models import Pledge

_AT_ONCE = 200


class ShownDiffers(RuntimeError):
    """What shoppers would see is not, byte for byte, what was approved."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"what is shown of {slug} is not what was approved")
        self.slug = slug


def plain(product_id: int) -> dict[str, Any] | None:
    """The pledge that a product has now, whatever the day, as a listing's content holds it; None without one."""
    row = _current(product_id)
    return None if row is None else _plain(row)


def _plain(row: Pledge) -> dict[str, Any]:
    return {
        "charity": row.charity.slug,
        "project": row.project.slug if row.project else "",
        "rate": rate_text(row.rate) if row.rate is not None else "",
        "amount_minor": row.amount_minor,
        "cap_minor": row.cap_minor,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else "",
    }


def rate_text(rate: Decimal) -> str:
    """A rate in the one form that contents use: `0.05`, whatever zeros a database adds."""
    return format(rate.normalize(), "f")


def follow_listing(event: ListingApproved) -> None:
    """Make the pledge that the approved version names, or end the one there was. Raises CharityNotApproved."""
    product, wanted = event.product, event.revision.content["pledge"]
    if plain(product.id) == wanted:
        pledges.refresh_donation(product.id, event.now.date())
        return
    if wanted is None:
        row = _current(product.id)
        assert row is not None, "it differs from None"
        row.superseded_at = event.now
        session().flush()
        pledges.refresh_donation(product.id, event.now.date())
        return
    charity = session().scalars(select(Charity).where(Charity.slug == wanted["charity"])).one()
    project = session().scalar(select(Project).where(Project.slug == wanted["project"]))
    currency = product.currency
    pledges.pledge(
        product.id,
        charity,
        now=event.now,
        starts_on=date.fromisoformat(wanted["starts_on"]),
        ends_on=date.fromisoformat(wanted["ends_on"]) if wanted["ends_on"] else None,
        currency=currency,
        project=project,
        rate=Decimal(wanted["rate"]) if wanted["rate"] else None,
        amount=None if wanted["rate"] else Money(wanted["amount_minor"], currency),
        cap=Money(wanted["cap_minor"], currency) if wanted["cap_minor"] else None,
    )


def prove_shown(event: ListingApproved) -> None:
    """Read back what shoppers will see and compare it with what was approved; raises ShownDiffers."""
    session().flush()
    session().expire(event.product)
    if content.digest(content.shown(event.product, plain(event.product.id))) != event.revision.digest:
        raise ShownDiffers(event.product.slug)


def unapproved() -> Iterator[str]:
    """Slugs of products whose page says anything but what was approved last, or that were never approved."""
    current = session()
    shown = (ProductStatus.LIVE, ProductStatus.PAUSED, ProductStatus.ARCHIVED)
    ids = list(current.scalars(select(Product.id).where(Product.status.in_(shown)).order_by(Product.id)))
    for at in range(0, len(ids), _AT_ONCE):
        some = ids[at : at + _AT_ONCE]
        digests = dict(
            current.execute(
                select(ListingRevision.product_id, ListingRevision.digest)
                .where(ListingRevision.product_id.in_(some), ListingRevision.number.is_not(None))
                .order_by(ListingRevision.number)
            ).all()
        )
        rows = current.scalars(select(Pledge).where(Pledge.product_id.in_(some), Pledge.superseded_at.is_(None)))
        promised = {row.product_id: _plain(row) for row in rows}
        loading = [selectinload(getattr(Product, name)) for name in ("variants", "materials", "shares", "stories")]
        loading += [selectinload(Product.claims), selectinload(Product.pictures).joinedload(ProductPicture.picture)]
        for product in current.scalars(select(Product).where(Product.id.in_(some)).options(*loading)):
            if content.digest(content.shown(product, promised.get(product.id))) != digests.get(product.id):
                yield product.slug
        current.expunge_all()


def _current(product_id: int) -> Pledge | None:
    return session().scalar(
        select(Pledge)
        .where(Pledge.product_id == product_id, Pledge.superseded_at.is_(None))
        .order_by(Pledge.id.desc())
        .limit(1)
    )
