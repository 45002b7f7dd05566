"""Carts and their lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.catalog.models import Variant
from storefront.core.db import Model

MAX_QUANTITY = 99
# As many items as Stripe's page lists; an order of far more lines could not be placed at all.
MAX_LINES = 100


class Cart(Model):
    """What a shopper means to buy: a guest's is found by the hash of the cookie's key, a user's by the user.

    `checkout` keeps the answers of the checkout's steps until the order is paid; `notes` say what the last
    change of the cart did (see `cart.notes`), for the page that comes after it.
    """

    __tablename__ = "cart"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    voucher_code: Mapped[str | None] = mapped_column(String(40))
    checkout: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    noted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    lines: Mapped[list[CartLine]] = relationship(
        back_populates="cart", order_by="CartLine.id", cascade="all, delete-orphan"
    )


class CartLine(Model):
    """One variant in a cart. `seen_minor` is the price the shopper saw last, only to tell of a change."""

    __tablename__ = "cart_line"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", name="quantity_is_sensible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[int]
    seen_minor: Mapped[int]
    saved_for_later: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]

    cart: Mapped[Cart] = relationship(back_populates="lines")
    variant: Mapped[Variant] = relationship()
