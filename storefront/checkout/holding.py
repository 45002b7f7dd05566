"""Stock that orders have taken off the shelf: held at checkout, then taken (sold) or released.

Stock moves only by `UPDATE … SET stock = stock - :q WHERE stock >= :q`, whose row count says whether
there was enough, with a CHECK behind it. Variants are always touched in the order of their ids, so that
two orders with the same goods queue up instead of deadlocking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from storefront.catalog.models import Product, Variant
from storefront.catalog.stock import refresh_in_stock
from storefront.checkout import vouchers
from storefront.checkout.models import Hold, HoldStatus, Order
from storefront.core.db import session
from storefront.producers.models import Producer, ProducerStatus


class OutOfStock(Exception):
    """Fewer are left than were wanted; `left` is what was there when we looked, and may be 0."""

    def __init__(self, variant_id: int, sku: str, title: str, wanted: int, left: int) -> None:
        super().__init__(f"{wanted} of {sku} wanted, {left} left")
        self.variant_id = variant_id
        self.sku = sku
        self.title = title
        self.wanted = wanted
        self.left = left


@dataclass(frozen=True)
class _Moved:
    """What a move left on the shelf, and whose lists may now say something else."""

    product_id: int
    left: int


def hold(order: Order, wanted: Mapping[int, int]) -> None:
    """Take `wanted` units of each variant (by id) off the shelf for the order; raises OutOfStock.

    The caller's unit of work must then roll back: what was moved before the one that failed goes back with it.
    """
    emptied: dict[int, int] = {}
    for variant_id, quantity in sorted(wanted.items()):
        moved = _take_off(variant_id, quantity)
        if moved is None:
            variant = session().get_one(Variant, variant_id, populate_existing=True)
            raise OutOfStock(variant.id, variant.sku, variant.product.title, quantity, variant.stock)
        if moved.left == 0:
            emptied[moved.product_id] = variant_id
        order.holds.append(Hold(variant_id=variant_id, quantity=quantity, status=HoldStatus.HELD))
    _tell_lists(emptied)


def take(order: Order) -> None:
    """The held units are sold."""
    for held in order.holds:
        if held.status == HoldStatus.HELD:
            held.status = HoldStatus.TAKEN


def release(order: Order) -> None:
    """Put the held units back on the shelf; those that were taken or released before stay as they are."""
    units: Counter[int] = Counter()
    for held in order.holds:
        if held.status == HoldStatus.HELD:
            held.status = HoldStatus.RELEASED
            units[held.variant_id] += held.quantity
    put_back(units)


def hold_again(order: Order) -> bool:
    """Take released units off the shelf once more, all of them or none; False when they are not there any more,
    or when a producer was suspended meanwhile.

    A voucher that the order had used counts as used again, as far as its limit allows.
    """
    vouchers.lock(order)
    if _suspended(order):
        return False
    released = {held.variant_id: held for held in order.holds if held.status == HoldStatus.RELEASED}
    left = _lock(released)
    if any(left.get(variant_id, 0) < held.quantity for variant_id, held in released.items()):
        return False
    emptied: dict[int, int] = {}
    for variant_id, held in sorted(released.items()):
        moved = _take_off(variant_id, held.quantity)
        if moved is None:
            raise RuntimeError(f"the stock of variant {variant_id} moved while it was locked")
        if moved.left == 0:
            emptied[moved.product_id] = variant_id
        held.status = HoldStatus.HELD
    _tell_lists(emptied)
    if released:
        vouchers.use_again(order)
    return bool(order.holds)


def _suspended(order: Order) -> bool:
    """Whether some of the goods are of a producer who may not be sold any more."""
    makers = {parcel.producer_id for parcel in order.parcels}
    wanted = select(Producer.id).where(Producer.id.in_(makers), Producer.status == ProducerStatus.SUSPENDED)
    return session().scalar(wanted.limit(1)) is not None


def put_back(units: Mapping[int, int]) -> None:
    """Put so many units of each variant (by id) on the shelf: released holds and returned goods."""
    filled: dict[int, int] = {}
    for variant_id, quantity in sorted(units.items()):
        moved = _move(variant_id, Variant.stock + quantity)
        if moved is not None and moved.left == quantity:
            filled[moved.product_id] = variant_id
    _tell_lists(filled)


def _take_off(variant_id: int, quantity: int) -> _Moved | None:
    return _move(variant_id, Variant.stock - quantity, Variant.stock >= quantity)


def _move(variant_id: int, stock: Any, *only_if: Any) -> _Moved | None:
    """Set a variant's stock in the database itself; None when the condition did not hold."""
    columns: tuple[InstrumentedAttribute[int], ...] = (Variant.product_id, Variant.stock)
    row = session().execute(
        update(Variant).where(Variant.id == variant_id, *only_if).values(stock=stock)
        .returning(*columns).execution_options(synchronize_session=False)
    ).first()  # fmt: skip
    return None if row is None else _Moved(row.product_id, row.stock)


def _lock(variant_ids: Mapping[int, object]) -> dict[int, int]:
    """Lock these variants, in the order of their ids, and say how many of each are left."""
    rows = session().execute(
        select(Variant.id, Variant.stock)
        .where(Variant.id.in_(list(variant_ids)))
        .order_by(Variant.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row.stock for row in rows}


def _tell_lists(touched: Mapping[int, int]) -> None:
    """Lists learn that a product has run out or is back. The products are locked first, in the order of their
    ids: two orders that each empty one of a product's variants must not both read the other's as still there."""
    if not touched:
        return
    session().execute(
        select(Product.id).where(Product.id.in_(list(touched))).order_by(Product.id).with_for_update(key_share=True)
    )
    refresh_in_stock(list(touched.values()))
