"""Letters about money."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from storefront import config
from storefront.checkout.models import OrderStatus, Parcel
from storefront.core import mail
from storefront.core.money import Money
from storefront.payments.events import PaymentFailed, RefundDone
from storefront.payments.refunding import BANK
from storefront.producers import members
from storefront.producers.models import MemberRole

# Who in a group is told about what it sends and gets back.
SENDERS = (MemberRole.OWNER, MemberRole.FULFILMENT, MemberRole.AGENT)


def send_refund_notice(event: RefundDone) -> None:
    """Tell the shopper what goes back and why. What a bank took they know from their bank."""
    refund, payment = event.refund, event.refund.payment
    if refund.asked_by == BANK:
        return
    order, base = payment.order, config.current().base_url.rstrip("/")
    lines = [
        (row.order_line.title, row.order_line.variant_name, row.quantity, Money(row.amount_minor, payment.currency))
        for row in refund.lines
        if row.amount_minor or row.quantity
    ]
    letter = mail.compose(
        "refund_notice",
        order.email,
        name=order.name,
        order_ref=order.ref,
        order_url=f"{base}/orders/{order.ref}?key={order.key}",
        amount=Money(refund.amount_minor, payment.currency),
        delivery=Money(refund.delivery_minor, payment.currency),
        other=Money(refund.unassigned_minor, payment.currency) if payment.bought else Money(0, payment.currency),
        lines=lines,
        reason=refund.reason,
        bought=payment.bought,
        bank_reference=refund.bank_reference,
    )
    mail.queue(letter, event.now)


def send_failure_notice(event: PaymentFailed) -> None:
    """Tell the shopper that a delayed payment did not come and how to order again, unless another one has bought it."""
    payment, order = event.payment, event.payment.order
    if order.status not in (OrderStatus.PENDING, OrderStatus.EXPIRED):
        return
    settings = config.current()
    base = settings.base_url.rstrip("/")
    letter = mail.compose(
        "payment_failed",
        order.email,
        name=order.name,
        order_ref=order.ref,
        order_url=f"{base}/orders/{order.ref}?key={order.key}",
        shop_url=f"{base}/products",
        amount=Money(payment.amount_minor, payment.currency),
        reason=payment.problem or "",
        minutes=settings.hold_minutes if order.status == OrderStatus.PENDING else 0,
    )
    mail.queue(letter, event.now)


def tell_senders(parcel: Parcel, kind: str, page: str, now: datetime, **facts: Any) -> None:
    """A letter to everyone who sends the group's parcels; `page` is where in its studio the letter leads."""
    base = config.current().base_url.rstrip("/")
    for member in members.of_group(parcel.producer_id):
        if member.role in SENDERS:
            letter = mail.compose(
                kind,
                member.user.email,
                name=member.user.name,
                group=parcel.producer_name,
                order_ref=parcel.order.ref,
                link=f"{base}/studio/{parcel.producer_slug}/{page}",
                lines=[(line.quantity, line.title, line.variant_name) for line in parcel.lines],
                **facts,
            )
            mail.queue(letter, now)
