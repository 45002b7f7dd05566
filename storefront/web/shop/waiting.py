"""Asking for a letter when something that is sold out is back: without an account, from the product's page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from storefront.catalog import showing, waiting
from storefront.catalog.waiting import NothingToWaitFor
from storefront.core import clock, refusing
from storefront.core.db import unit_of_work
from storefront.web.forms.waiting import WaitingForm
from storefront.web.guards import public
from storefront.web.limits import limited, may_write_to
from storefront.web.rendering import public_page

pages = Blueprint("waiting", __name__, url_prefix="/products/<slug>/waiting")


@pages.get("")
@public
def form(slug: str) -> Response:
    """The form by itself, or with `asked` that it was filled in."""
    return _page(slug, WaitingForm(formdata=None))


@pages.post("")
@public
@limited("letters")
def ask(slug: str) -> BaseResponse:
    """Ask for the letter. The answer is the same whoever has the mailbox and whatever it gets."""
    asked = WaitingForm()
    if not asked.validate():
        return _page(slug, asked, 422)
    email = asked.email.data
    try:
        if may_write_to(email):
            with unit_of_work():
                # Whoever has proven to have the mailbox may well begin anew what they once ended.
                if current_user.is_authenticated and current_user.email == email.lower():
                    refusing.allow(waiting.letters(email))
                waiting.ask(slug, asked.sku.data, email, clock.now())
    except NothingToWaitFor:
        return _page(slug, asked, 422, gone=True)
    return redirect(url_for("waiting.form", slug=slug, asked=1), 303)


def _page(slug: str, asked: WaitingForm, status: int = 200, *, gone: bool = False) -> Response:
    view = showing.by_slug(slug) or abort(404)
    done = request.method == "GET" and "asked" in request.args
    page = public_page(render_template("shop/waiting/form.html", view=view, form=asked, done=done, gone=gone))
    page.status_code = status
    return page
