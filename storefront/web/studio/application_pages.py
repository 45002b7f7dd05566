"""What an applicant sees: the task list, one question, and which question comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Response, abort, render_template, url_for
from flask_babel import gettext as _

from storefront.charities.models import Cause
from storefront.core import clock
from storefront.vetting import appealing, applying, criteria, finding, reading
from storefront.vetting.answering import chosen
from storefront.vetting.criteria import Criterion, Question
from storefront.vetting.models import Answer, Case
from storefront.web.forms.checkout import countries
from storefront.web.kept_words import written
from storefront.web.rendering import private_page
from storefront.web.shop.labels import cause_name
from storefront.web.vetting_words import act_names, in_words, state_names

LISTED = 10  # of the questions that are open when it is sent too early


def asked_of(found: Case, key: str) -> Question | Criterion:
    """The question or criterion with this key; an unknown one is no page."""
    return next((one for one in _all_asked(found) if one.key == key), None) or abort(404)


def after(found: Case, key: str) -> str:
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


def question_page(
    found: Case, key: str, text: str, evidence: str, error: str = "", *, seen: int | None = None,
    theirs: Answer | None = None,
) -> Response:  # fmt: skip
    """One question with its answer so far; `theirs` is what somebody else answered since it was `seen`."""
    asked = asked_of(found, key)
    if found.state not in applying.WRITABLE:
        return case_page(found)
    keys = [one.key for one in _all_asked(found)]
    judged = next((row for row in reading.criteria_of(found) if row.key == key), None)
    response = render(
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


def case_page(found: Case, error: str = "", at: str = "", unfinished: Sequence[str] = ()) -> Response:
    """The task list; `error` is what was wrong with the field `at`, `unfinished` what hindered it from being sent."""
    chosen_set, judged = criteria.find(found.kind, found.criteria_version), reading.criteria_of(found)
    asked = {one.key: one for one in chosen_set.asked}
    errors = [(at, error)] if error else [(_address(found, key), asked[key].title) for key in unfinished[:LISTED]]
    missing = applying.missing(found, clock.today().year)
    needed = [key for key, one in asked.items() if isinstance(one, Criterion) or one.required]
    response = render(
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
        may_appeal=appealing.appealable(found) is not None,
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


def render(name: str, **facts: object) -> Response:
    """One of the application's pages, kept by no cache."""
    return private_page(render_template(f"studio/application/{name}.html", **facts))
