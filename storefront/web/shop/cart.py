"""The cart: looked at, filled, changed. Every change ends at `/cart`, which says what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from storefront.accounts.models import User
from storefront.cart import filling, finding, notes
from storefront.cart.filling import CartFull, NotOnSale, SoldOut, UnknownLine, UnknownSku
from storefront.cart.models import MAX_LINES, Cart
from storefront.checkout import pending, vouchers
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.web.guards import public
from storefront.web.limits import limited
from storefront.web.rendering import private_page
from storefront.web.shop import carrying, cart_words, sums
from storefront.web.shop.carrying import CART
from storefront.web.shop.cart_words import Told
from storefront.web.wording import gettext

pages = Blueprint("cart", __name__)

_LONGEST_NUMBER = 9


@dataclass(frozen=True)
class Owner:
    """Whose cart: a signed-in user's, or a guest's by the key of their cookie."""

    key: str | None
    user: User | None

    @property
    def user_id(self) -> int | None:
        """The user's id, or None for a guest."""
        return self.user.id if self.user else None

    def find(self, *, lock: bool = False) -> Cart | None:
        """Their cart, if they have one."""
        return finding.find(self.key, self.user_id, lock=lock)


class BadQuantity(ValueError):
    """Not a number that a quantity can be."""


@pages.get("/cart")
@public
def cart() -> BaseResponse:
    """The cart, by producer, with its sums and what it gives."""
    return _page(owner(), [])


@pages.post("/cart/lines")
@public
def add_line() -> BaseResponse:
    """Put something in: `sku`, `quantity` (1 unless given)."""
    now, who = clock.now(), owner()
    sku = request.form.get("sku", "").strip()
    try:
        quantity = read_quantity(request.form.get("quantity", "1"), least=1)
        with unit_of_work():
            opened = finding.open_cart(who.key, who.user_id, now)
            filling.add(opened.cart, sku, quantity, now, _held_for(opened.cart))
            count = filling.count(opened.cart)
    except BadQuantity:
        return _page(who, [_wrong(gettext("A quantity is a whole number, 1 or more. Nothing was changed."))])
    except UnknownSku:
        return _page(who, [_wrong(gettext("There is no such thing in the shop. Choose it again on its page."))])
    except NotOnSale as error:
        return _page(who, [_wrong(gettext("%(title)s is not for sale at the moment.", title=error.title))])
    except SoldOut as error:
        return _page(who, [_wrong(gettext("%(title)s is sold out. Nothing was changed.", title=error.title))])
    except CartFull:
        told = gettext(
            "A cart has room for %(most)s different things, and yours is full. Nothing was changed: take something "
            "out, or order what is in it first.",
            most=MAX_LINES,
        )
        return _page(who, [_wrong(told)])
    return _to_cart(count, opened.new_key or who.key)


@pages.post("/cart/lines/<ref>")
@public
def change_line(ref: str) -> BaseResponse:
    """Set a line's `quantity`; 0 removes it."""
    try:
        quantity = read_quantity(request.form.get("quantity", ""), least=0)
    except BadQuantity:
        told = gettext("A quantity is a whole number; 0 removes the line. Nothing was changed.")
        return _page(owner(), [_wrong(told)])
    return _change(lambda cart, now: filling.set_quantity(cart, ref, quantity, now, _held_for(cart)))


@pages.post("/cart/lines/<ref>/saving")
@public
def save_line(ref: str) -> BaseResponse:
    """Put a line aside for later."""
    return _change(lambda cart, now: filling.save_for_later(cart, ref, now))


@pages.post("/cart/lines/<ref>/return")
@public
def bring_line_back(ref: str) -> BaseResponse:
    """Put a saved line back into the cart."""
    return _change(lambda cart, now: filling.bring_back(cart, ref, now, _held_for(cart)))


@pages.post("/cart/voucher")
@public
@limited("voucher")
def use_voucher() -> BaseResponse:
    """Keep a voucher's `code` with the cart; an empty one takes it away."""
    code = vouchers.normal(request.form.get("code", ""))
    return _change(lambda cart, now: filling.use_voucher(cart, code or None, now))


def owner() -> Owner:
    """Who asks."""
    user = current_user._get_current_object() if current_user.is_authenticated else None
    return Owner(carrying.key(CART), user)


def read_quantity(text: str, *, least: int) -> int:
    """A quantity as a person types it; raises BadQuantity. A number too long to mean anything is a very large one."""
    text = text.strip()
    if not text.isascii() or not text.isdigit() or int(text[:_LONGEST_NUMBER]) < least:
        raise BadQuantity(text[:40])
    return int(text) if len(text) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER


def _held_for(cart: Cart) -> filling.Held:
    return lambda: pending.of_cart(cart.id).held


def _change(change: filling.Change) -> BaseResponse:
    """Make one change to the cart, under its lock; a line that is gone already is told of, and nothing else."""
    now, who = clock.now(), owner()
    try:
        with unit_of_work():
            cart = who.find(lock=True)
            if cart is None:
                raise UnknownLine
            change(cart, now)
            count = filling.count(cart)
    except UnknownLine:
        return _page(who, [_wrong(gettext("That line is not in your cart any more. Here is what is."))])
    return _to_cart(count, None if who.user else who.key)


def _to_cart(count: int, guest_key: str | None) -> BaseResponse:
    response = redirect("/cart", 303)
    carrying.remember(response, CART, count, guest_key)
    return response


def _wrong(text: str) -> Told:
    return Told("error", text)


def _page(who: Owner, wrong: list[Told]) -> Response:
    """The cart's page; with something wrong it answers 422 and says what, and the cart is as it was."""
    now = clock.now()
    cart = who.find()
    look = sums.look(cart, now)
    told = notes.current(cart, now) if cart and not wrong else []
    response = private_page(
        render_template(
            "shop/cart/cart.html",
            look=look,
            told=wrong + cart_words.on_top(told, look),
            parcels=sums.parcels(look, now, cart_words.at_lines(told, look)),
            saved=[sums.line_shown(line, "", []) for line in look.view.saved],
            rows=sums.rows(look),
            giving=sums.giving_line(look),
            voucher_problem=cart_words.voucher_problem(look),
        )
    )
    response.status_code = 422 if wrong else 200
    if cart is not None:
        _keep_longer(cart, now)
        carrying.remember(response, CART, look.view.count, None if who.user else who.key)
    return response


def _keep_longer(cart: Cart, now: datetime) -> None:
    """A cart that is looked at is kept for another thirty days; written once a day at the most."""
    if cart.expires_at - now < finding.KEPT - timedelta(days=1):
        with unit_of_work() as current:
            current.get_one(Cart, cart.id).expires_at = now + finding.KEPT
