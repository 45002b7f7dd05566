"""What must hold before a version of a batch can be sent to a reviewer: its facts first, then step by step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import func, select

from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.checking import Problem, is_day
from storefront.catalog.content import Content
from storefront.catalog.models import ProductStatus
from storefront.core import clock, documents
from storefront.core.db import session
from storefront.provenance import consenting
from storefront.provenance.models import Batch, Level, Use

KINDS = ("grown", "gathered", "made", "checked", "paid", "packed", "shipped")
MOST_STEPS, MOST_COUNT = 40, 1_000_000
# Characters at most, as the columns have it; texts have room for a page.
LENGTHS = {
    "code": 40, "maker": 200, "unknown": 4000, "title": 200, "place": 200, "people": 200, "text": 4000,
    "verifier": 200, "document": 200,
}  # fmt: skip
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{2,39}")


def problems(revision: BatchRevision) -> list[Problem]:
    """Everything that keeps this version from being sent, by the part that it is about; empty when nothing does."""
    what = revision.content
    found = list(_facts(revision, what["facts"]))
    if not 0 < len(what["steps"]) <= MOST_STEPS:
        found.append(Problem("steps", "no_steps" if not what["steps"] else "too_many", {"most": MOST_STEPS}))
    agreed = set(consenting.in_force(revision.product.producer_id, Use.STORY))
    papers = {ref: step["document_ref"] for ref, step in what["steps"].items() if step["document_ref"]}
    closed = documents.withdrawn_among(set(papers.values()))
    found += (Problem(ref, "document_withdrawn") for ref, paper in papers.items() if paper in closed)
    for ref, step in what["steps"].items():
        found += (Problem(ref, code) for code in step_problems(step, agreed))
    if revision.batch_id is None and revision.product.status == ProductStatus.DRAFT:
        found.append(Problem("listing", "listing_first"))
    if revision.batch_id is not None and not revision.reason:
        found.append(Problem("reason", "missing"))
    return found


def _facts(revision: BatchRevision, facts: Content) -> Iterator[Problem]:
    today = clock.today().isoformat()
    if not _CODE.fullmatch(facts["code"]):
        yield Problem("facts", "no_code")
    elif code_taken(facts["code"], revision.batch_id):
        yield Problem("facts", "code_taken", {"code": facts["code"]})
    if not facts["maker"]:
        yield Problem("facts", "no_maker")
    if not facts["people"] or not 0 < facts["people"] <= MOST_COUNT:
        yield Problem("facts", "no_people")
    if not facts["quantity"] or not 0 < facts["quantity"] <= MOST_COUNT:
        yield Problem("facts", "no_quantity")
    if not is_day(facts["made_from"]) or not is_day(facts["made_to"]):
        yield Problem("facts", "no_days")
    elif not facts["made_from"] <= facts["made_to"] <= today:
        yield Problem("facts", "days_in_disorder")
    if any(len(facts[name]) > LENGTHS[name] for name in ("maker", "unknown")):
        yield Problem("facts", "too_long")


def code_taken(code: str, batch_id: int | None) -> bool:
    """Whether another published batch has this code."""
    found = select(Batch.id).where(func.upper(Batch.code) == code)
    return session().scalar(found.where(Batch.id != batch_id) if batch_id else found) is not None


def step_problems(step: Content, agreed: set[str]) -> Iterator[str]:
    """What is missing or wrong in a step, as codes; `agreed` are the group's consents that are in force."""
    if step.get("withdrawn"):
        return
    if step["kind"] not in KINDS or not step["title"]:
        yield "no_title"
    if not is_day(step["on"]):
        yield "no_day"
    elif step["on"] > clock.today().isoformat():
        yield "day_ahead"
    if any(len(step[name]) > LENGTHS[name] for name in LENGTHS if name in step):
        yield "too_long"
    if step["level"] not in (Level.DECLARED, Level.DOCUMENTED, Level.VERIFIED):
        yield "no_level"
    if step["level"] == Level.VERIFIED and not step["verifier"]:
        yield "no_verifier"
    if not step["document"] and (step["document_ref"] or step["level"] == Level.DOCUMENTED):
        yield "no_document"
    if step["document_open"] and not step["document_ref"]:
        yield "nothing_to_open"
    if step["expires_on"] and not (is_day(step["expires_on"]) and step["expires_on"] > step["on"]):
        yield "no_expiry"
    if "consents" not in step:
        yield "people_unasked"
    elif not agreed >= set(step["consents"]):
        yield "no_consent"
