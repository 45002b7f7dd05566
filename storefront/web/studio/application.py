"""Becoming a producer or a charity here: one question a page, saved at each step, and one thread kept for ever.

Who applies has no group yet, so these pages are found through the applicant's own cases, not through a group.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront.accounts.models import User
from storefront.core import clock, documents
from storefront.core.db import unit_of_work
from storefront.vetting import appealing, applying, finding
from storefront.vetting.answering import UnfitAnswer
from storefront.vetting.criteria import Criterion
from storefront.vetting.models import Case, Kind
from storefront.web.guards import signed_in
from storefront.web.security import sent_document, takes_files
from storefront.web.studio.application_pages import after, asked_of, case_page, question_page, render
from storefront.web.vetting_words import REFUSALS, download, refusal, state_names, unfit, unreadable

pages = Blueprint("studio_application", __name__, url_prefix="/studio/application")


@pages.get("")
@signed_in
def overview() -> Response:
    """The user's applications, and the door to a new one."""
    return render("overview", cases=finding.all_of_user(me()), names=state_names())


@pages.post("")
@signed_in
def begin() -> Redirect:
    """Begin an application or go on with the open one; `again` is a case whose party is to be looked at again."""
    before = finding.of_user(request.form.get("again", ""), me())
    kind = before.kind if before else request.form.get("kind", "")
    if kind not in set(Kind):
        abort(400)
    try:
        with unit_of_work():
            again = finding.of_user(before.ref, me()) if before else None
            party = {"producer": again.producer, "charity": again.charity} if again else {}
            ref = applying.start(me(), Kind(kind), clock.now(), **party).ref
    except applying.AppealOpen as error:
        flash(refusal(error), "warning")
        ref = error.ref
    return redirect(url_for("studio_application.case", ref=ref), 303)


@pages.get("/<ref>")
@signed_in
def case(ref: str) -> Response:
    """The task list with what became of each part, the thread, and what can be done next."""
    return case_page(_find(ref))


@pages.get("/<ref>/questions/<key>")
@signed_in
def question(ref: str, key: str) -> Response:
    """One question with its answer so far."""
    found = _find(ref)
    given = finding.answers(found).get(key)
    return question_page(
        found, key, given.text if given else "", given.evidence if given else "", seen=given.id if given else 0
    )


@pages.get("/<ref>/documents/<document_ref>")
@signed_in
def document(ref: str, document_ref: str) -> Response:
    """A document that was handed in, as a file."""
    return download(_find(ref), document_ref)


@pages.post("/<ref>/questions/<key>")
@takes_files(16)
@signed_in
def answer(ref: str, key: str) -> Response | Redirect:
    """Save the answer and go on to the next question that is open; tell of another owner's answer."""
    text = ", ".join(request.form.getlist("answer"))
    evidence, seen = request.form.get("evidence", ""), request.form.get("seen", type=int)
    asked = asked_of(_find(ref), key)
    try:
        file = sent_document("document") if isinstance(asked, Criterion) else None
        if file:  # by itself: it is kept even where the words are not taken, for no browser sends it again
            with unit_of_work():
                applying.attach(_find(ref, lock=True), me(), key, file, asked.title, clock.now())
        with unit_of_work():
            applying.answer(_find(ref, lock=True), me(), key, text, clock.now(), evidence=evidence, seen=seen)
    except documents.UnreadableDocument as error:
        return question_page(_find(ref), key, text, evidence, unreadable(error), seen=seen)
    except UnfitAnswer as error:
        return question_page(_find(ref), key, text, evidence, unfit(error), seen=seen)
    except applying.AnsweredMeanwhile as error:
        return question_page(_find(ref), key, text, evidence, seen=error.theirs.id, theirs=error.theirs)
    except applying.NotWritable as error:
        return case_page(_find(ref), refusal(error))
    return redirect(after(_find(ref), key), 303)


@pages.post("/<ref>/submission")
@signed_in
def submit(ref: str) -> Response | Redirect:
    """Send the application."""
    return _do(ref, lambda found: applying.submit(found, me(), clock.now()), _("Sent. Two people will read it now."))


@pages.post("/<ref>/withdrawal")
@signed_in
def withdraw(ref: str) -> Response | Redirect:
    """Take the application back."""
    reason = request.form.get("reason", "")
    done = _("Withdrawn. Your answers and the thread stay, and you can begin again.")
    return _do(ref, lambda found: applying.withdraw(found, me(), reason, clock.now()), done)


@pages.post("/<ref>/messages")
@signed_in
def reply(ref: str) -> Response | Redirect:
    """Say something in the thread."""
    text = request.form.get("text", "")
    done = _("Your message is in the thread.")
    return _do(ref, lambda found: applying.reply(found, me(), text, clock.now()), done, "text")


@pages.post("/<ref>/appeal")
@signed_in
def appeal(ref: str) -> Response | Redirect:
    """Appeal, once, against a rejection or a suspension."""
    reason = request.form.get("reason", "")
    done = _("Your appeal is on record. Somebody who had no part in the decision will read it.")
    return _do(ref, lambda found: appealing.appeal(found, me(), reason, clock.now()), done, "appeal")


def me() -> User:
    """The signed-in user itself, not Flask-Login's proxy."""
    user: User = current_user._get_current_object()
    return user


def _find(ref: str, *, lock: bool = False) -> Case:
    return finding.of_user(ref, me(), lock=lock) or abort(404)


def _do(ref: str, act: Callable[[Case], object], done: str, field: str = "") -> Response | Redirect:
    try:
        with unit_of_work():
            act(_find(ref, lock=True))
    except applying.Unfinished as error:
        return case_page(_find(ref), unfinished=error.keys)
    except REFUSALS as error:
        return case_page(_find(ref), refusal(error), field if isinstance(error, applying.EmptyText) else "")
    flash(done, "success")
    return redirect(url_for("studio_application.case", ref=ref), 303)
