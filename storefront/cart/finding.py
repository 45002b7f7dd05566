"""Carts found, made and dropped: a guest's by the hash of a random key in a cookie, a user's by the user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import set_committed_value

from storefront.cart.models import Cart
from storefront.core import clock
from storefront.core.db import insert_unless_there, session, unit_of_work
from storefront.core.refs import KEPT_DAYS, key_hash, new_key

KEPT = timedelta(days=KEPT_DAYS)


@dataclass(frozen=True)
class Opened:
    """A locked cart; `new_key` is the secret for the cookie where a guest's cart was just made."""

    cart: Cart
    new_key: str | None


def find(key: str | None, user_id: int | None, *, lock: bool = False) -> Cart | None:
    """The user's cart, or the guest's with this cookie; with `lock` it is locked until the unit of work ends."""
    if user_id is not None:
        statement = select(Cart).where(Cart.user_id == user_id)
    elif key:
        statement = select(Cart).where(Cart.key_hash == key_hash(key))
    else:
        return None
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session().scalars(statement).first()


def open_cart(key: str | None, user_id: int | None, now: datetime) -> Opened:
    """The cart to be changed, locked; made where there is none."""
    cart = find(key, user_id, lock=True)
    if cart is not None:
        return Opened(cart, None)
    if user_id is None:
        fresh = new_key()
        cart = Cart(key_hash=key_hash(fresh), lines=[], checkout={}, notes=[], created_at=now, expires_at=now + KEPT)
        session().add(cart)
        return Opened(cart, fresh)
    return Opened(_cart_of_user(user_id, now), None)


def drop_expired() -> int:
    """Delete carts that nobody has touched for thirty days; returns how many."""
    with unit_of_work() as current:
        gone = current.execute(delete(Cart).where(Cart.expires_at <= clock.now()).returning(Cart.id)).all()
    return len(gone)


def _cart_of_user(user_id: int, now: datetime) -> Cart:
    """A user's first cart. Two tabs may both find none; the second one waits here and takes the first one's."""
    values = {"user_id": user_id, "checkout": {}, "notes": [], "created_at": now, "expires_at": now + KEPT}
    made = insert_unless_there(Cart, values)
    cart = find(None, user_id, lock=True)
    assert cart is not None, "it was there or has just been made"
    if made:
        set_committed_value(cart, "lines", [])
    return cart
