"""What is left of a payment to give back, and how an amount is spread over it.

Everything that isn't a failed refund counts as given back, so that two refunds asked for at once can't
give the same money twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from storefront.checkout.models import OrderLine
from storefront.core.db import session
from storefront.core.money import split
from storefront.payments.models import Payment, Refund, RefundLine, RefundStatus

_COUNTS = Refund.status != RefundStatus.FAILED


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
    """What is left of a payment, in minor units of its currency. Lines are empty where it bought nothing."""

    lines: tuple[LineLeft, ...]
    delivery_minor: int
    total_minor: int


@dataclass(frozen=True)
class Allocation:
    """For what a refund is: `lines` are (line, units, minor units)."""

    lines: tuple[tuple[OrderLine, int, int], ...]
    delivery_minor: int
    unassigned_minor: int = 0

    @property
    def minor(self) -> int:
        """The whole amount."""
        return sum(minor for _, _, minor in self.lines) + self.delivery_minor + self.unassigned_minor


def left_of(payment: Payment) -> Left:
    """What is left of the payment now; call it with the payment locked before deciding on it."""
    current = session()
    given, delivery = current.execute(
        select(func.coalesce(func.sum(Refund.amount_minor), 0), func.coalesce(func.sum(Refund.delivery_minor), 0))
        .where(Refund.payment_id == payment.id, _COUNTS)
    ).one()  # fmt: skip
    total = payment.amount_minor - int(given)
    if not payment.bought:
        return Left((), 0, total)
    rows = current.execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.amount_minor), func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.payment_id == payment.id, _COUNTS)
        .group_by(RefundLine.order_line_id)
    )
    back = {line_id: (int(minor), int(quantity)) for line_id, minor, quantity in rows}
    lines = []
    for line in payment.order.lines:
        minor, quantity = back.get(line.id, (0, 0))
        lines.append(LineLeft(line, line.net_minor - minor, line.quantity - quantity))
    return Left(tuple(lines), payment.order.delivery_minor - int(delivery), total)


def by_lines(left: Left, wanted: Mapping[str, int], *, delivery: bool) -> Allocation:
    """So many units of each line (by its ref), with or without what is left of the delivery.

    A unit is worth its part of what is left of the line, so that refunds in steps end at exactly the line's
    amount. Raises TooMany and UnknownLine.
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
    return Allocation(tuple(lines), left.delivery_minor if delivery else 0)


def everything(left: Left) -> Allocation:
    """All that is left."""
    lines = tuple((part.line, part.quantity, part.minor) for part in left.lines if part.quantity or part.minor)
    goods = sum(minor for _, _, minor in lines)
    return Allocation(lines, left.delivery_minor, left.total_minor - goods - left.delivery_minor)


def spread(left: Left, minor: int) -> Allocation:
    """An amount that names no lines: all that is left, or over the lines by what is left of each.

    What goes beyond the lines is delivery, and beyond that unassigned.
    """
    if minor == left.total_minor:
        return everything(left)
    weights = [part.minor for part in left.lines]
    goods = min(minor, sum(weights))
    parts = split(goods, weights) if goods else [0] * len(weights)
    lines = tuple((part.line, 0, share) for part, share in zip(left.lines, parts, strict=True) if share)
    delivery = min(minor - goods, left.delivery_minor)
    return Allocation(lines, delivery, minor - goods - delivery)
