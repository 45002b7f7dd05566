"""What a concern may be about, and which parties that concerns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Text, cast, or_, select

from storefront.accounts.models import User
from storefront.catalog.models import Product, ProductStatus
from storefront.charities.models import SHOWN as SHOWN_CHARITIES
from storefront.charities.models import Charity
from storefront.checkout import finding as orders
from storefront.core.db import session
from storefront.core.journal import JournalEntry
from storefront.giving import freezing
from storefront.producers.models import SHOWN as SHOWN_GROUPS
from storefront.producers.models import Member, Producer
from storefront.vetting.models import Case, Conflict


@dataclass(frozen=True)
class Subject:
    """Something by its kind and name; `parties` are those who answer for it, as the ledger calls them."""

    kind: str
    name: str
    parties: tuple[str, ...]


def find(text: str, *, public: bool = False) -> Subject | None:
    """What `producer:<slug>`, `charity:<slug>`, `product:<slug>` or `order:<ref>` stands for, if anything.

    `public` finds none of a group or charity that has no page.
    """
    kind, _, key = text.partition(":")
    current = session()
    groups, charities = select(Producer).where(Producer.slug == key), select(Charity).where(Charity.slug == key)
    goods = select(Product).join(Product.producer).where(Product.slug == key, Product.status != ProductStatus.DRAFT)
    if public:
        shown = Producer.status.in_(SHOWN_GROUPS)
        groups, goods = groups.where(shown), goods.where(shown)
        charities = charities.where(Charity.status.in_(SHOWN_CHARITIES))
    if kind == "producer" and (group := current.scalar(groups)):
        return Subject(kind, group.name, (freezing.party(group),))
    if kind == "charity" and (charity := current.scalar(charities)):
        return Subject(kind, charity.name, (freezing.party(charity),))
    if kind == "product" and (product := current.scalar(goods)):
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


def named_like(words: str) -> list[str]:
    """The parties that have the words in their name or address, in upper or lower case."""
    found: list[str] = []
    for kind, model in freezing.KINDS.items():
        named = or_(model.name.icontains(words, autoescape=True), model.slug.icontains(words, autoescape=True))
        found += [f"{kind}:{slug}" for slug in session().scalars(select(model.slug).where(named))]
    return found


def own_parties(user: User) -> list[str]:
    """The parties that the user has a stake in: as a member, now or ever, as whoever applied, by a declared conflict.

    Who was a member is in the journal, so that nobody leaves a group to judge it.
    """
    current = session()
    groups = select(Producer.slug).join(Member, Member.producer_id == Producer.id).where(Member.user_id == user.id)
    conflicts = select(Conflict.case_id).where(Conflict.reviewer_id == user.id)
    staked = or_(Case.applicant_id == user.id, Case.id.in_(conflicts))
    cases = {
        "producer": select(Producer.slug).join(Case, Case.producer_id == Producer.id).where(staked),
        "charity": select(Charity.slug).join(Case, Case.charity_id == Charity.id).where(staked),
    }
    ever = select(JournalEntry.subject).where(
        JournalEntry.act.startswith("member "), cast(JournalEntry.facts, Text).contains(f'"user:{user.ref}"')
    )
    found = {f"producer:{slug}" for slug in current.scalars(groups)} | set(current.scalars(ever))
    return sorted(found | {f"{kind}:{slug}" for kind, slugs in cases.items() for slug in current.scalars(slugs)})
