"""The page behind the link that ends a kind of letters, and the one click by which mail programs end them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from storefront import noticing
from storefront.catalog import waiting
from storefront.core import clock, refusing
from storefront.core.db import session, unit_of_work
from storefront.core.refusing import DeadLink, Letters
from storefront.producers.models import Producer
from storefront.updates import emails as updates
from storefront.voices import emails as voices
from storefront.web.guards import public
from storefront.web.rendering import private_page
from storefront.web.security import from_anywhere

pages = Blueprint("unsubscribing", __name__, url_prefix="/unsubscribe")

# What the letters of each kind tell, given what they are about.
KINDS: dict[str, Callable[[str], str]] = {
    noticing.LETTER: lambda _about: _("what happens in your group's studio"),
    waiting.KIND: lambda _about: _("that something you asked for can be ordered again"),
    updates.KIND: lambda group: _("what became of the goods that you bought, by %(group)s", group=_name(group)),
    voices.ANSWERS: lambda _about: _("what a group answers to your questions and reviews"),
}


@pages.get("/<token>")
@public
def ask(token: str) -> Response:
    """Opening the link changes nothing, as scanners open links: the button on this page does."""
    return _page(token, _behind(token))


@pages.post("/<token>")
@public
@from_anywhere
def end(token: str) -> Response:
    """End these letters: by the page's button, or by a mail program on behalf of whoever reads there (RFC 8058).
    Nobody is redirected: mail programs don't follow."""
    what = _behind(token)
    with unit_of_work():
        refusing.refuse(what, clock.now())
    return _page(token, what)


@pages.post("/<token>/undo")
@public
def undo(token: str) -> Response:
    """They may come again."""
    what = _behind(token)
    with unit_of_work():
        refusing.allow(what)
    return _page(token, what)


def _name(slug: str) -> str:
    found = session().scalar(select(Producer.name).where(Producer.slug == slug))
    return found or slug


def _behind(token: str) -> Letters:
    try:
        what = refusing.behind(token)
    except DeadLink:
        abort(404)
    return what if what.kind in KINDS else abort(404)


def _page(token: str, what: Letters) -> Response:
    tell = KINDS[what.kind](what.about)
    ended = refusing.refused(what)
    return private_page(render_template("shop/unsubscribing.html", tell=tell, ended=ended, key=token))
