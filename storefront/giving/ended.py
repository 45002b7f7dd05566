"""Pledges that are over, and what each of them came to: sums of ledger entries, never counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select

from storefront.catalog.models import Product
from storefront.charities.models import Charity
from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving.models import Entry, Pledge


@dataclass(frozen=True)
class EndedPledge:
    """A pledge that owes nothing for new sales. `raised` is what its sales came to, less what refunds took back."""

    charity: str
    product: str
    product_slug: str
    rate: Decimal | None
    amount: Money | None
    starts_on: date
    ended_on: date
    raised: Money


def to_charity(charity_id: int, day: date, count: int) -> list[EndedPledge]:
    """The charity's newest `count` pledges that were over on `day`: by their last day, or replaced by another."""
    return _newest(Pledge.charity_id == charity_id, day, count)


def of_product(product_id: int, day: date) -> EndedPledge | None:
    """The product's newest pledge that was over on `day`, for when it has no other."""
    return next(iter(_newest(Pledge.product_id == product_id, day, 1)), None)


def _newest(of: ColumnElement[bool], day: date, count: int) -> list[EndedPledge]:
    raised = (
        select(func.coalesce(func.sum(-Entry.minor), 0))
        .where(Entry.pledge_id == Pledge.id, Entry.currency == Pledge.currency)
        # Of an order line, so that what only moves on to be payable doesn't count.
        .where(Entry.account.like("charity:%"), Entry.order_line_id.is_not(None))
        .correlate(Pledge)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Pledge, Product.title, Product.slug, Charity.name, raised)
        .join(Product, Product.id == Pledge.product_id)
        .join(Charity, Charity.id == Pledge.charity_id)
        .where(of, Pledge.starts_on <= day)
        .where(or_(Pledge.superseded_at.is_not(None), Pledge.ends_on < day))
        .order_by(Pledge.id.desc())
        .limit(count)
    )
    return [
        EndedPledge(
            charity=charity,
            product=title,
            product_slug=slug,
            rate=pledge.rate,
            amount=None if pledge.amount_minor is None else Money(pledge.amount_minor, pledge.currency),
            starts_on=pledge.starts_on,
            ended_on=_last_day(pledge),
            raised=Money(int(minor), pledge.currency),
        )
        for pledge, title, slug, charity, minor in rows
    ]


def _last_day(pledge: Pledge) -> date:
    days = [pledge.ends_on, pledge.superseded_at and pledge.superseded_at.date()]
    return min(day for day in days if day)
