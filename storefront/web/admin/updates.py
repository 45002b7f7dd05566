"""Updates of groups that wait to be read before any buyer gets them, and those that were decided."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_moderate
from storefront.producers.models import ProducerStatus
from storefront.updates import deciding, finding, sending
from storefront.updates.models import Update, UpdateState
from storefront.updates.writing import NoConsent, PeopleUnasked
from storefront.voices.moderating import ChangedMeanwhile, NoReason, OwnGroup, OwnWords
from storefront.web import paging
from storefront.web.forms.voices import ReasonForm
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.account import me
from storefront.web.update_words import state_names, tag

pages = Blueprint("admin_updates", __name__, url_prefix="/admin/updates")

PAGE_SIZE = 20
_REFUSALS = (ChangedMeanwhile, OwnGroup, OwnWords, NoReason, NoConsent, PeopleUnasked)


@pages.get("")
@require(may_moderate)
def queue() -> Response:
    """Updates by `state` and `producer`; at first those that wait, the longest first."""
    return _page()


@pages.post("/<ref>/decisions")
@require(may_moderate)
def decide(ref: str) -> Response | Redirect:
    """Publish the version that was read, or hand it back; show a published one no more. These two with a reason."""
    found, form, decision = finding.by_ref(ref) or abort(404), ReasonForm(), request.form.get("decision")
    if decision not in ("approve", "hand_back", "withdraw"):
        abort(422)
    if found.decided_at is None and found.state in (UpdateState.DRAFT, UpdateState.WITHDRAWN):
        flash(_("The group took it back. You wrote: %(words)s", words=form.reason.data or "–"), "warning")
        return redirect(url_for("admin_updates.queue"), 303)
    if decision != "approve" and not form.validate():
        return _page(ref, form.reason.data, form.error("reason"))
    who = {"seen": form.version, "by": me(), "now": clock.now()}
    try:
        with unit_of_work():
            if decision == "approve":
                deciding.approve(found, **who)
            else:
                act = deciding.hand_back if decision == "hand_back" else deciding.withdraw
                act(found, form.reason.data, **who)
    except _REFUSALS as error:
        return _page(ref, form.reason.data, _said(error))
    flash(_published(found) if decision == "approve" else _("The group gets the reason."), "success")
    return redirect(url_for("admin_updates.queue"), 303)


def _published(update: Update) -> str:
    if update.producer.status == ProducerStatus.APPROVED:
        return _("It is public, and goes to the buyers.")
    return _("It is approved. It goes to the buyers once the group sells again.")


def _said(error: Exception) -> str:
    return {
        ChangedMeanwhile: _("The group changed it, or somebody decided, since you opened the page. Look at it again."),
        OwnGroup: _("You have to do with this group. Somebody else must decide."),
        OwnWords: _("You wrote this yourself. Somebody else must decide."),
        NoReason: _("Write the reason: it goes out by letter, word for word"),
        NoConsent: _("A consent that it rests on has ended. Hand it back."),
        PeopleUnasked: _("Nobody said whether somebody can be recognised in it. Hand it back."),
    }[type(error)]


def _page(wrong: str = "", reason: str = "", error: str = "") -> Response:
    state, producer = request.args.get("state", UpdateState.SENT), request.args.get("producer", "")[:80].strip()
    state = state if state in set(UpdateState) - {UpdateState.DRAFT} else ""
    one = finding.by_ref(wrong) if wrong else None
    if one is not None and one.state != UpdateState.DRAFT:
        rows, count = [one], 1
    else:
        rows, count = finding.queue(state, producer, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

    def address(page: int) -> str:
        return url_for("admin_updates.queue", state=state or "all", producer=producer or None, page=page)

    states = [(name, words) for name, words in state_names().items() if name != UpdateState.DRAFT]
    response = private_page(
        render_template(
            "admin/voices/updates.html",
            rows=rows,
            count=count,
            state=state,
            producer=producer,
            states=[*states, ("all", _("All"))],
            tag=tag,
            audience=sending.audience,
            now=clock.now(),
            wrong=wrong,
            reason=reason,
            error=error,
            **paging.around(count, PAGE_SIZE, address),
        )
    )
    response.status_code = 422 if error else 200
    return response
