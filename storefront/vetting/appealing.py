"""Appeals: once against a rejection or a suspension, decided by somebody who had no part in it (`deciding`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storefront.accounts.models import User
from storefront.core import journal
from storefront.core.db import session
from storefront.vetting import finding
from storefront.vetting.applying import said, standing
from storefront.vetting.models import Act, Appeal, Case, CaseState, Decision


class NothingToAppeal(ValueError):
    """There is no rejection or suspension to appeal against, or it was appealed against before."""


def appeal(case: Case, user: User, reason: str, now: datetime) -> Appeal:
    """Appeal once against the rejection or suspension that holds; raises NothingToAppeal and EmptyText."""
    decision = appealable(case)
    if decision is None:
        raise NothingToAppeal(case.ref)
    appealed = Appeal(case_id=case.id, decision_id=decision.id, actor=f"user:{user.ref}", reason=said(reason), at=now)
    session().add(appealed)
    session().flush()
    journal.record(
        "decision appealed", subject=f"application:{case.ref}", actor=appealed.actor, now=now, against=decision.act,
        reason=appealed.reason,
    )  # fmt: skip
    return appealed


def appealable(case: Case) -> Decision | None:
    """The decision that the party may appeal against now, unless it has applied again since."""
    if case.state == CaseState.REJECTED:
        return finding.latest(case, Act.REJECT) if rejection_appealable(case) and not finding.followed(case) else None
    if case.state != CaseState.APPROVED or standing(case) != "suspended":
        return None
    decision = finding.latest(case, Act.SUSPEND)
    if decision is None:
        return None
    before = session().scalar(select(Appeal.id).where(Appeal.decision_id == decision.id))
    return None if before is not None else decision


def rejection_appealable(case: Case) -> bool:
    """Whether a rejection in this case can be appealed against: a second one is final."""
    before = select(Appeal.id).join(Decision, Decision.id == Appeal.decision_id)
    of_rejection = before.where(Appeal.case_id == case.id, Decision.act == Act.REJECT)
    return session().scalar(of_rejection.limit(1)) is None
