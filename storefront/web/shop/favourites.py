"""Favourites: the heart on a product's page, the user's list, and the link that shows it to others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog import browsing, favourites
from storefront.catalog.favourites import MAX_FAVOURITES, TooManyFavourites
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.web.guards import public, signed_in
from storefront.web.rendering import private_page, public_page
from storefront.web.shop import carrying
from storefront.web.shop.account import me
from storefront.web.shop.views import show_cards

pages = Blueprint("favourites", __name__)


@pages.post("/products/<slug>/favourite")
@public
def change(slug: str) -> Redirect:
    """The heart: keep the product, or let go of it where `keep` is 0. Its form stands on a page that is the same
    for everybody and so carries no token; a guest signs in first and is then asked again."""
    found = favourites.product(slug) or abort(404)
    if not current_user.is_authenticated:
        back = url_for("favourites.mine", keep=slug)
        return redirect(url_for("sign_in.sign_in", next=back), 303)
    kept = request.form.get("keep", "1") != "0"
    try:
        with unit_of_work():
            if kept:
                favourites.keep(me().id, found.product_id, clock.now())
            else:
                favourites.drop(me().id, found.product_id)
    except TooManyFavourites:
        flash(_("There is room for %(most)s favourites, and yours are as many.", most=MAX_FAVOURITES), "error")
    else:
        if kept:
            flash(_("“%(title)s” is one of your favourites.", title=found.title), "success")
        else:
            flash(_("“%(title)s” is no favourite any more.", title=found.title), "success")
    response = redirect(url_for("favourites.mine"), 303)
    carrying.remember_favourites(response)
    return response


@pages.get("/account/favourites")
@signed_in
def mine() -> Response:
    """The user's favourites; `keep` is the slug of one that a guest chose before signing in."""
    link = favourites.link_of(me().id)
    asked = favourites.product(request.args.get("keep", ""))
    return private_page(
        render_template(
            "account/favourites.html",
            user=me(),
            asked=asked if asked and not favourites.keeps(me().id, asked.product_id) else None,
            address=_address(link) if link else "",
            **_shown(me().id),
        )
    )


@pages.get("/account/favourites/<slug>")
@signed_in
def one(slug: str) -> Response:
    """For the heart's script: whether the product is a favourite."""
    found = favourites.product(slug) or abort(404)
    return private_page(jsonify(kept=favourites.keeps(me().id, found.product_id)))


@pages.post("/account/favourites/link")
@signed_in
def open_link() -> Redirect:
    """Make the link that shows the list to whoever has it."""
    with unit_of_work():
        favourites.open_link(me().id, clock.now())
    return redirect(url_for("favourites.mine") + "#share", 303)


@pages.post("/account/favourites/link/end")
@signed_in
def close_link() -> Redirect:
    """End the link."""
    with unit_of_work():
        favourites.close_link(me().id)
    flash(_("The link opens nothing any more."), "success")
    return redirect(url_for("favourites.mine"), 303)


@pages.get("/favourites/<key>")
@public
def shared(key: str) -> Response:
    """Somebody's favourites, without a word on whose they are."""
    owner = favourites.owner_of(key) or abort(404)
    return public_page(render_template("shop/catalog/favourites.html", **_shown(owner)))


def _address(key: str) -> str:
    return config.current().base_url.rstrip("/") + url_for("favourites.shared", key=key)


def _shown(user_id: int) -> dict[str, Any]:
    """Cards of what is on sale, each with its slug, and the others by name."""
    kept = favourites.of_user(user_id)
    cards = browsing.by_ids([one.product_id for one in kept])
    on_sale = {card.id for card in cards}
    return {
        "cards": list(zip(show_cards(cards, clock.today()), [card.slug for card in cards], strict=True)),
        "others": [one for one in kept if one.product_id not in on_sale],
    }
