"""Letters about goods sent back: to the shopper at each step, to the group where it has something to do."""

from __future__ import annotations

from datetime import datetime

from storefront import config
from storefront.core import mail
from storefront.payments.emails import tell_senders
from storefront.payments.return_models import Return


def tell_shopper(found: Return, words: str, now: datetime) -> None:
    """What has become of the return, and what to do next."""
    parcel = found.parcel
    order, base = parcel.order, config.current().base_url.rstrip("/")
    letter = mail.compose(
        "return_news",
        order.email,
        name=order.name,
        order_ref=order.ref,
        order_url=f"{base}/orders/{order.ref}?key={order.key}",
        ref=found.ref,
        status=str(found.status),
        producer=parcel.producer_name,
        lines=[(row.quantity, row.order_line.title, row.order_line.variant_name) for row in found.lines],
        send_to=found.send_to,
        words=words,
    )
    mail.queue(letter, now)


def tell_group(found: Return, now: datetime) -> None:
    """Somebody wants to send goods back, or wants to no more."""
    wanted = [
        (row.quantity, row.order_line.title, row.order_line.variant_name, row.reason, row.words) for row in found.lines
    ]
    tell_senders(
        found.parcel, "return_asked", f"returns/{found.ref}", now, ref=found.ref, status=str(found.status),
        wanted=wanted,
    )  # fmt: skip
