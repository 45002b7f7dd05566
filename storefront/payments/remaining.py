"""What is left of a payment to give back, and how an amount is spread over it.

Everything that isn't a failed refund counts as given back, so that two refunds asked for at once can't
give the same money twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select

from storefront.checkout.models import OrderLine, Parcel, ParcelStatus
from storefront.core.db import session
from storefront.core.money import split
from storefront.payments.models import Payment, Refund, RefundDelivery, RefundLine, RefundStatus

# What is on its way back counts as given back wherever more could be given.
_ON_ITS_WAY = tuple(status for status in RefundStatus if status != RefundStatus.FAILED)


class TooMany(ValueError):
    """More units of a line were to be refunded than are left of it."""

    def __init__(self, line: OrderLine, wanted: int, left: int) -> None:
        super().__init__(f"{wanted} of line {line.ref} to be refunded, {left} left")
        self.line = line
        self.wanted = wanted
        self.left = left


class UnknownLine(LookupError):
    """The order has no such line."""


@dataclass(frozen=True)
class LineLeft:
    """What is left of an order line: minor units and units."""

    line: OrderLine
    minor: int
    quantity: int


@dataclass(frozen=True)
class Left:
    """What is left of a payment, in minor units of its currency: of each line and of each parcel's delivery.

    Both are empty where the payment bought nothing.
    """

    lines: tuple[LineLeft, ...]
    deliveries: tuple[tuple[Parcel, int], ...]
    total_minor: int

    @property
    def goods_minor(self) -> int:
        """What is left of all lines."""
        return sum(part.minor for part in self.lines)

    @property
    def delivery_minor(self) -> int:
        """What is left of the delivery of all parcels."""
        return sum(minor for _, minor in self.deliveries)

    def covers(self, refund: Refund) -> bool:
        """Whether all that the refund, which is not counted, gives back is still left."""
        lines = {part.line.id: (part.quantity, part.minor) for part in self.lines}
        deliveries = {parcel.id: minor for parcel, minor in self.deliveries}
        return (
            refund.amount_minor <= self.total_minor
            and all(_within((row.quantity, row.amount_minor), lines[row.order_line_id]) for row in refund.lines)
            and all(row.amount_minor <= deliveries.get(row.parcel_id, 0) for row in refund.deliveries)
        )

    def less(self, back: Allocation) -> Left:
        """What would be left after this had gone back too."""
        lines = {line.id: (quantity, minor) for line, quantity, minor in back.lines}
        deliveries = {parcel.id: minor for parcel, minor in back.deliveries}
        return Left(
            tuple(
                LineLeft(one.line, one.minor - lines[one.line.id][1], one.quantity - lines[one.line.id][0])
                if one.line.id in lines
                else one
                for one in self.lines
            ),
            tuple((parcel, minor - deliveries.get(parcel.id, 0)) for parcel, minor in self.deliveries),
            self.total_minor - back.minor,
        )


@dataclass(frozen=True)
class Allocation:
    """For what a refund is: `lines` are (line, units, minor units), `deliveries` are (parcel, minor units)."""

    lines: tuple[tuple[OrderLine, int, int], ...]
    deliveries: tuple[tuple[Parcel, int], ...] = ()
    unassigned_minor: int = 0

    @property
    def delivery_minor(self) -> int:
        """What of it is for delivery."""
        return sum(minor for _, minor in self.deliveries)

    @property
    def minor(self) -> int:
        """The whole amount."""
        return sum(minor for _, _, minor in self.lines) + self.delivery_minor + self.unassigned_minor


def left_of(payment: Payment, counts: Collection[RefundStatus] = _ON_ITS_WAY) -> Left:
    """What is left of the payment now, after its refunds of these states; lock the payment before deciding on it."""
    current = session()
    given = current.scalar(select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(_of(payment, counts)))
    total = payment.amount_minor - int(given or 0)
    if not payment.bought:
        return Left((), (), total)
    rows = current.execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.amount_minor), func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(_of(payment, counts))
        .group_by(RefundLine.order_line_id)
    )
    back = {line_id: (int(minor), int(quantity)) for line_id, minor, quantity in rows}
    lines = []
    for line in payment.order.lines:
        minor, quantity = back.get(line.id, (0, 0))
        lines.append(LineLeft(line, line.net_minor - minor, line.quantity - quantity))
    return Left(tuple(lines), _deliveries_left(payment, counts), total)


def _deliveries_left(payment: Payment, counts: Collection[RefundStatus]) -> tuple[tuple[Parcel, int], ...]:
    rows = session().execute(
        select(RefundDelivery.parcel_id, func.sum(RefundDelivery.amount_minor))
        .join(Refund, Refund.id == RefundDelivery.refund_id)
        .where(_of(payment, counts))
        .group_by(RefundDelivery.parcel_id)
    )
    back = {parcel_id: int(minor) for parcel_id, minor in rows}
    left = ((parcel, parcel.delivery_minor - back.get(parcel.id, 0)) for parcel in payment.order.parcels)
    return tuple((parcel, minor) for parcel, minor in left if minor)


def _of(payment: Payment, counts: Collection[RefundStatus]) -> ColumnElement[bool]:
    return (Refund.payment_id == payment.id) & Refund.status.in_(counts)


def by_lines(left: Left, wanted: Mapping[str, int], *, delivery: bool) -> Allocation:
    """So many units of each line (by its ref), with or without what is left of the delivery.

    A unit is worth its part of what is left of the line, so that refunds in steps end at exactly the line's
    amount. A parcel of which nothing has left, and now nothing is to be sent, gives its delivery back too. Raises
    TooMany and UnknownLine.
    """
    known = {part.line.ref: part for part in left.lines}
    lines = []
    for ref, quantity in wanted.items():
        if ref not in known:
            raise UnknownLine(ref)
        part = known[ref]
        if not 0 <= quantity <= part.quantity:
            raise TooMany(part.line, quantity, part.quantity)
        if quantity:
            minor = split(part.minor, [quantity, part.quantity - quantity])[0]
            lines.append((part.line, quantity, minor))
    goods = Allocation(tuple(lines))
    return Allocation(goods.lines, left.deliveries if delivery else _deliveries_of_nothing(left, goods))


def _deliveries_of_nothing(left: Left, back: Allocation) -> tuple[tuple[Parcel, int], ...]:
    """The delivery of each parcel that these goods empty, if nothing of it has left: it is never made.

    One that was cancelled has its delivery still to give back where that refund failed.
    """
    filled = {part.line.parcel_id for part in left.less(back).lines if part.quantity}
    emptied = {line.parcel_id for line, _, _ in back.lines} - filled
    never_left = (ParcelStatus.WAITING, ParcelStatus.CANCELLED)
    return tuple(one for one in left.deliveries if one[0].id in emptied and one[0].status in never_left)


def of_parcels(left: Left, parcels: Collection[Parcel]) -> Allocation:
    """All that is left of these parcels: their lines and the delivery of each."""
    ids = {parcel.id for parcel in parcels}
    lines = tuple(part for part in _whole_lines(left) if part[0].parcel_id in ids)
    return Allocation(lines, tuple(part for part in left.deliveries if part[0].id in ids))


def everything(left: Left) -> Allocation:
    """All that is left."""
    return Allocation(_whole_lines(left), left.deliveries, left.total_minor - left.goods_minor - left.delivery_minor)


def spread(left: Left, minor: int) -> Allocation:
    """An amount that names no lines: all that is left, or over the lines by what is left of each.

    What goes beyond the lines is delivery, and beyond that unassigned. A bank can take more than what is left.
    """
    if minor >= left.total_minor:
        return replace(everything(left), unassigned_minor=minor - left.goods_minor - left.delivery_minor)
    weights = [part.minor for part in left.lines]
    goods = min(minor, sum(weights))
    parts = split(goods, weights) if goods else [0] * len(weights)
    lines = tuple((part.line, 0, share) for part, share in zip(left.lines, parts, strict=True) if share)
    delivery = min(minor - goods, left.delivery_minor)
    shares = split(delivery, [rest for _, rest in left.deliveries]) if delivery else [0] * len(left.deliveries)
    deliveries = tuple((parcel, share) for (parcel, _), share in zip(left.deliveries, shares, strict=True) if share)
    return Allocation(lines, deliveries, minor - goods - delivery)


def _within(wanted: tuple[int, int], left: tuple[int, int]) -> bool:
    return wanted[0] <= left[0] and wanted[1] <= left[1]


def _whole_lines(left: Left) -> tuple[tuple[OrderLine, int, int], ...]:
    return tuple((part.line, part.quantity, part.minor) for part in left.lines if part.quantity or part.minor)
