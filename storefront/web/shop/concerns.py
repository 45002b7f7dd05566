"""Telling the shop, in confidence and without an account, what worries somebody, and reading what became of it."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from storefront.concerns import finding, raising
from storefront.concerns.models import Concern, EntryKind
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.core.refs import new_key
from storefront.web import concern_words
from storefront.web.forms.voices import ConcernForm, MessageForm
from storefront.web.guards import public
from storefront.web.limits import limited, may_write_to
from storefront.web.rendering import private_page

pages = Blueprint("concerns", __name__, url_prefix="/concerns")

_KEY = re.compile(r"[\w-]{43}", re.ASCII)


@pages.get("")
@public
def form() -> Response:
    """The form; `about` says what it is about, such as `producer:<slug>`."""
    return _form(ConcernForm(formdata=None), request.args.get("about", ""), new_key())


@pages.post("")
@public
@limited("concerns")
def tell() -> Response | Redirect:
    """Open a case. Its key came with the form, so that a form sent twice opens one."""
    told, about, key = ConcernForm(), request.form.get("about", "")[:200], request.form.get("key", "")
    key = key if _KEY.fullmatch(key) else new_key()
    if not told.validate():
        return _form(told, about, key, 422)
    email = told.email.data if told.email.data and may_write_to(told.email.data, "concerns") else ""
    with unit_of_work():
        concern = raising.tell(told.text.data, about=about, email=email, key=key, now=clock.now())
    return redirect(url_for("concerns.case", number=concern.number, key=key), 303)


@pages.get("/<number>")
@public
def case(number: str) -> Response:
    """The case, for whoever has its key."""
    return _case(_find(number), MessageForm(formdata=None))


@pages.post("/<number>/messages")
@public
@limited("concern_words")
def add(number: str) -> Response | Redirect:
    """Write more."""
    concern, more = _find(number), MessageForm()
    if not more.validate():
        return _case(concern, more, 422)
    with unit_of_work():
        raising.add(concern, more.text.data, clock.now())
    return redirect(url_for("concerns.case", number=number, key=request.args["key"], _anchor="thread"), 303)


def _find(number: str) -> Concern:
    return finding.by_key(number, request.args.get("key", "")) or abort(404)


def _form(told: ConcernForm, about: str, key: str, status: int = 200) -> Response:
    name, path = concern_words.about(about, public=True)
    facts = {"form": told, "about": about if name else "", "name": name, "path": path, "key": key}
    return _page(render_template("shop/concerns/form.html", **facts), status)


def _case(concern: Concern, more: MessageForm, status: int = 200) -> Response:
    name, path = concern_words.about(concern.subject, public=True)
    told = [one for one in concern.entries if one.kind != EntryKind.NOTE]
    words, tone = concern_words.tag(concern)
    key = request.args["key"]
    link = url_for("concerns.case", number=concern.number, key=key)
    return _page(
        render_template(
            "shop/concerns/case.html", concern=concern, entries=told, form=more, name=name, path=path, words=words,
            tone=tone, key=key, link=link, has_reader=finding.has_reader(concern),
        ),
        status,
    )  # fmt: skip


def _page(page: str, status: int) -> Response:
    response = private_page(page)
    response.status_code = status
    return response
