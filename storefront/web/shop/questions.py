"""Questions: asked from a product's page without an account, and read with their answers behind it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from storefront.accounts.models import User
from storefront.catalog import showing
from storefront.catalog.showing import ProductView
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.voices import asking, reading
from storefront.voices.asking import NothingToAskAbout
from storefront.voices.moderating import OwnGroup
from storefront.web import paging
from storefront.web.forms.voices import QuestionForm
from storefront.web.guards import public
from storefront.web.limits import limited, may_write_to
from storefront.web.rendering import private_page, public_page

pages = Blueprint("questions", __name__, url_prefix="/products/<slug>/questions")

PAGE_SIZE = 20


@pages.get("")
@public
def of_product(slug: str) -> BaseResponse:
    """Every answered question, twenty a page; with `asked` that one was sent."""
    view = _view(slug)
    found = reading.questions_of(view.row.id, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))
    if not found.shown and paging.number() > 1:
        abort(404)
    around = paging.around(found.count, PAGE_SIZE, lambda page: url_for("questions.of_product", slug=slug, page=page))
    asked = "asked" in request.args
    return public_page(
        render_template("shop/catalog/questions.html", row=view.row, found=found, asked=asked, **around)
    )  # fmt: skip


@pages.get("/new")
@public
def form(slug: str) -> Response:
    """The form; whoever is signed in types no address."""
    return _form(_view(slug), QuestionForm(formdata=None))


@pages.post("")
@public
@limited("words")
def ask(slug: str) -> BaseResponse:
    """Ask. The answer is the same whoever has the mailbox and whatever it gets."""
    view, asked, user = _view(slug), QuestionForm(), _user()
    if user:
        del asked.email
    if not asked.validate():
        return _form(view, asked, 422)
    email = "" if user or not may_write_to(asked.email.data, "answers") else asked.email.data
    try:
        with unit_of_work():
            asking.ask(slug, asked.text.data, by=user, email=email, now=clock.now())
    except NothingToAskAbout:
        abort(404)
    except OwnGroup:
        return _form(view, asked, 422, own=True)
    return redirect(url_for("questions.of_product", slug=slug, asked=1), 303)


def _view(slug: str) -> ProductView:
    """The product; an old address of it leads to the same page of where it is now, with what was typed."""
    view = showing.by_slug(slug)
    if view is None:
        moved = showing.new_slug("product", slug) or abort(404)
        abort(redirect(url_for(str(request.endpoint), slug=moved), 301 if request.method == "GET" else 308))
    return view


def _user() -> User | None:
    return current_user._get_current_object() if current_user.is_authenticated else None


def _form(view: ProductView, asked: QuestionForm, status: int = 200, *, own: bool = False) -> Response:
    page = private_page(render_template("shop/catalog/ask.html", row=view.row, form=asked, user=_user(), own=own))
    page.status_code = status
    return page
