"""From a cart to an order: everything frozen as it is now, stock held, nothing paid.

The cart's row is locked first, so that a second click or a second tab waits and then finds the order that
the first one made. An order is placed only when it is exactly what the shopper saw.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, literal_column, select

from storefront import config
from storefront.accounts.finding import normal
from storefront.accounts.models import User
from storefront.cart.models import Cart
from storefront.cart.viewing import CartView, Group, LineView, from_rows, lines_statement
from storefront.catalog.delivery import arrives
from storefront.catalog.listing import WHOLE
from storefront.catalog.models import Product
from storefront.checkout import holding, vouchers
from storefront.checkout.comparing import Change, differences
from storefront.checkout.events import OrderPlaced
from storefront.checkout.holding import OutOfStock
from storefront.checkout.models import HoldStatus, Order, OrderLine, OrderStatus, Parcel, Voucher
from storefront.checkout.pricing import DeliveryTerms, Discount, Priced, Wanted, price
from storefront.core.db import session
from storefront.core.events import announce
from storefront.core.refs import new_key, new_ref
from storefront.provenance.models import Batch, Story

__all__ = ["CartChanged", "Details", "EmptyCart", "NoSplit", "OrderPending", "OutOfStock", "place", "price_view"]

# Stock is kept this much longer than a payment's session lives, for the payment made in its last second.
GRACE = timedelta(minutes=10)

_PARTS = """({collect}('share_to', share_to, 'label', label, 'basis', basis, 'basis_points', basis_points))
FROM (SELECT * FROM price_share WHERE price_share.product_id = product.id ORDER BY position) AS parts)"""
_SHARES = {
    "sqlite": "(SELECT json_group_array" + _PARTS.format(collect="json_object"),
    "postgresql": "(SELECT json_agg" + _PARTS.format(collect="json_build_object"),
}


class EmptyCart(Exception):
    """Nothing in the cart is to be bought."""


class CartChanged(Exception):
    """Something is not as the shopper saw it: `changes` say what, and they must be asked again."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__(", ".join(change.what for change in changes))
        self.changes = changes


class OrderPending(Exception):
    """The cart was placed before as another order that may still be paid: that one must be ended first."""

    def __init__(self, order_ref: str) -> None:
        super().__init__(order_ref)
        self.order_ref = order_ref


class NoSplit(Exception):
    """It isn't said where the whole price of these products goes, so their sale could not be entered."""

    def __init__(self, titles: list[str]) -> None:
        super().__init__(", ".join(titles))
        self.titles = titles


@dataclass(frozen=True)
class Details:
    """Who gets the order and where, checked by the caller. `country` is an ISO 3166-1 alpha-2 code."""

    email: str
    name: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    gift_message: str = ""

    @property
    def address(self) -> dict[str, str]:
        """The postal address, as an order keeps it."""
        facts = asdict(self)
        return {name: facts[name] for name in ("street", "city", "region", "postcode", "country")}


def place(cart: Cart, details: Details, *, user: User | None, now: datetime, fingerprint: str) -> Order:
    """Write the order, hold its stock and freeze its pledges, inside the caller's unit of work.

    Placing the same cart again gives the same order while it is unpaid and unchanged. Raises EmptyCart,
    OutOfStock, NoSplit, VoucherRefused, CartChanged, and OrderPending where an older order is to be ended first.
    """
    cart = _lock(cart)
    with session().no_autoflush:
        rows = session().execute(_facts(session().get_bind().dialect.name), {"cart_id": cart.id}).all()
        before = session().get_one(Order, rows[0].pending_id) if rows and rows[0].pending_id else None
        view = from_rows(rows, cart.voucher_code, _held(before))
        if not view.groups:
            raise EmptyCart
        voucher = _voucher(view, before, now)
        priced = price_view(view, vouchers.discount(voucher) if voucher else None)
        changes = differences(fingerprint, view, priced)
        if changes:
            raise CartChanged(changes)
        if before is not None:
            return _same(before, priced, view, details)
        _check_stock(view)
        facts = {row.ref: row for row in rows}
        _check_split(view, facts)
        if voucher:
            vouchers.use(voucher, now)
        order = _order(cart, details, user, priced, now)
        _parcels(order, view, priced, facts)
        session().add(order)
        holding.hold(order, {line.variant_id: line.quantity for line in view.lines})
        announce(OrderPlaced(order, now))
    session().flush()
    return order


def price_view(view: CartView, discount: Discount | None) -> Priced:
    """The sums of what can be bought of a cart."""
    lines = [Wanted(line.ref, line.producer_id, line.price.minor, line.quantity) for line in view.lines if line.buyable]
    terms = {group.producer_id: DeliveryTerms(group.delivery_minor, group.free_from_minor) for group in view.groups}
    return price(lines, terms, discount, view.currency)


def _lock(cart: Cart) -> Cart:
    locked = session().scalars(
        select(Cart).where(Cart.id == cart.id).with_for_update().execution_options(populate_existing=True)
    ).first()  # fmt: skip
    if locked is None:
        raise EmptyCart
    return locked


@cache
def _facts(dialect: str) -> Select[Any]:
    """The cart's lines with what an order freezes of them, and the cart's unpaid order: one statement."""
    shares = _SHARES["sqlite" if dialect == "sqlite" else "postgresql"]
    story = select(Story.id).where(Story.product_id == Product.id).order_by(Story.version.desc()).limit(1)
    batch = (
        select(Batch.code)
        .where(Batch.product_id == Product.id)
        .order_by(Batch.made_to.desc(), Batch.id.desc())
        .limit(1)
    )
    pending = select(Order.id).where(
        Order.cart_id == literal_column("cart_line.cart_id"), Order.status == OrderStatus.PENDING
    )
    return lines_statement().add_columns(
        literal_column(shares).label("shares"),
        story.correlate(Product).scalar_subquery().label("story_id"),
        batch.correlate(Product).scalar_subquery().label("batch_code"),
        pending.limit(1).scalar_subquery().label("pending_id"),
    )


def _held(before: Order | None) -> dict[int, int]:
    """What the cart's unpaid order has off the shelf."""
    holds = before.holds if before else []
    return {held.variant_id: held.quantity for held in holds if held.status == HoldStatus.HELD}


def _voucher(view: CartView, before: Order | None, now: datetime) -> Voucher | None:
    """The cart's voucher, if it has one and it is good; raises VoucherRefused."""
    if not view.voucher_code:
        return None
    items = sum(line.total.minor for line in view.lines)
    ours = before is not None and before.voucher_code == view.voucher_code
    return vouchers.check(view.voucher_code, items, now, counted=ours)


def _check_stock(view: CartView) -> None:
    """Refuse what is plainly not there, before anything is written; the holds decide."""
    for line in view.lines:
        if not line.fits:
            raise OutOfStock(line.variant_id, line.sku, line.title, line.quantity, line.stock if line.on_sale else 0)


def _check_split(view: CartView, facts: Mapping[str, Any]) -> None:
    """Refuse what a paid order could not say of: to whom its price goes."""
    unsaid = [line.title for line in view.lines if not _is_split(_shares(facts[line.ref]))]
    if unsaid:
        raise NoSplit(unsaid)


def _is_split(shares: list[dict[str, Any]]) -> bool:
    return sum(int(row["basis_points"]) for row in shares) == WHOLE


def _shares(facts: Any) -> list[dict[str, Any]]:
    """The product's price shares, which SQLite gives as text and PostgreSQL as None where there are none."""
    return (json.loads(facts.shares) if isinstance(facts.shares, str) else facts.shares) or []


def _same(before: Order, priced: Priced, view: CartView, details: Details) -> Order:
    """The unpaid order, if it is what would be placed now; else raises OrderPending."""
    variants = {line.ref: line.variant_id for line in view.lines}
    wanted = [(variants[line.key], line.quantity, line.unit_minor, line.net_minor) for line in priced.lines]
    placed = [(line.variant_id, line.quantity, line.unit_minor, line.net_minor) for line in before.lines]
    facts = (before.total_minor, before.voucher_code, before.email, before.name, before.address, before.gift_message)
    same = (
        priced.total_minor, view.voucher_code, normal(details.email), details.name, details.address,
        details.gift_message,
    )  # fmt: skip
    if sorted(wanted) != sorted(placed) or facts != same:
        raise OrderPending(before.ref)
    return before


def _order(cart: Cart, details: Details, user: User | None, priced: Priced, now: datetime) -> Order:
    return Order(
        ref=new_ref(),
        key=new_key(),
        user_id=user.id if user else None,
        cart_id=cart.id,
        status=OrderStatus.PENDING,
        email=details.email,
        name=details.name,
        address=details.address,
        gift_message=details.gift_message,
        terms_accepted_at=now,
        currency=priced.currency,
        items_minor=priced.items_minor,
        discount_minor=priced.discount_minor,
        delivery_minor=priced.delivery_minor,
        total_minor=priced.total_minor,
        voucher_code=cart.voucher_code,
        placed_at=now,
        hold_until=now + timedelta(minutes=config.current().hold_minutes) + GRACE,
    )


def _parcels(order: Order, view: CartView, priced: Priced, facts: Mapping[str, Any]) -> None:
    """One parcel a producer with its lines, frozen."""
    for group in view.groups:
        parcel = _parcel(order, group, priced)
        for line in group.lines:
            frozen = _line(line, priced, facts[line.ref])
            frozen.order, frozen.parcel = order, parcel


def _parcel(order: Order, group: Group, priced: Priced) -> Parcel:
    first, last = arrives(order.placed_at.date(), group.days_min, group.days_max)
    return Parcel(
        ref=new_ref(),
        order=order,
        producer_id=group.producer_id,
        producer_name=group.name,
        producer_slug=group.slug,
        ships_from=group.ships_from,
        delivery_minor=priced.parcel(group.producer_id).delivery_minor,
        arrives_from=first,
        arrives_to=last,
    )


def _line(line: LineView, priced: Priced, facts: Any) -> OrderLine:
    sums = priced.line(line.ref)
    return OrderLine(
        ref=new_ref(),
        variant_id=line.variant_id,
        product_id=line.product_id,
        product_slug=line.slug,
        title=line.title,
        variant_name=line.variant_name,
        sku=line.sku,
        quantity=line.quantity,
        unit_minor=sums.unit_minor,
        gross_minor=sums.gross_minor,
        net_minor=sums.net_minor,
        shares=_shares(facts),
        story_id=facts.story_id,
        batch_code=facts.batch_code,
    )
