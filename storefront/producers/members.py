"""Who acts for a group: found by user, and named in the journal."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from storefront.core.db import session
from storefront.producers.models import Member, MemberRole, Producer


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


def actor(member: Member) -> str:
    """Who does something, for the journal: a field agent is named together with the group they act for."""
    who = f"user:{member.user.ref}"
    return f"{who} for producer:{member.producer.slug}" if member.role == MemberRole.AGENT else who
