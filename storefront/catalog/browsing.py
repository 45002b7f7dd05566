"""Lists of products as shoppers see them: rows of plain columns, one prepared statement a list.

Which products match and how many is the shelf's answer (`catalog.shelf`); which of them stand on a page
and what is shown of them comes from the rows themselves, so that no price or stock can be an old one.
"""

# Statements are put together from the constants of this file; every value from outside is a bound parameter.
# ruff: noqa: S608

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from storefront.catalog.filters import PAGE_SIZE, Filters, Sort
from storefront.catalog.shelf import Matches, Shelf, bitmap, members, shelf
from storefront.core.db import session
from storefront.core.money import Money

# Up to so many matches their ids are handed to the database; above, it walks the index of the order instead.
FEW = 1500

_ORDERS = {
    Sort.NEWEST: "published_at DESC, id DESC",
    Sort.PRICE: "price_from_minor, id",
    Sort.PRICE_DOWN: "price_from_minor DESC, id DESC",
    Sort.DONATION: "donation_minor DESC, id DESC",
    Sort.NAME: "title, id",
}
_CARD = """SELECT product.id, product.slug, product.title, product.subtitle, product.price_from_minor, product.currency,
  product.in_stock, product.cause, producer.name AS producer, producer.slug AS producer_slug, producer.place,
  producer.country, picture.ref, picture.alt, picture.width, picture.height, picture.widths, picture.colour,
  picture.focus_x, picture.focus_y,
  EXISTS (SELECT 1 FROM variant WHERE variant.product_id = product.id
    AND variant.price_minor > product.price_from_minor) AS prices_vary
FROM {source} JOIN producer ON producer.id = product.producer_id AND producer.status = 'approved'
LEFT JOIN product_picture ON product_picture.product_id = product.id AND product_picture.position = 0
LEFT JOIN picture ON picture.id = product_picture.picture_id"""
_PAGE = """(SELECT id AS page_id FROM product WHERE {where} ORDER BY {order} LIMIT :size OFFSET :skip) AS page
JOIN product ON product.id = page_id"""
_BY_IDS = {
    "sqlite": "id IN (SELECT value FROM json_each(:ids))",
    "postgresql": "id = ANY(CAST(:ids AS integer[]))",
}
# Written so that no index of `status` fits: SQLite would walk all live products where a few ids are named.
_LIVE = "coalesce(product.status, '') = 'live'"
_NOT_HIDDEN = "producer_id NOT IN (SELECT id FROM producer WHERE status <> 'approved')"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The columns of a picture that pages need."""

    ref: str
    alt: str
    width: int
    height: int
    widths: str
    colour: str
    focus_x: int = 50
    focus_y: int = 50


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list."""

    id: int
    slug: str
    title: str
    subtitle: str
    price: Money
    prices_vary: bool
    in_stock: bool
    cause: str
    producer: str
    producer_slug: str
    place: str
    country: str
    picture: Thumbnail | None


@dataclass(frozen=True)
class Listing:
    """A page of a list: its cards, and how many products match in all and for each facet's values."""

    cards: list[Card]
    matches: Matches
    page: int
    pages: int
    shelf: Shelf
    capped: bool = False
    best: list[int] = field(default_factory=list)

    @property
    def found(self) -> int:
        """How many products match."""
        return self.matches.found


def browse(
    filters: Filters, *, ranked: Sequence[int] | None = None, capped: bool = False, on: Shelf | None = None
) -> Listing:
    """The page of the catalogue that `filters` ask for; `ranked` are the ids that words were found in, best first.

    A page beyond the last gives the last one. Two statements, one less with a shelf that was just asked for.
    """
    one = on or shelf()
    within = None
    if ranked is not None:
        within = bitmap(ranked)
    matches = one.match(filters, within)
    pages = max(1, -(-matches.found // PAGE_SIZE))
    page = min(filters.page, pages)
    skip = (page - 1) * PAGE_SIZE
    best: list[int] = []
    if ranked is not None and filters.sort == Sort.BEST:
        matching = set(members(matches.bits))
        best = [id_ for id_ in ranked if id_ in matching]
        cards = by_ids(best[skip : skip + PAGE_SIZE])
    elif matches.found:
        cards = _page(one, filters, matches, skip, by_id=ranked is not None)
    else:
        cards = []
    return Listing(cards, matches, page, pages, one, capped, best)


def _page(one: Shelf, filters: Filters, matches: Matches, skip: int, *, by_id: bool) -> list[Card]:
    values: dict[str, Any] = {"size": PAGE_SIZE, "skip": skip}
    if by_id or (filters.narrows and matches.found <= FEW):
        where = [_LIVE, _ids(values, list(members(matches.bits)))]
    else:
        where = ["status = 'live'", *_conditions(filters, values)]
    if one.hides_some:
        where.append(_NOT_HIDDEN)
    order = _ORDERS.get(filters.sort, _ORDERS[Sort.NEWEST])
    source = _PAGE.format(where=" AND ".join(where), order=order)
    outer = ", ".join("product." + part for part in order.split(", "))
    return cards(f"{_CARD.format(source=source)} ORDER BY {outer}", values)


def _ids(values: dict[str, Any], ids: Sequence[int]) -> str:
    dialect = session().get_bind().dialect.name
    values["ids"] = json.dumps(ids) if dialect == "sqlite" else "{" + ",".join(map(str, ids)) + "}"
    return _BY_IDS[dialect]


def _conditions(filters: Filters, values: dict[str, Any]) -> list[str]:
    """The same question in SQL, for matches too many to name each."""
    where = []

    def one_of(name: str, wanted: frozenset[str]) -> str:
        names = [f"{name}_{at}" for at in range(len(wanted))]
        values.update(zip(names, sorted(wanted), strict=True))
        return "(" + ", ".join(f":{each}" for each in names) + ")"

    if filters.causes:
        where.append(f"cause IN {one_of('cause', filters.causes)}")
    if filters.producers:
        where.append(f"producer_id IN (SELECT id FROM producer WHERE slug IN {one_of('producer', filters.producers)})")
    if filters.regions:
        where.append(f"producer_id IN (SELECT id FROM producer WHERE region IN {one_of('region', filters.regions)})")
    if filters.materials:
        listed = one_of("material", filters.materials)
        where.append(
            "EXISTS (SELECT 1 FROM product_material "
            f"WHERE product_material.product_id = product.id AND material IN {listed})"
        )
    if filters.min_minor is not None:
        where.append("price_from_minor >= :low")
        values["low"] = filters.min_minor
    if filters.max_minor is not None:
        where.append("price_from_minor <= :high")
        values["high"] = filters.max_minor
    if filters.in_stock:
        where.append("in_stock")
    return where


def by_ids(ids: Sequence[int]) -> list[Card]:
    """The live products with these ids, in this order."""
    if not ids:
        return []
    values: dict[str, Any] = {}
    where = "product." + _ids(values, list(ids))
    found = {card.id: card for card in cards(f"{_CARD.format(source='product')} WHERE {_LIVE} AND {where}", values)}
    return [found[id_] for id_ in ids if id_ in found]


def featured(count: int) -> list[Card]:
    """The products that the shop puts on its home page: chosen ones, filled up with the newest. One statement."""
    newest = "ORDER BY published_at DESC, id DESC LIMIT :count"
    live = "AS rank FROM product WHERE status = 'live'"
    chosen = f"SELECT * FROM (SELECT id AS page_id, 0 {live} AND featured = true {newest}) AS chosen"
    filling = f"SELECT * FROM (SELECT id AS page_id, 1 {live} {newest}) AS filling"
    source = (
        f"(SELECT page_id, min(rank) AS rank FROM ({chosen} UNION ALL {filling}) AS picked GROUP BY page_id) AS page "
        "JOIN product ON product.id = page_id"
    )
    order = "page.rank, product.published_at DESC, product.id DESC"
    return cards(f"{_CARD.format(source=source)} ORDER BY {order} LIMIT :count", {"count": count})


def of_producer(producer_id: int, *, count: int, without: int = 0) -> list[Card]:
    """A producer's live products, newest first, but for the product with the id `without`."""
    where = "product.status = 'live' AND product.producer_id = :producer AND product.id <> :without"
    order = "product.in_stock DESC, product.published_at DESC, product.id DESC"
    return cards(
        f"{_CARD.format(source='product')} WHERE {where} ORDER BY {order} LIMIT :count",
        {"producer": producer_id, "without": without, "count": count},
    )


def of_cause(cause: str, count: int) -> list[Card]:
    """The newest live products of a cause."""
    return cards(
        f"{_CARD.format(source='product')} WHERE product.status = 'live' AND product.cause = :cause "
        "ORDER BY product.published_at DESC, product.id DESC LIMIT :count",
        {"cause": cause, "count": count},
    )


def picture_of(row: Any) -> Thumbnail | None:
    """The picture that was joined to a row, if there is one."""
    if row.ref is None:
        return None
    return Thumbnail(row.ref, row.alt, row.width, row.height, row.widths, row.colour, row.focus_x, row.focus_y)


def cards(statement: str, values: dict[str, Any]) -> list[Card]:
    """The cards that a statement made of `_CARD` finds."""
    return [
        Card(
            row.id,
            row.slug,
            row.title,
            row.subtitle,
            Money(row.price_from_minor, row.currency),
            bool(row.prices_vary),
            bool(row.in_stock),
            row.cause,
            row.producer,
            row.producer_slug,
            row.place,
            row.country,
            picture_of(row),
        )
        for row in session().execute(_prepared(statement), values)
    ]


_statements: dict[str, Any] = {}


def _prepared(statement: str) -> Any:
    """The statement as SQLAlchemy keeps it, made once for each wording."""
    if statement not in _statements:
        if len(_statements) > 500:
            _statements.clear()
        _statements[statement] = text(statement)
    return _statements[statement]
