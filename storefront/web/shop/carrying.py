"""A guest's cart at the door: merged into the user's at sign-in, its cookies brought up to date."""

from __future__ import annotations

from datetime import datetime

from flask import request
from werkzeug.wrappers import Response

from storefront import config
from storefront.accounts.models import User
from storefront.cart import filling, finding
from storefront.cart.models import KEPT_DAYS
from storefront.core.db import unit_of_work

COUNT = "cart_count"
FAVOURITES = "favourites"


def key_cookie() -> str:
    """The name of the cookie that holds a guest's key."""
    return "__Host-cart" if config.current().secure else "cart"


def take_cart_along(user: User, response: Response, now: datetime) -> None:
    """Merge in a unit of work of its own; from here on the cart is found by the user, not by a cookie."""
    key = request.cookies.get(key_cookie())
    with unit_of_work():
        if key:
            filling.merge(key, user, now)
        count = filling.count(finding.find(None, user.id))
    if key:
        response.delete_cookie(key_cookie(), path="/", secure=config.current().secure, httponly=True, samesite="Lax")
    if count:
        response.set_cookie(
            COUNT, str(count), max_age=KEPT_DAYS * 86400, path="/", secure=config.current().secure, samesite="Lax"
        )
    else:
        forget_count(response)


def remember_favourites(response: Response) -> None:
    """Scripts may know that whoever is signed in has favourites, so that public pages can ask for them."""
    response.set_cookie(
        FAVOURITES, "1", max_age=KEPT_DAYS * 86400, path="/", secure=config.current().secure, samesite="Lax"
    )


def forget_favourites(response: Response) -> None:
    """Nobody is signed in any more, so there is nothing to ask for."""
    response.delete_cookie(FAVOURITES, path="/", secure=config.current().secure, samesite="Lax")


def forget_count(response: Response) -> None:
    """Nobody is signed in any more, so the header shows no count."""
    response.delete_cookie(COUNT, path="/", secure=config.current().secure, samesite="Lax")
