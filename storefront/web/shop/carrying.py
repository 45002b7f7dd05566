"""What a guest has in the shop, a cart and favourites: the cookies that know of it, and its way into an account.

Each is found by a secret key in a cookie of its own. A second cookie, which scripts may read, says how much there
is, so that pages that are the same for everybody can show it.
"""

from __future__ import annotations

from datetime import datetime

from flask import request
from werkzeug.wrappers import Response

from storefront import config
from storefront.accounts.models import User
from storefront.cart import filling, finding
from storefront.catalog import favourites
from storefront.core.db import unit_of_work
from storefront.core.refs import KEPT_DAYS

CART, FAVOURITES = "cart", "favourites"
COUNTS = {CART: "cart_count", FAVOURITES: "favourites_count"}


def key(what: str) -> str | None:
    """The guest's key to their cart or favourites, if their browser has one."""
    return request.cookies.get(_key_cookie(what))


def remember(response: Response, what: str, count: int, guest_key: str | None) -> None:
    """The guest's key for another thirty days, and how much there is; a user's is found without a key."""
    if guest_key:
        _set(response, _key_cookie(what), guest_key, secret=True)
    _set(response, COUNTS[what], str(count), secret=False)


def forget_counts(response: Response) -> None:
    """Nobody is signed in any more, so there is nothing to show."""
    for name in COUNTS.values():
        _forget(response, name, secret=False)


def take_along(user: User, response: Response, now: datetime) -> int:
    """What the guest had becomes the user's, in a unit of work of its own, and is found without a cookie from here on.

    Returns how many favourites found no room.
    """
    with unit_of_work():
        if cart_key := key(CART):
            filling.merge(cart_key, user, now)
        left_out = favourites.merge(key(FAVOURITES), user.id, now)
        counts = {
            CART: filling.count(finding.find(None, user.id)),
            FAVOURITES: favourites.count(favourites.find(None, user.id)),
        }
    for what, count in counts.items():
        if key(what):
            _forget(response, _key_cookie(what), secret=True)
        if count:
            remember(response, what, count, None)
        else:
            _forget(response, COUNTS[what], secret=False)
    return left_out


def _key_cookie(what: str) -> str:
    return f"__Host-{what}" if config.current().secure else what


def _set(response: Response, name: str, value: str, *, secret: bool) -> None:
    age, secure = KEPT_DAYS * 86400, config.current().secure
    response.set_cookie(name, value, max_age=age, path="/", secure=secure, httponly=secret, samesite="Lax")


def _forget(response: Response, name: str, *, secret: bool) -> None:
    response.delete_cookie(name, path="/", secure=config.current().secure, httponly=secret, samesite="Lax")
