"""Order lines after refunds: what is left of each, and where that goes."""

from __future__ import annotations

from sqlalchemy import func, select

from storefront.checkout.models import Order, OrderLine
from storefront.core.db import session
from storefront.giving.pledges import still_owes
from storefront.giving.splitting import Part, split_line, thaw_shares
from storefront.payments import remaining
from storefront.payments.finding import payment_of
from storefront.payments.models import Refund, RefundLine, RefundStatus


def left_of(line: OrderLine) -> tuple[int, int]:
    """What is left of a line after refunds that are done: (minor units, items)."""
    given, items = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(RefundLine.amount_minor), 0),
                func.coalesce(func.sum(RefundLine.quantity), 0),
            )
            .join(Refund, Refund.id == RefundLine.refund_id)
            .where(RefundLine.order_line_id == line.id, Refund.status == RefundStatus.DONE)
        )
        .one()
    )
    return line.net_minor - int(given), line.quantity - int(items)


def owed_by_line(order: Order) -> dict[int, int]:
    """What each line (by id) owes its charity in minor units, less what refunds that are done took back."""
    payment = payment_of(order.id)
    if payment is None:
        return {line.id: line.pledge_minor for line in order.lines}
    left = remaining.left_of(payment, [RefundStatus.DONE])
    return {part.line.id: still_owes(part.line, part.minor, part.quantity) for part in left.lines}


def parts_left(line: OrderLine) -> list[Part]:
    """Where what is left of a line goes, after all refunds that are done."""
    return parts_after(line, *left_of(line))


def parts_before(line: OrderLine, refund: Refund) -> list[Part]:
    """Where it went before this refund, which is done, was counted."""
    left_minor, left_items = left_of(line)
    mine = next(row for row in refund.lines if row.order_line_id == line.id)
    return parts_after(line, left_minor + mine.amount_minor, left_items + mine.quantity)


def parts_after(line: OrderLine, left_minor: int, left_items: int) -> list[Part]:
    """Where what is left of a line goes once refunds have left so much and so many of it."""
    return parts_of(line, left_minor, still_owes(line, left_minor, left_items))


def parts_of(line: OrderLine, left_minor: int, pledge_minor: int) -> list[Part]:
    """Where `left_minor` of a line goes, of which the charity gets `pledge_minor`."""
    return split_line(
        gross_minor=line.gross_minor,
        net_minor=line.net_minor,
        left_minor=left_minor,
        pledge_minor=pledge_minor,
        currency=line.order.currency,
        shares=thaw_shares(line.shares),
        charity=line.pledge["charity_name"] if line.pledge else "",
    )
