"""Keeps what lists say about stock true: one statement after stock has changed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text

from storefront.core.db import session

_REFRESH = """UPDATE product SET in_stock = NOT in_stock
WHERE id IN (SELECT product_id FROM variant WHERE id IN ({ids}))
  AND in_stock <> EXISTS (SELECT 1 FROM variant WHERE variant.product_id = product.id AND variant.stock > 0)"""


def refresh_in_stock(variant_ids: Collection[int]) -> None:
    """Set `product.in_stock` of the products that these variants belong to, where it is no longer true."""
    if not variant_ids:
        return
    session().flush()
    ids = ", ".join(str(int(id_)) for id_ in sorted(variant_ids))
    session().execute(text(_REFRESH.format(ids=ids)))
