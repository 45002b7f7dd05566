"""Finds concerns: a reporter's by its key, and for admins those that don't concern themselves."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from storefront.accounts.models import User
from storefront.concerns.models import Concern, ConcernParty, ConcernState
from storefront.concerns.subjects import own_parties
from storefront.core.db import session
from storefront.core.refs import key_hash


@dataclass(frozen=True)
class Asked:
    """Which concerns an admin wants to see; empty fields ask for all. `owner` is `me`, `nobody` or empty."""

    state: str = ConcernState.OPEN
    owner: str = ""
    party: str = ""


def by_key(number: str, key: str) -> Concern | None:
    """The case for whoever has its key. The comparison takes the same time for any key."""
    found = session().scalar(select(Concern).where(Concern.number == number))
    return found if found and hmac.compare_digest(found.key_hash, key_hash(key)) else None


def by_number(number: str, user: User) -> Concern | None:
    """The case for an admin; None where it is about a party of theirs, or their own."""
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
    if asked.party:
        named = select(ConcernParty.concern_id).where(ConcernParty.party.contains(asked.party, autoescape=True))
        found = found.where(Concern.id.in_(named))
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


def _visible(user: User) -> Select[Concern]:
    own = select(ConcernParty.concern_id).where(ConcernParty.party.in_(own_parties(user)))
    return select(Concern).where(Concern.id.not_in(own), or_(Concern.email.is_(None), Concern.email != user.email))
