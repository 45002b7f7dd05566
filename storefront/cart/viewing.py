"""A cart as its page and the checkout see it: grouped by producer, read in one statement.

Prices and stock are today's, straight from the rows. What it all comes to is `checkout.pricing`'s to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, and_, bindparam, select

from storefront import config
from storefront.cart.models import MAX_QUANTITY, Cart, CartLine
from storefront.catalog.browsing import Thumbnail
from storefront.catalog.models import Product, ProductPicture, ProductStatus, Variant
from storefront.core.db import session
from storefront.core.media import Picture
from storefront.core.money import Money
from storefront.producers import closing
from storefront.producers.models import Producer, ProducerStatus

NOTHING: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with its variant as it is now. `seen_minor` is the price that the shopper saw last.

    `closed_until` is the last day of its producer's holidays, where today is one of them.
    """

    ref: str
    variant_id: int
    sku: str
    product_id: int
    slug: str
    title: str
    variant_name: str
    picture: Thumbnail | None
    quantity: int
    price: Money
    seen_minor: int
    stock: int
    on_sale: bool
    closed_until: date | None
    saved_for_later: bool
    producer_id: int

    @property
    def total(self) -> Money:
        """Before any discount."""
        return self.price * self.quantity

    @property
    def most(self) -> int:
        """How many can be had."""
        return min(self.stock, MAX_QUANTITY)

    @property
    def buyable(self) -> bool:
        """Whether any can be bought at all."""
        return self.on_sale and self.stock > 0

    @property
    def fits(self) -> bool:
        """Whether the line can be bought as it stands."""
        return self.on_sale and self.quantity <= self.stock


@dataclass(frozen=True, slots=True)
class Group:
    """What one producer would ship, with their terms of delivery."""

    producer_id: int
    slug: str
    name: str
    ships_from: str
    delivery_minor: int
    free_from_minor: int | None
    days_min: int
    days_max: int
    lines: list[LineView]


@dataclass(frozen=True, slots=True)
class CartView:
    """What is to be bought, by producer, and what was saved for later."""

    currency: str
    groups: list[Group]
    saved: list[LineView]
    voucher_code: str | None = None

    @property
    def lines(self) -> list[LineView]:
        """All lines that are to be bought."""
        return [line for group in self.groups for line in group.lines]

    @property
    def count(self) -> int:
        """How many things are to be bought."""
        return sum(line.quantity for line in self.lines)

    @property
    def ready(self) -> bool:
        """Whether everything can be bought as it stands."""
        return bool(self.groups) and all(line.fits for line in self.lines)


def view(cart: Cart | None, held: Mapping[int, int] = NOTHING) -> CartView:
    """The cart as it is now; an empty one where there is none. One statement.

    `held` are units, by variant id, that are off the shelf for this very cart and so still to be had.
    """
    if cart is None:
        return CartView(config.current().currency, [], [])
    rows = session().execute(lines_statement(), {"cart_id": cart.id}).all()
    return from_rows(rows, cart.voucher_code, held)


def from_rows(rows: Sequence[Any], voucher_code: str | None, held: Mapping[int, int] = NOTHING) -> CartView:
    """The same from rows that were read already with `lines_statement`, which may have more columns."""
    groups: dict[int, Group] = {}
    saved: list[LineView] = []
    for row in rows:
        line = _line(row, held.get(row.variant_id, 0))
        if line.saved_for_later:
            saved.append(line)
            continue
        if row.producer_id not in groups:
            groups[row.producer_id] = _group(row)
        groups[row.producer_id].lines.append(line)
    currency = rows[0].currency if rows else config.current().currency
    return CartView(currency, list(groups.values()), saved, voucher_code)


@cache
def lines_statement() -> Select[Any]:
    """All lines of the cart `:cart_id` with everything that is shown of them, oldest first."""
    columns: Any = select(
        CartLine.ref,
        CartLine.quantity,
        CartLine.seen_minor,
        CartLine.saved_for_later,
        Variant.id.label("variant_id"),
        Variant.sku,
        Variant.name.label("variant_name"),
        Variant.price_minor,
        Variant.currency,
        Variant.stock,
        Product.id.label("product_id"),
        Product.slug,
        Product.title,
        Product.status,
        Producer.id.label("producer_id"),
        Producer.slug.label("producer_slug"),
        Producer.name.label("producer_name"),
        Producer.status.label("producer_status"),
        Producer.ships_from,
        Producer.delivery_minor,
        Producer.delivery_free_from_minor,
        Producer.delivery_days_min,
        Producer.delivery_days_max,
        closing.closed_until().label("closed_until"),
        Picture.ref.label("picture_ref"),
        Picture.alt,
        Picture.width,
        Picture.height,
        Picture.widths,
        Picture.colour,
        Picture.focus_x,
        Picture.focus_y,
    )
    statement: Select[Any] = (
        columns.join(Variant, Variant.id == CartLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .outerjoin(ProductPicture, and_(ProductPicture.product_id == Product.id, ProductPicture.position == 0))
        .outerjoin(Picture, Picture.id == ProductPicture.picture_id)
        .where(CartLine.cart_id == bindparam("cart_id"))
        .order_by(CartLine.id)
    )
    return statement


def _line(row: Any, held: int) -> LineView:
    facts = (row.alt, row.width, row.height, row.widths, row.colour, row.focus_x, row.focus_y)
    picture = Thumbnail(row.picture_ref, *facts) if row.picture_ref is not None else None
    return LineView(
        ref=row.ref,
        variant_id=row.variant_id,
        sku=row.sku,
        product_id=row.product_id,
        slug=row.slug,
        title=row.title,
        variant_name=row.variant_name,
        picture=picture,
        quantity=row.quantity,
        price=Money(row.price_minor, row.currency),
        seen_minor=row.seen_minor,
        stock=row.stock + held,
        on_sale=row.status == ProductStatus.LIVE
        and row.producer_status == ProducerStatus.APPROVED
        and row.closed_until is None,
        closed_until=row.closed_until,
        saved_for_later=row.saved_for_later,
        producer_id=row.producer_id,
    )


def _group(row: Any) -> Group:
    return Group(
        row.producer_id,
        row.producer_slug,
        row.producer_name,
        row.ships_from,
        row.delivery_minor,
        row.delivery_free_from_minor,
        row.delivery_days_min,
        row.delivery_days_max,
        [],
    )
