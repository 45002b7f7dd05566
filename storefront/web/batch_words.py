"""The words of batches that the studio, the reviewers and the public history share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from storefront.catalog import comparing
from storefront.catalog.checking import Problem
from storefront.catalog.content import Content
from storefront.catalog.models import RevisionState
from storefront.web import listing_words
from storefront.web.listing_words import FieldChange
from storefront.web.rendering import day_text

_DAYS = ("on", "expires_on", "made_from", "made_to")


@dataclass(frozen=True)
class BatchChange:
    """The facts of a batch, or one of its steps, as far as they differ; `names` says what each field is called."""

    title: str
    fields: list[FieldChange]
    names: dict[str, str]


def kinds() -> dict[str, tuple[str, str]]:
    """What the kinds of steps are called, and what to tell of each."""
    return {
        "grown": (_("Grown or harvested"), _("What grew, on whose field, and who brought it in?")),
        "gathered": (_("Material bought or gathered"), _("What came from whom, and what was paid for it?")),
        "made": (_("Made"), _("What was done, by whose hands, with which tools?")),
        "checked": (_("Checked"), _("Who looked at it, what did they test, and what did they find?")),
        "paid": (_("Paid"), _("Who was paid for which work, and when?")),
        "packed": (_("Packed"), _("Who packed it, and in what?")),
        "shipped": (_("Sent"), _("From where to where did it go, and with whom?")),
    }


def level_names() -> dict[str, str]:
    """What can back a step."""
    return {
        "declared": _("We say so"),
        "documented": _("A document shows it"),
        "verified": _("An outside party verified it"),
    }


def states() -> dict[str, tuple[str, str]]:
    """What the states of a version are called, with the tone of a status tag."""
    return {
        RevisionState.DRAFT: (_("Draft"), "plain"),
        RevisionState.SENT: (_("Sent for check"), "honey"),
        RevisionState.CHANGES_ASKED: (_("Changes asked"), "rose"),
        RevisionState.APPROVED: (_("Approved"), "leaf"),
        RevisionState.DROPPED: (_("Dropped"), "slate"),
    }


def differences(before: Content | None, after: Content, *, public: bool = False) -> list[BatchChange]:
    """What differs, the facts first, then step by step by date; from nothing, all of it. Consents and names of
    files are nobody else's."""
    old = before or {"facts": {}, "steps": {}}
    names = fact_names()
    found = [BatchChange(_("The batch"), _fields(old["facts"], after["facts"], names), names)]
    ours = {"consents", "document_ref"} if public else set()
    names = {name: words for name, words in step_names().items() if name not in ours}
    steps = {**old["steps"], **after["steps"]}
    for ref, step in sorted(steps.items(), key=lambda one: one[1]["on"]):
        was, now = old["steps"].get(ref, {}), after["steps"].get(ref, {})
        found.append(BatchChange(_step_title(was, now, step), _fields(was, now, names), names))
    return [one for one in found if one.fields]


def _step_title(was: Content, now: Content, step: Content) -> str:
    name = step["title"] or step_name(step)
    if not now:
        return _("Step taken out: %(name)s", name=name)
    return name if was else _("New step: %(name)s", name=name)


def step_name(step: Content) -> str:
    """What a step is called: its title, or its kind before it has one."""
    return step["title"] or kinds().get(step["kind"], ("", ""))[0] or _("A step")


def _fields(was: Mapping[str, Any], now: Mapping[str, Any], names: dict[str, str]) -> list[FieldChange]:
    pairs = [(name, said(name, was), said(name, now)) for name in names]
    return [FieldChange(name, comparing.marked_words(old, new), False) for name, old, new in pairs if old != new]


def said(name: str, one: Mapping[str, Any]) -> str:
    """An answer as words; nothing where there is none."""
    value = one.get(name)
    if name == "consents":
        return listing_words.people(dict(one)) if one else ""
    if name == "document_ref" and value:
        return _("file %(ref)s", ref=value[:6])
    if name == "kind" and value:
        return kinds().get(value, (str(value), ""))[0]
    if name == "level" and value:
        return level_names().get(value, str(value))
    if name in _DAYS and value:
        return day_text(date.fromisoformat(value))
    if isinstance(value, bool):
        return _("yes") if value else ""
    return "" if value is None else str(value)


def fact_names() -> dict[str, str]:
    """What the facts of a batch are called."""
    return {
        "code": _("Code"),
        "maker": _("Made by"),
        "people": _("How many people"),
        "made_from": _("First day"),
        "made_to": _("Last day"),
        "quantity": _("Pieces"),
        "unknown": _("What we don't know yet"),
    }


def step_names() -> dict[str, str]:
    """What the fields of a step are called."""
    return {
        "kind": _("Kind of step"),
        "on": _("Day"),
        "title": _("What happened"),
        "place": _("Where"),
        "people": _("Who"),
        "text": _("More about it"),
        "level": _("What backs it"),
        "verifier": _("Who verified it"),
        "document": _("Name of the document"),
        "document_ref": _("Document"),
        "document_open": _("Shoppers may open the document"),
        "expires_on": _("It holds until"),
        "consents": _("People in it"),
        "withdrawn": _("Withdrawn by a person in it"),
    }


def problem_text(problem: Problem) -> str:
    """What to do about a problem."""
    texts = {
        "no_code": _("Give the batch a code of 3 to 40 letters, digits, hyphens and dots."),
        "code_taken": _("The code %(code)s is taken. Choose another."),
        "no_maker": _("Say who made it."),
        "no_people": _("Say how many people made it."),
        "no_quantity": _("Say how many pieces it is."),
        "no_days": _("Write the first and the last day on which it was made."),
        "days_in_disorder": _("The first day comes before the last one, and neither lies ahead."),
        "no_steps": _("Add at least one step."),
        "too_many": _("That is too much: keep it to %(most)s steps."),
        "listing_first": _("The listing itself has to be approved first."),
        "missing": _("Say why it changes: shoppers read it."),
        "no_title": _("Say in a few words what happened."),
        "no_day": _("Write the day on which it happened."),
        "day_ahead": _("The day can't lie ahead."),
        "too_long": _("Shorten the words of this part."),
        "no_level": _("Choose what backs it."),
        "no_verifier": _("Say who verified it."),
        "no_document": _("Name the document, so that readers know what it is."),
        "nothing_to_open": _("Add the document that shoppers may open."),
        "no_expiry": _("It holds until a day after the one on which it happened."),
        "people_unasked": _("Say whether somebody can be recognised in it."),
        "document_withdrawn": _("Somebody in the document has taken their consent back. Take it out."),
        "no_consent": _("It tells of somebody whose consent is missing or has ended."),
    }
    return texts[problem.code] % problem.facts if "%" in texts[problem.code] else texts[problem.code]
