"""Reads what pages show of vetting: the public summary of a party, the thread of a case, the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from storefront.accounts.models import User
from storefront.charities.models import Charity
from storefront.core.db import session
from storefront.producers.models import Producer
from storefront.vetting import criteria, finding
from storefront.vetting.models import Act, Appeal, Approval, Case, CaseMessage, CaseState, Decision, Finding, Kind


@dataclass(frozen=True, slots=True)
class VettingSummary:
    """The latest decision: by which criteria, by whose role, when, and when it is looked at again."""

    criteria_version: str
    decided_by: str
    decided_on: date
    review_due_on: date
    summary: str
    overdue: bool
    criteria: tuple[str, ...]


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
        row.criteria_version, row.decided_by, row.decided_on, row.review_due_on, row.summary, row.review_due_on <= day,
        _titles(Kind.PRODUCER if producer_id is not None else Kind.CHARITY, row.criteria_version),
    )  # fmt: skip


def _titles(kind: Kind, version: str) -> tuple[str, ...]:
    """What a party had to meet; nothing for a version from before the criteria were kept here."""
    try:
        return tuple(one.title for one in criteria.find(kind, version).criteria)
    except LookupError:
        return ()


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case in the queue: how many days it has waited, and the standing of its party where there is one."""

    ref: str
    name: str
    kind: str
    state: str
    owner: str
    days: int
    standing: str
    appealed: bool


@dataclass(frozen=True)
class Wanted:
    """Which cases a reviewer wants to see. `state` is a case's or a party's; `owner` is `mine`, `nobody` or empty."""

    state: str = CaseState.SUBMITTED
    owner: str = ""
    days: int = 0
    name: str = ""


# In these nobody waits, so what was decided last comes first.
_DECIDED = {CaseState.APPROVED.value, CaseState.REJECTED.value, CaseState.WITHDRAWN.value, "suspended", "lapsed"}


def queue(wanted: Wanted, reviewer: User, now: datetime, *, size: int, skip: int = 0) -> tuple[list[Waiting], int]:
    """The cases and how many there are in all: the one that waits longest first, of decided ones the latest.

    A draft is nobody's business yet.
    """
    standing = func.coalesce(Producer.status, Charity.status, "")
    since = func.coalesce(Case.submitted_at, Case.opened_at)
    answered = select(Decision.id).where(
        Decision.case_id == Case.id,
        Decision.id > Appeal.decision_id,
        Decision.act.in_((Act.GRANT_APPEAL, Act.REFUSE_APPEAL)),
    )
    appealed = select(Appeal.id).where(Appeal.case_id == Case.id, ~answered.exists()).exists()
    columns = (Case.ref, Case.name, Case.kind, Case.state, User.name, since, standing, appealed)
    found = (
        select(*columns)
        .outerjoin(Producer, Producer.id == Case.producer_id)
        .outerjoin(Charity, Charity.id == Case.charity_id)
        .outerjoin(User, User.id == Case.owner_id)
        .where(Case.state != CaseState.DRAFT)
    )
    if wanted.state in ("suspended", "lapsed"):
        found = found.where(Case.state == CaseState.APPROVED, standing == wanted.state)
    elif wanted.state == "appealed":
        found = found.where(appealed)
    elif wanted.state:
        found = found.where(Case.state == wanted.state)
    if wanted.owner == "mine":
        found = found.where(Case.owner_id == reviewer.id)
    elif wanted.owner == "nobody":
        found = found.where(Case.owner_id.is_(None))
    if wanted.name:
        found = found.where(Case.name.icontains(wanted.name, autoescape=True))
    if wanted.days:
        found = found.where(since <= now - timedelta(days=wanted.days))
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = (since.desc(), Case.id.desc()) if wanted.state in _DECIDED else (since, Case.id)
    rows = session().execute(found.order_by(*order).limit(size).offset(skip))
    shown = [
        Waiting(ref, name, kind, state, owner or "", (now - at).days, status, bool(open_appeal))
        for ref, name, kind, state, owner, at, status, open_appeal in rows
    ]
    return shown, count


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion of a case: what was answered, what is named as evidence, and what was found."""

    key: str
    title: str
    question: str
    hint: str
    by_reviewer: bool
    answer: str
    evidence: str
    verdict: str
    note: str
    found_by: str
    changed: bool


def criteria_of(case: Case) -> list[Judged]:
    """Every criterion of the case as it stands; `changed` says that the answer is newer than what was found."""
    given, found = finding.answers(case), finding.findings(case)
    ever = set(session().scalars(select(Finding.key).where(Finding.case_id == case.id)))
    rows = []
    for one in criteria.find(case.kind, case.criteria_version).criteria:
        answer, verdict = given.get(one.key), found.get(one.key)
        rows.append(
            Judged(
                one.key, one.title, one.question, one.evidence, one.by_reviewer,
                answer.text if answer else "", answer.evidence if answer else "",
                verdict.verdict if verdict else "", verdict.note if verdict else "",
                verdict.reviewer.name if verdict else "", one.key in ever and verdict is None,
            )
        )  # fmt: skip
    return rows
