"""Orders, frozen as they were at the sale, their parcels and lines, held stock, and vouchers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from storefront.accounts.finding import normal
from storefront.core.db import Model
from storefront.core.money import Money


class OrderStatus(StrEnum):
    """Where an order stands. Refunds are rows of their own and don't change that it was paid."""

    PENDING = "pending"  # placed, stock held, not paid
    PAID = "paid"
    EXPIRED = "expired"  # never paid; its stock was released
    CANCELLED = "cancelled"  # paid, then wholly refunded before dispatch
    FLAGGED = "flagged"  # paid, but not what was asked: an admin must look


ORDER_TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PAID, OrderStatus.EXPIRED, OrderStatus.FLAGGED}),
    OrderStatus.EXPIRED: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED, OrderStatus.FLAGGED}),
    OrderStatus.PAID: frozenset({OrderStatus.CANCELLED}),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.FLAGGED: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED}),
}


class ParcelStatus(StrEnum):
    """Where a producer's part of an order stands."""

    WAITING = "waiting"
    PART_SENT = "part_sent"  # some units have left, others have not
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class HoldStatus(StrEnum):
    """Held units are out of stock until they are taken (sold) or released (back in stock)."""

    HELD = "held"
    TAKEN = "taken"
    RELEASED = "released"


class Order(Model):
    """What was bought. A guest opens its page with `key`, which opens nothing but this one order.

    `email` is stored as an account's is, so that a guest's orders are found by the index when they are claimed.
    """

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint("total_minor = items_minor - discount_minor + delivery_minor", name="total_adds_up"),
        CheckConstraint("items_minor >= 0 AND delivery_minor >= 0", name="amounts_not_negative"),
        CheckConstraint("discount_minor BETWEEN 0 AND items_minor", name="discount_within_items"),
        CheckConstraint("status IN ('pending', 'paid', 'expired', 'cancelled', 'flagged')", name="status_is_known"),
        Index("ix_order_due", "status", "hold_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    key: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("cart.id", ondelete="SET NULL"), index=True)
    status: Mapped[str] = mapped_column(String(20), default=OrderStatus.PENDING)
    email: Mapped[str] = mapped_column(String(320), index=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[dict[str, str]] = mapped_column(JSON)
    gift_message: Mapped[str] = mapped_column(Text, default="")
    terms_accepted_at: Mapped[datetime]
    currency: Mapped[str] = mapped_column(String(3))
    items_minor: Mapped[int]
    discount_minor: Mapped[int] = mapped_column(default=0)
    delivery_minor: Mapped[int]
    total_minor: Mapped[int]
    voucher_code: Mapped[str | None] = mapped_column(String(40))
    placed_at: Mapped[datetime]
    hold_until: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    parcels: Mapped[list[Parcel]] = relationship(back_populates="order", order_by="Parcel.id")
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", order_by="OrderLine.id")
    holds: Mapped[list[Hold]] = relationship(order_by="Hold.variant_id")

    @validates("email")
    def _normal(self, _name: str, email: str) -> str:
        return normal(email)

    @property
    def total(self) -> Money:
        """What the shopper was asked to pay."""
        return Money(self.total_minor, self.currency)


class Parcel(Model):
    """The part of an order that one producer ships."""

    __tablename__ = "parcel"
    __table_args__ = (
        CheckConstraint(
            "status IN ('waiting', 'part_sent', 'dispatched', 'delivered', 'cancelled')", name="status_is_known"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    producer_name: Mapped[str] = mapped_column(String(200))
    producer_slug: Mapped[str] = mapped_column(String(80))
    ships_from: Mapped[str] = mapped_column(String(120))
    delivery_minor: Mapped[int]
    arrives_from: Mapped[date]
    arrives_to: Mapped[date]
    status: Mapped[str] = mapped_column(String(20), default=ParcelStatus.WAITING)

    order: Mapped[Order] = relationship(back_populates="parcels")
    lines: Mapped[list[OrderLine]] = relationship(back_populates="parcel", order_by="OrderLine.id")
    dispatches: Mapped[list[Dispatch]] = relationship(back_populates="parcel", order_by="Dispatch.id")


class OrderLine(Model):
    """One variant bought, with everything frozen that a receipt or a refund will need.

    `gross_minor` is unit price times quantity; `net_minor` is after the line's part of the discount.
    `pledge` is the rule as it was, `PledgeTerms.frozen()`, or None; `pledge_minor` is what it came to.
    `shares` are the price shares as they were: [{share_to, label, basis, basis_points}].
    """

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="has_a_quantity"),
        CheckConstraint("gross_minor = unit_minor * quantity", name="gross_is_unit_times_quantity"),
        CheckConstraint("net_minor BETWEEN 0 AND gross_minor", name="net_within_gross"),
        CheckConstraint("pledge_minor BETWEEN 0 AND net_minor", name="pledge_within_net"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    product_slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    variant_name: Mapped[str] = mapped_column(String(120))
    sku: Mapped[str] = mapped_column(String(60))
    quantity: Mapped[int]
    unit_minor: Mapped[int]
    gross_minor: Mapped[int]
    net_minor: Mapped[int]
    pledge_id: Mapped[int | None] = mapped_column(ForeignKey("pledge.id"), index=True)
    pledge: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    pledge_minor: Mapped[int] = mapped_column(default=0)
    shares: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("story.id"))
    batch_code: Mapped[str | None] = mapped_column(String(40))

    order: Mapped[Order] = relationship(back_populates="lines")
    parcel: Mapped[Parcel] = relationship(back_populates="lines")


class Dispatch(Model):
    """What of a parcel left in one go. Its producer says when it left and when it arrived."""

    __tablename__ = "dispatch"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), index=True)
    carrier: Mapped[str] = mapped_column(String(60))
    tracking: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    parcel: Mapped[Parcel] = relationship(back_populates="dispatches")
    lines: Mapped[list[DispatchLine]] = relationship(order_by="DispatchLine.order_line_id")


class DispatchLine(Model):
    """How many units of an order line a dispatch held."""

    __tablename__ = "dispatch_line"
    __table_args__ = (
        UniqueConstraint("dispatch_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="has_a_quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatch.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[int]

    order_line: Mapped[OrderLine] = relationship()


class Hold(Model):
    """Units of a variant that an order has taken out of stock: one row a variant, however many lines name it."""

    __tablename__ = "hold"
    __table_args__ = (
        UniqueConstraint("order_id", "variant_id"),
        CheckConstraint("quantity > 0", name="has_a_quantity"),
        CheckConstraint("status IN ('held', 'taken', 'released')", name="status_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    quantity: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=HoldStatus.HELD)


class Voucher(Model):
    """A code that takes money off the items of an order; the shop bears it. Used once it is in a placed order."""

    __tablename__ = "voucher"
    __table_args__ = (
        CheckConstraint("uses BETWEEN 0 AND max_uses", name="used_within_its_limit"),
        CheckConstraint("(basis_points IS NULL) <> (amount_minor IS NULL)", name="is_a_rate_or_an_amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    basis_points: Mapped[int | None]
    amount_minor: Mapped[int | None]
    minimum_minor: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    max_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
