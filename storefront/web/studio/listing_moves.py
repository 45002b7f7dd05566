"""Where a listing goes: changed, sent, taken back, dropped, paused, resumed, archived or duplicated."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog import adjusting, content, revising
from storefront.catalog.models import ListingRevision, Product
from storefront.core import clock, media
from storefront.core.db import unit_of_work
from storefront.giving import promising
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web import listing_words
from storefront.web.studio.listing_refusals import REFUSALS, by_task
from storefront.web.studio.listings import find_listing, overview, to
from storefront.web.studio.scope import studio

pages = Blueprint("studio_listing_moves", __name__, url_prefix="/studio/<producer_slug>/listings")


@pages.post("/<slug>/moves")
@studio(may_edit_listings)
def move(membership: Member, slug: str) -> Response | Redirect:
    """Change, send, take back, drop, pause, resume, archive or duplicate a listing: `move` says which."""
    product, actor = find_listing(membership, slug), members.actor(membership)
    act = _MOVES.get(request.form.get("move", "")) or abort(422)
    try:
        with unit_of_work():
            after = act(product, actor)
    except REFUSALS as error:
        product = find_listing(membership, slug)
        return overview(membership, product, by_task(error, product))
    return to("studio_listings.listing", after)


def _still_open(product: Product) -> ListingRevision:
    """The open revision; raises IllegalMove where somebody decided on it meanwhile."""
    found = revising.open_revision(product)
    if found is None:
        raise revising.IllegalMove(product.status, "decided")
    return found


def _edit(product: Product, actor: str) -> Product:
    revising.open_draft(product, promising.plain(product.id), actor=actor, now=clock.now())
    return product


def _send(product: Product, actor: str) -> Product:
    revising.send(_still_open(product), stamp=request.form.get("seen", ""), actor=actor, now=clock.now())
    flash(_("Sent. You get a letter when a reviewer has decided."), "success")
    return product


def _drop(product: Product, actor: str) -> Product:
    revising.drop(_still_open(product), stamp=request.form.get("seen", ""), actor=actor, now=clock.now())
    return product


def _duplicate(product: Product, actor: str) -> Product:
    """A new draft with the same answers, its pictures copied; kinds are left out, for their codes are taken."""
    now, folder = clock.now(), config.current().media_dir
    there = revising.open_revision(product) or revising.approved(product)
    start = there.content if there else content.shown(product, promising.plain(product.id))
    rows = listing_words.pictures_by_ref([one["ref"] for one in start["pictures"]])
    pictures = [
        {**one, "ref": media.copy(rows[one["ref"]], folder=folder, now=now).ref}
        for one in start["pictures"]
        if one["ref"] in rows
    ]
    pledge = {**start["pledge"], "starts_on": ""} if start["pledge"] else None
    title = _("%(title)s (copy)", title=start["title"])[:200]
    twin = {**start, "title": title, "pictures": pictures, "pledge": pledge, "variants": []}
    return revising.begin(product.producer, currency=product.currency, actor=actor, now=now, start=twin)


def _moved(verb: Callable[..., None], of_revision: bool) -> Callable[[Product, str], Product]:
    def act(product: Product, actor: str) -> Product:
        verb(_still_open(product) if of_revision else product, actor=actor, now=clock.now())
        return product

    return act


_MOVES: dict[str, Callable[[Product, str], Product]] = {
    "edit": _edit,
    "send": _send,
    "duplicate": _duplicate,
    "take_back": _moved(revising.take_back, True),
    "drop": _drop,
    "pause": _moved(adjusting.pause, False),
    "resume": _moved(adjusting.resume, False),
    "archive": _moved(adjusting.archive, False),
}
