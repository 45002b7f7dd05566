"""Letters that the shop sent, to be read where nothing is really sent: in the demo by anyone, else by admins.

In production the pages do not exist for anybody but those who may read letters.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Blueprint, abort, make_response, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select, func, or_, select
from werkzeug.wrappers import Response as BaseResponse

from storefront import config
from storefront.core.db import session
from storefront.core.mail import CONFIDENTIAL, MAX_ATTEMPTS, OPENING, OutgoingMail
from storefront.permissions import may_read_mail
from storefront.web import letter_samples, paging
from storefront.web.guards import View, without_second_step
from storefront.web.rendering import private_page

pages = Blueprint("mail", __name__, url_prefix="/mail")

PAGE_SIZE = 20
_STATES = {
    "waiting": (OutgoingMail.sent_at.is_(None), OutgoingMail.attempts < MAX_ATTEMPTS),
    "failed": (OutgoingMail.sent_at.is_(None), OutgoingMail.attempts >= MAX_ATTEMPTS),
}


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
    """Letters, the newest first; `words` (a part of the address or the subject) and `state` narrow them down."""
    words, state = request.args.get("words", "").strip()[:320], request.args.get("state", "")
    wanted = _readable()
    if state in _STATES:
        wanted = wanted.where(*_STATES[state])
    if words:
        columns = (OutgoingMail.recipient, OutgoingMail.subject)
        wanted = wanted.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    count = session().scalar(select(func.count()).select_from(wanted.subquery())) or 0
    found = wanted.order_by(OutgoingMail.id.desc()).limit(PAGE_SIZE).offset(paging.skip(PAGE_SIZE))

    def address(page: int) -> str:
        return url_for("mail.letters", words=words or None, state=state or None, page=page)

    return private_page(
        render_template(
            "admin/mail/list.html",
            rows=session().scalars(found).all(),
            count=count,
            words=words,
            state=state,
            closed=() if _open_to_all() else OPENING,
            **paging.around(count, PAGE_SIZE, address),
        )
    )


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
    found = session().scalar(_readable().where(OutgoingMail.ref == ref)) or abort(404)
    return abort(404) if found.kind in OPENING and not _open_to_all() else found


def _readable() -> Select[OutgoingMail]:
    found = select(OutgoingMail)
    return found if _open_to_all() else found.where(OutgoingMail.kind.not_in(CONFIDENTIAL))


def _open_to_all() -> bool:
    return config.current().shop_env in ("demo", "test")
