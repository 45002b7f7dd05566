"""Who bears what Stripe keeps of a sale: the shop, or the producers by their parcels; FEE_BEARER says which.

Stripe keeps its fee when the sale is refunded. The part that falls on what was given back is borne by
REFUND_FEE_BEARER, and moves when the refund is done. Both settings hold for what is entered from then on and
never reach back. Fees of disputes, and of payments that bought nothing, are always the shop's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from storefront import config
from storefront.checkout.models import Order
from storefront.core.db import session
from storefront.core.money import split
from storefront.giving import accounts
from storefront.giving.models import Entry, EntryGroup
from storefront.giving.posting import Posting, post
from storefront.payments.events import FeeKnown, RefundDone
from storefront.payments.models import Payment, Refund, RefundStatus

PRODUCER = "producer"


def enter_fee(event: FeeKnown) -> None:
    """What Stripe kept of a payment, from its balance transaction; it may be known only after a refund."""
    payment = event.payment
    fee = payment.fee_minor or 0
    by_producers = payment.bought and config.current().fee_bearer == PRODUCER
    parts = _by_producer(payment) if by_producers else {accounts.STRIPE_FEES: fee}
    post(
        "fee",
        payment.ref,
        currency=payment.currency,
        at=event.now,
        order_id=payment.order_id,
        memo="Stripe's fee",
        postings=[*(Posting(account, minor) for account, minor in parts.items()), Posting(accounts.STRIPE, -fee)],
    )
    before: list[Refund] = []
    for refund in payment.refunds:
        if refund.status == RefundStatus.DONE:
            _enter_part(refund, before, event.now)
            before.append(refund)


def enter_fee_of_refund(event: RefundDone) -> None:
    """The part of the fee that falls on what was given back, from who bore it to who is to bear it."""
    refund = event.refund
    others = [row for row in refund.payment.refunds if row.status == RefundStatus.DONE and row.id != refund.id]
    _enter_part(refund, others, event.now)


def _enter_part(refund: Refund, before: Sequence[Refund], now: datetime) -> None:
    payment = refund.payment
    if not payment.bought or payment.fee_minor is None:
        return
    to_producers = config.current().refund_fee_bearer == PRODUCER
    if to_producers == _producers_bear(payment):
        return
    was, becomes = _on_refunds(payment, before), _on_refunds(payment, [*before, refund])
    sign = 1 if to_producers else -1
    moved = [Posting(account, sign * (minor - was[account])) for account, minor in becomes.items()]
    post(
        "refund-fee",
        refund.ref,
        currency=payment.currency,
        at=now,
        order_id=payment.order_id,
        memo="Stripe's fee on what was given back",
        postings=[*moved, Posting(accounts.STRIPE_FEES, -sum(posting.minor for posting in moved))],
    )


def _producers_bear(payment: Payment) -> bool:
    """Whether the fee was entered as the producers', whatever the setting is now."""
    return bool(
        session().scalar(
            select(func.count())
            .select_from(Entry)
            .join(EntryGroup, EntryGroup.id == Entry.group_id)
            .where(EntryGroup.kind == "fee", EntryGroup.source == payment.ref, Entry.account.like("producer:%"))
        )
    )


def _by_producer(payment: Payment) -> dict[str, int]:
    """The fee by producers' accounts, in proportion to what their parcels came to, delivery included."""
    totals = _totals(payment.order)
    return dict(zip(totals, split(payment.fee_minor or 0, list(totals.values())), strict=True))


def _on_refunds(payment: Payment, refunds: Sequence[Refund]) -> dict[str, int]:
    """The part of each producer's fee that falls on what these refunds gave back; all of it for all of a parcel."""
    totals, fees = _totals(payment.order), _by_producer(payment)
    back = _given_back(payment.order, refunds)
    return {account: fees[account] * back[account] // total if total else 0 for account, total in totals.items()}


def _totals(order: Order) -> dict[str, int]:
    return {
        accounts.producer(parcel.producer_slug): parcel.delivery_minor + sum(line.net_minor for line in parcel.lines)
        for parcel in order.parcels
    }


def _given_back(order: Order, refunds: Sequence[Refund]) -> Mapping[str, int]:
    back = dict.fromkeys(_totals(order), 0)
    for row in (row for refund in refunds for row in refund.lines):
        back[accounts.producer(row.order_line.parcel.producer_slug)] += row.amount_minor
    for part in (part for refund in refunds for part in refund.deliveries):
        back[accounts.producer(part.parcel.producer_slug)] += part.amount_minor
    return back
