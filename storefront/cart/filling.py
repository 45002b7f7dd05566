"""Carts filled, changed, merged and emptied.

Whoever changes a cart has it locked (`open_cart`), so that two tabs queue up. Nothing here reserves stock:
that is checkout's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from storefront.accounts.models import User
from storefront.cart import notes
from storefront.cart.events import CartMerged
from storefront.cart.finding import KEPT
from storefront.cart.finding import find as find
from storefront.cart.finding import open_cart as open_cart
from storefront.cart.models import MAX_LINES, MAX_QUANTITY, Cart, CartLine
from storefront.cart.notes import Note, note
from storefront.catalog.models import Product, ProductStatus, Variant
from storefront.core.db import session
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.producers import closing
from storefront.producers.models import Producer, ProducerStatus

Held = Callable[[], Mapping[int, int]]
Change = Callable[[Cart, datetime], None]

_VARIANT = (
    select(
        Variant.id,
        Variant.price_minor,
        Variant.stock,
        Product.title,
        Product.status,
        Producer.status.label("producer_status"),
        closing.closed_until().label("closed_until"),
    )
    .join(Product, Product.id == Variant.product_id)
    .join(Producer, Producer.id == Product.producer_id)
    .where(Variant.sku == bindparam("sku"))
)


def nothing_held() -> Mapping[int, int]:
    """No unpaid order holds anything for the cart."""
    return {}


class UnknownSku(LookupError):
    """Nothing is sold under this SKU."""

    def __init__(self, sku: str) -> None:
        super().__init__(sku)
        self.sku = sku


class UnknownLine(LookupError):
    """The cart has no such line (any more)."""


class NotOnSale(Exception):
    """The product can't be bought now: it is paused, or its producer is, or has holidays."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class SoldOut(Exception):
    """None are left."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class CartFull(Exception):
    """The cart has as many lines as a cart may have, `MAX_LINES`, saved ones too."""


def add(cart: Cart, sku: str, quantity: int, now: datetime, held: Held = nothing_held) -> CartLine:
    """Put `quantity` more of a variant into the cart, as many as there are: a note tells when that is fewer.

    `held` says what is off the shelf for this very cart; it is asked only when there is too little without.
    Raises UnknownSku, NotOnSale, SoldOut, CartFull, and ValueError for a quantity below one.
    """
    if quantity < 1:
        raise ValueError("a quantity is at least 1")
    found = _on_sale(sku)
    title = found.title
    line = next((line for line in cart.lines if line.variant_id == found.id), None)
    before = line.quantity if line and not line.saved_for_later else 0
    wanted = before + quantity
    most = _most(found.id, found.stock, wanted, held)
    if most < 1:
        raise SoldOut(title)
    if line is None:
        if len(cart.lines) >= MAX_LINES:
            raise CartFull
        line = CartLine(ref=new_ref(), variant_id=found.id, added_at=now)
        cart.lines.append(line)
    line.quantity = min(wanted, most)
    line.saved_for_later = False
    line.seen_minor = found.price_minor
    told = [note(Note.ADDED, title=title, quantity=line.quantity - before)] if line.quantity > before else []
    _changed(cart, now, told + _trimmed(line, title, wanted))
    return line


def set_quantity(cart: Cart, ref: str, quantity: int, now: datetime, held: Held = nothing_held) -> None:
    """Set a line's quantity, at most to what is left (see `add` for `held`); zero removes it.

    Raises UnknownLine, and ValueError below zero.
    """
    if quantity < 0:
        raise ValueError("a quantity is not negative")
    if quantity == 0:
        remove(cart, ref, now)
        return
    line = _line(cart, ref)
    variant = line.variant
    title = variant.product.title
    line.quantity = min(quantity, _most(variant.id, variant.stock, quantity, held) or line.quantity)
    line.seen_minor = variant.price_minor
    _changed(cart, now, _trimmed(line, title, quantity))


def remove(cart: Cart, ref: str, now: datetime) -> None:
    """Take a line out; the note knows how to put it back. Raises UnknownLine."""
    line = _line(cart, ref)
    told = note(Note.REMOVED, title=line.variant.product.title, sku=line.variant.sku, quantity=line.quantity)
    cart.lines.remove(line)
    _changed(cart, now, [told])


def save_for_later(cart: Cart, ref: str, now: datetime) -> None:
    """Put a line aside: it stays, but is not bought. Raises UnknownLine."""
    line = _line(cart, ref)
    line.saved_for_later = True
    _changed(cart, now, [note(Note.SAVED, line=line.ref, title=line.variant.product.title)])


def bring_back(cart: Cart, ref: str, now: datetime, held: Held = nothing_held) -> None:
    """Put a saved line back among what is to be bought, at most what is left. Raises UnknownLine."""
    line = _line(cart, ref)
    wanted, title = line.quantity, line.variant.product.title
    line.saved_for_later = False
    line.seen_minor = line.variant.price_minor
    line.quantity = min(wanted, _most(line.variant_id, line.variant.stock, wanted, held) or wanted)
    _changed(cart, now, [note(Note.BROUGHT_BACK, title=title), *_trimmed(line, title, wanted)])


def use_voucher(cart: Cart, code: str | None, now: datetime) -> None:
    """Keep a code with the cart, or none; whether it takes something off is checkout's to say."""
    cart.voucher_code = code
    _changed(cart, now, [note(Note.VOUCHER, code=code) if code else note(Note.VOUCHER_GONE)])


def keep_answers(cart: Cart, answers: dict[str, str], now: datetime) -> None:
    """Keep what was answered in a step of the checkout, beside what is known already."""
    cart.checkout = {**cart.checkout, **answers}
    cart.expires_at = now + KEPT


def seen(cart: Cart) -> None:
    """The shopper has gone on from the cart's page: today's prices are no news any more. One statement."""
    price = select(Variant.price_minor).where(Variant.id == CartLine.variant_id).scalar_subquery()
    session().execute(
        update(CartLine).where(CartLine.cart_id == cart.id).values(seen_minor=price),
        execution_options={"synchronize_session": False},
    )


def count(cart: Cart | None) -> int:
    """How many things lie in the cart, for the number in the header."""
    return sum(line.quantity for line in cart.lines if not line.saved_for_later) if cart else 0


def merge(guest_key: str | None, user: User, now: datetime) -> int:
    """At sign-in: put the guest's lines into the user's cart, quantities added up to what is left.

    Returns how many lines came over; a note on the cart tells of it, and of those that a full cart had no room
    for. The guest's cart is gone afterwards.
    """
    guest = find(guest_key, None, lock=True)
    if guest is None or not guest.lines:
        return 0
    cart = open_cart(None, user.id, now).cart
    told: list[dict[str, Any]] = []
    mine = {line.variant_id: line for line in cart.lines}
    left_out = 0
    for other in guest.lines:
        if other.variant_id not in mine and len(cart.lines) >= MAX_LINES:
            left_out += 1
            continue
        told += _take_over(cart, mine.get(other.variant_id), other, now)
    cart.voucher_code = cart.voucher_code or guest.voucher_code
    cart.checkout = {**guest.checkout, **cart.checkout}
    moved = len(guest.lines) - left_out
    announce(CartMerged(guest.id, cart.id))
    session().delete(guest)
    _changed(cart, now, [note(Note.MERGED, count=moved, left_out=left_out), *told])
    session().flush()
    return moved


def empty_after(event: Any) -> None:
    """What was bought leaves the cart once it is paid; what was put in since, or saved for later, stays.

    Reacts to `payments.events.OrderPaid`, of which it needs the order alone. Whoever settles a payment has
    locked the cart before the order, so nobody changes its lines meanwhile.
    """
    order = event.payment.order
    cart = session().get(Cart, order.cart_id) if order.cart_id else None
    if cart is None:
        return
    bought: dict[int, int] = {}
    for line in order.lines:
        bought[line.variant_id] = bought.get(line.variant_id, 0) + line.quantity
    for mine in list(cart.lines):
        if mine.saved_for_later or mine.variant_id not in bought:
            continue
        mine.quantity -= bought[mine.variant_id]
        if mine.quantity < 1:
            cart.lines.remove(mine)
    if cart.voucher_code == order.voucher_code:
        cart.voucher_code = None
    cart.checkout = {}
    cart.notes = []


def _on_sale(sku: str) -> Any:
    """The variant's id, price, stock and its product's title; raises UnknownSku and NotOnSale."""
    found = session().execute(_VARIANT, {"sku": sku}).first()
    if found is None or found.status == ProductStatus.DRAFT:
        raise UnknownSku(sku)
    approved = found.producer_status == ProducerStatus.APPROVED
    if found.status != ProductStatus.LIVE or not approved or found.closed_until:
        raise NotOnSale(found.title)
    return found


def _most(variant_id: int, stock: int, wanted: int, held: Held) -> int:
    """How many can be had; it may be none."""
    if stock < wanted:
        stock += held().get(variant_id, 0)
    return min(stock, MAX_QUANTITY)


def _line(cart: Cart, ref: str) -> CartLine:
    line = next((line for line in cart.lines if line.ref == ref), None)
    if line is None:
        raise UnknownLine(ref)
    return line


def _trimmed(line: CartLine, title: str, wanted: int) -> list[dict[str, Any]]:
    if line.quantity >= wanted:
        return []
    # What was wanted may be a number longer than any screen.
    return [note(Note.TRIMMED, line=line.ref, title=title, wanted=min(wanted, 10**9), left=line.quantity)]


def _take_over(cart: Cart, mine: CartLine | None, other: CartLine, now: datetime) -> list[dict[str, Any]]:
    if mine is None:
        mine = CartLine(
            ref=new_ref(),
            variant_id=other.variant_id,
            variant=other.variant,
            quantity=other.quantity,
            seen_minor=other.seen_minor,
            saved_for_later=other.saved_for_later,
            added_at=now,
        )
        cart.lines.append(mine)
        return []
    if other.saved_for_later:
        return []
    wanted = other.quantity + (0 if mine.saved_for_later else mine.quantity)
    mine.saved_for_later = False
    mine.quantity = max(1, min(wanted, mine.variant.stock, MAX_QUANTITY))
    return _trimmed(mine, mine.variant.product.title, wanted)


def _changed(cart: Cart, now: datetime, told: list[dict[str, Any]]) -> None:
    notes.write(cart, told, now)
    cart.expires_at = now + KEPT
