"""Reviews that wait to be read, and those that were decided: shown, or refused with a reason for their writer."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.permissions import may_moderate
from storefront.voices.models import Review, WordsState
from storefront.web.guards import require
from storefront.web.words_desk import Desk

pages = Blueprint("admin_reviews", __name__, url_prefix="/admin/reviews")

desk = Desk(
    Review,
    "admin_reviews",
    {WordsState.WAITING: _("Waiting"), WordsState.SHOWN: _("Shown"), WordsState.REFUSED: _("Refused")},
    {
        WordsState.SHOWN: _("The review is shown."),
        WordsState.REFUSED: _("The review is not shown; its writer gets the reason."),
    },
)


@pages.get("")
@require(may_moderate)
def queue() -> Response:
    """Reviews by `state`, `producer` and `stars`; at first those that wait, the longest first."""
    return desk.page()


@pages.post("/<ref>/decisions")
@require(may_moderate)
def decide(ref: str) -> Response | Redirect:
    """Show the version that was read, or refuse it with a reason."""
    return desk.decide(ref)


@pages.post("/<ref>/answer/hiding")
@require(may_moderate)
def hide_answer(ref: str) -> Response | Redirect:
    """Show the group's answer no longer."""
    return desk.hide_answer(ref)
