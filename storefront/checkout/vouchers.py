"""Vouchers: money off the goods that the shop bears, for a time and for so many orders.

A use is counted when an order is placed, by an UPDATE that says in its WHERE that one is left; so a code
for one order can't be used by two at once. An order that is never paid gives its use back.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select, update

from storefront.checkout.models import Order, Voucher
from storefront.checkout.pricing import Discount
from storefront.core.db import session


class Refusal(StrEnum):
    """Why a voucher is not taken."""

    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    OVER = "over"
    USED_UP = "used_up"
    TOO_LITTLE = "too_little"  # the goods come to less than it asks for


class VoucherRefused(Exception):
    """The code takes nothing off; `minimum_minor` is what the goods must come to, where that is the reason."""

    def __init__(self, code: str, reason: Refusal, minimum_minor: int = 0) -> None:
        super().__init__(f"voucher {code}: {reason}")
        self.code = code
        self.reason = reason
        self.minimum_minor = minimum_minor


def normal(code: str) -> str:
    """A code as it is stored: upper case, without blanks."""
    return "".join(code.split()).upper()[:40]


def find(code: str | None) -> Voucher | None:
    """The voucher with this code."""
    return session().scalar(select(Voucher).where(Voucher.code == code)) if code else None


def refusal(voucher: Voucher | None, items_minor: int, now: datetime, *, counted: bool = False) -> Refusal | None:
    """Why the voucher takes nothing off goods of `items_minor` at `now`, or None when it does.

    `counted`: the cart's own unpaid order has counted a use already, and that one is not against it.
    """
    if voucher is None:
        return Refusal.UNKNOWN
    if voucher.starts_at > now:
        return Refusal.NOT_YET
    if voucher.ends_at is not None and voucher.ends_at <= now:
        return Refusal.OVER
    if voucher.uses - counted >= voucher.max_uses:
        return Refusal.USED_UP
    return Refusal.TOO_LITTLE if items_minor < voucher.minimum_minor else None


def check(code: str, items_minor: int, now: datetime, *, counted: bool = False) -> Voucher:
    """The voucher, if it takes something off these goods now; raises VoucherRefused."""
    voucher = find(code)
    reason = refusal(voucher, items_minor, now, counted=counted)
    if voucher is None or reason is not None:
        raise VoucherRefused(code, reason or Refusal.UNKNOWN, voucher.minimum_minor if voucher else 0)
    return voucher


def discount(voucher: Voucher) -> Discount:
    """What pricing needs to know of it."""
    return Discount(voucher.basis_points, voucher.amount_minor)


def use(voucher: Voucher, now: datetime) -> None:
    """Count one use; raises VoucherRefused when another order was quicker or its time is over."""
    counted = session().execute(
        update(Voucher)
        .where(Voucher.id == voucher.id, Voucher.uses < Voucher.max_uses, Voucher.starts_at <= now)
        .where(or_(Voucher.ends_at.is_(None), Voucher.ends_at > now))
        .values(uses=Voucher.uses + 1)
        .returning(Voucher.id)
        .execution_options(synchronize_session=False)
    ).first()  # fmt: skip
    if counted is None:
        raise VoucherRefused(voucher.code, Refusal.USED_UP)


def give_back(order: Order) -> None:
    """The order was never paid: its use of a voucher is free again."""
    if order.voucher_code:
        _count(order.voucher_code, -1)


def lock(order: Order) -> None:
    """Lock the order's voucher: everyone locks vouchers before variants."""
    if order.voucher_code:
        session().execute(select(Voucher.id).where(Voucher.code == order.voucher_code).with_for_update())


def use_again(order: Order) -> None:
    """A late payment sold the order after all; the use counts again unless the limit is reached meanwhile."""
    if order.voucher_code:
        _count(order.voucher_code, 1)


def _count(code: str, change: int) -> None:
    session().execute(
        update(Voucher)
        .where(Voucher.code == code, Voucher.uses + change >= 0, Voucher.uses + change <= Voucher.max_uses)
        .values(uses=Voucher.uses + change)
        .execution_options(synchronize_session=False)
    )
