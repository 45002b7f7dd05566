"""The catalogue's address: read with patience, written in one canonical form.

A value that is not understood never breaks the page: it is left out, and a notice says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from storefront import config
from storefront.catalog.filters import Filters, Sort
from storefront.catalog.shelf import Shelf
from storefront.catalog.words import MAX_QUERY, clean
from storefront.charities.models import Cause
from storefront.core.money import Money, digits
from storefront.web.rendering import money
from storefront.web.shop.labels import cause_name, material_name
from storefront.web.wording import gettext

MOST_VALUES = 30
_PRICE = re.compile(r"\d{1,9}(?:[.,]\d{1,3})?")
_SORTS = {sort.value: sort for sort in Sort}


@dataclass(frozen=True)
class Asked:
    """What an address asks for, and what of it was not understood, in words for the shopper."""

    filters: Filters
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the address without it."""

    text: str
    remove: str


def read(args: MultiDict[str, str], shelf: Shelf) -> Asked:
    """The filters that a query string asks for; rubbish is left out with a notice."""
    notices: list[str] = []
    typed = args.get("q", "")
    q = clean(typed)
    if len(typed.strip()) > MAX_QUERY:
        notices.append(gettext("Only the first %(n)s characters of your search were used.", n=MAX_QUERY))
    sort = _SORTS.get(args.get("sort", ""))
    if args.get("sort") and sort is None:
        notices.append(gettext("There is no such order, so the usual one is used."))
    if sort is None or (sort == Sort.BEST and not q):
        sort = Sort.BEST if q else Sort.NEWEST
    low, high = _price(args, "min", notices), _price(args, "max", notices)
    if low is not None and high is not None and low > high:
        low, high = high, low
        notices.append(gettext("The lowest price was above the highest, so they were swapped."))
    regions = {slug(region): region for region in shelf.facets["region"]}
    return Asked(
        Filters(
            q=q,
            causes=_known(args, "cause", {cause.value: cause.value for cause in Cause}, gettext("cause"), notices),
            producers=_known(
                args, "producer", {one: one for one in shelf.producer_by_slug}, gettext("producer"), notices
            ),
            regions=_known(args, "region", regions, gettext("region"), notices),
            materials=_known(
                args, "material", {one: one for one in shelf.facets["material"]}, gettext("material"), notices
            ),
            min_minor=low,
            max_minor=high,
            in_stock=args.get("in_stock", "") in {"1", "on", "true", "yes"},
            sort=sort,
            page=_page(args.get("page", "")),
        ),
        notices,
    )


def slug(name: str) -> str:
    """A region as it stands in addresses: `East Africa` as `east-africa`."""
    return "-".join(name.casefold().split())


def _known(
    args: MultiDict[str, str], name: str, known: dict[str, str], what: str, notices: list[str]
) -> frozenset[str]:
    found = set()
    for value in args.getlist(name)[:MOST_VALUES]:
        plain = slug(value)
        if plain in known:
            found.add(known[plain])
        elif plain:
            shown = clean(value)[:40]
            notices.append(gettext("We know no %(what)s “%(value)s”, so it was left out.", what=what, value=shown))
    return frozenset(found)


def _price(args: MultiDict[str, str], name: str, notices: list[str]) -> int | None:
    typed = args.get(name, "").strip().lstrip("$€£¥").strip()
    if not typed:
        return None
    currency = config.current().currency
    if not typed.isascii() or not _PRICE.fullmatch(typed):
        shown = clean(args.get(name, ""))[:40]
        notices.append(
            gettext("“%(value)s” is no price: write a number such as 25 or 12.50. It was left out.", value=shown)
        )
        return None
    return int(Decimal(typed.replace(",", ".")).scaleb(digits(currency)).to_integral_value())


def _page(typed: str) -> int:
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) <= 6 else 1


def write(filters: Filters, path: str = "/products") -> str:
    """The one address that asks for exactly this."""
    usual = Sort.BEST if filters.q else Sort.NEWEST
    pairs: list[tuple[str, str]] = [("q", filters.q)] if filters.q else []
    pairs += [("cause", value) for value in sorted(filters.causes)]
    pairs += [("producer", value) for value in sorted(filters.producers)]
    pairs += [("region", slug(value)) for value in sorted(filters.regions)]
    pairs += [("material", value) for value in sorted(filters.materials)]
    pairs += [("min", major(filters.min_minor))] if filters.min_minor is not None else []
    pairs += [("max", major(filters.max_minor))] if filters.max_minor is not None else []
    pairs += [("in_stock", "1")] if filters.in_stock else []
    pairs += [("sort", filters.sort.value)] if filters.sort != usual else []
    pairs += [("page", str(filters.page))] if filters.page > 1 else []
    return f"{path}?{urlencode(pairs)}" if pairs else path


def major(minor: int | None) -> str:
    """A price as the address has it, in major units: `25` or `12.50`."""
    if minor is None:
        return ""
    amount = Money(minor, config.current().currency).amount
    return str(int(amount)) if amount == int(amount) else str(amount)


def chips(filters: Filters, shelf: Shelf) -> list[Chip]:
    """The filters that are on, each with the address that takes it off."""
    first = filters.on_page(1)
    currency = config.current().currency
    found = []
    kinds: list[tuple[frozenset[str], Callable[[str], str], Callable[[frozenset[str]], Filters]]] = [
        (filters.causes, cause_name, lambda rest: replace(first, causes=rest)),
        (filters.producers, lambda one: shelf.producer_by_slug[one].name, lambda rest: replace(first, producers=rest)),
        (filters.regions, str, lambda rest: replace(first, regions=rest)),
        (filters.materials, material_name, lambda rest: replace(first, materials=rest)),
    ]
    for values, label, without in kinds:
        found += [Chip(label(value), write(without(values - {value}))) for value in sorted(values)]
    if filters.min_minor is not None:
        text = gettext("From %(price)s", price=money(Money(filters.min_minor, currency)))
        found.append(Chip(text, write(replace(first, min_minor=None))))
    if filters.max_minor is not None:
        text = gettext("Up to %(price)s", price=money(Money(filters.max_minor, currency)))
        found.append(Chip(text, write(replace(first, max_minor=None))))
    if filters.in_stock:
        found.append(Chip(gettext("In stock"), write(replace(first, in_stock=False))))
    return found


def cleared(filters: Filters) -> str:
    """The address with the words alone."""
    return write(Filters(q=filters.q, sort=filters.sort))
