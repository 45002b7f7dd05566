"""A user's own orders, the newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from storefront.checkout.models import Order, OrderStatus
from storefront.core.db import session


def of_user(user_id: int, *, size: int, skip: int = 0) -> Sequence[Order]:
    """Orders of the user with their lines; those that were never paid in time are left out."""
    statement = (
        select(Order)
        .where(Order.user_id == user_id, Order.status != OrderStatus.EXPIRED)
        .options(selectinload(Order.lines))
        .order_by(Order.id.desc())
        .limit(size)
        .offset(skip)
    )
    return session().scalars(statement).all()


def count(user_id: int) -> int:
    """How many orders `of_user` goes through."""
    statement = select(func.count(Order.id)).where(Order.user_id == user_id, Order.status != OrderStatus.EXPIRED)
    return session().scalar(statement) or 0
