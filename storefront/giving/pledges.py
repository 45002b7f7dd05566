"""Pledges: which one holds for a product today, what a sale owes under it, and what its cap leaves.

A pledge by rate owes `ceil(net * rate)`, a fixed one its amount for each item, never more than was paid
and never more than what is left under its cap. What a sale owes is frozen into its order line.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, bindparam, func, or_, select

from storefront.catalog.models import Product
from storefront.charities.models import Charity, CharityStatus, Project
from storefront.checkout.events import OrderPlaced
from storefront.checkout.models import Order, OrderLine, OrderStatus
from storefront.core.db import session
from storefront.core.money import Money, ceil_share
from storefront.core.refs import new_ref
from storefront.giving.accounts import OF_CHARITIES
from storefront.giving.models import Entry, Pledge, PledgeKind
from storefront.payments.events import OrderPaid
from storefront.vetting.events import StandingChanged

# Besides what was sold, orders whose pledge counts against the cap because they may still be sold.
_MAY_BE_SOLD = (OrderStatus.PENDING, OrderStatus.FLAGGED)


class CharityNotApproved(ValueError):
    """A pledge may name only an approved charity."""

    def __init__(self, charity: Charity) -> None:
        super().__init__(f"{charity.name} is not approved")
        self.charity = charity


@dataclass(frozen=True)
class PledgeTerms:
    """A pledge as a shopper is told of it. Amounts in minor units; `room_minor` is what the cap leaves, or None.

    A halted one owes nothing: its charity is not approved any more.
    """

    pledge_id: int
    ref: str
    product_id: int
    charity_slug: str
    charity_name: str
    mission: str
    project_name: str | None
    kind: str
    rate: Decimal | None
    amount_minor: int | None
    currency: str
    cap_minor: int | None
    room_minor: int | None
    starts_on: date
    ends_on: date | None
    halted: bool = False

    def promise(self, net_minor: int, quantity: int) -> int:
        """What a sale of `quantity` items for `net_minor` in all owes the charity, in minor units."""
        if self.halted:
            return 0
        owed = owes(self.rate, self.amount_minor, net_minor, quantity)
        return owed if self.room_minor is None else min(owed, max(self.room_minor, 0))

    def frozen(self) -> dict[str, Any]:
        """The terms as an order line keeps them."""
        return {
            "ref": self.ref,
            "charity": self.charity_slug,
            "charity_name": self.charity_name,
            "project": self.project_name,
            "kind": self.kind,
            "rate": None if self.rate is None else str(self.rate.normalize()),
            "amount_minor": self.amount_minor,
        }


def owes(rate: Decimal | None, amount_minor: int | None, net_minor: int, quantity: int) -> int:
    """What a rule owes on `net_minor` for `quantity` items, before any cap; never more than was paid."""
    if rate is not None:
        return ceil_share(net_minor, rate)
    return min((amount_minor or 0) * quantity, net_minor)


def still_owes(line: OrderLine, left_minor: int, left_quantity: int) -> int:
    """What a line's frozen pledge owes when `left_minor` and `left_quantity` are left of it after refunds.

    Exactly zero when nothing is left, and never more than what the cap allowed at the sale.
    """
    if line.pledge is None or left_minor == 0:
        return 0
    rate = line.pledge["rate"]
    owed = owes(None if rate is None else Decimal(rate), line.pledge["amount_minor"], left_minor, left_quantity)
    return min(owed, line.pledge_minor)


def terms_for(product_ids: Collection[int], day: date, *, halted: bool = False) -> dict[int, PledgeTerms]:
    """The pledge that holds on `day` for each product that has one, by product id: one statement.

    Halted ones come along where they are to be told of.
    """
    if not product_ids:
        return {}
    rows = session().connection().execute(_current_terms(), {"product_ids": list(product_ids), "day": day})
    return {
        row.product_id: PledgeTerms(
            row.id,
            row.ref,
            row.product_id,
            row.slug,
            row.name,
            row.mission,
            row.project_name,
            row.kind,
            row.rate,
            row.amount_minor,
            row.currency,
            row.cap_minor,
            None if row.cap_minor is None else row.cap_minor - row.used_minor,
            row.starts_on,
            row.ends_on,
            row.status != CharityStatus.APPROVED,
        )
        for row in rows
        if halted or row.status == CharityStatus.APPROVED
    }


@cache
def _current_terms() -> Select[*tuple[Any, ...]]:
    """The statement of `terms_for`, made once: building it costs more than asking it."""
    day = bindparam("day", type_=Date)
    return (
        select(
            Pledge.id,
            Pledge.ref,
            Pledge.product_id,
            Pledge.kind,
            Pledge.rate,
            Pledge.amount_minor,
            Pledge.currency,
            Pledge.cap_minor,
            Pledge.starts_on,
            Pledge.ends_on,
            Charity.slug,
            Charity.name,
            Charity.mission,
            Charity.status,
            Project.name.label("project_name"),
            _used_minor().label("used_minor"),
        )
        .join(Charity, Charity.id == Pledge.charity_id)
        .outerjoin(Project, Project.id == Pledge.project_id)
        .where(Pledge.product_id.in_(bindparam("product_ids", expanding=True)), Pledge.superseded_at.is_(None))
        .where(Pledge.starts_on <= day, or_(Pledge.ends_on.is_(None), Pledge.ends_on >= day))
    )


def _used_minor() -> ColumnElement[int]:
    """What a capped pledge has used up: what placed orders owe under it, less what refunds took back."""
    owed = (
        select(func.coalesce(func.sum(OrderLine.pledge_minor), 0))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.pledge_id == Pledge.id,
            Pledge.cap_minor.is_not(None),
            or_(Order.paid_at.is_not(None), Order.status.in_(_MAY_BE_SOLD)),
        )
        .correlate(Pledge)
        .scalar_subquery()
    )
    taken_back = (
        select(func.coalesce(func.sum(Entry.minor), 0))
        .where(Entry.pledge_id == Pledge.id, Pledge.cap_minor.is_not(None), Entry.minor > 0)
        .where(Entry.account.like(OF_CHARITIES))
        .correlate(Pledge)
        .scalar_subquery()
    )
    return owed - taken_back


def freeze(event: OrderPlaced) -> None:
    """Write into each line what it owes, with capped pledges locked so that a cap can't be overrun."""
    lines = event.order.lines
    product_ids = {line.product_id for line in lines}
    terms = terms_for(product_ids, event.now.date())
    capped = sorted(term.pledge_id for term in terms.values() if term.cap_minor is not None)
    if capped:
        session().execute(select(Pledge.id).where(Pledge.id.in_(capped)).order_by(Pledge.id).with_for_update())
        terms = terms_for(product_ids, event.now.date())
    given: dict[int, int] = {}
    for line in lines:
        term = terms.get(line.product_id)
        if term is None:
            continue
        owed = term.promise(line.net_minor, line.quantity)
        if term.room_minor is not None:
            owed = max(0, min(owed, term.room_minor - given.get(term.pledge_id, 0)))
            given[term.pledge_id] = given.get(term.pledge_id, 0) + owed
        line.pledge_id, line.pledge, line.pledge_minor = term.pledge_id, term.frozen(), owed
    session().flush()


def hold_to_cap(event: OrderPaid) -> None:
    """A payment that came after its order had expired finds the cap used by others: it gets what is left.

    For every other payment the cap was kept when the order was placed, and nothing changes.
    """
    lines = [line for line in event.payment.order.lines if line.pledge_minor]
    ids = sorted({line.pledge_id for line in lines if line.pledge_id is not None})
    if not ids:
        return
    # Locked before it is looked at: of two late payments at once, neither would see the other's part.
    session().execute(
        select(Pledge.id).where(Pledge.id.in_(ids), Pledge.cap_minor.is_not(None)).order_by(Pledge.id).with_for_update()
    )
    over = _over_cap(ids)
    for line in lines:
        excess = min(over.get(line.pledge_id or 0, 0), line.pledge_minor)
        line.pledge_minor -= excess
        over[line.pledge_id or 0] = over.get(line.pledge_id or 0, 0) - excess
    session().flush()


def _over_cap(pledge_ids: Collection[int]) -> dict[int, int]:
    """By how much each of these pledges is above its cap, where it is."""
    if not pledge_ids:
        return {}
    used = _used_minor()
    rows = session().execute(
        select(Pledge.id, used - Pledge.cap_minor).where(
            Pledge.id.in_(pledge_ids), Pledge.cap_minor.is_not(None), used > Pledge.cap_minor
        )
    )
    return {pledge_id: int(excess) for pledge_id, excess in rows}


def pledge(
    product_id: int,
    charity: Charity,
    *,
    now: datetime,
    starts_on: date,
    currency: str,
    project: Project | None = None,
    rate: Decimal | None = None,
    amount: Money | None = None,
    cap: Money | None = None,
    ends_on: date | None = None,
) -> Pledge:
    """Make a pledge for a product; the one before it, if any, is superseded from now on.

    Raises CharityNotApproved, and ValueError unless exactly one of `rate` and `amount` is given.
    """
    if charity.status != CharityStatus.APPROVED:
        raise CharityNotApproved(charity)
    if (rate is None) == (amount is None):
        raise ValueError("a pledge is either a rate or an amount")
    current = session()
    for old in current.scalars(select(Pledge).where(Pledge.product_id == product_id, Pledge.superseded_at.is_(None))):
        old.superseded_at = now
    new = Pledge(
        ref=new_ref(),
        product_id=product_id,
        charity_id=charity.id,
        project_id=project.id if project else None,
        kind=PledgeKind.SHARE if rate is not None else PledgeKind.FIXED,
        rate=rate,
        amount_minor=amount.minor if amount else None,
        currency=currency,
        cap_minor=cap.minor if cap else None,
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=now,
    )
    current.add(new)
    current.flush()
    refresh_donation(product_id, now.date())
    return new


def follow_charity(event: StandingChanged) -> None:
    """Lists learn that the pledges to a charity owe something again, or nothing any more."""
    if event.charity_id is None:
        return
    of_charity = select(Pledge.product_id).where(Pledge.charity_id == event.charity_id, Pledge.superseded_at.is_(None))
    for product_id in session().scalars(of_charity.order_by(Pledge.product_id)).all():
        refresh_donation(product_id, event.now.date())


def refresh_donation(product_id: int, day: date) -> None:
    """Keep the product's `donation_minor`, by which lists are sorted: what its cheapest variant owes on `day`."""
    product = session().get_one(Product, product_id)
    term = terms_for([product_id], day).get(product_id)
    product.donation_minor = term.promise(product.price_from_minor, 1) if term else 0
