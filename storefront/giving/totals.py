"""Totals for pages: always sums of ledger entries, never counters. All amounts in minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select

from storefront.charities.models import Charity, Project
from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving import accounts
from storefront.giving.models import Entry, EntryGroup, Pledge


@dataclass(frozen=True)
class Given:
    """What a charity, a cause or the whole shop owes or has paid: each state with its own sum."""

    set_aside: Money
    payable: Money

    @property
    def total(self) -> Money:
        """Everything owed so far, whatever its state."""
        return self.set_aside + self.payable


@dataclass(frozen=True)
class LatestEntry:
    """A line of the ledger as the home page tells it."""

    at: datetime
    kind: str
    charity_name: str
    charity_slug: str
    money: Money


def by_charity(slug: str, currency: str) -> Given:
    """What the shop owes one charity."""
    row = (
        session()
        .execute(
            select(_sum(Entry.account == accounts.pledged(slug)), _sum(Entry.account == accounts.payable(slug))).where(
                Entry.account.in_([accounts.pledged(slug), accounts.payable(slug)]),
                Entry.currency == currency,
            )
        )
        .one()
    )
    return _given(row[0], row[1], currency)


def by_cause(currency: str) -> dict[str, Money]:
    """What sales owe by the cause of the pledge's project; each entry counts once."""
    rows = session().execute(
        select(Project.cause, func.sum(-Entry.minor))
        .join(Pledge, Pledge.id == Entry.pledge_id)
        .join(Project, Project.id == Pledge.project_id)
        .where(
            Entry.currency == currency,
            Entry.account.like(accounts.OF_CHARITIES),
            Entry.order_line_id.is_not(None),
        )
        .group_by(Project.cause)
    )
    return {cause: Money(int(minor), currency) for cause, minor in rows}


def by_producer(slug: str, currency: str, before: datetime | None = None) -> Money:
    """What a producer has earned here so far, or `before` a moment, paid out or not.

    That is its part of sales, less refunds and fees it bears.
    """
    found = (
        select(func.coalesce(func.sum(-Entry.minor), 0))
        .join(EntryGroup, EntryGroup.id == Entry.group_id)
        .where(
            Entry.account == accounts.producer(slug),
            Entry.currency == currency,
            EntryGroup.kind.not_in(accounts.PAYOUTS),
        )
    )
    if before is not None:
        found = found.where(EntryGroup.at < before)
    return Money(int(session().scalar(found) or 0), currency)


def latest(count: int, currency: str) -> Sequence[LatestEntry]:
    """The newest movements to and from charities, one for each group and charity."""
    charity_slug = func.replace(Entry.account, "charity:", "")
    for state in (":pledged", ":payable"):
        charity_slug = func.replace(charity_slug, state, "")
    rows = session().execute(
        select(EntryGroup.at, EntryGroup.kind, Charity.name, Charity.slug, func.sum(-Entry.minor))
        .join(Entry, Entry.group_id == EntryGroup.id)
        .join(Charity, Charity.slug == charity_slug)
        .where(EntryGroup.kind.in_(["sale", "refund"]), Entry.account.like(accounts.OF_CHARITIES))
        .where(Entry.currency == currency)
        .group_by(EntryGroup.id, EntryGroup.at, EntryGroup.kind, Charity.name, Charity.slug)
        .order_by(EntryGroup.id.desc())
        .limit(count)
    )
    return [LatestEntry(at, kind, name, slug, Money(int(minor), currency)) for at, kind, name, slug, minor in rows]


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, -Entry.minor), else_=0)), 0)


def _given(set_aside: int, payable: int, currency: str) -> Given:
    return Given(Money(int(set_aside), currency), Money(int(payable), currency))
