"""Reads what a product's page shows of the product itself, in two statements.

What a product has many of (variants, pictures, parts, batches with their steps) comes as JSON from the
database itself, so that a page costs the same however much hangs on its product.
"""

# Statements are put together from the constants of this file; every value from outside is a bound parameter.
# ruff: noqa: S608

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, select, text

from storefront.catalog.browsing import Thumbnail
from storefront.catalog.models import OldSlug, Product
from storefront.charities.models import Charity
from storefront.core import clock
from storefront.core.db import session
from storefront.core.money import Money
from storefront.producers.models import Producer
from storefront.provenance import reading
from storefront.provenance.reading import BatchView, ClaimView


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant that can be chosen. `stock` is what is left."""

    id: int
    sku: str
    name: str
    price: Money
    stock: int


@dataclass(frozen=True, slots=True)
class ShareView:
    """A part of the price, in basis points of what is left after the pledge."""

    share_to: str
    label: str
    basis: str
    basis_points: int


@dataclass(frozen=True)
class ProductView:
    """A product as its page shows it. `row` has the plain columns of the product and, as `producer_…`, of its maker."""

    row: Any
    variants: list[VariantView]
    pictures: list[Thumbnail]
    materials: list[str]
    shares: list[ShareView]

    @property
    def on_sale(self) -> bool:
        """Whether the product can be bought at all, whatever its stock."""
        sold = self.row.status == "live" and self.row.producer_status == "approved" and not self.row.closed_until
        return bool(sold and self.variants)

    @property
    def closed_until(self) -> date | None:
        """The last day of the group's holidays, where today is one of them."""
        value = self.row.closed_until
        return date.fromisoformat(value) if isinstance(value, str) else value

    @property
    def first(self) -> VariantView | None:
        """The variant that is chosen at first: the first one in stock, or the first."""
        return next((one for one in self.variants if one.stock > 0), self.variants[0] if self.variants else None)

    @property
    def sold_out(self) -> list[VariantView]:
        """The variants of which none is left."""
        return [one for one in self.variants if one.stock <= 0]


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story in the group's own language and, where there is one, in the shop's. A withdrawn one has no words."""

    title: str
    body: str
    lang: str
    translated_title: str
    translated_body: str
    translated_by: str
    withdrawn: bool


@dataclass(frozen=True)
class Background:
    """What is told of a product: its story, batches and claims as of a day, and its producer's vetting."""

    story: StoryView
    story_version: int
    story_reason: str
    story_on: date | None
    batches: list[BatchView]
    claims: list[ClaimView]
    vetted_on: date | None
    vetting_review_due_on: date | None


_HEAD = """SELECT product.id, product.slug, product.title, product.subtitle, product.description, product.cause,
  product.status, product.materials_text, product.care, product.unit, product.unit_amount, product.option_name,
  product.currency, producer.id AS producer_id, producer.slug AS producer_slug, producer.name AS producer_name,
  producer.native_name AS producer_native_name, producer.native_lang AS producer_native_lang,
  producer.place AS producer_place, producer.country AS producer_country, producer.summary AS producer_summary,
  producer.crest AS producer_crest, producer.people AS producer_people, producer.founded AS producer_founded,
  producer.status AS producer_status, (SELECT max(ends_on) FROM closure WHERE closure.producer_id = producer.id
    AND starts_on <= :today AND ends_on >= :today) AS closed_until,
  producer.ships_from, producer.delivery_minor, producer.delivery_free_from_minor, producer.delivery_days_min,
  producer.delivery_days_max, {variants} AS variants, {pictures} AS pictures, {materials} AS materials,
  {shares} AS shares
FROM product JOIN producer ON producer.id = product.producer_id
WHERE product.slug = :slug AND product.status <> 'draft' AND producer.status IN ('approved', 'lapsed')"""

_BACKGROUND = """SELECT story.title, story.body, story.lang, story.translated_title,
  story.translated_body, story.translated_by, story.withdrawn,
  story.version, story.reason, story.published_at, {batches} AS batches,
  {claims} AS claims, approval.decided_on, approval.review_due_on
FROM product
LEFT JOIN story ON story.product_id = product.id
  AND story.version = (SELECT max(version) FROM story AS newest WHERE newest.product_id = product.id)
LEFT JOIN approval ON approval.id = (SELECT latest.id FROM approval AS latest
  WHERE latest.producer_id = product.producer_id ORDER BY latest.decided_on DESC, latest.id DESC LIMIT 1)
WHERE product.id = :id"""

_THUMBNAIL = ("ref", "alt", "width", "height", "widths", "colour", "focus_x", "focus_y")
_EVIDENCE = ("level", "verifier", "document", "expires_on")


def _many(dialect: str, columns: tuple[str, ...], source: str, alias: str, **nested: str) -> str:
    """A subquery that gives the rows of `source` as one JSON list of objects."""
    sqlite = dialect == "sqlite"
    pairs = [f"'{name}', {alias}.{name}" for name in columns]
    pairs += [f"'{name}', {f'json({query})' if sqlite else query}" for name, query in nested.items()]
    one, every = ("json_object", "json_group_array") if sqlite else ("json_build_object", "json_agg")
    return f"(SELECT {every}({one}({', '.join(pairs)})) FROM ({source}) AS {alias})"


@cache
def _head(dialect: str) -> TextClause:
    pictures = (
        "SELECT picture.* FROM product_picture JOIN picture ON picture.id = product_picture.picture_id "
        "WHERE product_picture.product_id = product.id ORDER BY product_picture.position"
    )
    return text(
        _HEAD.format(
            variants=_many(dialect, ("id", "sku", "name", "price_minor", "stock"), _of("variant", "position, id"), "v"),
            pictures=_many(dialect, _THUMBNAIL, pictures, "p"),
            materials=_many(dialect, ("material",), _of("product_material", "material"), "m"),
            shares=_many(dialect, ("share_to", "label", "basis", "basis_points"), _of("price_share", "position"), "s"),
        )
    ).bindparams(bindparam("today", type_=Date()))


@cache
def _background(dialect: str) -> TextClause:
    steps = "SELECT * FROM batch_event WHERE batch_event.batch_id = b.id ORDER BY happened_on, id"
    step_columns = (
        "happened_on", "kind", "title", "place", "people", "text", "document_ref", "document_open", "withdrawn",
        *_EVIDENCE,
    )  # fmt: skip
    batch_columns = ("code", "maker", "people", "made_from", "made_to", "quantity", "unknown")
    return text(
        _BACKGROUND.format(
            batches=_many(
                dialect,
                batch_columns,
                _of("batch", "made_to DESC, id DESC"),
                "b",
                events=_many(dialect, step_columns, steps, "e"),
            ),
            claims=_many(dialect, ("text", "stated_on", "document_url", *_EVIDENCE), _of("claim", "id"), "c"),
        )
    )


def _of(table: str, order: str) -> str:
    return f"SELECT * FROM {table} WHERE {table}.product_id = product.id ORDER BY {order}"


def _rows(value: Any) -> list[dict[str, Any]]:
    """A JSON list, which SQLite gives as text and PostgreSQL parsed; nothing at all is an empty list."""
    return (json.loads(value) if isinstance(value, str) else value) or []


def by_slug(slug: str) -> ProductView | None:
    """A product that was ever live, of a producer who is shown; None for drafts and strangers. One statement."""
    row = session().execute(_head(_dialect()), {"slug": slug, "today": clock.today()}).first()
    if row is None:
        return None
    return ProductView(
        row,
        [
            VariantView(one["id"], one["sku"], one["name"], Money(one["price_minor"], row.currency), one["stock"])
            for one in _rows(row.variants)
        ],
        [Thumbnail(**one) for one in _rows(row.pictures)],
        [one["material"] for one in _rows(row.materials)],
        [ShareView(**one) for one in _rows(row.shares)],
    )


def background(product_id: int, day: date) -> Background:
    """What is told of a product, with evidence levels as they stand on `day`. One statement."""
    row = session().execute(_background(_dialect()), {"id": product_id}).one()
    return Background(
        story=StoryView(
            row.title or "",
            row.body or "",
            row.lang or "",
            row.translated_title or "",
            row.translated_body or "",
            row.translated_by or "",
            bool(row.withdrawn),
        ),
        story_version=row.version or 0,
        story_reason=row.reason or "",
        story_on=_day(row.published_at),
        batches=[reading.batch(one, _rows(one["events"]), day) for one in _rows(row.batches)],
        claims=[reading.claim(one, day) for one in _rows(row.claims)],
        vetted_on=reading.as_date(row.decided_on),
        vetting_review_due_on=reading.as_date(row.review_due_on),
    )


def shares_of(product_id: int) -> list[ShareView]:
    """The parts of a product's price."""
    statement = text(
        "SELECT share_to, label, basis, basis_points FROM price_share WHERE product_id = :id ORDER BY position"
    )
    return [ShareView(*row) for row in session().execute(statement, {"id": product_id})]


def new_slug(kind: str, old: str) -> str | None:
    """Where a page that once had the slug `old` is now: the slug of the product, producer or charity, or None."""
    owner: Any = {"product": Product, "producer": Producer, "charity": Charity}[kind]
    statement = select(owner.slug).join(OldSlug, OldSlug.target_id == owner.id).where(
        OldSlug.kind == kind, OldSlug.slug == old
    )  # fmt: skip
    return session().scalar(statement)


def _dialect() -> str:
    return session().get_bind().dialect.name


def _day(value: Any) -> date | None:
    """The day of a moment, which may be text: SQLite's stored form and JSON are ISO both."""
    if isinstance(value, datetime):
        return value.date()
    found: date | str | None = value
    return reading.as_date(found)
