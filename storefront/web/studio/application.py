"""Becoming a producer or a charity here: one question a page, saved at each step, and one thread kept for ever.

Who applies has no group yet, so these pages are found through the applicant's own cases, not through a group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront.accounts.models import User
from storefront.charities.models import Cause
from storefront.core import clock, documents
from storefront.core.db import unit_of_work
from storefront.vetting import applying, criteria, finding, reading
from storefront.vetting.answering import UnfitAnswer, chosen
from storefront.vetting.criteria import Criterion, Question
from storefront.vetting.models import Answer, Case, Kind
from storefront.web.forms.checkout import countries
from storefront.web.guards import signed_in
from storefront.web.kept_words import written
from storefront.web.rendering import private_page
from storefront.web.security import sent_document, takes_files
from storefront.web.shop.labels import cause_name
from storefront.web.vetting_words import (
    REFUSALS,
    act_names,
    download,
    in_words,
    refusal,
    state_names,
    unfit,
    unreadable,
)

pages = Blueprint("studio_application", __name__, url_prefix="/studio/application")

LISTED = 10  # of the questions that are open when it is sent too early


@pages.get("")
@signed_in
def overview() -> Response:
    """The user's applications, and the door to a new one."""
    return _render("overview", cases=finding.all_of_user(me()), names=state_names())


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
    return _page(_find(ref))


@pages.get("/<ref>/questions/<key>")
@signed_in
def question(ref: str, key: str) -> Response:
    """One question with its answer so far."""
    found = _find(ref)
    given = finding.answers(found).get(key)
    return _question(
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
    asked = _asked(_find(ref), key)
    try:
        file = sent_document("document") if isinstance(asked, Criterion) else None
        with unit_of_work():
            found = _find(ref, lock=True)
            applying.answer(found, me(), key, text, clock.now(), evidence=evidence, seen=seen)
            if file:
                applying.attach(found, me(), key, file, asked.title, clock.now())
    except documents.UnreadableDocument as error:
        return _question(_find(ref), key, text, evidence, unreadable(error), seen=seen)
    except UnfitAnswer as error:
        return _question(_find(ref), key, text, evidence, unfit(error), seen=seen)
    except applying.AnsweredMeanwhile as error:
        return _question(_find(ref), key, text, evidence, seen=error.theirs.id, theirs=error.theirs)
    except applying.NotWritable as error:
        return _page(_find(ref), refusal(error))
    return redirect(_after(_find(ref), key), 303)


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
    return _do(ref, lambda found: applying.appeal(found, me(), reason, clock.now()), done, "appeal")


def me() -> User:
    """The signed-in user itself, not Flask-Login's proxy."""
    user: User = current_user._get_current_object()
    return user


def _find(ref: str, *, lock: bool = False) -> Case:
    return finding.of_user(ref, me(), lock=lock) or abort(404)


def _asked(found: Case, key: str) -> Question | Criterion:
    return next((one for one in _all_asked(found) if one.key == key), None) or abort(404)


def _do(ref: str, act: Callable[[Case], object], done: str, field: str = "") -> Response | Redirect:
    try:
        with unit_of_work():
            act(_find(ref, lock=True))
    except applying.Unfinished as error:
        return _page(_find(ref), unfinished=error.keys)
    except REFUSALS as error:
        return _page(_find(ref), refusal(error), field if isinstance(error, applying.EmptyText) else "")
    flash(done, "success")
    return redirect(url_for("studio_application.case", ref=ref), 303)


def _after(found: Case, key: str) -> str:
    """The next question that is open, of those after this one first; the task list when none is."""
    keys = [one.key for one in _all_asked(found)]
    open_ones = _open(found)
    at = keys.index(key)
    following = next((one for one in [*keys[at + 1 :], *keys[:at]] if one in open_ones), None)
    if following is None:
        return url_for("studio_application.case", ref=found.ref)
    return _address(found, following)


def _open(found: Case) -> list[str]:
    """What is still to be answered, in order, with what need not be and was not looked at yet."""
    missing, given = applying.missing(found, clock.today().year), finding.answers(found)
    return [one.key for one in _all_asked(found) if one.key in missing or one.key not in given]


def _all_asked(found: Case) -> list[Question | Criterion]:
    return criteria.find(found.kind, found.criteria_version).asked


def _address(found: Case, key: str) -> str:
    return url_for("studio_application.question", ref=found.ref, key=key)


def _options(asked: Question | Criterion) -> list[tuple[str, str]]:
    if isinstance(asked, Criterion):
        return []
    if asked.kind == "country":
        return [("", _("Choose the country")), *countries()]
    if asked.kind == "choices":
        return [(one, cause_name(one) if one in set(Cause) else one) for one in asked.options]
    return [("", _("Choose one")), *((one, one) for one in asked.options)]


def _question(
    found: Case, key: str, text: str, evidence: str, error: str = "", *, seen: int | None = None,
    theirs: Answer | None = None,
) -> Response:  # fmt: skip
    asked = _asked(found, key)
    if found.state not in applying.WRITABLE:
        return _page(found)
    keys = [one.key for one in _all_asked(found)]
    judged = next((row for row in reading.criteria_of(found) if row.key == key), None)
    response = _render(
        "question", case=found, asked=asked, is_criterion=isinstance(asked, Criterion), options=_options(asked),
        text=text, ticked=chosen(text), evidence=evidence, error=error, place=keys.index(key) + 1, count=len(keys),
        judged=judged, documents=finding.documents(found).get(key, []), seen=seen,
        theirs=_in_words(asked, theirs) if theirs else "",
    )  # fmt: skip
    response.status_code = 422 if error or theirs else 200
    return response


def _in_words(asked: Question | Criterion, given: Answer) -> str:
    text = in_words(asked, given.text) if isinstance(asked, Question) else given.text
    return " / ".join(filter(None, (text, given.evidence)))


def _page(found: Case, error: str = "", at: str = "", unfinished: Sequence[str] = ()) -> Response:
    chosen_set, judged = criteria.find(found.kind, found.criteria_version), reading.criteria_of(found)
    asked = {one.key: one for one in chosen_set.asked}
    errors = [(at, error)] if error else [(_address(found, key), asked[key].title) for key in unfinished[:LISTED]]
    missing = applying.missing(found, clock.today().year)
    needed = [key for key, one in asked.items() if isinstance(one, Criterion) or one.required]
    response = _render(
        "case",
        case=found,
        standing=applying.standing(found),
        renewal=applying.renewal(found),
        due=_due(found),
        questions=chosen_set.questions,
        judged=judged,
        titles={row.key: row.title for row in judged},
        answered={key for key, given in finding.answers(found).items() if given.text},
        missing=missing,
        needed=len(needed),
        done=len(set(needed) - set(missing)),
        go_on=_open(found)[0] if missing and found.state in applying.WRITABLE else "",
        writable=found.state in applying.WRITABLE,
        may_withdraw=found.state in applying.OPEN,
        may_appeal=applying.appealable(found) is not None,
        appeal=finding.open_appeal(found),
        thread=reading.thread(found),
        decisions=finding.decisions(found),
        names=state_names(),
        acts=act_names(),
        error=error,
        at=at,
        errors=errors,
        more=len(unfinished[LISTED:]),
        words=written() if error and not at else [],
    )
    response.status_code = 422 if errors else 200
    return response


def _due(found: Case) -> date | None:
    """Until which day the approval of the party holds, or held."""
    if found.producer_id is None and found.charity_id is None:
        return None
    summary = reading.summary(clock.today(), producer_id=found.producer_id, charity_id=found.charity_id)
    return summary.review_due_on if summary else None


def _render(name: str, **facts: object) -> Response:
    return private_page(render_template(f"studio/application/{name}.html", **facts))
