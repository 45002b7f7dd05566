"""The letters about applications. Each carries the reason or the message itself, not only a link to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from storefront import config
from storefront.accounts.models import User
from storefront.core.db import session
from storefront.core.mail import Email, compose
from storefront.producers.models import Member, MemberRole
from storefront.vetting.models import Act, Case


def readers(case: Case) -> list[User]:
    """Who gets the letters of a party, the same as may read its case: its owners; before it has any, who applied."""
    owners = select(Member.user_id).where(Member.producer_id == case.producer_id, Member.role == MemberRole.OWNER)
    of_party = User.id.in_(owners) if session().scalar(owners.limit(1)) else User.id == case.applicant_id
    wanted = select(User).where(of_party, User.closed_at.is_(None))
    return list(session().scalars(wanted.order_by(User.id)))


def decision(
    case: Case, act: Act, reason: str, to: User, *, due: date | None = None, appeal: bool = False,
    wanting: Sequence[tuple[str, str]] = (),
) -> Email:  # fmt: skip
    """What was decided and why; `due` is the day until which an approval holds, `appeal` whether there is one.

    `wanting` are the criteria that are not met, each with what the reviewers noted.
    """
    return compose(
        "vetting_decision", to.email, name=to.name, act=str(act), party=case.name, reason=reason, due=due,
        may_appeal=appeal, wanting=wanting, link=_link(case),
    )  # fmt: skip


def message(case: Case, text: str, about: str, to: User) -> Email:
    """A question or remark of the reviewers, about one criterion or all."""
    return compose(
        "vetting_message", to.email, name=to.name, party=case.name, text=text, about=about, to_shop=False,
        link=_link(case),
    )  # fmt: skip


def reply(case: Case, text: str, to: User) -> Email:
    """What the party said, for the reviewer who looks after the case."""
    link = f"{config.current().base_url.rstrip('/')}/admin/vetting/{case.ref}"
    return compose(
        "vetting_message", to.email, name=to.name, party=case.name, text=text, about="", link=link, to_shop=True
    )


def reminder(case: Case, days: int, due: date, to: User) -> Email:
    """That the approval ends in so many days, and how it is renewed."""
    return compose(
        "vetting_reminder", to.email, name=to.name, party=case.name, party_kind=case.kind, days=days, due=due,
        link=f"{_link(case)}#renewal",
    )  # fmt: skip


def _link(case: Case) -> str:
    return f"{config.current().base_url.rstrip('/')}/studio/application/{case.ref}"
