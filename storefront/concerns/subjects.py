"""What a concern may be about, and which parties that concerns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from storefront.accounts.models import User
from storefront.catalog.models import Product, ProductStatus
from storefront.charities.models import Charity
from storefront.checkout import finding as orders
from storefront.core.db import session
from storefront.giving import freezing
from storefront.producers.models import Member, Producer
from storefront.vetting.models import Case


@dataclass(frozen=True)
class Subject:
    """Something by its kind and name; `parties` are those who answer for it, as the ledger calls them."""

    kind: str
    name: str
    parties: tuple[str, ...]


def find(text: str) -> Subject | None:
    """What `producer:<slug>`, `charity:<slug>`, `product:<slug>` or `order:<ref>` stands for, if anything."""
    kind, _, key = text.partition(":")
    current = session()
    if kind == "producer" and (group := current.scalar(select(Producer).where(Producer.slug == key))):
        return Subject(kind, group.name, (freezing.party(group),))
    if kind == "charity" and (charity := current.scalar(select(Charity).where(Charity.slug == key))):
        return Subject(kind, charity.name, (freezing.party(charity),))
    live = select(Product).where(Product.slug == key, Product.status != ProductStatus.DRAFT)
    if kind == "product" and (product := current.scalar(live)):
        return Subject(kind, product.title, (freezing.party(product.producer),))
    if kind == "order" and (order := orders.by_ref(key)):
        return Subject(kind, order.ref, tuple(sorted({f"producer:{one.producer_slug}" for one in order.parcels})))
    return None


def names(parties: Collection[str]) -> dict[str, str]:
    """What these parties are called; one statement for groups, one for charities."""
    found: dict[str, str] = {}
    for kind, model in freezing.KINDS.items():
        slugs = [one.partition(":")[2] for one in parties if one.startswith(f"{kind}:")]
        rows = session().execute(select(model.slug, model.name).where(model.slug.in_(slugs)))
        found |= {f"{kind}:{slug}": name for slug, name in rows}
    return found


def own_parties(user: User) -> list[str]:
    """The parties that the user belongs to: groups as a member, charities as whoever applied for them."""
    groups = select(Producer.slug).join(Member, Member.producer_id == Producer.id).where(Member.user_id == user.id)
    applied = select(Charity.slug).join(Case, Case.charity_id == Charity.id).where(Case.applicant_id == user.id)
    named = {"producer": groups, "charity": applied}
    return [f"{kind}:{slug}" for kind, slugs in named.items() for slug in session().scalars(slugs)]
