"""Reads charities as shoppers see them, as plain rows: lists have approved ones only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from storefront.charities.models import SHOWN, Charity, CharityCause, CharityStatus, Project
from storefront.core.db import session

_WHOLE = (
    Charity.id, Charity.slug, Charity.name, Charity.mission, Charity.about, Charity.country, Charity.place,
    Charity.registration_number, Charity.register_name, Charity.register_url, Charity.status, Charity.created_at,
)  # fmt: skip


@dataclass(frozen=True)
class CharityBrief:
    """What a card says of a charity."""

    id: int
    slug: str
    name: str
    mission: str
    place: str
    country: str
    causes: list[str]


def by_slug(slug: str) -> Row[*tuple[Any, ...]] | None:
    """A charity, or None; one that was never approved or is suspended is hidden."""
    statement = select(*_WHOLE).where(Charity.slug == slug, Charity.status.in_(SHOWN))
    return session().execute(statement).first()


def causes_of(charity_id: int) -> list[str]:
    """The causes that a charity is approved for."""
    statement = select(CharityCause.cause).where(CharityCause.charity_id == charity_id).order_by(CharityCause.cause)
    return list(session().scalars(statement))


def projects_of(charity_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a charity spends gifts on."""
    statement = (
        select(Project.slug, Project.name, Project.summary, Project.cause)
        .where(Project.charity_id == charity_id)
        .order_by(Project.id)
    )
    return session().execute(statement).all()


def for_cause(cause: str | None = None) -> list[CharityBrief]:
    """Approved charities by name, of one cause or all; one statement."""
    statement = (
        select(
            Charity.id, Charity.slug, Charity.name, Charity.mission, Charity.place, Charity.country, CharityCause.cause
        )
        .outerjoin(CharityCause, CharityCause.charity_id == Charity.id)
        .where(Charity.status == CharityStatus.APPROVED)
        .order_by(Charity.name, CharityCause.cause)
    )  # fmt: skip
    if cause is not None:
        serves = select(CharityCause.charity_id).where(CharityCause.cause == cause)
        statement = statement.where(Charity.id.in_(serves))
    found: dict[int, CharityBrief] = {}
    for row in session().execute(statement):
        brief = found.setdefault(
            row.id, CharityBrief(row.id, row.slug, row.name, row.mission, row.place, row.country, [])
        )
        if row.cause:
            brief.causes.append(row.cause)
    return list(found.values())
