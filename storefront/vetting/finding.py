"""Finds cases: by reference, by who belongs to them, and which rows of theirs count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from storefront.accounts.models import Role, User
from storefront.core.db import session
from storefront.core.documents import Document
from storefront.producers import members
from storefront.producers.models import Member, MemberRole
from storefront.vetting.models import (
    Act,
    Answer,
    Appeal,
    Case,
    CaseDocument,
    CaseState,
    Conflict,
    Decision,
    Finding,
    Verdict,
    Vote,
)


def by_ref(ref: str, *, lock: bool = False) -> Case | None:
    """The case with this reference, locked for the caller's unit of work if it wants to change it."""
    wanted = select(Case).where(Case.ref == ref)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session().scalars(wanted).first()


def of_user(ref: str, user: User, *, lock: bool = False) -> Case | None:
    """The same, where the user speaks for the party; None for everyone else."""
    case = by_ref(ref, lock=lock)
    return case if case is not None and speaks_for(case, user) else None


def all_of_user(user: User) -> Sequence[Case]:
    """Every case that the user speaks for, the newest first."""
    owned = select(Member.producer_id).where(Member.user_id == user.id, Member.role == MemberRole.OWNER)
    with_members = select(Member.id).where(Member.producer_id == Case.producer_id).exists()
    mine = or_(and_(Case.applicant_id == user.id, ~with_members), Case.producer_id.in_(owned))
    return session().scalars(select(Case).where(mine).order_by(Case.id.desc())).all()


def refs_of_own(user: User) -> Sequence[str]:
    """The references of the cases of which the user applied, or is a member of the party."""
    groups = select(Member.producer_id).where(Member.user_id == user.id)
    own = or_(Case.applicant_id == user.id, Case.producer_id.in_(groups))
    return session().scalars(select(Case.ref).where(own)).all()


def speaks_for(case: Case, user: User) -> bool:
    """Whether the user may read and answer for the party: an owner of the group, or until it has any, who applied.

    The answers say how the group is paid, so this is no business of its packers, and of nobody who has left it.
    """
    if case.producer_id is not None:
        members = select(Member.user_id, Member.role).where(Member.producer_id == case.producer_id)
        roles = {row.user_id: row.role for row in session().execute(members)}
        if roles:
            return roles.get(user.id) == MemberRole.OWNER
    return case.applicant_id == user.id


def belongs(case: Case, user: User) -> bool:
    """Whether the user applied for the party, or is or was a member of it in any role, and so must not judge it."""
    if case.applicant_id == user.id:
        return True
    return case.producer_id is not None and members.was_ever(case.producer_id, user.id, f"user:{user.ref}")


def has_stake(producer_id: int, user_id: int, person: str) -> bool:
    """Whether the user is or was a member of the group, applied for it, or declared a conflict with it.

    Then nobody is asked by them to believe what they decide of it: listings, batches, what is said. `person` is the
    user as the journal names them.
    """
    if members.was_ever(producer_id, user_id, person):
        return True
    of_group = Case.producer_id == producer_id
    applicants = select(Case.applicant_id).where(of_group)
    applied = exists().where(of_group, Case.applicant_id == user_id)
    declared = exists().where(
        Conflict.case_id == Case.id, Conflict.reviewer_id == user_id, or_(of_group, Case.applicant_id.in_(applicants))
    )
    return bool(session().scalar(select(or_(applied, declared))))


def conflict_of(case: Case, user: User) -> Conflict | None:
    """The conflict that the user declared with the case's party, in this case or in another of the same party."""
    same = [Case.id == case.id]
    if case.applicant_id is not None:
        same.append(Case.applicant_id == case.applicant_id)
    if case.producer_id is not None:
        same.append(Case.producer_id == case.producer_id)
    if case.charity_id is not None:
        same.append(Case.charity_id == case.charity_id)
    wanted = select(Conflict).join(Case, Case.id == Conflict.case_id).where(Conflict.reviewer_id == user.id, or_(*same))
    return session().scalars(wanted.limit(1)).first()


def may_judge(case: Case, user: User) -> bool:
    """Whether the user is a reviewer (or admin) with nothing in the way: no membership, no declared conflict."""
    reviews = user.role in {Role.REVIEWER, Role.ADMIN} and user.is_active
    return reviews and not belongs(case, user) and conflict_of(case, user) is None


def answers(case: Case) -> dict[str, Answer]:
    """The answers that count, by key."""
    rows = session().scalars(select(Answer).where(Answer.case_id == case.id).order_by(Answer.id))
    return {row.key: row for row in rows}


def last_findings(case: Case) -> dict[str, Finding]:
    """What was found last of each criterion, whatever was answered since."""
    rows = session().scalars(select(Finding).where(Finding.case_id == case.id).order_by(Finding.id))
    return {row.key: row for row in rows}


def findings(case: Case) -> dict[str, Finding]:
    """The findings that count, by key: the last of each criterion that no answer and no document has followed."""
    return unchanged(case, last_findings(case), answers(case))


def unchanged(case: Case, last: Mapping[str, Finding], given: Mapping[str, Answer]) -> dict[str, Finding]:
    """Those of the `last` findings that neither the answers `given` nor a document of the case has followed."""
    changed = {key: one.at for key, one in given.items()}
    handed_in = (
        select(CaseDocument.key, func.max(Document.created_at))
        .join(Document, Document.id == CaseDocument.document_id)
        .where(CaseDocument.case_id == case.id)
        .group_by(CaseDocument.key)
    )
    for key, at in session().execute(handed_in):
        changed[key] = max(at, changed.get(key, at))
    return {key: row for key, row in last.items() if key not in changed or row.at >= changed[key]}


def unmet(case: Case, keys: Sequence[str]) -> list[str]:
    """Which of these criteria nobody has found to be met by the answers as they are."""
    found = findings(case)
    return [key for key in keys if key not in found or found[key].verdict != Verdict.MET]


def votes(case: Case) -> list[Vote]:
    """The votes that count in this round: the latest of each reviewer who may (still) judge the party."""
    rows = session().scalars(select(Vote).where(Vote.case_id == case.id, Vote.round == case.round).order_by(Vote.id))
    latest = {row.reviewer_id: row for row in rows}
    return [row for row in latest.values() if may_judge(case, row.reviewer)]


def decisions(case: Case) -> Sequence[Decision]:
    """What was decided in the case, the oldest first."""
    return session().scalars(select(Decision).where(Decision.case_id == case.id).order_by(Decision.id)).all()


def latest(case: Case, act: Act) -> Decision | None:
    """The latest decision of this kind in the case."""
    wanted = select(Decision).where(Decision.case_id == case.id, Decision.act == act)
    return session().scalars(wanted.order_by(Decision.id.desc()).limit(1)).first()


def open_appeal(case: Case) -> Appeal | None:
    """The appeal that nobody has decided yet."""
    of_case = select(Appeal).where(Appeal.case_id == case.id, undecided()).order_by(Appeal.id.desc())
    return session().scalars(of_case.limit(1)).first()


def appeal_waits(case: Case) -> bool:
    """Whether an appeal waits in this case, or one of its party against a suspension, in whichever case."""
    party = Case.producer_id == case.producer_id if case.producer_id else Case.charity_id == case.charity_id
    of_party = select(Appeal.id).join(Case, Case.id == Appeal.case_id).join(Appeal.decision)
    waiting = of_party.where(or_(Case.id == case.id, and_(party, Decision.act == Act.SUSPEND)), undecided())
    return session().scalar(waiting.limit(1)) is not None


def undecided() -> ColumnElement[bool]:
    """That no decision on an appeal has followed the one that `Appeal` is against."""
    answers = (Act.GRANT_APPEAL, Act.REFUSE_APPEAL)
    later = exists().where(
        Decision.case_id == Appeal.case_id, Decision.id > Appeal.decision_id, Decision.act.in_(answers)
    )
    return ~later.correlate(Appeal)


def followed(case: Case) -> bool:
    """Whether another application went on from this one and was not withdrawn."""
    states, ids = [str(CaseState.WITHDRAWN)], [case.id]
    while ids and set(states) == {CaseState.WITHDRAWN}:
        rows = session().execute(select(Case.id, Case.state).where(Case.previous_id.in_(ids))).all()
        ids, states = [row.id for row in rows], [row.state for row in rows]
    return bool(ids)


def admitting(*, producer_id: int | None = None, charity_id: int | None = None) -> Case | None:
    """The case by which the party was let in last: the one that its standing is decided in."""
    party = Case.producer_id == producer_id if producer_id is not None else Case.charity_id == charity_id
    wanted = select(Case).where(party, Case.state == CaseState.APPROVED)
    return session().scalars(wanted.order_by(Case.decided_at.desc(), Case.id.desc()).limit(1)).first()


def documents(case: Case) -> dict[str, list[Document]]:
    """The documents of the case and of those before it, by the criterion that they are evidence for."""
    ids = [one.id for one in chain(case)]
    rows = session().scalars(select(CaseDocument).where(CaseDocument.case_id.in_(ids)).order_by(CaseDocument.id))
    found: dict[str, list[Document]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row.document)
    return found


def chain(case: Case) -> list[Case]:
    """The case and those before it, the newest first."""
    found = [case]
    while found[-1].previous is not None:
        found.append(found[-1].previous)
    return found
