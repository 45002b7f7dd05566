"""What a producer earned and was paid in a month: every figure a sum of ledger entries, in minor units.

Goods at their price and delivery, less the donation and the shop's part, are what the sales credited to the producer.
A voucher is the shop's own gift, so it is in no figure here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, literal, select

from storefront import config
from storefront.checkout.models import Order, OrderLine, Parcel
from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving import accounts
from storefront.giving.models import Entry, EntryGroup
from storefront.producers.models import Producer

SALE, REFUND, FEES = "sale", "refund", ("fee", "refund-fee")


@dataclass(frozen=True)
class Month:
    """A calendar month in the shop's time zone."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        """The month in which something happened."""
        local = moment.astimezone(_zone())
        return cls(local.year, local.month)

    @classmethod
    def read(cls, text: str) -> Month:
        """The month written as `2026-08`; raises ValueError."""
        year, _, number = text.partition("-")
        if not (text.isascii() and len(year) == 4 and len(number) == 2 and (year + number).isdecimal()):
            raise ValueError(text)
        found = date(int(year), int(number), 1)
        return cls(found.year, found.month)

    @property
    def first_day(self) -> date:
        """The first day of it."""
        return date(self.year, self.number, 1)

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Month:
        """The month before it."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first_day, time(), _zone())

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True)
class Movement:
    """What one ledger group did to what is owed to the producer, and of a sale how that came about."""

    at: datetime
    kind: str
    source: str
    order_ref: str
    memo: str
    gross: Money
    donation: Money
    commission: Money
    amount: Money


@dataclass(frozen=True)
class Statement:
    """One month of what is owed to a producer: `carried_in` and every movement come to `carry_over`."""

    month: Month
    currency: str
    carried_in: Money
    movements: Sequence[Movement]

    @property
    def gross(self) -> Money:
        """What shoppers bought of the producer, at its prices, with delivery."""
        return self._sum("gross", SALE)

    @property
    def donation(self) -> Money:
        """What those sales set aside for charities."""
        return self._sum("donation", SALE)

    @property
    def commission(self) -> Money:
        """What the shop kept of them."""
        return self._sum("commission", SALE)

    @property
    def refunds(self) -> Money:
        """What was taken back for what shoppers gave back; negative."""
        return self._sum("amount", REFUND)

    @property
    def fees(self) -> Money:
        """The producer's part of payment fees; negative when it was borne."""
        return self._sum("amount", *FEES)

    @property
    def earned(self) -> Money:
        """All that the month brought: everything but what was paid out or came back of that."""
        return self.carry_over - self.carried_in - self.payouts

    @property
    def payouts(self) -> Money:
        """What was paid out, less what was taken back of it; negative, unless more was taken back."""
        return self._sum("amount", *accounts.PAYOUTS)

    @property
    def payouts_returned(self) -> Money:
        """What was taken back of payouts of this month or an earlier one: they came back or were mistyped."""
        return self._sum("amount", accounts.PAYOUT_RETURNED)

    @property
    def other(self) -> Money:
        """Whatever else moved; zero unless something was corrected by hand."""
        known = {SALE, REFUND, *FEES, *accounts.PAYOUTS}
        return self._sum("amount", *({one.kind for one in self.movements} - known))

    @property
    def carry_over(self) -> Money:
        """What is owed at the end of the month; negative where more was taken back than there was."""
        return Money(self.carried_in.minor + sum(one.amount.minor for one in self.movements), self.currency)

    def _sum(self, figure: str, *kinds: str) -> Money:
        return Money(sum(getattr(one, figure).minor for one in self.movements if one.kind in kinds), self.currency)


def statement(producer: Producer, month: Month, currency: str) -> Statement:
    """The producer's month in one currency, its movements in the order in which they were entered."""
    account = accounts.producer(producer.slug)
    before = session().scalar(_balance(account, currency).where(EntryGroup.at < month.begins)) or 0
    rows = session().execute(
        select(EntryGroup, Order.ref, func.sum(-Entry.minor))
        .join(Entry, Entry.group_id == EntryGroup.id)
        .outerjoin(Order, Order.id == EntryGroup.order_id)
        .where(Entry.account == account, Entry.currency == currency)
        .where(EntryGroup.at >= month.begins, EntryGroup.at < month.next.begins)
        .group_by(EntryGroup.id, Order.ref)
        .order_by(EntryGroup.at, EntryGroup.id)
    ).all()  # fmt: skip
    sales = {group.order_id: group.id for group, *_ in rows if group.kind == SALE and group.order_id}
    gross, donations = _gross(producer, sales), _donations(producer, sales.values())
    movements = []
    for group, order_ref, minor in rows:
        sold = gross.get(group.order_id, 0) if group.kind == SALE else 0
        given = donations.get(group.id, 0)
        kept = sold - given - int(minor) if group.kind == SALE else 0
        figures = [Money(amount, currency) for amount in (sold, given, kept, int(minor))]
        movements.append(Movement(group.at, group.kind, group.source, order_ref or "", group.memo, *figures))
    return Statement(month, currency, Money(int(before), currency), movements)


def owed(slug: str, currency: str) -> Money:
    """What is owed to the producer now; negative where more was taken back than there was."""
    return Money(int(session().scalar(_balance(accounts.producer(slug), currency)) or 0), currency)


def owed_to_all(currency: str) -> list[tuple[Producer, Money]]:
    """Every producer by name, with what is owed to it now."""
    account = literal("producer:") + Producer.slug + ":payable"
    rows = session().execute(
        select(Producer, func.coalesce(func.sum(-Entry.minor), 0))
        .outerjoin(Entry, (Entry.account == account) & (Entry.currency == currency))
        .group_by(Producer.id)
        .order_by(Producer.name)
    )
    return [(producer, Money(int(minor), currency)) for producer, minor in rows]


def months(slug: str, now: datetime) -> list[Month]:
    """Every month from the producer's first movement to this one, the newest first."""
    first = session().scalar(
        select(func.min(EntryGroup.at))
        .join(Entry, Entry.group_id == EntryGroup.id)
        .where(Entry.account == accounts.producer(slug))
    )
    if first is None:
        return []
    found, month, last = [], Month.of(first), Month.of(now)
    while (month.year, month.number) <= (last.year, last.number):
        found.append(month)
        month = month.next
    return found[::-1]


def by_month(slug: str, currency: str, now: datetime) -> list[tuple[Month, Money, Money]]:
    """Each of the producer's months, the newest first, with what it earned and what was paid out in it.

    A payout that was taken back counts against those of the month in which it was.
    """
    every = months(slug, now)
    if not every:
        return []
    place = case(*((EntryGroup.at < month.next.begins, at) for at, month in reversed(list(enumerate(every)))))
    paid = func.sum(case((EntryGroup.kind.in_(accounts.PAYOUTS), Entry.minor), else_=0))
    rows = session().execute(
        select(place.label("place"), func.sum(-Entry.minor), paid)
        .join(EntryGroup, EntryGroup.id == Entry.group_id)
        .where(Entry.account == accounts.producer(slug), Entry.currency == currency)
        .group_by("place")
    )
    sums = {place: (int(moved), int(paid)) for place, moved, paid in rows}
    found = [(month, *sums.get(at, (0, 0))) for at, month in enumerate(every)]
    return [(month, Money(moved + paid, currency), Money(paid, currency)) for month, moved, paid in found]


def _balance(account: str, currency: str) -> Select[int]:
    return (
        select(func.sum(-Entry.minor))
        .join(EntryGroup, EntryGroup.id == Entry.group_id)
        .where(Entry.account == account, Entry.currency == currency)
    )


def _gross(producer: Producer, orders: Collection[int]) -> dict[int | None, int]:
    """The producer's goods and delivery by the order's id."""
    goods = (
        select(Parcel.order_id, func.sum(OrderLine.gross_minor))
        .join(OrderLine, OrderLine.parcel_id == Parcel.id)
        .where(Parcel.producer_id == producer.id, Parcel.order_id.in_(orders))
        .group_by(Parcel.order_id)
    )
    delivery = (
        select(Parcel.order_id, func.sum(Parcel.delivery_minor))
        .where(Parcel.producer_id == producer.id, Parcel.order_id.in_(orders))
        .group_by(Parcel.order_id)
    )
    sums: dict[int | None, int] = {}
    for statement in (goods, delivery):
        for order_id, minor in session().execute(statement):
            sums[order_id] = sums.get(order_id, 0) + int(minor)
    return sums


def _donations(producer: Producer, groups: Collection[int]) -> dict[int, int]:
    """What the producer's lines owed to charities, by the id of the sale's group."""
    rows = session().execute(
        select(Entry.group_id, func.sum(-Entry.minor))
        .join(OrderLine, OrderLine.id == Entry.order_line_id)
        .join(Parcel, Parcel.id == OrderLine.parcel_id)
        .where(Parcel.producer_id == producer.id, Entry.group_id.in_(groups))
        .where(Entry.account.like(accounts.OF_CHARITIES))
        .group_by(Entry.group_id)
    )
    return {group_id: int(minor) for group_id, minor in rows}


def _zone() -> ZoneInfo:
    return ZoneInfo(config.current().time_zone)
