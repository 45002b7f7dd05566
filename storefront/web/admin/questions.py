"""Questions that wait to be read, and those that were decided: passed on to the group, or refused with a reason."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.permissions import may_moderate
from storefront.voices.models import Question, WordsState
from storefront.web.guards import require
from storefront.web.words_desk import Desk

pages = Blueprint("admin_questions", __name__, url_prefix="/admin/questions")

desk = Desk(
    Question,
    "admin_questions",
    {WordsState.WAITING: _("Waiting"), WordsState.SHOWN: _("Passed on"), WordsState.REFUSED: _("Refused")},
    {
        WordsState.SHOWN: _("The question is with the group; it shows once it is answered."),
        WordsState.REFUSED: _("The question is not passed on; who asked with an account gets the reason."),
    },
)


@pages.get("")
@require(may_moderate)
def queue() -> Response:
    """Questions by `state` and `producer`; at first those that wait, the longest first."""
    return desk.page()


@pages.post("/<ref>/decisions")
@require(may_moderate)
def decide(ref: str) -> Response | Redirect:
    """Pass it on to the group, or refuse it with a reason."""
    return desk.decide(ref)


@pages.post("/<ref>/answer/hiding")
@require(may_moderate)
def hide_answer(ref: str) -> Response | Redirect:
    """Show the group's answer no longer, and so the question neither."""
    return desk.hide_answer(ref)
