"""What a version of a batch holds, as plain data: its facts, and its steps by their references.

`shown` reads it from the rows that shoppers see and `put` writes it there, so that what was approved and what is shown
can be compared byte by byte. As in a listing, `consents` and `withdrawn` are in a step only once they were said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any

from storefront.catalog.content import Content
from storefront.core import documents
from storefront.core.db import session
from storefront.provenance import consenting, reading
from storefront.provenance.models import Batch, BatchEvent, Level
from storefront.provenance.reading import BatchView

STEP_REF = re.compile("[0-9A-Z]{1,20}")  # apart from the names of pages and of questions, which are in lower case
FACTS = ("code", "maker", "people", "made_from", "made_to", "quantity", "unknown")
_DAYS = ("made_from", "made_to")
_WORDS = ("title", "place", "people", "text")
_BACKED = ("verifier", "document", "document_ref")
STEP: Content = {
    "kind": "", "on": "", **dict.fromkeys(_WORDS, ""), "level": Level.DECLARED.value, **dict.fromkeys(_BACKED, ""),
    "document_open": False, "expires_on": "",
}  # fmt: skip


def empty(code: str) -> Content:
    """A batch in which only the code is filled in."""
    return {"facts": {**dict.fromkeys(FACTS, ""), "code": code, "people": None, "quantity": None}, "steps": {}}


def shown(batch: Batch) -> Content:
    """What shoppers see of a batch now, from its rows."""
    facts = {name: getattr(batch, name) for name in FACTS}
    return {
        "facts": facts | {name: facts[name].isoformat() for name in _DAYS},
        "steps": {row.ref: _step(row) for row in batch.events},
    }


def _step(row: BatchEvent) -> Content:
    return {
        **{name: getattr(row, name) for name in ("kind", *_WORDS, "level", "document_open")},
        **{name: getattr(row, name) or "" for name in _BACKED},
        "on": row.happened_on.isoformat(),
        "expires_on": row.expires_on.isoformat() if row.expires_on else "",
        **({} if row.consents is None else {"consents": row.consents}),
        **({"withdrawn": True} if row.withdrawn else {}),
    }


def settled(what: Content) -> Content:
    """The content as it is approved: sets are in order."""
    done = deepcopy(what)
    for step in done["steps"].values():
        if "consents" in step:
            step["consents"] = sorted(set(step["consents"]))
    return done


def columns(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as columns of a batch's row."""
    return {**facts, **{name: date.fromisoformat(facts[name]) for name in _DAYS}}


def put(batch: Batch, what: Content) -> None:
    """Make the rows say what the content says; a step that stays keeps its row."""
    for name, value in columns(what["facts"]).items():
        setattr(batch, name, value)
    there = {row.ref: row for row in batch.events}
    for ref in there.keys() - what["steps"].keys():
        session().delete(there[ref])
    for ref, step in what["steps"].items():
        row = there.get(ref)
        if row is None:
            row = BatchEvent(batch_id=batch.id, ref=ref)
            session().add(row)
        for name in ("kind", *_WORDS, "level", "document_open"):
            setattr(row, name, step[name])
        for name in _BACKED:
            setattr(row, name, step[name] or None)
        row.happened_on = date.fromisoformat(step["on"])
        row.expires_on = date.fromisoformat(step["expires_on"]) if step["expires_on"] else None
        row.consents, row.withdrawn = step.get("consents"), step.get("withdrawn", False)
    session().flush()
    session().expire(batch)


def view(what: Content, day: date) -> BatchView | None:
    """A version as shoppers would read it; None before its days are filled in."""
    if not all(what["facts"][name] for name in _DAYS):
        return None
    steps = sorted(what["steps"].values(), key=lambda step: step["on"])
    rows = [{"withdrawn": False, **step, "happened_on": step["on"], "expires_on": step["expires_on"] or None}
            for step in steps if step["on"]]  # fmt: skip
    return reading.batch(what["facts"], rows, day)


def without(what: Content, ended: set[str], papers: set[str]) -> Content:
    """This version without the steps that rest on these consents, or on these documents."""
    steps = {ref: _withdrawn(step) if _rests_on(step, ended, papers) else step for ref, step in what["steps"].items()}
    return {**what, "steps": steps}


def _rests_on(step: Content, ended: set[str], papers: set[str]) -> bool:
    return not ended.isdisjoint(step.get("consents", ())) or step["document_ref"] in papers


def _withdrawn(step: Content) -> Content:
    return {**STEP, "kind": step["kind"], "on": step["on"], "consents": [], "withdrawn": True}


def redacted(contents: Sequence[Content]) -> list[Content]:
    """These versions of one batch, the eldest first, without what has been withdrawn since; two statements.

    A step that rested on an ended consent is withheld up to the last version that says so, also where an earlier one
    says that nobody is in it: it told of the same people.
    """
    steps = [(at, ref, step) for at, what in enumerate(contents) for ref, step in what["steps"].items()]
    ended = consenting.ended_among({consent for _at, _ref, step in steps for consent in step.get("consents", ())})
    papers = documents.withdrawn_among({step["document_ref"] for _at, _ref, step in steps if step["document_ref"]})
    until = {ref: at for at, ref, step in steps if _rests_on(step, ended, papers)}
    return [
        {**what, "steps": {ref: _withdrawn(step) if at <= until.get(ref, -1) else step
                           for ref, step in what["steps"].items()}}
        for at, what in enumerate(contents)
    ]  # fmt: skip


def document_of(what: Content, ref: str) -> documents.Document | None:
    """A document of this content; None also once a person whom its step tells of withdrew their consent."""
    steps = redacted([what])[0]["steps"].values()
    return documents.open_one(ref) if ref in {step["document_ref"] for step in steps if step["document_ref"]} else None
