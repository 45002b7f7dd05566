"""Finds concerns: a reporter's by its key, and for admins those that don't concern themselves."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from storefront.accounts.models import Role, User
from storefront.concerns.models import Concern, ConcernParty, ConcernState
from storefront.concerns.subjects import named_like, own_parties
from storefront.core.db import session
from storefront.core.refs import key_hash


@dataclass(frozen=True)
class Asked:
    """Which concerns an admin wants to see; empty fields ask for all. `owner` is `me`, `nobody` or empty.

    `words` are a part of the case's number, or of the name or address of a party.
    """

    state: str = ConcernState.OPEN
    owner: str = ""
    words: str = ""


def by_key(number: str, key: str) -> Concern | None:
    """The case for whoever has its key. The comparison takes the same time for any key."""
    found = session().scalar(select(Concern).where(Concern.number == number))
    return found if found and hmac.compare_digest(found.key_hash, key_hash(key)) else None


def by_number(number: str, user: User) -> Concern | None:
    """The case for an admin; None where it is about a party of theirs."""
    return session().scalar(_visible(user).where(Concern.number == number))


def open_to(user: User, numbers: Collection[str]) -> set[str]:
    """Which of these cases the user may see."""
    found = _visible(user).where(Concern.number.in_(numbers)).with_only_columns(Concern.number)
    return set(session().scalars(found))


def queue(asked: Asked, user: User, *, size: int, skip: int) -> tuple[Sequence[Concern], int]:
    """Cases as asked for, and how many there are: the longest waiting first, closed ones the newest first."""
    found = _visible(user)
    if asked.state:
        found = found.where(Concern.state == asked.state)
    if asked.owner:
        found = found.where(Concern.owner_id == (user.id if asked.owner == "me" else None))
    if asked.words:
        named = select(ConcernParty.concern_id).where(ConcernParty.party.in_(named_like(asked.words)))
        number = "-".join(asked.words.replace("-", " ").split())
        found = found.where(or_(Concern.id.in_(named), Concern.number.icontains(number, autoescape=True)))
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = Concern.waits_since.desc() if asked.state == ConcernState.CLOSED else Concern.waits_since
    rows = found.options(selectinload(Concern.parties), selectinload(Concern.owner)).order_by(order, Concern.id)
    return session().scalars(rows.limit(size).offset(skip)).all(), count


def waiting(user: User) -> tuple[int, datetime | None, int]:
    """How many open cases the user may see, since when the eldest waits, and how many are theirs."""
    mine = func.count().filter(Concern.owner_id == user.id)
    open_ones = _visible(user).where(Concern.state == ConcernState.OPEN)
    row = session().execute(open_ones.with_only_columns(func.count(), func.min(Concern.waits_since), mine)).one()
    return row[0], row[1], row[2]


def hidden_from(user: User) -> list[str]:
    """The numbers of the cases that the user may not see."""
    return list(session().scalars(select(Concern.number).where(Concern.id.in_(_own(user)))))


def has_reader(concern: Concern) -> bool:
    """Whether any admin may look into the case: one without a stake in its parties."""
    parties = {one.party for one in concern.parties}
    admins = session().scalars(select(User).where(User.role == Role.ADMIN, User.closed_at.is_(None)))
    return any(parties.isdisjoint(own_parties(admin)) for admin in admins)


def without_reader() -> int:
    """How many open cases no admin may look into, so that somebody else must be made one."""
    open_ones = select(Concern).where(Concern.state == ConcernState.OPEN).options(selectinload(Concern.parties))
    return sum(not has_reader(one) for one in session().scalars(open_ones).all())


def _own(user: User) -> Select[int]:
    return select(ConcernParty.concern_id).where(ConcernParty.party.in_(own_parties(user)))


def _visible(user: User) -> Select[Concern]:
    return select(Concern).where(Concern.id.not_in(_own(user)))
