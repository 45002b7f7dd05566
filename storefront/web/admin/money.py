"""Money to look at: what went wrong with it, on which order, and saying what became of it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.payments import matters
from storefront.payments.matters import NotOpen, NoWords
from storefront.permissions import may_refund
from storefront.web.forms.accounts import trimmed
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.account import me

pages = Blueprint("admin_money", __name__, url_prefix="/admin/money")

LONGEST_WORDS = 500


@pages.get("")
@require(may_refund)
def queue() -> Response:
    """All that waits, the eldest first."""
    return _page()


@pages.post("/<kind>/<ref>/closing")
@require(may_refund)
def close(kind: str, ref: str) -> Response | Redirect:
    """Say what became of one of them."""
    words = trimmed(request.form.get("words"))
    try:
        with unit_of_work():
            matters.close(
                kind, ref, words if len(words) <= LONGEST_WORDS else "", actor=f"user:{me().ref}", now=clock.now()
            )
    except NotOpen:
        abort(404)
    except NoWords:
        return _page(ref, words)
    flash(_("Noted. It waits no more."), "success")
    return redirect(url_for("admin_money.queue"), 303)


def _page(wrong: str = "", words: str = "") -> Response:
    """`wrong` is the reference of the one whose `words` make no sense."""
    facts = {"matters": matters.open_ones(), "wrong": wrong, "words": words, "longest": LONGEST_WORDS}
    page = private_page(render_template("admin/money/queue.html", **facts))
    page.status_code = 422 if wrong else 200
    return page
