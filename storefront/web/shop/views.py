"""Turns what the catalogue reads into what the components ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date

from storefront.catalog.browsing import Card, Thumbnail
from storefront.core.money import Money
from storefront.giving.pledges import PledgeTerms, terms_for
from storefront.web.rendering import day_text, language, money, percent
from storefront.web.shop.labels import place_name
from storefront.web.wording import gettext


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A product as `product_card` draws it; equal ones are drawn once."""

    url: str
    title: str
    producer: str
    place: str
    price: Money
    prices_vary: bool
    picture: Thumbnail | None
    fact: str
    sold_out: bool


@dataclass(frozen=True, slots=True)
class ShownProducer:
    """A producer as `producer_card` and `map` draw it; equal ones are drawn once."""

    url: str
    name: str
    native_name: str | None
    native_lang: str | None
    place: str
    summary: str
    crest: str
    people: int
    facts: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class ShownPledge:
    """A pledge as `donation_label` draws it."""

    charity: str
    url: str
    mission: str
    amount: Money
    rule: str
    period: str
    left: str
    paid_by: str
    paid_out: str
    stopped: str


def show_cards(cards: Sequence[Card], day: date) -> list[ShownCard]:
    """Cards with the fact of their pledge; one statement."""
    terms = terms_for([card.id for card in cards], day)
    return [show_card(card, terms.get(card.id)) for card in cards]


def show_card(card: Card, terms: PledgeTerms | None) -> ShownCard:
    """One card with the fact of its pledge."""
    return ShownCard(
        f"/products/{card.slug}",
        card.title,
        card.producer,
        place_name(card.place, card.country),
        card.price,
        card.prices_vary,
        card.picture,
        pledge_fact(terms, card.price) if terms else "",
        not card.in_stock,
    )


def pledge_fact(terms: PledgeTerms, price: Money) -> str:
    """One line: `5% to Open Bench Foundation`, or nothing when nothing is owed any more."""
    if terms.halted or (terms.cap_minor is not None and terms.promise(price.minor, 1) <= 0):
        return ""
    return _fact(terms.rate, terms.amount_minor, terms.currency, terms.charity_name, language.get())


@lru_cache(maxsize=4096)
def _fact(rate: Decimal | None, amount_minor: int | None, currency: str, charity: str, _language: str) -> str:
    share = percent(rate) if rate is not None else money(Money(amount_minor or 0, currency))
    return gettext("%(share)s to %(charity)s", share=share, charity=charity)


def show_pledge(terms: PledgeTerms, price: Money, producer: str) -> ShownPledge:
    """The disclosure next to the button, for one item at `price`."""
    return ShownPledge(
        charity=terms.charity_name,
        url=f"/charities/{terms.charity_slug}",
        mission=terms.mission,
        amount=Money(terms.promise(price.minor, 1), terms.currency),
        rule=_rule(terms),
        period=_period(terms),
        left=_left(terms),
        paid_by=gettext("%(producer)s, out of the price shown; nothing is added to it", producer=producer),
        paid_out=gettext("monthly, within 90 days of the sale, once the 30 days to return it are over"),
        stopped=_stopped(terms, price),
    )


def _rule(terms: PledgeTerms) -> str:
    purpose = gettext(", for “%(project)s”", project=terms.project_name) if terms.project_name else ""
    if terms.rate is not None:
        share = percent(terms.rate)
        return gettext("%(share)s of the price paid, after discount, before tax and delivery", share=share) + purpose
    amount = money(Money(terms.amount_minor or 0, terms.currency))
    return gettext("%(amount)s for each item, whatever its price", amount=amount) + purpose


def _period(terms: PledgeTerms) -> str:
    if terms.ends_on is None:
        return gettext("since %(start)s, without an end", start=day_text(terms.starts_on))
    return gettext("%(start)s to %(end)s", start=day_text(terms.starts_on), end=day_text(terms.ends_on))


def _left(terms: PledgeTerms) -> str:
    if terms.cap_minor is None or terms.room_minor is None:
        return ""
    left, cap = Money(max(terms.room_minor, 0), terms.currency), Money(terms.cap_minor, terms.currency)
    return gettext("%(left)s of %(cap)s is left", left=money(left), cap=money(cap))


def _stopped(terms: PledgeTerms, price: Money) -> str:
    if terms.halted:
        return gettext(
            "The pledge to %(charity)s has stopped: the charity is not approved at the moment, so nothing is owed",
            charity=terms.charity_name,
        )
    if terms.promise(price.minor, 1) > 0:
        return ""
    cap = money(Money(terms.cap_minor or 0, terms.currency))
    return gettext(
        "The pledge to %(charity)s has reached its cap of %(cap)s: nothing more is owed",
        charity=terms.charity_name,
        cap=cap,
    )


def span_text(first: date, last: date) -> str:
    """`1–7 December`, or `28 November – 4 December`: days to come, so the year goes without saying."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_date(last, 'd MMMM', locale=language.get())}"
    return " – ".join(format_date(day, "d MMMM", locale=language.get()) for day in (first, last))


def show_producer(row: Any) -> ShownProducer:
    """A producer as `producer_card` and `map` draw it."""
    return ShownProducer(
        url=f"/producers/{row.slug}",
        name=row.name,
        native_name=row.native_name,
        native_lang=row.native_lang,
        place=place_name(row.place, row.country),
        summary=row.summary,
        crest=row.crest,
        people=row.people,
        facts=_facts(row.people, row.founded, language.get()),
        latitude=row.latitude,
        longitude=row.longitude,
    )


@lru_cache(maxsize=4096)
def _facts(people: int, year: int, _language: str) -> str:
    return gettext("%(people)s people, since %(year)s", people=people, year=year)


def first_picture(cards: Iterable[Card | ShownCard]) -> Thumbnail | None:
    """The first picture of a list, for social previews."""
    return next((card.picture for card in cards if card.picture is not None), None)
