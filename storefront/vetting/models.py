"""Cases: applications of producers and charities, everything said and decided in them, and the approvals they lead to.

What somebody said or decided is a row that nobody changes afterwards; the database refuses it. A case itself only
knows where it stands.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.accounts.models import User
from storefront.charities.models import Charity
from storefront.core.db import Model
from storefront.core.documents import Document
from storefront.producers.models import Producer

# What the database itself refuses to change or delete.
APPEND_ONLY = (
    "vetting_answer", "vetting_message", "vetting_finding", "vetting_conflict", "vetting_vote", "vetting_decision",
    "vetting_appeal", "vetting_document",
)  # fmt: skip


class Kind(StrEnum):
    """Who applies."""

    PRODUCER = "producer"
    CHARITY = "charity"


class CaseState(StrEnum):
    """Where an application stands. What became of an approved party later is the party's own status."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_ASKED = "changes_asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What can be done with a case or with the standing of the party that it let in."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ASK = "ask"
    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    LAPSE = "lapse"
    GRANT_APPEAL = "grant_appeal"
    REFUSE_APPEAL = "refuse_appeal"


class Verdict(StrEnum):
    """What a reviewer found of one criterion."""

    MET = "met"
    QUESTION = "question"
    NOT_MET = "not_met"


class Side(StrEnum):
    """Who speaks in the thread."""

    GROUP = "group"
    SHOP = "shop"


_OPEN = text("state IN ('draft', 'submitted', 'changes_asked')")
_NEW = text("state IN ('draft', 'submitted', 'changes_asked') AND producer_id IS NULL AND charity_id IS NULL")


class Case(Model):
    """The application of one party; a later one names the one before it, so that the thread goes on.

    `producer_id` or `charity_id` is set once there is a row for the party: at the approval of a new one, from the
    beginning for one that is looked at again. Nobody applied for those that were let in before there were cases.
    A party has at most one open case, and a user one that has come to no party yet. `round` counts submissions and
    decisions: only votes of one round count together.
    """

    __tablename__ = "vetting_case"
    __table_args__ = (
        CheckConstraint("kind IN ('producer', 'charity')", name="kind_is_known"),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'changes_asked', 'approved', 'rejected', 'withdrawn')",
            name="state_is_known",
        ),
        CheckConstraint(
            "(kind = 'producer' AND charity_id IS NULL) OR (kind = 'charity' AND producer_id IS NULL)",
            name="is_of_its_kind",
        ),
        CheckConstraint(
            "state <> 'approved' OR producer_id IS NOT NULL OR charity_id IS NOT NULL", name="approved_has_a_party"
        ),
        Index("uq_vetting_case_open", "applicant_id", "kind", unique=True, sqlite_where=_NEW, postgresql_where=_NEW),
        Index("uq_vetting_case_open_producer", "producer_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_vetting_case_open_charity", "charity_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200), default="")
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"), index=True)
    charity_id: Mapped[int | None] = mapped_column(ForeignKey("charity.id"), index=True)
    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("vetting_case.id"))
    criteria_version: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), default=CaseState.DRAFT, index=True)
    round: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    applicant: Mapped[User | None] = relationship(foreign_keys=[applicant_id])
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    producer: Mapped[Producer | None] = relationship()
    charity: Mapped[Charity | None] = relationship()
    previous: Mapped[Case | None] = relationship(remote_side=[id])


class Answer(Model):
    """What the applicant answered to a question or criterion, and what they name as evidence; the latest counts."""

    __tablename__ = "vetting_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class CaseDocument(Model):
    """A private document that was handed in as evidence for a criterion."""

    __tablename__ = "vetting_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)

    document: Mapped[Document] = relationship()


class CaseMessage(Model):
    """One message of the thread. `key` names the criterion that it is about, if it is about one."""

    __tablename__ = "vetting_message"
    __table_args__ = (CheckConstraint("side IN ('group', 'shop')", name="side_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    side: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    author: Mapped[User] = relationship()


class Finding(Model):
    """What a reviewer found of one criterion; the latest counts while no answer is newer. Applicants read the note."""

    __tablename__ = "vetting_finding"
    __table_args__ = (CheckConstraint("verdict IN ('met', 'question', 'not_met')", name="verdict_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    reviewer: Mapped[User] = relationship()


class Conflict(Model):
    """A reviewer's declaration that they must not judge this party. It holds for every case of the party."""

    __tablename__ = "vetting_conflict"
    __table_args__ = (UniqueConstraint("case_id", "reviewer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    reviewer: Mapped[User] = relationship()


class Vote(Model):
    """A reviewer's voice for an act in one round; their latest counts."""

    __tablename__ = "vetting_vote"
    __table_args__ = (CheckConstraint("act IN ('approve', 'reject', 'reinstate')", name="act_is_voted_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    round: Mapped[int]
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    act: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    reviewer: Mapped[User] = relationship()


class Decision(Model):
    """What was done with a case or with its party's standing: by whom, why, from which state to which."""

    __tablename__ = "vetting_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(String(20))
    after: Mapped[str] = mapped_column(String(20))
    round: Mapped[int]
    criteria_version: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]


class Appeal(Model):
    """The one appeal against a decision. It is open until the case has a decision on an appeal that is newer."""

    __tablename__ = "vetting_appeal"
    __table_args__ = (UniqueConstraint("decision_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("vetting_case.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("vetting_decision.id"))
    actor: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    decision: Mapped[Decision] = relationship()


class Approval(Model):
    """One decision to let a party in. The latest one is what the public vetting summary shows."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("(producer_id IS NULL) <> (charity_id IS NULL)", name="is_of_one_party"),
        CheckConstraint("review_due_on > decided_on", name="expires_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"), index=True)
    charity_id: Mapped[int | None] = mapped_column(ForeignKey("charity.id"), index=True)
    criteria_version: Mapped[str] = mapped_column(String(40))
    decided_by: Mapped[str] = mapped_column(String(120))
    decided_on: Mapped[date]
    review_due_on: Mapped[date] = mapped_column(index=True)
    summary: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]


class ApprovalReminder(Model):
    """A letter that an approval ends in so many days, which is sent once."""

    __tablename__ = "approval_reminder"
    __table_args__ = (UniqueConstraint("approval_id", "days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    days: Mapped[int]
    at: Mapped[datetime]
