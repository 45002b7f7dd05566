"""A bought order and its receipt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ordering import order_of
from receipts_made import buy

from storefront.receipts import reading


@pytest.fixture
def bought(world) -> Callable[..., str]:
    """`bought({"COFFEE": 2})` buys and gives the public id of the receipt."""

    def do(wanted: dict[str, int] | None = None, **facts) -> str:
        ref = buy(wanted or {"COFFEE": 2, "SCARF-RED": 1}, **facts)
        receipt = reading.by_order(order_of(ref).id)
        assert receipt is not None
        do.order_ref = ref
        return receipt.public_id

    return do
