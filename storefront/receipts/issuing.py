"""Issuing receipts: the first revision when an order is paid, the next one when part of it goes back.

A revision is signed once and never changed; `cause` is unique, so that the same payment or refund
can't issue two.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime

from sqlalchemy import select

from storefront import config
from storefront.checkout.dispatching import window_closes
from storefront.core import signing
from storefront.core.db import session
from storefront.giving.line_parts import parts_after
from storefront.payments.events import OrderPaid, RefundDone
from storefront.payments.models import Payment, RefundStatus
from storefront.payments.remaining import Left, LineLeft, left_of
from storefront.receipts.credential import LineFacts, ReceiptFacts, build
from storefront.receipts.models import Receipt, Revision

TYPE = "vc+jwt"
REFUND = "Refund"  # why there is a revision after the first


def issue(event: OrderPaid) -> None:
    """Issue the first revision of the order's receipt."""
    order = event.payment.order
    receipt = session().scalar(select(Receipt).where(Receipt.order_id == order.id))
    if receipt is None:
        receipt = Receipt(public_id=secrets.token_urlsafe(16), order_id=order.id, issued_at=event.now)
        session().add(receipt)
        session().flush()
    _sign(receipt, event.payment, cause=f"sale:{order.ref}", reason="Order paid", now=event.now)


def revise(event: RefundDone) -> None:
    """Issue the next revision after a refund, where the order has a receipt at all."""
    payment = event.refund.payment
    receipt = session().scalar(select(Receipt).where(Receipt.order_id == payment.order_id))
    if receipt is not None and payment.bought:
        _sign(receipt, payment, cause=f"refund:{event.refund.ref}", reason=REFUND, now=event.now)


def token_digest(token: str) -> str:
    """The SHA-256 of a signed receipt, in hex: how the next revision names the one it replaces."""
    return hashlib.sha256(token.encode()).hexdigest()


def _sign(receipt: Receipt, payment: Payment, *, cause: str, reason: str, now: datetime) -> None:
    current = session()
    if current.scalar(select(Revision.id).where(Revision.cause == cause)) is not None:
        return
    settings = config.current()
    left = left_of(payment, [RefundStatus.DONE])
    facts = facts_of(receipt, payment, left, newest(receipt), reason, now)
    credential = build(facts, base_url=settings.base_url, now=now)
    key = signing.load_key(settings.signing_pem)
    signing.remember_key(key, now)
    payload = json.dumps(credential, ensure_ascii=False, separators=(",", ":")).encode()
    token = signing.sign(payload, key, {"typ": TYPE, "cty": "vc"})
    current.add(
        Revision(
            receipt_id=receipt.id,
            number=facts.revision,
            jwt=token,
            digest=token_digest(token),
            reason=reason,
            cause=cause,
            issued_at=now,
        )
    )
    current.flush()


def facts_of(
    receipt: Receipt, payment: Payment, left: Left, before: Revision | None, reason: str, now: datetime
) -> ReceiptFacts:
    """What a revision after `before` says when so much is left of the payment."""
    order = payment.order
    paid_at = order.paid_at or now
    return ReceiptFacts(
        url=f"{config.current().base_url}/receipts/{receipt.public_id}",
        revision=before.number + 1 if before else 1,
        replaces=before.digest if before else None,
        reason=reason,
        currency=order.currency,
        paid_minor=order.total_minor,
        refunded_minor=payment.amount_minor - left.total_minor,
        delivery_minor=left.delivery_minor,
        bought_on=paid_at.date(),
        payable_from=window_closes(order),
        money_moved=payment.livemode,
        lines=[_line_facts(part) for part in left.lines],
    )


def newest(receipt: Receipt) -> Revision | None:
    """The latest revision, once there is one."""
    return session().scalars(
        select(Revision).where(Revision.receipt_id == receipt.id).order_by(Revision.number.desc()).limit(1)
    ).first()  # fmt: skip


def _line_facts(left: LineLeft) -> LineFacts:
    line = left.line
    return LineFacts(
        product=f"{line.title}, {line.variant_name}" if line.variant_name else line.title,
        slug=line.product_slug,
        batch=line.batch_code,
        quantity=left.quantity,
        net_minor=left.minor,
        parts=parts_after(line, left.minor, left.quantity),
        pledge=line.pledge,
    )
