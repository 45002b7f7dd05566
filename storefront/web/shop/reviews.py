"""Reviews: written from the page of the order that brought the goods, and read in full behind a product's page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront.accounts.models import User
from storefront.catalog import showing
from storefront.checkout import finding
from storefront.checkout.models import Order, OrderLine
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.producers import reading as producers
from storefront.voices import reading, reviewing
from storefront.voices.reading import Reviews, ReviewView
from storefront.voices.reviewing import Chance, NotBought, OwnGroup
from storefront.web import paging
from storefront.web.forms.voices import ReviewForm
from storefront.web.guards import public
from storefront.web.kept_words import written
from storefront.web.limits import limited
from storefront.web.rendering import private_page, public_page

pages = Blueprint("reviews", __name__)

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A review as the component `review` draws it; `title` with its `url` is the product's, among several."""

    rating: int
    title: str
    url: str
    text: str
    name: str
    on: datetime
    variant: str
    reply: str


def show_reviews(views: Iterable[ReviewView], *, titled: bool = False) -> list[ShownReview]:
    """Reviews for the pages; `titled` where they are of several products."""
    return [
        ShownReview(
            one.stars,
            one.product_title if titled else "",
            f"/products/{one.product_slug}",
            one.text,
            one.signed_as or _("A shopper"),
            one.on,
            "",
            one.answer,
        )
        for one in views
    ]


@pages.get("/products/<slug>/reviews")
@public
def of_product(slug: str) -> Response | Redirect:
    """Every review of a product, twenty a page."""
    view = showing.by_slug(slug)
    if view is None:
        moved = showing.new_slug("product", slug)
        return redirect(url_for("reviews.of_product", slug=moved), 301) if moved else abort(404)
    found = reading.of_product(view.row.id, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))
    return _list(found, view.row.title, f"/products/{slug}", titled=False)


@pages.get("/producers/<slug>/reviews")
@public
def of_producer(slug: str) -> Response:
    """Every review of what a producer makes, twenty a page."""
    row = producers.by_slug(slug) or abort(404)
    found = reading.of_producer(row.id, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))
    return _list(found, row.name, f"/producers/{slug}", titled=True)


@pages.get("/orders/<ref>/lines/<line_ref>/review")
@public
def review(ref: str, line_ref: str) -> Response:
    """The form, with what was said before."""
    chance = _chance(*_find(ref, line_ref))
    said = chance.review
    before = {"stars": str(said.stars), "text": said.text, "signed_as": said.signed_as} if said else {}
    return _form(chance, ReviewForm(formdata=None, data=before))


@pages.post("/orders/<ref>/lines/<line_ref>/review")
@public
@limited("words")
def write(ref: str, line_ref: str) -> Response | Redirect:
    """Say it, or say it anew; it shows once somebody has looked at it."""
    order, line = _find(ref, line_ref)
    form = ReviewForm()
    if not form.validate():
        return _form(_chance(order, line), form, 422)
    said = {"stars": int(form.stars.data), "text": form.text.data, "signed_as": form.signed_as.data}
    try:
        with unit_of_work():
            reviewing.write(line, by=_user(), now=clock.now(), **said)
    except (NotBought, OwnGroup):
        return _form(_chance(order, line), form, 422)
    return _back(ref)


@pages.post("/orders/<ref>/lines/<line_ref>/review/withdrawal")
@public
def withdraw(ref: str, line_ref: str) -> Redirect:
    """Take it back."""
    _order, line = _find(ref, line_ref)
    with unit_of_work():
        reviewing.withdraw(line, by=_user(), now=clock.now())
    return _back(ref)


def _find(ref: str, line_ref: str) -> tuple[Order, OrderLine]:
    """The order and its line, for the order's key or its owner; not for admins, who write no reviews of others'."""
    found = finding.by_ref(ref)
    user = _user()
    if found is None or not finding.opens(found, request.args.get("key", ""), user.id if user else None):
        abort(404)
    return found, next((line for line in found.lines if line.ref == line_ref), None) or abort(404)


def _chance(order: Order, line: OrderLine) -> Chance:
    """What may be said for the line's product; nothing where it was given back, or by the group itself."""
    found = reviewing.chances(order, _user())
    return next((one for one in found if one.line.product_id == line.product_id), None) or abort(404)


def _user() -> User | None:
    return current_user._get_current_object() if current_user.is_authenticated else None


def _back(ref: str) -> Redirect:
    return redirect(url_for("orders.order", ref=ref, key=request.args.get("key"), _anchor="said"), 303)


def _form(chance: Chance, form: ReviewForm, status: int = 200) -> Response:
    response = private_page(
        render_template(
            "shop/orders/review.html",
            order=chance.line.order,
            line=chance.line,
            said=chance.review,
            form=form,
            writable=chance.writable,
            words=written() if status == 422 and not chance.writable else [],
            key=request.args.get("key") or None,
        )
    )
    response.status_code = status
    return response


def _list(found: Reviews, title: str, back: str, *, titled: bool) -> Response:
    if not found.shown and paging.number() > 1:
        abort(404)
    return public_page(
        render_template(
            "shop/catalog/reviews.html",
            title=title,
            back=back,
            of_group=titled,
            reviews=show_reviews(found.shown, titled=titled),
            count=found.count,
            stars=found.stars,
            **paging.around(found.count, PAGE_SIZE, lambda page: f"{back}/reviews?page={page}"),
        )
    )
