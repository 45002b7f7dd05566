"""Favourites: the heart on a product's page, the shopper's list, and the link that shows it to others.

No account is needed. A guest's list stands at `/favourites`, a user's at `/account/favourites`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from storefront import config
from storefront.catalog import browsing, favourites
from storefront.catalog.favourites import KEPT, MAX_FAVOURITES, TooManyFavourites
from storefront.catalog.models import FavouriteList
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.web.guards import public
from storefront.web.rendering import private_page, public_page
from storefront.web.shop import carrying
from storefront.web.shop.carrying import FAVOURITES
from storefront.web.shop.views import show_cards

pages = Blueprint("favourites", __name__)


@dataclass(frozen=True)
class Owner:
    """Whose list: a signed-in user's, or a guest's by the key of their cookie."""

    key: str | None
    user_id: int | None

    def find(self, *, lock: bool = False) -> FavouriteList | None:
        """Their list, if they have one."""
        return favourites.find(self.key, self.user_id, lock=lock)


@pages.post("/products/<slug>/favourite")
@public
def change(slug: str) -> BaseResponse:
    """The heart: keep the product, or let go of it where `keep` is 0."""
    found, who, now = favourites.product(slug) or abort(404), _owner(), clock.now()
    kept = request.form.get("keep", "1") != "0"
    try:
        with unit_of_work():
            opened = favourites.open_list(who.key, who.user_id, now)
            favourites.mark(opened.list, found.product_id, kept, now)
            count = favourites.count(opened.list)
    except TooManyFavourites:
        return _page(who, full=True)
    response = redirect(_home(who, **{"added" if kept else "removed": slug}), 303)
    carrying.remember(response, FAVOURITES, count, opened.new_key or who.key)
    return response


@pages.get("/products/<slug>/favourite")
@public
def one(slug: str) -> Response:
    """For the heart's script: whether the product is a favourite of whoever asks."""
    found, who = favourites.product(slug) or abort(404), _owner()
    return private_page(jsonify(kept=favourites.keeps(who.key, who.user_id, found.product_id)))


@pages.get("/favourites")
@public
def mine() -> BaseResponse:
    """A guest's favourites. `added` or `removed` is the slug of what the heart just did."""
    who = _owner()
    return redirect(_home(who), 303) if who.user_id else _page(who)


@pages.get("/account/favourites")
@public
def of_account() -> BaseResponse:
    """The user's favourites; a guest has them elsewhere."""
    who = _owner()
    return _page(who) if who.user_id else redirect(_home(who), 303)


@pages.post("/favourites/link")
@public
def open_link() -> BaseResponse:
    """Make the link that shows the list to whoever has it."""
    who, now = _owner(), clock.now()
    with unit_of_work():
        there = who.find(lock=True)
        if there is not None:
            favourites.open_link(there, now)
    return redirect(_home(who) + "#share", 303)


@pages.post("/favourites/link/end")
@public
def close_link() -> BaseResponse:
    """End it."""
    who = _owner()
    with unit_of_work():
        there = who.find(lock=True)
        if there is not None:
            favourites.close_links(there)
    return redirect(_home(who, link="ended"), 303)


@pages.get("/favourites/<key>")
@public
def shared(key: str) -> Response:
    """Somebody's favourites, without a word on whose they are."""
    there = favourites.shown_by(key) or abort(404)
    return public_page(render_template("shop/favourites/shared.html", **_shown(there)))


def _owner() -> Owner:
    return Owner(carrying.key(FAVOURITES), current_user.id if current_user.is_authenticated else None)


def _home(who: Owner, **news: str) -> str:
    return url_for("favourites.of_account" if who.user_id else "favourites.mine", **news)


def _page(who: Owner, *, full: bool = False) -> Response:
    """The list; where it is too full for one more it answers 422 and says so, and is as it was."""
    there = who.find()
    link = favourites.link_of(there)
    response = private_page(
        render_template(
            "shop/favourites/mine.html",
            guest=who.user_id is None,
            added=favourites.product(request.args.get("added", "")),
            removed=favourites.product(request.args.get("removed", "")),
            link_ended=request.args.get("link") == "ended",
            full=MAX_FAVOURITES if full else 0,
            address=config.current().base_url.rstrip("/") + url_for("favourites.shared", key=link) if link else "",
            **_shown(there),
        )
    )
    response.status_code = 422 if full else 200
    if there is not None and who.user_id is None:
        _keep_longer(there)
        carrying.remember(response, FAVOURITES, favourites.count(there), who.key)
    return response


def _keep_longer(there: FavouriteList) -> None:
    """A guest's list that is looked at is kept for another thirty days; written once a day at the most."""
    now = clock.now()
    if there.expires_at is not None and there.expires_at - now < KEPT - timedelta(days=1):
        with unit_of_work() as current:
            favourites.keep_longer(current.get_one(FavouriteList, there.id), now)


def _shown(there: FavouriteList | None) -> dict[str, Any]:
    """Cards of what is on sale, each with its slug, and the others by name."""
    kept = favourites.on(there)
    cards = browsing.by_ids([one.product_id for one in kept])
    on_sale = {card.id for card in cards}
    return {
        "cards": list(zip(show_cards(cards, clock.today()), [card.slug for card in cards], strict=True)),
        "others": [one for one in kept if one.product_id not in on_sale],
    }
