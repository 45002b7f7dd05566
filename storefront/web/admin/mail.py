"""Letters that the shop sent, to be read where nothing is really sent: in the demo by anyone, else by admins.

In production the pages do not exist for anybody but those who may read letters.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Blueprint, abort, make_response, render_template, request
from flask_login import current_user
from sqlalchemy import Select, select
from werkzeug.wrappers import Response as BaseResponse

from storefront import config
from storefront.core.db import session
from storefront.core.mail import CONFIDENTIAL, MAX_ATTEMPTS, OutgoingMail
from storefront.permissions import may_read_mail
from storefront.web import letter_samples
from storefront.web.guards import View, without_second_step
from storefront.web.rendering import private_page

pages = Blueprint("mail", __name__, url_prefix="/mail")

_SHOWN = 100


def readers(view: View) -> View:
    """Open to everyone in the demo and in tests; in production to admins, and not there for others."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        open_to_all = _open_to_all()
        if not open_to_all and not (current_user.is_authenticated and may_read_mail(current_user)):
            abort(404)
        return (None if open_to_all else without_second_step()) or view(*args, **kwargs)

    guarded.access = may_read_mail.__name__  # type: ignore[attr-defined]
    return guarded


@pages.get("")
@readers
def letters() -> BaseResponse:
    """The latest letters, the newest first; with `state=failed` those that could not be sent."""
    wanted = _readable().order_by(OutgoingMail.id.desc()).limit(_SHOWN)
    if request.args.get("state") == "failed":
        wanted = wanted.where(OutgoingMail.sent_at.is_(None), OutgoingMail.attempts >= MAX_ATTEMPTS)
    return private_page(render_template("admin/mail/list.html", letters=session().scalars(wanted).all()))


@pages.get("/templates")
@readers
def templates() -> BaseResponse:
    """Every letter that the shop can write, each with a sample."""
    return private_page(render_template("admin/mail/samples.html", samples=letter_samples.samples()))


@pages.get("/templates/<kind>")
@readers
def sample(kind: str) -> BaseResponse:
    """A letter made of samples, as plain text, or as HTML with `?html=1`; `variant` chooses among several."""
    try:
        made = letter_samples.letter(kind, request.args.get("variant", ""))
    except KeyError:
        abort(404)
    if "html" in request.args:
        return private_page(make_response(made.html))
    return private_page(render_template("admin/mail/sample.html", letter=made, variant=request.args.get("variant", "")))


@pages.get("/<ref>")
@readers
def letter(ref: str) -> BaseResponse:
    """One letter, as plain text."""
    return private_page(render_template("admin/mail/letter.html", letter=_find(ref)))


@pages.get("/<ref>.html")
@readers
def as_html(ref: str) -> BaseResponse:
    """One letter as a mail program with HTML shows it."""
    return private_page(make_response(_find(ref).html))


def _find(ref: str) -> OutgoingMail:
    return session().scalar(_readable().where(OutgoingMail.ref == ref)) or abort(404)


def _readable() -> Select[OutgoingMail]:
    found = select(OutgoingMail)
    return found if _open_to_all() else found.where(OutgoingMail.kind.not_in(CONFIDENTIAL))


def _open_to_all() -> bool:
    return config.current().shop_env in ("demo", "test")
