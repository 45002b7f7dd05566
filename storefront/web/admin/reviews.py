"""Reviews that wait to be read, and those that were decided: shown, or refused with a reason for their writer."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_moderate
from storefront.voices import finding, reviewing
from storefront.voices.finding import Asked
from storefront.voices.models import Review, ReviewState
from storefront.voices.reviewing import ChangedMeanwhile, NoReason, NotToBeAnswered, OwnGroup, OwnWords
from storefront.web import paging
from storefront.web.forms.voices import ReasonForm
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.account import me

pages = Blueprint("admin_reviews", __name__, url_prefix="/admin/reviews")

PAGE_SIZE = 20


@pages.get("")
@require(may_moderate)
def queue() -> Response:
    """Reviews by `state`, `producer` and `stars`; at first those that wait, the longest first."""
    return _page()


@pages.post("/<ref>/decisions")
@require(may_moderate)
def decide(ref: str) -> Response | Redirect:
    """Show the version that was read, or refuse it with a reason."""
    found, form, asked = _find(ref), ReasonForm(), request.form
    if asked.get("decision") not in ("show", "refuse"):
        abort(422)
    seen = int(asked["seen"]) if asked.get("seen", "").isdecimal() and len(asked["seen"]) < 9 else 0
    who = {"seen": seen, "by": me(), "now": clock.now()}
    if asked["decision"] == "refuse" and not form.validate():
        return _page(ref, form.reason.data, form.error("reason"))
    try:
        with unit_of_work():
            if asked["decision"] == "show":
                reviewing.show(found, **who)
            else:
                reviewing.refuse(found, form.reason.data, **who)
    except _REFUSALS as error:
        return _page(ref, form.reason.data, _said(error))
    shown = asked["decision"] == "show"
    flash(_("The review is shown.") if shown else _("The review is not shown; its writer gets the reason."), "success")
    return redirect(url_for("admin_reviews.queue"), 303)


@pages.post("/<ref>/answer/hiding")
@require(may_moderate)
def hide_answer(ref: str) -> Response | Redirect:
    """Show the group's answer no longer."""
    found, form = _find(ref), ReasonForm()
    if not form.validate():
        return _page(ref, form.reason.data, form.error("reason"))
    try:
        with unit_of_work():
            reviewing.hide_answer(found, form.reason.data, by=me(), now=clock.now())
    except _REFUSALS as error:
        return _page(ref, form.reason.data, _said(error))
    flash(_("The answer is not shown any more; the group gets the reason."), "success")
    return redirect(url_for("admin_reviews.queue", state=ReviewState.SHOWN), 303)


_REFUSALS = (ChangedMeanwhile, NoReason, NotToBeAnswered, OwnGroup, OwnWords)


def _said(error: Exception) -> str:
    return {
        ChangedMeanwhile: _("The review changed since you opened the page, or was decided. Look at it again."),
        NoReason: _("Write the reason: it goes out by letter, word for word"),
        NotToBeAnswered: _("There is no answer that shows."),
        OwnGroup: _("You belong to this group. Somebody else must decide."),
        OwnWords: _("You wrote this review. Somebody else must decide."),
    }[type(error)]


def _find(ref: str) -> Review:
    return finding.review(ref) or abort(404)


def _page(wrong: str = "", reason: str = "", error: str = "") -> Response:
    """The list; where something was refused it is the list of that one alone, with what was written."""
    state, stars = request.args.get("state", ReviewState.WAITING), request.args.get("stars", 0, type=int)
    asked = Asked(
        state if state in set(ReviewState) else "",
        request.args.get("producer", "")[:80].strip(),
        stars if 1 <= stars <= 5 else 0,
    )
    if wrong:
        rows, count = [_find(wrong)], 1
    else:
        rows, count = finding.reviews(asked, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

    def address(page: int) -> str:
        return url_for("admin_reviews.queue", state=asked.state, producer=asked.producer, stars=asked.stars, page=page)

    response = private_page(
        render_template(
            "admin/voices/reviews.html",
            reviews=rows,
            count=count,
            asked=asked,
            states=_states(),
            now=clock.now(),
            wrong=wrong,
            reason=reason,
            error=error,
            **paging.around(count, PAGE_SIZE, address),
        )
    )
    response.status_code = 422 if error else 200
    return response


def _states() -> list[tuple[str, str]]:
    return [
        (ReviewState.WAITING, _("Waiting")),
        (ReviewState.SHOWN, _("Shown")),
        (ReviewState.REFUSED, _("Refused")),
        ("all", _("All")),
    ]
