"""What a cart costs: pure sums in integer minor units, the same for the cart's page and for the order.

A voucher is the shop's own gift. It is spread over the lines by largest remainder, so that the lines always
sum to what is paid, and it changes neither what a producer gets nor whether their delivery is free.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from storefront.core.money import Money, digits, round_rate, split


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to be priced: what it is called by (`key`), whose parcel it is in, what one costs, how many."""

    key: str
    producer_id: int
    unit_minor: int
    quantity: int

    @property
    def gross_minor(self) -> int:
        """Before any discount."""
        return self.unit_minor * self.quantity


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What a producer asks for a parcel, and from what worth of goods on it is free (None: never)."""

    minor: int
    free_from_minor: int | None


@dataclass(frozen=True, slots=True)
class Discount:
    """What a voucher takes off: a rate in basis points, or an amount."""

    basis_points: int | None
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with what it comes to before (`gross_minor`) and after (`net_minor`) its part of the discount."""

    key: str
    producer_id: int
    unit_minor: int
    quantity: int
    gross_minor: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class PricedParcel:
    """One producer's part: the worth of its goods before the discount, and its delivery."""

    producer_id: int
    goods_minor: int
    delivery_minor: int


@dataclass(frozen=True, slots=True)
class Priced:
    """All sums of a cart or order, in minor units of `currency`."""

    currency: str
    lines: tuple[PricedLine, ...]
    parcels: tuple[PricedParcel, ...]
    items_minor: int
    discount_minor: int
    delivery_minor: int

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.items_minor - self.discount_minor + self.delivery_minor

    @property
    def total(self) -> Money:
        """What is to be paid, as money."""
        return Money(self.total_minor, self.currency)

    def line(self, key: str) -> PricedLine:
        """The line that was priced under this key."""
        return next(line for line in self.lines if line.key == key)

    def parcel(self, producer_id: int) -> PricedParcel:
        """The producer's parcel."""
        return next(parcel for parcel in self.parcels if parcel.producer_id == producer_id)


def price(
    lines: Sequence[Wanted], producers: Mapping[int, DeliveryTerms], discount: Discount | None, currency: str
) -> Priced:
    """Price the lines with one parcel a producer; `producers` are the delivery terms by producer id."""
    goods: dict[int, int] = {}
    for line in lines:
        goods[line.producer_id] = goods.get(line.producer_id, 0) + line.gross_minor
    parcels = tuple(
        PricedParcel(producer_id, minor, delivery(producers[producer_id], minor))
        for producer_id, minor in goods.items()
    )
    items = sum(goods.values())
    delivered = sum(parcel.delivery_minor for parcel in parcels)
    off = taken_off(discount, items, delivered, currency) if discount else 0
    parts = split(off, [line.gross_minor for line in lines]) if off else [0] * len(lines)
    priced = tuple(
        PricedLine(
            line.key, line.producer_id, line.unit_minor, line.quantity, line.gross_minor, line.gross_minor - part
        )
        for line, part in zip(lines, parts, strict=True)
    )
    return Priced(currency, priced, parcels, items, off, delivered)


def delivery(terms: DeliveryTerms, goods_minor: int) -> int:
    """What a parcel with goods of this worth costs to send."""
    if terms.free_from_minor is not None and goods_minor >= terms.free_from_minor:
        return 0
    return terms.minor


def taken_off(discount: Discount, items_minor: int, delivery_minor: int, currency: str) -> int:
    """What the discount comes to: never more than the goods, and never so much that nothing is left to pay."""
    if discount.basis_points is not None:
        off = round_rate(items_minor, Decimal(discount.basis_points) / 10_000)
    else:
        off = discount.amount_minor or 0
    most = items_minor + delivery_minor - least_payable(currency)
    return max(0, min(off, items_minor, most))


def least_payable(currency: str) -> int:
    """The smallest payment that a voucher may leave: Stripe takes none below about half a dollar."""
    return 1000 if digits(currency) == 3 else 100


def shared_out(rooms: Mapping[int, int | None], wanted: Collection[tuple[int, int]]) -> list[int]:
    """What each of `wanted` (pledge id, minor units) gets when pledges with a cap are used up in this order."""
    left = dict(rooms)
    given: list[int] = []
    for pledge_id, minor in wanted:
        room = left.get(pledge_id)
        part = minor if room is None else max(0, min(minor, room))
        if room is not None:
            left[pledge_id] = room - part
        given.append(part)
    return given
