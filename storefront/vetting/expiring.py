"""Approvals that end: letters 60, 30 and 7 days before, and at the end no new sales until they are renewed."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Select, func, or_, select

from storefront.charities.models import Charity, CharityStatus
from storefront.core import clock, mail
from storefront.core.db import session, unit_of_work
from storefront.producers.models import Producer, ProducerStatus
from storefront.vetting import deciding, emails, finding
from storefront.vetting.models import Approval, ApprovalReminder, Case

REMIND = (60, 30, 7)


def end_approvals() -> int:
    """A chore: let lapse what has run out and remind of what soon will; returns how many. One unit of work each."""
    today, done = clock.today(), 0
    soon = _current().where(Approval.review_due_on <= today + timedelta(days=REMIND[0]))
    for approval_id in session().scalars(soon).all():
        with unit_of_work():
            done += _look_at(approval_id, today)
    return done


def _current() -> Select[int]:
    """The latest approval of every party that is approved now."""
    newest = select(func.max(Approval.id)).group_by(Approval.producer_id, Approval.charity_id)
    return (
        select(Approval.id)
        .outerjoin(Producer, Producer.id == Approval.producer_id)
        .outerjoin(Charity, Charity.id == Approval.charity_id)
        .where(Approval.id.in_(newest))
        .where(or_(Producer.status == ProducerStatus.APPROVED, Charity.status == CharityStatus.APPROVED))
        .order_by(Approval.review_due_on, Approval.id)
    )


def _look_at(approval_id: int, today: date) -> bool:
    approval = session().get_one(Approval, approval_id)
    case = finding.admitting(producer_id=approval.producer_id, charity_id=approval.charity_id)
    if case is None:
        return False
    case = finding.by_ref(case.ref, lock=True)
    assert case is not None, "cases are never deleted"
    # Read again under the lock: a renewal or a suspension may just have come.
    if session().scalar(_current().where(Approval.id == approval_id)) is None:
        return False
    left = (approval.review_due_on - today).days
    if left <= 0:
        deciding.lapse(case, clock.now())
        return True
    return _remind(approval, case, left)


def _remind(approval: Approval, case: Case, left: int) -> bool:
    """Send the reminder that is due, once; one that was missed is not sent after a later one."""
    step = min((days for days in REMIND if left <= days), default=None)
    sent = select(ApprovalReminder.id).where(ApprovalReminder.approval_id == approval.id)
    if step is None or session().scalar(sent.where(ApprovalReminder.days <= step)) is not None:
        return False
    now = clock.now()
    session().add(ApprovalReminder(approval_id=approval.id, days=step, at=now))
    session().flush()
    for reader in emails.readers(case):
        mail.queue(emails.reminder(case, left, approval.review_due_on, reader), now)
    return True
