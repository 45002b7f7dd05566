"""Letters about orders on their way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storefront import config
from storefront.checkout.models import Dispatch
from storefront.core.mail import Email, compose


def dispatch_notice(dispatch: Dispatch, left: Mapping[int, int]) -> Email:
    """Tells the shopper what has left and how to follow it; `left` is what is still to come, by the line's id."""
    lines = dispatch.parcel.lines
    coming = [(left[line.id], line.title, line.variant_name) for line in lines if left[line.id]]
    return _about("dispatch_notice", dispatch, coming=coming)


def tracking_notice(dispatch: Dispatch) -> Email:
    """Tells the shopper how to follow what left, since it was said wrongly before."""
    return _about("tracking_notice", dispatch)


def _about(kind: str, dispatch: Dispatch, **facts: Any) -> Email:
    parcel = dispatch.parcel
    order, base = parcel.order, config.current().base_url.rstrip("/")
    return compose(
        kind,
        order.email,
        name=order.name,
        order_ref=order.ref,
        order_url=f"{base}/orders/{order.ref}?key={order.key}",
        producer=parcel.producer_name,
        carrier=dispatch.carrier,
        tracking=dispatch.tracking,
        sent=[(row.quantity, row.order_line.title, row.order_line.variant_name) for row in dispatch.lines],
        **facts,
    )
