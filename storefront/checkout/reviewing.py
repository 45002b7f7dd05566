"""Reviews: only from someone who bought the product, once for each line, shown once approved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storefront.catalog.models import Review
from storefront.checkout.models import OrderLine, OrderStatus
from storefront.core.db import session


class NotBought(ValueError):
    """Only goods that were paid for can be reviewed."""


class ReviewedBefore(ValueError):
    """This purchase has its review already."""


def review(line: OrderLine, *, stars: int, text: str, signed_as: str, now: datetime) -> Review:
    """Write a review of what was bought with this line; it is shown once `approve` was called.

    Raises NotBought and ReviewedBefore; `stars` are 1 to 5, which the database checks.
    """
    if line.order.status != OrderStatus.PAID:
        raise NotBought(line.order.ref)
    if session().scalar(select(Review.id).where(Review.order_line_id == line.id)) is not None:
        raise ReviewedBefore(line.ref)
    written = Review(
        product_id=line.product_id,
        order_line_id=line.id,
        stars=stars,
        text=text.strip(),
        signed_as=signed_as.strip(),
        created_at=now,
    )
    session().add(written)
    session().flush()
    return written


def approve(written: Review, now: datetime) -> None:
    """Show a review from now on."""
    written.approved_at = now
