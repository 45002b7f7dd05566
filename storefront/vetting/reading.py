"""Reads what pages show of vetting: the public summary of a party, the thread of a case, the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from storefront.accounts.models import User
from storefront.core.db import session
from storefront.vetting import finding
from storefront.vetting.models import Approval, Case, CaseMessage


@dataclass(frozen=True, slots=True)
class VettingSummary:
    """The latest decision: by which criteria, by whose role, when, and when it is looked at again."""

    criteria_version: str
    decided_by: str
    decided_on: date
    review_due_on: date
    summary: str
    overdue: bool


def summary(day: date, *, producer_id: int | None = None, charity_id: int | None = None) -> VettingSummary | None:
    """The vetting summary of one party as it stands on `day`, or None when nothing was decided yet."""
    party = Approval.producer_id == producer_id if producer_id is not None else Approval.charity_id == charity_id
    row = session().execute(
        select(
            Approval.criteria_version, Approval.decided_by, Approval.decided_on, Approval.review_due_on,
            Approval.summary,
        )
        .where(party)
        .order_by(Approval.decided_on.desc(), Approval.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    if row is None:
        return None
    return VettingSummary(
        row.criteria_version, row.decided_by, row.decided_on, row.review_due_on, row.summary, row.review_due_on <= day
    )


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a thread: by the party's side or the shop's, about a criterion or about all."""

    side: str
    author: str
    key: str
    text: str
    at: datetime


def thread(case: Case) -> list[Said]:
    """What was said in the case and in those before it, the oldest first."""
    ids = [one.id for one in finding.chain(case)]
    rows = session().execute(
        select(CaseMessage.side, User.name, CaseMessage.key, CaseMessage.text, CaseMessage.at)
        .join(User, User.id == CaseMessage.author_id)
        .where(CaseMessage.case_id.in_(ids))
        .order_by(CaseMessage.id)
    )
    return [Said(*row) for row in rows]
