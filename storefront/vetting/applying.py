"""The applicant's side: to begin a case, answer step by step, send it, withdraw it, begin again, and talk.

Every step is saved by itself; nothing is lost when the browser closes. Answers can be changed while the case is a
draft or changes are asked, and each change is a row of its own.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, and_, select

from storefront import config
from storefront.accounts.models import User
from storefront.charities.models import Charity
from storefront.core import documents, journal, mail
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.producers.models import Producer
from storefront.vetting import answering, criteria, emails, finding, states
from storefront.vetting.models import (
    Act,
    Answer,
    Case,
    CaseDocument,
    CaseMessage,
    CaseState,
    Decision,
    Kind,
    Side,
)

WRITABLE = frozenset({CaseState.DRAFT, CaseState.CHANGES_ASKED})
OPEN = frozenset({*WRITABLE, CaseState.SUBMITTED})
LONGEST_MESSAGE = 5000


class NotWritable(ValueError):
    """The answers can't be changed while the case is being looked at, or after it was decided."""


class UnknownKey(LookupError):
    """The criteria of the case ask no such thing."""


class Unfinished(ValueError):
    """The case can't be sent yet: `keys` are not answered, or not well."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


class EmptyText(ValueError):
    """A message or a reason needs words."""


class LongText(ValueError):
    """A message or a reason has more than `LONGEST_MESSAGE` characters."""


class AppealOpen(ValueError):
    """Whoever has appealed waits for what comes of it, in the case with this `ref`, before they apply again."""

    def __init__(self, ref: str) -> None:
        super().__init__(ref)
        self.ref = ref


class AnsweredMeanwhile(ValueError):
    """Somebody else answered the question since it was read: `theirs` is what stands there now."""

    def __init__(self, theirs: Answer) -> None:
        super().__init__(theirs.key)
        self.theirs = theirs


def start(
    user: User, kind: Kind, now: datetime, *, producer: Producer | None = None, charity: Charity | None = None
) -> Case:
    """The user's open case of this kind, or a new one; `producer` or `charity` is one that is to be looked at again.

    The answers of an earlier case of the same party come along, and its thread goes on. Raises AppealOpen.
    """
    party = producer or charity
    _queue_up(user, producer, charity)
    mine = _cases(user, kind, producer, charity)
    open_one = session().scalars(mine.where(Case.state.in_(OPEN)).limit(1)).first()
    if open_one is not None:
        return open_one
    previous = session().scalars(mine.limit(1)).first()
    for before in finding.chain(previous) if previous else ():
        held = finding.by_ref(before.ref, lock=True) or before
        if held.state in OPEN:  # an appeal was granted just now
            return held
        if held.state == CaseState.REJECTED and finding.open_appeal(held):
            raise AppealOpen(held.ref)
    case = Case(
        ref=new_ref(),
        kind=kind,
        name=previous.name if previous else (party.name if party else ""),
        applicant_id=user.id,
        producer_id=producer.id if producer else None,
        charity_id=charity.id if charity else None,
        previous_id=previous.id if previous else None,
        criteria_version=criteria.current(kind).version,
        state=CaseState.DRAFT,
        round=1,
        opened_at=now,
    )
    session().add(case)
    session().flush()
    if previous is not None:
        _bring_along(previous, case, now)
    _record("application begun", case, _actor(user), now)
    return case


def answer(
    case: Case, user: User, key: str, text: str, now: datetime, *, evidence: str = "", seen: int | None = None
) -> None:
    """Save one answer as it is, whole or not; what is missing is said before the case is sent.

    `seen` is the id of the answer that stood there when the user began to write, 0 where there was none.
    Raises NotWritable, UnknownKey, UnfitAnswer for an answer that makes no sense, and AnsweredMeanwhile.
    """
    if case.state not in WRITABLE:
        raise NotWritable(case.state)
    asked = _asked(case, key)
    text, evidence = text.strip(), evidence.strip()
    if len(evidence) > answering.LONGEST_EVIDENCE:
        raise answering.UnfitAnswer(key, answering.Wrong.LONG_EVIDENCE)
    answering.check(asked, text, currency=config.current().currency, year=now.year)
    before = finding.answers(case).get(key)
    if before is not None and (before.text, before.evidence) == (text, evidence):
        return
    if before is not None and seen is not None and before.id != seen and before.actor != _actor(user):
        raise AnsweredMeanwhile(before)
    _save(case, key, text, evidence, _actor(user), now)
    if key == "name":
        case.name = text


def attach(case: Case, user: User, key: str, checked: tuple[bytes, str], title: str, now: datetime) -> None:
    """Keep a file that `documents.check` let through as evidence, where only reviewers and the party read it.

    Raises NotWritable and UnknownKey.
    """
    if case.state not in WRITABLE:
        raise NotWritable(case.state)
    _asked(case, key)
    document = documents.keep(
        checked, owner=f"application:{case.ref}", title=title, folder=config.current().documents_dir,
        added_by=_actor(user), now=now,
    )  # fmt: skip
    session().add(CaseDocument(case_id=case.id, key=key, document_id=document.id))
    session().flush()
    _record("evidence handed in", case, _actor(user), now, criterion=key, document=document.ref, sha256=document.sha256)


def missing(case: Case, year: int) -> list[str]:
    """The keys that are still to be answered before the case can be sent."""
    chosen, given = criteria.find(case.kind, case.criteria_version), finding.answers(case)
    found = []
    for asked in chosen.asked:
        text = given[asked.key].text if asked.key in given else ""
        try:
            answering.check(asked, text, currency=config.current().currency, year=year)
        except answering.UnfitAnswer:
            found.append(asked.key)
    return found


def submit(case: Case, user: User, now: datetime) -> None:
    """Send the case to the reviewers; raises NotNow and Unfinished."""
    after = states.next_state(Act.SUBMIT, case.state)
    if unfinished := missing(case, now.year):
        raise Unfinished(unfinished)
    _step(case, Act.SUBMIT, after, _actor(user), "", now)
    case.submitted_at = now


def withdraw(case: Case, user: User, reason: str, now: datetime) -> None:
    """Take the case back; the thread stays, and the user may apply again. Raises NotNow and LongText."""
    after = states.next_state(Act.WITHDRAW, case.state)
    _step(case, Act.WITHDRAW, after, _actor(user), said(reason) if reason.strip() else "", now)


def reply(case: Case, user: User, text: str, now: datetime, *, key: str = "") -> None:
    """Say something in the thread, whatever the case's state; its owner hears of it by letter. Raises EmptyText."""
    words = said(text)
    session().add(CaseMessage(case_id=case.id, author_id=user.id, side=Side.GROUP, key=key, text=words, at=now))
    session().flush()
    _record("application replied to", case, _actor(user), now, text=words)
    if case.owner is not None:
        mail.queue(emails.reply(case, words, case.owner), now)


def renewal(case: Case) -> Case | None:
    """The open case in which the party of an approved one is looked at again."""
    if case.state != CaseState.APPROVED:
        return None
    same = Case.producer_id == case.producer_id if case.producer_id else Case.charity_id == case.charity_id
    return session().scalars(select(Case).where(same, Case.state.in_(OPEN))).first()


def standing(case: Case) -> str | None:
    """The status of the party that the case is about, or None while there is no row for it."""
    party = case.producer or case.charity
    return party.status if party is not None else None


def _queue_up(user: User, producer: Producer | None, charity: Charity | None) -> None:
    """Whoever begins a case about the same party, or about none that is there yet, waits until this one is done."""
    held: type[User] | type[Producer] | type[Charity] = Producer if producer else Charity if charity else User
    row = producer or charity or user
    session().execute(select(held.id).where(held.id == row.id).with_for_update())


def _cases(user: User, kind: Kind, producer: Producer | None, charity: Charity | None) -> Select[Case]:
    """The cases of one party, the newest first; without a party, the user's own that have come to none."""
    if producer is not None:
        own = Case.producer_id == producer.id
    elif charity is not None:
        own = Case.charity_id == charity.id
    else:
        own = and_(Case.applicant_id == user.id, Case.producer_id.is_(None), Case.charity_id.is_(None))
    return select(Case).where(own, Case.kind == kind).order_by(Case.id.desc())


def _asked(case: Case, key: str) -> criteria.Question | criteria.Criterion:
    chosen = criteria.find(case.kind, case.criteria_version)
    criterion = chosen.criterion(key)
    found = chosen.question(key) or (criterion if criterion and not criterion.by_reviewer else None)
    if found is None:
        raise UnknownKey(key)
    return found


def _bring_along(previous: Case, case: Case, now: datetime) -> None:
    asked = {one.key for one in criteria.find(case.kind, case.criteria_version).asked}
    for key, given in finding.answers(previous).items():
        if key in asked:
            _save(case, key, given.text, given.evidence, given.actor, now)


def _save(case: Case, key: str, text: str, evidence: str, actor: str, now: datetime) -> None:
    session().add(Answer(case_id=case.id, key=key, text=text, evidence=evidence, actor=actor, at=now))
    session().flush()


def _step(case: Case, act: Act, after: CaseState, actor: str, reason: str, now: datetime) -> None:
    before, case.state = case.state, after
    case.round += 1
    session().add(
        Decision(
            case_id=case.id, act=act, actor=actor, reason=reason, before=before, after=after, round=case.round,
            criteria_version=case.criteria_version, at=now,
        )
    )  # fmt: skip
    session().flush()
    words = {Act.SUBMIT: "application sent", Act.WITHDRAW: "application withdrawn"}
    _record(words[act], case, actor, now, reason=reason, before=before, after=after)


def said(text: str) -> str:
    """Words that go on record. Raises EmptyText, and LongText rather than cut anything off."""
    words = text.strip()
    if not words:
        raise EmptyText
    if len(words) > LONGEST_MESSAGE:
        raise LongText
    return words


def _actor(user: User) -> str:
    return f"user:{user.ref}"


def _record(act: str, case: Case, actor: str, now: datetime, **facts: object) -> None:
    journal.record(act, subject=f"application:{case.ref}", actor=actor, now=now, **facts)
