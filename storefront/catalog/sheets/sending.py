"""Sends the drafts that a spreadsheet brought in to the reviewers, each by itself, and notes which lack something.

The same rules as in the editor hold. What was sent stays sent if anything later fails. A large file goes in several
rounds of AT_ONCE, so that no request takes long.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select

from storefront.catalog import revising
from storefront.catalog.models import ListingRevision, RevisionState
from storefront.catalog.sheets.models import ListingSheet, SheetState
from storefront.core import clock
from storefront.core.db import session, unit_of_work

AT_ONCE = 500


class NotImported(ValueError):
    """Nothing of the spreadsheet was imported yet, so there is nothing to send."""


def unsent(sheet: ListingSheet) -> int:
    """How many of its drafts nobody has sent."""
    return session().scalar(select(func.count()).select_from(ListingRevision).where(*_waiting(sheet))) or 0


def send(sheet: ListingSheet, *, actor: str) -> None:
    """Send its next drafts, and keep in its report what was done. Raises NotImported.

    The report's `sending` says how many were `sent` in this round and before, which of them lack something
    (`incomplete`: address, title and tasks), and after which product the next round begins (`tried`; 0 when all were).
    """
    if sheet.state != SheetState.DONE:
        raise NotImported
    told = sheet.report.get("sending") or {}
    tried, sent, incomplete = told.get("tried", 0), 0, []
    following = (*_waiting(sheet), ListingRevision.product_id > tried)
    rows = select(ListingRevision.id).where(*following).order_by(ListingRevision.product_id).limit(AT_ONCE)
    ids = session().scalars(rows).all()
    last = 0
    for revision_id in ids:
        revision = session().get_one(ListingRevision, revision_id)
        last = revision.product_id
        missing = _send(revision, actor)
        if missing is None:
            sent += 1
        else:
            incomplete.append([revision.product.slug, revision.content["title"], missing])
    if tried:  # a later round of the same go
        sent, incomplete = sent + told["sent"], told["incomplete"] + incomplete
    with unit_of_work() as current:
        current.refresh(sheet, with_for_update=True)
        tried = last if len(ids) == AT_ONCE else 0
        sheet.report = {**sheet.report, "sending": {"sent": sent, "incomplete": incomplete, "tried": tried}}


def _send(revision: ListingRevision, actor: str) -> list[str] | None:
    """None once it is sent, or the tasks of the editor in which something is missing."""
    try:
        with unit_of_work():
            revising.lock(revision.product_id)
            revising.send(revision, stamp=revision.stamp, actor=actor, now=clock.now())
    except revising.NotReady as error:
        return list(dict.fromkeys(one.task for one in error.problems))
    except (revising.IllegalMove, revising.EditedMeanwhile, revising.NothingChanged):
        return []
    return None


def _waiting(sheet: ListingSheet) -> tuple[ColumnElement[bool], ...]:
    ours: list[Any] = sheet.report.get("drafts", [])
    still = (RevisionState.DRAFT, RevisionState.CHANGES_ASKED)
    return ListingRevision.product_id.in_(ours), ListingRevision.state.in_(still)
