"""Batches for tests: drafts that are complete, and the roads they take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from listings import EDITOR, REVIEWER
from sqlalchemy import select

from storefront import config
from storefront.catalog import revising
from storefront.catalog.batches import content, deciding, staging
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.models import Product
from storefront.core import clock, documents
from storefront.core.db import session, unit_of_work
from storefront.provenance.models import Batch

PAPER = b"%PDF-1.7\nthe weighing slip\n%%EOF\n"


def day(ago: int) -> str:
    """A day so many days ago, as the forms write it."""
    return (clock.today() - timedelta(days=ago)).isoformat()


def facts(code: str, **others: Any) -> dict[str, Any]:
    """All that is asked of a batch."""
    return {
        "code": code, "maker": "Bench two", "people": 7, "made_from": day(9), "made_to": day(5), "quantity": 120,
        "unknown": "Who dried the leaves.", **others,
    }  # fmt: skip


def step(**others: Any) -> dict[str, Any]:
    """A step with every question answered."""
    return {
        **content.STEP,
        "kind": "made",
        "on": day(7),
        "title": "Poured",
        "text": "By hand.",
        "consents": [],
        **others,
    }


def begun(product: Product, code: str = "", **steps: dict[str, Any]) -> BatchRevision:
    """A new batch with all facts and these steps, or one."""
    with unit_of_work():
        revision = staging.begin(product, actor=EDITOR, now=clock.now())
    put(revision, staging.FACTS, facts(code or revision.content["facts"]["code"]))
    for ref, what in (steps or {"S1": step()}).items():
        put(revision, ref, what)
    return revision


def put(revision: BatchRevision, part: str, what: dict[str, Any] | None, by: str = EDITOR) -> None:
    """Change a part as someone who has just read it."""
    with unit_of_work():
        seen = staging.seen(revision, part)
        staging.edit(revision, part, what, seen_digest=seen, actor=by, now=clock.now())


def reopened(batch: Batch, reason: str = "The count was wrong", correction: bool = True) -> BatchRevision:
    """A change of a published batch, with its reason, in which every step says that nobody can be recognised."""
    with unit_of_work():
        product = session().get_one(Product, batch.product_id)
        revision = staging.open_draft(product, batch, actor=EDITOR, now=clock.now())
        seen = revising.seen_why(revision)
        revising.explain(revision, reason, correction, seen_digest=seen, actor=EDITOR, now=clock.now())
    for ref, what in revision.content["steps"].items():
        if "consents" not in what:
            put(revision, ref, {**what, "consents": []})
    return revision


def send(revision: BatchRevision) -> None:
    """Send it as it is."""
    with unit_of_work():
        staging.send(revision, stamp=revision.stamp, actor=EDITOR, now=clock.now())


def approve(revision: BatchRevision, reviewer_id: int = 0, by: str = REVIEWER) -> None:
    """Approve it as it is."""
    with unit_of_work():
        facts = {"reviewer_id": reviewer_id, "actor": by, "now": clock.now()}
        deciding.approve(revision, stamp=revision.stamp, **facts)


def published(product: Product, code: str = "", **steps: dict[str, Any]) -> Batch:
    """A batch that a reviewer has approved."""
    revision = begun(product, code, **steps)
    send(revision)
    approve(revision)
    assert revision.batch is not None
    return revision.batch


def paper(owner: str = "producer:sunlit-bench") -> str:
    """A document in the private store; returns its reference."""
    with unit_of_work():
        kept = documents.keep(
            documents.check(PAPER), owner=owner, title="Slip", folder=config.current().documents_dir,
            added_by=EDITOR, now=clock.now(),
        )  # fmt: skip
        return kept.ref


def batch_of(code: str) -> Batch | None:
    """The published batch with this code, read anew."""
    session().rollback()
    session().expire_all()
    return session().scalar(select(Batch).where(Batch.code == code))
