"""`/trace/<code>`: one batch's timeline, for whoever holds the thing in their hands."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from storefront.catalog import browsing
from storefront.catalog.words import clean
from storefront.core import clock
from storefront.provenance import reading
from storefront.web.guards import public
from storefront.web.rendering import public_page
from storefront.web.shop import structured
from storefront.web.shop.views import show_cards
from storefront.web.wording import gettext

pages = Blueprint("trace", __name__)


@pages.get("/trace")
@public
def find() -> Response:
    """The form for a code; with `?code=` it leads to the batch."""
    code = _in_address(reading.normal_code(request.args.get("code", "")))
    if code:
        return redirect(f"/trace/{code}", 303)
    return public_page(render_template("shop/trace/find.html", code="", known=True))


@pages.get("/trace/<code>")
@public
def batch(code: str) -> Response | tuple[Response, int]:
    """A batch's timeline; an unknown code says what a code looks like."""
    today = clock.today()
    found = reading.by_code(code, today)
    cards = browsing.by_ids([found.product_id]) if found else []
    if found is None:
        page = render_template("shop/trace/find.html", code=clean(code)[:60], known=False)
        response = Response(page, 404, mimetype="text/html")
        response.headers["Cache-Control"] = "public, no-cache"
        return response
    canonical = f"/trace/{_in_address(found.batch.code)}"
    trail = [(gettext("Home"), "/"), (gettext("Trace a batch"), "/trace")]
    return public_page(
        render_template(
            "shop/trace/batch.html",
            batch=found.batch,
            cards=show_cards(cards, today),
            trail=trail,
            canonical=structured.absolute(canonical),
            image=structured.image_url(cards[0].picture if cards else None),
            data=structured.json_ld(structured.breadcrumbs(trail, found.batch.code, canonical)),
        )
    )


def _in_address(code: str) -> str:
    """A code made safe for a path; codes are letters, digits and hyphens, so this changes none of ours."""
    return "".join(char for char in code if char.isascii() and (char.isalnum() or char in "-."))
