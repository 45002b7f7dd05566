"""Invitations into a group: a signed link to a mailbox, good for 14 days, once, and for that mailbox alone.

The link by itself opens nothing: whoever follows it is signed in, and their account's proven address is the one that
was invited. Once whoever wrote it is no owner of the group any more, it is dead too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, Select, exists, select

from storefront import config
from storefront.accounts.finding import normal
from storefront.accounts.models import User
from storefront.core import journal, mail
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.producers import emails, members
from storefront.producers.members import AlreadyMember
from storefront.producers.models import Invitation, Member, MemberRole

LASTS = timedelta(days=14)


class DeadInvitation(LookupError):
    """The link was altered, has ended, was used or withdrawn, is another mailbox's, or no owner's any more."""


def invite(by: Member, email: str, role: MemberRole, now: datetime) -> Invitation:
    """Write to the mailbox; an open invitation of the same mailbox is replaced. Raises NotOwner and AlreadyMember."""
    members.check_owner(by)
    address = normal(email)
    if any(member.user.email == address for member in members.of_group(by.producer_id)):
        raise AlreadyMember
    for older in session().scalars(_open(now).where(Invitation.email == address, _of(by))):
        older.withdrawn_at = now
    invitation = Invitation(
        ref=new_ref(), producer=by.producer, email=address, role=role, invited_by=by.user_id, created_at=now,
        ends_at=now + LASTS,
    )  # fmt: skip
    session().add(invitation)
    session().flush()
    _record("member invited", invitation, members.actor(by), now)
    mail.queue(emails.invitation(invitation, by.user.name, sign(invitation.ref)), now)
    return invitation


def withdraw(by: Member, ref: str, now: datetime) -> None:
    """Take an open invitation back; its link is dead. Raises NotOwner and DeadInvitation."""
    members.check_owner(by)
    found = session().scalar(_open(now).where(Invitation.ref == ref, _of(by)))
    if found is None:
        raise DeadInvitation
    found.withdrawn_at = now
    _record("invitation withdrawn", found, members.actor(by), now)


def waiting(producer_id: int, now: datetime) -> Sequence[Invitation]:
    """The group's open invitations, the oldest first."""
    return session().scalars(_open(now).where(Invitation.producer_id == producer_id).order_by(Invitation.id)).all()


def of_link(token: str, user: User, now: datetime) -> Invitation:
    """The invitation that the link is for, if it is this user's to take; raises DeadInvitation."""
    try:
        ref = _signer().loads(token)
    except BadData as error:
        raise DeadInvitation from error
    found = session().scalar(_open(now).where(Invitation.ref == ref))
    if found is None or user.email_proven_at is None or user.email != found.email:
        raise DeadInvitation
    return found


def accept(token: str, user: User, now: datetime) -> Member:
    """Join the group with the role that was offered; raises DeadInvitation and AlreadyMember."""
    members.lock(of_link(token, user, now).producer)
    found = of_link(token, user, now)  # as it is now that nobody else changes the group
    found.accepted_at = now
    return members.join(found.producer, user, MemberRole(found.role), actor=f"user:{user.ref}", now=now)


def sign(ref: str) -> str:
    """The token of the link for the invitation with this reference."""
    return str(_signer().dumps(ref))


def _open(now: datetime) -> Select[Invitation]:
    by_owner = exists().where(
        Member.producer_id == Invitation.producer_id,
        Member.user_id == Invitation.invited_by,
        Member.role == MemberRole.OWNER,
    )
    return select(Invitation).where(
        Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.ends_at > now, by_owner
    )


def _of(by: Member) -> ColumnElement[bool]:
    return Invitation.producer_id == by.producer_id


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(config.current().secret_key, salt="producers.invitation")


def _record(act: str, invitation: Invitation, who: str, now: datetime) -> None:
    subject = f"producer:{invitation.producer.slug}"
    journal.record(act, subject=subject, actor=who, now=now, invitation=invitation.ref, role=invitation.role)
