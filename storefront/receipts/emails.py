"""The letter that follows a paid order: what was bought, what it came to, what it gives, where to look."""

from __future__ import annotations

from babel import Locale

from storefront import config
from storefront.checkout.addresses import address_lines
from storefront.core import mail
from storefront.core.money import Money
from storefront.payments.events import OrderPaid
from storefront.receipts import reading


def send_confirmation(event: OrderPaid) -> None:
    """Queue the confirmation. Runs after the receipt was issued, to which it links."""
    order, base = event.payment.order, config.current().base_url.rstrip("/")
    receipt = reading.by_order(order.id)
    given: dict[str, int] = {}
    for line in order.lines:
        if line.pledge_minor and line.pledge:
            given[line.pledge["charity_name"]] = given.get(line.pledge["charity_name"], 0) + line.pledge_minor
    country = Locale.parse("en").territories.get(order.address["country"], order.address["country"])
    letter = mail.compose(
        "order_confirmation",
        order.email,
        order=order,
        address=address_lines(order.address, country),
        goods=Money(order.items_minor, order.currency),
        discount=Money(order.discount_minor, order.currency),
        delivery=Money(order.delivery_minor, order.currency),
        given=[(name, Money(minor, order.currency)) for name, minor in given.items()],
        amount=lambda minor: Money(minor, order.currency),
        order_url=f"{base}/orders/{order.ref}?key={order.key}",
        receipt_url=f"{base}/receipts/{receipt.public_id}" if receipt else "",
    )
    mail.queue(letter, event.now)
