"""Who acts for a group: found, given another role, removed, or gone; at least one owner always stays.

Whoever changes a group's members locks the group first, so that two owners who leave at once queue up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Text, cast, literal, select
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.exc import ObjectDeletedError

from storefront.accounts.models import User
from storefront.core import journal
from storefront.core.db import session
from storefront.core.journal import JournalEntry
from storefront.producers.models import Member, MemberRole, Producer


class LastOwner(Exception):
    """The group would be left without an owner."""


class NotOwner(PermissionError):
    """Only an owner may do this, and whoever asks is none (any more)."""


class UnknownMember(LookupError):
    """The user is no member of the group (any more)."""


class AlreadyMember(Exception):
    """The user is a member of the group already."""


def of_user(user_id: int) -> Sequence[Member]:
    """The user's memberships with their groups, by the group's name."""
    return session().scalars(
        select(Member)
        .join(Member.producer)
        .options(contains_eager(Member.producer))
        .where(Member.user_id == user_id)
        .order_by(Producer.name)
    ).all()  # fmt: skip


def of_user_in(user_id: int, producer_slug: str) -> Member | None:
    """The user's membership of one group, or None for a stranger to it."""
    return session().scalars(
        select(Member)
        .join(Member.producer)
        .options(contains_eager(Member.producer))
        .where(Member.user_id == user_id, Producer.slug == producer_slug)
    ).first()  # fmt: skip


def of_group(producer_id: int) -> Sequence[Member]:
    """Everyone who acts for the group, who has done so the longest first."""
    return session().scalars(
        select(Member)
        .join(Member.user)
        .options(contains_eager(Member.user))
        .where(Member.producer_id == producer_id)
        .order_by(Member.id)
    ).all()  # fmt: skip


def was_ever(producer_id: int, user_id: int, person: str) -> bool:
    """Whether the user is a member of the group or, by the journal, was one: nobody leaves it to judge it.

    `person` is the user as the journal names them (`person_of`).
    """
    member = select(Member.id).where(Member.producer_id == producer_id, Member.user_id == user_id)
    slug = select(Producer.slug).where(Producer.id == producer_id).scalar_subquery()
    named = cast(JournalEntry.facts, Text).contains(f'"{person}"')
    left = select(JournalEntry.sequence).where(
        JournalEntry.subject == literal("producer:") + slug, JournalEntry.act.startswith("member "), named
    )
    return any(session().scalar(found.limit(1)) is not None for found in (member, left))


def actor(member: Member) -> str:
    """Who does something, for the journal: a field agent is named together with the group they act for."""
    who = f"user:{member.user.ref}"
    return f"{who} for producer:{member.producer.slug}" if member.role == MemberRole.AGENT else who


def person_of(actor: str) -> str:
    """Who it was that `actor` names, whoever they acted for."""
    return actor.partition(" for ")[0]


def join(producer: Producer, user: User, role: MemberRole, *, actor: str, now: datetime) -> Member:
    """The user acts for the group from now on; raises AlreadyMember."""
    everyone = lock(producer)
    if any(member.user_id == user.id for member in everyone):
        raise AlreadyMember
    member = Member(producer=producer, user=user, role=role, since=now)
    session().add(member)
    session().flush()
    _record("member joined", member, actor, now, role=role)
    return member


def change_role(by: Member, ref: str, role: MemberRole, now: datetime) -> Member:
    """Another role for the member with this user's reference; raises NotOwner, UnknownMember and LastOwner."""
    everyone = _lock_as_owner(by)
    member = _find(everyone, ref)
    before = member.role
    if before == role:
        return member
    _check_owner_stays(everyone, member)
    who = actor(by)
    member.role = role
    session().flush()
    _record("member role changed", member, who, now, before=before, after=role)
    return member


def remove(by: Member, ref: str, now: datetime) -> User:
    """The member with this user's reference acts for the group no more; raises as `change_role` does."""
    everyone = _lock_as_owner(by)
    member = _find(everyone, ref)
    _check_owner_stays(everyone, member)
    user = member.user
    _end("member removed", member, actor(by), now)
    return user


def leave(member: Member, now: datetime) -> None:
    """The member goes of their own will; raises UnknownMember and LastOwner."""
    everyone = lock(member.producer)
    mine = _find(everyone, member.user.ref)
    _check_owner_stays(everyone, mine)
    _end("member left", mine, actor(mine), now)


def lock(producer: Producer) -> Sequence[Member]:
    """Hold the group's members still until the unit of work ends; returns them as they are now."""
    session().execute(select(Producer.id).where(Producer.id == producer.id).with_for_update())
    return session().scalars(
        select(Member)
        .where(Member.producer_id == producer.id)
        .order_by(Member.id)
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip


def check_owner(by: Member) -> None:
    """Raise NotOwner unless the member is an owner now, with the group's members held still."""
    _lock_as_owner(by)


def _lock_as_owner(by: Member) -> Sequence[Member]:
    try:
        user_id, producer = by.user_id, by.producer
    except ObjectDeletedError as error:  # somebody removed them since they were found
        raise NotOwner from error
    everyone = lock(producer)
    if not any(one.user_id == user_id and one.role == MemberRole.OWNER for one in everyone):
        raise NotOwner
    return everyone


def _find(everyone: Sequence[Member], ref: str) -> Member:
    found = next((member for member in everyone if member.user.ref == ref), None)
    if found is None:
        raise UnknownMember(ref)
    return found


def _check_owner_stays(everyone: Sequence[Member], going: Member) -> None:
    if not any(member.role == MemberRole.OWNER for member in everyone if member is not going):
        raise LastOwner


def _end(act: str, member: Member, who: str, now: datetime) -> None:
    _record(act, member, who, now, role=member.role)
    session().delete(member)
    session().flush()


def _record(act: str, member: Member, who: str, now: datetime, **facts: str) -> None:
    subject = f"producer:{member.producer.slug}"
    journal.record(act, subject=subject, actor=who, now=now, user=f"user:{member.user.ref}", **facts)
