"""Orders found by those who may open them: a guest with the order's key, or the user whose order it is."""

from __future__ import annotations

import hmac
from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storefront.catalog.browsing import Thumbnail
from storefront.catalog.models import ProductPicture
from storefront.checkout.models import Order
from storefront.core.db import session
from storefront.core.media import Picture


def by_ref(ref: str) -> Order | None:
    """The order with its parcels and lines. Whoever asks must then be let in by `opens`."""
    return session().scalars(
        select(Order).where(Order.ref == ref).options(selectinload(Order.parcels), selectinload(Order.lines))
    ).first()  # fmt: skip


def opens(order: Order, key: str, user_id: int | None) -> bool:
    """Whether this key, or being this user, opens the order. The comparison takes the same time for any key."""
    good = hmac.compare_digest(order.key.encode(), key.encode())
    return good or (user_id is not None and order.user_id == user_id)


def pictures(order: Order) -> dict[int, Thumbnail]:
    """The first picture of each product of the order, by product id, as it is today."""
    columns = [getattr(Picture, one.name) for one in fields(Thumbnail)]
    rows = session().execute(
        select(ProductPicture.product_id, *columns)
        .join(Picture, Picture.id == ProductPicture.picture_id)
        .where(ProductPicture.position == 0, ProductPicture.product_id.in_({line.product_id for line in order.lines}))
    )
    return {row[0]: Thumbnail(*row[1:]) for row in rows}
