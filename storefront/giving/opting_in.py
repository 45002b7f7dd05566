"""One pledge for many products at once: looked at product by product, then staged for the reviewers like any edit.

A product that can't take it is left as it is, with the reason; of all others every one is staged, or none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from storefront.catalog import checking, content, revising
from storefront.catalog.checking import Problem
from storefront.catalog.content import Content
from storefront.catalog.listing import WHOLE
from storefront.catalog.models import Product, ProductStatus, RevisionState
from storefront.catalog.sheets.finding import Shelf, There
from storefront.charities.models import Charity, CharityStatus, Project
from storefront.core import journal
from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving import promising
from storefront.giving.splitting import FrozenShare, Part, split_price
from storefront.producers.models import Producer

Rule = Mapping[str, Any]


class UnfitRule(ValueError):
    """No product could take this pledge: `why` is `charity_not_approved`, `no_day` or `over`."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no pledge: {why}")
        self.why = why


class SeenOtherwise(ValueError):
    """What would be done now is not what was shown: `offers` are as they are now."""

    def __init__(self, offers: list[Offer]) -> None:
        super().__init__("the listings changed since they were shown")
        self.offers = offers


@dataclass(frozen=True)
class Offer:
    """A listing beside the pledge: its lowest price, and the parts of that as they are and as they would be.

    `unfit` says why it can't take the pledge: `with_reviewers`, `same`, `no_price`, `no_split`, `more_than_price` or
    `incomplete` (then `problems` say what is missing). One that `sends` goes to the reviewers at once; another draft
    waits for its own answers first.
    """

    there: There
    price: Money
    before: Sequence[Part]
    after: Sequence[Part]
    unfit: str = ""
    problems: Sequence[Problem] = ()
    sends: bool = False

    @property
    def plain(self) -> list[Any]:
        """All that was shown of it, as data."""
        return [self.there.product.slug, content.digest(self.there.content), self.unfit, self.sends]


def offers(producer: Producer, keys: Collection[str] | None, rule: Rule, today: date) -> list[Offer]:
    """The group's listings, or those with these addresses, beside the pledge. Raises UnfitRule."""
    _check(rule, today)
    shelf = Shelf(producer, promising.plain)
    chosen = shelf.all() if keys is None else shelf.chosen(keys)
    names = {row.slug: row.name for row in session().execute(select(Charity.slug, Charity.name))}
    return [_offer(there, rule, names) for there in chosen if there.product.status != ProductStatus.ARCHIVED]


def digest(found: Sequence[Offer]) -> str:
    """What is agreed to by who agrees to these offers."""
    return content.digest([one.plain for one in found])


def opt_in(
    producer: Producer, keys: Collection[str] | None, rule: Rule, *, seen: str, why: str, actor: str, now: datetime
) -> list[Offer]:
    """Stage the pledge on every listing that can take it, as it was `seen`; returns the offers.

    Raises UnfitRule and SeenOtherwise; then nothing is changed.
    """
    revising.lock(*session().scalars(select(Product.id).where(Product.producer_id == producer.id)))
    found = offers(producer, keys, rule, now.date())
    if digest(found) != seen:
        raise SeenOtherwise(found)
    for one in found:
        if not one.unfit:
            _stage(one, rule, why, actor, now)
    staged = sum(not one.unfit for one in found)
    journal.record(
        "pledge staged for many", subject=f"producer:{producer.slug}", actor=actor, now=now, products=staged, **rule
    )
    return found


def _check(rule: Rule, today: date) -> None:
    charity = session().scalar(select(Charity).where(Charity.slug == rule["charity"]))
    if charity is None or charity.status != CharityStatus.APPROVED:
        raise UnfitRule("charity_not_approved")
    if rule["project"] and charity.id != session().scalar(
        select(Project.charity_id).where(Project.slug == rule["project"])
    ):
        raise UnfitRule("charity_not_approved")
    if rule["ends_on"] and not checking.is_day(rule["ends_on"]):
        raise UnfitRule("no_day")
    if rule["ends_on"] and date.fromisoformat(rule["ends_on"]) < today:
        raise UnfitRule("over")


def _offer(there: There, rule: Rule, names: Mapping[str, str]) -> Offer:
    what, currency = there.content, there.product.currency
    price = Money(min((row["price_minor"] for row in what["variants"] if row["price_minor"] > 0), default=0), currency)
    unfit = next(_unfit(there, rule, price), "")
    if unfit in ("no_price", "no_split"):
        return Offer(there, price, (), (), unfit)
    before, after = (_parts(what, price, pledge, names) for pledge in (what["pledge"], rule))
    if unfit:
        return Offer(there, price, before, after, unfit)
    sends = there.revision is None and there.product.status != ProductStatus.DRAFT
    wrong = checking.problems(there.product, {**what, "pledge": {**rule, "starts_on": ""}}) if sends else []
    return Offer(there, price, before, after, "incomplete" if wrong else "", wrong, sends)


def _unfit(there: There, rule: Rule, price: Money) -> Iterator[str]:
    what = there.content
    if there.revision is not None and there.revision.state == RevisionState.SENT:
        yield "with_reviewers"
    if not price:
        yield "no_price"
    if sum(row["basis_points"] for row in what["shares"]) != WHOLE:
        yield "no_split"
    if what["pledge"] is not None and {**what["pledge"], **rule} == what["pledge"]:
        yield "same"
    if checking.owed(dict(rule), price.minor) > price.minor:
        yield "more_than_price"


def _parts(what: Content, price: Money, pledge: Rule | None, names: Mapping[str, str]) -> list[Part]:
    owed = min(checking.owed(dict(pledge), price.minor), price.minor) if pledge else 0
    charity = names.get(pledge["charity"], "") if pledge else ""
    return split_price(price, owed, [FrozenShare(**row) for row in what["shares"]], charity=charity)


def _stage(offer: Offer, rule: Rule, why: str, actor: str, now: datetime) -> None:
    product = offer.there.product
    revision = revising.open_draft(product, promising.plain(product.id), actor=actor, now=now)
    seen = revising.seen(revision, ("pledge",))
    revising.edit(revision, {"pledge": {**rule, "starts_on": ""}}, seen_digest=seen, actor=actor, now=now)
    if not revision.reason and product.status != ProductStatus.DRAFT:
        revising.explain(revision, why, False, seen_digest=revising.seen_why(revision), actor=actor, now=now)
    if offer.sends:
        revising.send(revision, stamp=revision.stamp, actor=actor, now=now)
