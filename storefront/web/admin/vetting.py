"""Applications as reviewers see them: the queue, and one case with its criteria, evidence, thread and decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront.accounts.models import User
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.permissions import is_admin, may_vet
from storefront.vetting import applying, criteria, deciding, emails, finding, reading
from storefront.vetting.models import Act, Case, CaseState, Conflict, Verdict
from storefront.web import paging
from storefront.web.forms.accounts import trimmed
from storefront.web.guards import require
from storefront.web.kept_words import written
from storefront.web.rendering import private_page
from storefront.web.vetting_words import REFUSALS, act_names, choice_names, download, in_words, refusal, state_names

pages = Blueprint("admin_vetting", __name__, url_prefix="/admin/vetting")

PAGE_SIZE = 50


@pages.get("")
@require(may_vet)
def queue() -> Response:
    """Cases by `state`, `owner`, `days` of waiting and `name`; at first those that wait for us, the oldest first."""
    asked = request.args
    wanted = reading.Wanted(
        state=asked.get("state", CaseState.SUBMITTED.value),
        owner=asked.get("owner", ""),
        days=min(max(asked.get("days", 0, type=int), 0), 3650),
        name=trimmed(asked.get("name"))[:200],
    )
    rows, count = reading.queue(wanted, me(), clock.now(), size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

    def address(number: int) -> str:
        return url_for("admin_vetting.queue", **asdict(wanted), page=number)

    return private_page(
        render_template(
            "admin/vetting/list.html",
            rows=rows,
            count=count,
            wanted=wanted,
            names=state_names(),
            **paging.around(count, PAGE_SIZE, address),
        )
    )


@pages.get("/<ref>")
@require(may_vet)
def case(ref: str) -> Response:
    """One case: everything about it, and what the reviewer may do."""
    return _page(_find(ref))


@pages.post("/<ref>/owner")
@require(may_vet)
def take(ref: str) -> Response | Redirect:
    """Look after the case."""
    return _do(
        ref, lambda found: deciding.take(found, me(), clock.now()), _("You look after this application now."), field=""
    )


@pages.post("/<ref>/conflicts")
@require(may_vet)
def declare(ref: str) -> Response | Redirect:
    """Declare a conflict of interest."""
    reason = request.form.get("reason", "")
    return _do(
        ref,
        lambda found: deciding.declare_conflict(found, me(), reason, clock.now()),
        _("Your conflict is on record. You don't vote on this party."),
        field="conflict",
    )


@pages.post("/<ref>/findings")
@require(may_vet)
def judge(ref: str) -> Response | Redirect:
    """Say what was found of one criterion."""
    key, verdict = request.form.get("key", ""), request.form.get("verdict", "")
    if not verdict:
        return _page(_find(ref), error=_("Choose what you found"), at=f"verdict-{key}", status=422)
    if verdict not in set(Verdict):
        _find(ref)
        abort(400)
    note = request.form.get("note", "")
    return _do(
        ref,
        lambda found: deciding.find(found, me(), key, Verdict(verdict), note, clock.now()),
        _("Saved."),
        "next",
        field=f"note-{key}",
    )


@pages.post("/<ref>/messages")
@require(may_vet)
def say(ref: str) -> Response | Redirect:
    """Write to the party, about one criterion or all; it goes out by letter as well."""
    text, about = request.form.get("text", ""), request.form.get("about", "")
    return _do(
        ref, lambda found: deciding.say(found, me(), text, clock.now(), key=about), _("Your message is on its way."),
        "thread", field="text",
    )  # fmt: skip


@pages.post("/<ref>/decisions")
@require(may_vet)
def decide(ref: str) -> Response | Redirect:
    """Vote for or do what was chosen; `preview` shows the letter instead of sending it."""
    act, reason = request.form.get("act", ""), request.form.get("reason", "")
    if not act:
        return _page(_find(ref), reason=reason, error=_("Choose what shall be done"), at="act", status=422)
    if act not in _CHOICES:
        _find(ref)
        abort(400)
    if "preview" in request.form:
        return _page(_find(ref), act=act, reason=reason, preview=True)
    return _do(
        ref, lambda found: _CHOICES[act](found, reason), _("It is on record."), field="reason", act=act, reason=reason
    )


@pages.get("/<ref>/documents/<document_ref>")
@require(may_vet)
def document(ref: str, document_ref: str) -> Response:
    """A private document, as a file."""
    return download(_find(ref), document_ref)


def me() -> User:
    """The signed-in user itself, not Flask-Login's proxy."""
    user: User = current_user._get_current_object()
    return user


def _voted(act: Act) -> Callable[[Case, str], object]:
    return lambda found, reason: deciding.vote(found, me(), act, reason, clock.now())


_CHOICES: dict[str, Callable[[Case, str], object]] = {
    Act.APPROVE: _voted(Act.APPROVE),
    Act.REJECT: _voted(Act.REJECT),
    Act.REINSTATE: _voted(Act.REINSTATE),
    Act.ASK: lambda found, reason: deciding.ask(found, me(), reason, clock.now()),
    Act.SUSPEND: lambda found, reason: deciding.suspend(found, me(), reason, clock.now()),
    Act.GRANT_APPEAL: lambda found, reason: deciding.decide_appeal(found, me(), True, reason, clock.now()),
    Act.REFUSE_APPEAL: lambda found, reason: deciding.decide_appeal(found, me(), False, reason, clock.now()),
}


def _do(
    ref: str, step: Callable[[Case], object], done: str, anchor: str = "", *, field: str, **chosen: str
) -> Response | Redirect:
    """Do something with the locked case and come back to it, or show what was refused, with what was written.

    `field` is where the words stand that it needs.
    """
    try:
        with unit_of_work():
            step(_find(ref, lock=True))
    except REFUSALS as error:
        at = field if isinstance(error, applying.EmptyText) else ""
        return _page(_find(ref), error=refusal(error), at=at, status=422, **chosen)
    flash(done, "success")
    return redirect(url_for("admin_vetting.case", ref=ref, _anchor=anchor or None), 303)


def _find(ref: str, *, lock: bool = False) -> Case:
    """A case that was sent; what an applicant never sent is not there for reviewers."""
    found = finding.by_ref(ref, lock=lock)
    if found is None or found.submitted_at is None:
        abort(404)
    return found


def _possible(found: Case) -> list[str]:
    """What may be done with the case from where it is, most likely first."""
    if finding.open_appeal(found) is not None:
        return [Act.GRANT_APPEAL, Act.REFUSE_APPEAL]
    by_state = {
        CaseState.SUBMITTED: [Act.APPROVE, Act.ASK, Act.REJECT],
        CaseState.CHANGES_ASKED: [Act.REJECT],
    }
    if found.state != CaseState.APPROVED:
        return list(by_state.get(CaseState(found.state), []))
    latest = finding.admitting(producer_id=found.producer_id, charity_id=found.charity_id)
    if latest is None or latest.id != found.id or finding.appeal_waits(found):
        return []
    return [Act.REINSTATE] if applying.standing(found) == "suspended" else [Act.SUSPEND]


def _page(
    found: Case, *, act: str = "", reason: str = "", error: str = "", at: str = "", preview: bool = False,
    status: int = 200,
) -> Response:  # fmt: skip
    may_judge = finding.may_judge(found, me())
    letter = None
    if preview:
        readers = emails.readers(found)
        due = deciding.due_date(clock.now()) if act == Act.APPROVE else None
        letter = deciding.letter(found, Act(act), reason.strip(), readers[0] if readers else me(), due)
    belongs, judged = finding.belongs(found, me()), reading.criteria_of(found)
    possible = [(one, choice_names()[one]) for one in _possible(found)] if may_judge else []
    in_a_form = bool(at or (reason and possible))
    conflicts = session().scalars(select(Conflict).where(Conflict.case_id == found.id).order_by(Conflict.id)).all()
    response = private_page(
        render_template(
            "admin/vetting/case.html",
            case=found,
            standing=applying.standing(found),
            questions=criteria.find(found.kind, found.criteria_version).questions,
            answers=finding.answers(found),
            in_words=in_words,
            documents=finding.documents(found),
            judged=judged,
            titles={row.key: row.title for row in judged},
            met=sum(row.verdict == Verdict.MET for row in judged),
            next_open=next((row.key for row in judged if row.verdict != Verdict.MET), ""),
            thread=reading.thread(found),
            # Whoever applied reads what was decided, and not who among the reviewers thought what.
            votes=[] if belongs else finding.votes(found),
            decisions=finding.decisions(found),
            conflicts=[] if belongs else conflicts,
            appeal=finding.open_appeal(found),
            possible=possible,
            may_judge=may_judge,
            declared=finding.conflict_of(found, me()) is not None,
            belongs=belongs,
            sees_private=is_admin(me()),
            names=state_names(),
            acts=act_names(),
            act=act,
            reason=reason,
            error=error,
            at=at,
            words=written() if error and not in_a_form else [],
            typed_verdict=request.form.get("verdict", ""),
            typed_note=request.form.get("note", ""),
            typed_about=request.form.get("about", ""),
            letter=letter,
            days=(clock.now() - (found.submitted_at or found.opened_at)).days,
        )
    )
    response.status_code = status
    return response
