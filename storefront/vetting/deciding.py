"""The reviewers' side: findings, conflicts, votes, and what follows from them.

A case is locked by its caller (`finding.by_ref(…, lock=True)`) before anything here is asked of it, so that two votes
at once are counted one after the other. Only this module changes the status of a producer or charity.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from storefront.accounts.models import User
from storefront.core import journal, mail
from storefront.core.db import session
from storefront.core.events import announce
from storefront.vetting import admitting, appealing, applying, criteria, emails, finding, reading, states
from storefront.vetting.events import StandingChanged
from storefront.vetting.models import (
    Act,
    Approval,
    Case,
    CaseMessage,
    CaseState,
    Conflict,
    Decision,
    Finding,
    Side,
    Verdict,
    Vote,
)

# How long an approval holds, unless the reviewers look again earlier.
VALID = timedelta(days=730)
NEEDED = 2
SYSTEM = "system"


class OwnGroup(PermissionError):
    """Nobody judges a party that they applied for or belong to."""


class ConflictDeclared(PermissionError):
    """A declared conflict of interest keeps its reviewer from judging this party."""


class NotAReviewer(PermissionError):
    """Only a reviewer or an admin judges."""


class CriteriaOpen(ValueError):
    """An approval needs every criterion to be met: `keys` are not, or their answers have changed since."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


class NotVoted(ValueError):
    """The act isn't one that is voted on."""


class SamePerson(PermissionError):
    """An appeal is decided by somebody who had no part in the decision."""


def check_may_judge(case: Case, user: User) -> None:
    """Raise OwnGroup, ConflictDeclared or NotAReviewer if the user must not judge the case's party."""
    if finding.belongs(case, user):
        raise OwnGroup
    if finding.conflict_of(case, user) is not None:
        raise ConflictDeclared
    if not finding.may_judge(case, user):
        raise NotAReviewer


def take(case: Case, user: User, now: datetime) -> None:
    """Look after the case from now on; raises like `check_may_judge`."""
    check_may_judge(case, user)
    case.owner_id = user.id
    _record("application taken", case, _actor(user), now)


def declare_conflict(case: Case, user: User, reason: str, now: datetime) -> None:
    """Say why one must not judge the party. It can't be taken back; earlier votes of this round count no more."""
    if finding.conflict_of(case, user) is not None:
        return
    said = applying.said(reason)
    session().add(Conflict(case_id=case.id, reviewer_id=user.id, reason=said, at=now))
    if case.owner_id == user.id:
        case.owner_id = None
    session().flush()
    _record("conflict declared", case, _actor(user), now, reason=said)


def find(case: Case, user: User, key: str, verdict: Verdict, note: str, now: datetime) -> None:
    """Record what was found of one criterion, with a note for the applicant, who must be told why it isn't met.

    What is open goes into the thread, and by letter with the decision that follows: all of them in one.
    Raises like `check_may_judge`, NotNow unless the case is being looked at, UnknownKey, EmptyText and LongText.
    """
    check_may_judge(case, user)
    if case.state not in (CaseState.SUBMITTED, CaseState.CHANGES_ASKED):
        raise states.NotNow(Act.ASK, case.state)
    if criteria.find(case.kind, case.criteria_version).criterion(key) is None:
        raise applying.UnknownKey(key)
    said = "" if verdict == Verdict.MET and not note.strip() else applying.said(note)
    standing = finding.findings(case).get(key)
    if standing is not None and (standing.verdict, standing.note) == (verdict, said):
        return
    session().add(Finding(case_id=case.id, key=key, verdict=verdict, note=said, reviewer_id=user.id, at=now))
    if verdict != Verdict.MET:
        session().add(CaseMessage(case_id=case.id, author_id=user.id, side=Side.SHOP, key=key, text=said, at=now))
    session().flush()
    _record("criterion judged", case, _actor(user), now, criterion=key, verdict=verdict, note=said)


def say(case: Case, user: User, text: str, now: datetime, *, key: str = "") -> None:
    """Ask or tell the party something in the thread, without changing the state; it goes out by letter too.

    `key` names the criterion that it is about, if it is about one. Raises like `check_may_judge`, UnknownKey, EmptyText
    and LongText.
    """
    check_may_judge(case, user)
    said = applying.said(text)
    criterion = criteria.find(case.kind, case.criteria_version).criterion(key)
    if key and criterion is None:
        raise applying.UnknownKey(key)
    session().add(CaseMessage(case_id=case.id, author_id=user.id, side=Side.SHOP, key=key, text=said, at=now))
    session().flush()
    _record("application asked about", case, _actor(user), now, text=said, criterion=key)
    for reader in emails.readers(case):
        mail.queue(emails.message(case, said, criterion.title if criterion else "", reader), now)


def ask(case: Case, user: User, reason: str, now: datetime) -> Decision:
    """Ask the applicant for changes: the answers open up again. Raises like `check_may_judge`, NotNow, EmptyText."""
    check_may_judge(case, user)
    after = states.next_state(Act.ASK, case.state)
    return _decide(case, Act.ASK, after, _actor(user), applying.said(reason), now)


def vote(
    case: Case, user: User, act: Act, reason: str, now: datetime, *, review_due_on: date | None = None
) -> Decision | None:
    """Vote for an act; the second reviewer who agrees makes it a decision, which is then returned.

    The group gets the reason of the vote that decided. Raises like `check_may_judge`, NotVoted, NotNow, EmptyText, and
    CriteriaOpen for an approval.
    """
    check_may_judge(case, user)
    said = applying.said(reason)
    _check_possible(case, act)
    session().add(Vote(case_id=case.id, round=case.round, reviewer_id=user.id, act=act, reason=said, at=now))
    session().flush()
    _record(f"vote to {act}", case, _actor(user), now, reason=said, round=case.round)
    agreeing = [one.reviewer for one in finding.votes(case) if one.act == act]
    if len(agreeing) < NEEDED:
        return None
    actors = ", ".join(_actor(reviewer) for reviewer in agreeing)
    if act == Act.REINSTATE:
        return _change_standing(case, act, actors, said, now)
    after = states.next_state(act, case.state)
    if act == Act.APPROVE:
        return _approve(case, after, actors, said, now, review_due_on or due_date(now))
    return _decide(case, act, after, actors, said, now)


def suspend(case: Case, user: User, reason: str, now: datetime) -> Decision:
    """Hide a party at once and stop its sales; one reviewer is enough, two are needed to take it back.

    Raises like `check_may_judge`, NotNow and EmptyText.
    """
    check_may_judge(case, user)
    _check_admitting(case, Act.SUSPEND)
    return _change_standing(case, Act.SUSPEND, _actor(user), applying.said(reason), now)


def decide_appeal(case: Case, user: User, granted: bool, reason: str, now: datetime) -> Decision:
    """Grant or refuse the open appeal: a rejected application goes back to two reviewers, a suspension ends.

    Raises like `check_may_judge`, SamePerson for whoever had a part in the decision, EmptyText, and NothingToAppeal,
    also for granting it to a party that has applied again since.
    """
    check_may_judge(case, user)
    appeal = finding.open_appeal(case)
    if appeal is None or (granted and appeal.decision.act == Act.REJECT and finding.followed(case)):
        raise appealing.NothingToAppeal(case.ref)
    if _actor(user) in appeal.decision.actor.split(", "):
        raise SamePerson
    act, said = (Act.GRANT_APPEAL if granted else Act.REFUSE_APPEAL), applying.said(reason)
    if not granted:
        return _decide(case, act, CaseState(case.state), _actor(user), said, now)
    if appeal.decision.act == Act.SUSPEND:
        return _change_standing(case, act, _actor(user), said, now)
    return _decide(case, act, states.next_state(act, case.state), _actor(user), said, now)


def lapse(case: Case, now: datetime) -> Decision:
    """The approval has run out: new sales stop, the pages stay. Raises NotNow."""
    why = "The approval has run out. It is renewed by a new application, which begins with the answers of the last one."
    return _change_standing(case, Act.LAPSE, SYSTEM, why, now)


def _check_possible(case: Case, act: Act) -> None:
    if act not in states.VOTED:
        raise NotVoted(act)
    if finding.appeal_waits(case) if act == Act.REINSTATE else finding.open_appeal(case):
        raise states.NotNow(act, "appealed")  # which is decided first, by somebody else
    if act == Act.REINSTATE:
        _check_admitting(case, act)
        states.next_standing(act, applying.standing(case) or "")
        return
    states.next_state(act, case.state)
    if act == Act.APPROVE:
        keys = [one.key for one in criteria.find(case.kind, case.criteria_version).criteria]
        if unmet := finding.unmet(case, keys):
            raise CriteriaOpen(unmet)


def _check_admitting(case: Case, act: Act) -> None:
    """A party's standing is decided in the case that let it in last, not in an older one."""
    latest = finding.admitting(producer_id=case.producer_id, charity_id=case.charity_id)
    if latest is None or latest.id != case.id:
        raise states.NotNow(act, case.state)


def _approve(case: Case, after: CaseState, actors: str, reason: str, now: datetime, due: date) -> Decision:
    admitting.admit(case, now)
    decision = _decide(case, Act.APPROVE, after, actors, reason, now, due=due)
    session().add(
        Approval(
            producer_id=case.producer_id,
            charity_id=case.charity_id,
            criteria_version=case.criteria_version,
            decided_by="two reviewers",
            decided_on=now.date(),
            review_due_on=due,
            created_at=now,
        )
    )
    session().flush()
    _set_standing(case, Act.APPROVE, actors, reason, now)
    return decision


def _change_standing(case: Case, act: Act, actor: str, reason: str, now: datetime) -> Decision:
    decision = _decide(case, act, CaseState(case.state), actor, reason, now)
    _set_standing(case, act, actor, reason, now)
    return decision


def _set_standing(case: Case, act: Act, actor: str, reason: str, now: datetime) -> None:
    party = case.producer or case.charity
    assert party is not None, "an approved case has its party"
    session().refresh(party, with_for_update=True)
    before, after = party.status, states.next_standing(act, party.status)
    if after == "approved" and _is_over(case, now):
        after = "lapsed"
    if before == after:
        return
    party.status = after
    session().flush()
    subject = f"{case.kind}:{party.slug}"
    journal.record(
        "standing changed", subject=subject, actor=actor, now=now, by=act, before=before, after=after, reason=reason
    )
    announce(StandingChanged(case.producer_id, case.charity_id, before, after, now))


def _is_over(case: Case, now: datetime) -> bool:
    """Whether the party's latest approval has run out, so that ending a suspension doesn't open its sales."""
    party = Approval.producer_id == case.producer_id if case.producer_id else Approval.charity_id == case.charity_id
    due = session().scalar(select(Approval.review_due_on).where(party).order_by(Approval.id.desc()).limit(1))
    return due is not None and due <= now.date()


def _decide(
    case: Case, act: Act, after: CaseState, actor: str, reason: str, now: datetime, *, due: date | None = None
) -> Decision:
    before, case.state = case.state, after
    case.round += 1
    if act in (Act.APPROVE, Act.REJECT):
        case.decided_at = now
    decision = Decision(
        case_id=case.id, act=act, actor=actor, reason=reason, before=before, after=after, round=case.round,
        criteria_version=case.criteria_version, at=now,
    )  # fmt: skip
    session().add(decision)
    session().flush()
    _record(f"decided to {act}", case, actor, now, reason=reason, before=before, after=after)
    for reader in emails.readers(case):
        mail.queue(letter(case, act, reason, reader, due), now)
    return decision


def letter(case: Case, act: Act, reason: str, to: User, due: date | None = None) -> mail.Email:
    """What a reader gets of a decision, or would get of it: `due` is until when an approval holds."""
    may_appeal = act == Act.SUSPEND or (act == Act.REJECT and appealing.rejection_appealable(case))
    wanting = reading.wanting(case) if act in (Act.ASK, Act.REJECT) else []
    return emails.decision(case, act, reason, to, due=due, appeal=may_appeal, wanting=wanting)


def due_date(now: datetime) -> date:
    """Until when an approval of today holds."""
    return (now + VALID).date()


def _actor(user: User) -> str:
    return f"user:{user.ref}"


def _record(act: str, case: Case, actor: str, now: datetime, **facts: object) -> None:
    journal.record(act, subject=f"application:{case.ref}", actor=actor, now=now, **facts)
