"""Reads what pages show of vetting: the public summary of a party, the thread of a case, the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ScalarSelect, exists, func, select
from sqlalchemy.orm import aliased

from storefront.accounts.models import User
from storefront.charities.models import Charity
from storefront.core.db import session
from storefront.producers.models import Producer
from storefront.vetting import criteria, finding
from storefront.vetting.models import (
    Act,
    Appeal,
    Approval,
    Case,
    CaseMessage,
    CaseState,
    Decision,
    Finding,
    Kind,
    Side,
    Verdict,
)

OF_PARTY = (Act.SUBMIT, Act.WITHDRAW)  # all other acts are the reviewers'


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


def is_suspended(kind: Kind, slug: str) -> bool:
    """Whether the party with this slug is suspended, so that its page is hidden for now."""
    model = Producer if kind == Kind.PRODUCER else Charity
    return bool(session().scalar(select(exists().where(model.slug == slug, model.status == "suspended"))))


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

    What was never sent is nobody's business.
    """
    standing = func.coalesce(Producer.status, Charity.status, "")
    appealed = appealed_at().is_not(None)
    since = written_at() if wanted.state == "written" else func.coalesce(appealed_at(), Case.submitted_at)
    columns = (Case.ref, Case.name, Case.kind, Case.state, User.name, since, standing, appealed)
    found = (
        select(*columns)
        .outerjoin(Producer, Producer.id == Case.producer_id)
        .outerjoin(Charity, Charity.id == Case.charity_id)
        .outerjoin(User, User.id == Case.owner_id)
        .where(Case.submitted_at.is_not(None))
    )
    if wanted.state in ("suspended", "lapsed"):
        found = found.where(Case.state == CaseState.APPROVED, standing == wanted.state)
    elif wanted.state == "appealed":
        found = found.where(appealed)
    elif wanted.state == "written":
        found = found.where(since.is_not(None))
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


def appealed_at() -> ScalarSelect[datetime]:
    """Since when an appeal in `Case` waits for a decision, if one does."""
    return (
        select(func.max(Appeal.at))
        .where(Appeal.case_id == Case.id, finding.undecided())
        .correlate(Case)
        .scalar_subquery()
    )


def written_at() -> ScalarSelect[datetime]:
    """Since when the party of `Case` waits for an answer to what it wrote.

    A letter of the reviewers answers it, or a decision of theirs, but no note of a criterion, which goes out later.
    Where it has applied again, the thread goes on there.
    """
    later, again = aliased(CaseMessage), aliased(Case)
    noted = exists().where(Finding.case_id == later.case_id, Finding.key == later.key, Finding.at == later.at)
    followed = exists().where(later.case_id == CaseMessage.case_id, later.id > CaseMessage.id, ~noted)
    decided = exists().where(
        Decision.case_id == CaseMessage.case_id, Decision.at > CaseMessage.at, Decision.act.not_in(OF_PARTY)
    )
    last = select(CaseMessage.at).where(CaseMessage.case_id == Case.id, CaseMessage.side == Side.GROUP)
    return (
        last.where(~followed, ~decided, ~exists().where(again.previous_id == Case.id))
        .where(Case.submitted_at.is_not(None), Case.state != CaseState.WITHDRAWN)
        .correlate(Case)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion of a case: what was answered, what is named as evidence, and what was found.

    `asked` is what the reviewers wanted last, also when it was answered since (`changed`).
    """

    key: str
    title: str
    question: str
    hint: str
    by_reviewer: bool
    answer: str
    evidence: str
    verdict: str
    note: str
    asked: str
    found_by: str
    changed: bool


def criteria_of(case: Case) -> list[Judged]:
    """Every criterion of the case as it stands; `changed` says that the answer is newer than what was found."""
    given, last = finding.answers(case), finding.last_findings(case)
    found = finding.unchanged(case, last, given)
    rows = []
    for one in criteria.find(case.kind, case.criteria_version).criteria:
        answer, verdict, before = given.get(one.key), found.get(one.key), last.get(one.key)
        rows.append(
            Judged(
                one.key, one.title, one.question, one.evidence, one.by_reviewer,
                answer.text if answer else "", answer.evidence if answer else "",
                verdict.verdict if verdict else "", verdict.note if verdict else "",
                before.note if before and before.verdict != Verdict.MET else "",
                before.reviewer.name if before else "", before is not None and verdict is None,
            )
        )  # fmt: skip
    return rows


def wanting(case: Case) -> list[tuple[str, str]]:
    """The criteria of which a question is open or that are not met: title, and what the reviewers noted."""
    return [(row.title, row.note) for row in criteria_of(case) if row.verdict not in ("", Verdict.MET)]
