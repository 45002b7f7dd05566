"""The order that a cart was placed as and that is not paid yet, if there is one.

Its goods are off the shelf on behalf of this very cart, and its voucher is counted; so the cart's page must
not tell its own shopper that they are sold out or used up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from storefront.checkout.models import Hold, HoldStatus, Order, OrderStatus
from storefront.core.db import session


@dataclass(frozen=True)
class Pending:
    """An unpaid order of a cart: its reference, and what it holds by variant id. `ref` is empty where there is none."""

    ref: str = ""
    voucher_code: str | None = None
    held: Mapping[int, int] = field(default_factory=dict)


_HELD = (
    select(Order.ref, Order.voucher_code, Hold.variant_id, Hold.quantity)
    .join(Hold, Hold.order_id == Order.id)
    .where(Order.cart_id == bindparam("cart_id"), Order.status == OrderStatus.PENDING)
    .where(Hold.status == HoldStatus.HELD)
)


def of_cart(cart_id: int | None) -> Pending:
    """The unpaid order of this cart. One statement."""
    rows = session().execute(_HELD, {"cart_id": cart_id}).all() if cart_id is not None else []
    if not rows:
        return Pending()
    return Pending(rows[0].ref, rows[0].voucher_code, {row.variant_id: row.quantity for row in rows})
