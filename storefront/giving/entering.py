"""What each event enters into the ledger: sales, refunds, disputes, and money that bought nothing.

After a refund the entries are "what should be, less what is", so that steps of a refund always end at
the same place as one refund of the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from storefront import config
from storefront.catalog.models import Basis, Share
from storefront.checkout.models import Order, OrderLine
from storefront.core.db import session
from storefront.core.money import ceil_share
from storefront.giving import accounts
from storefront.giving.line_parts import parts_before, parts_left, parts_of
from storefront.giving.models import Entry, EntryGroup
from storefront.giving.posting import Posting, post
from storefront.giving.splitting import Part
from storefront.payments.events import (
    DisputeOpened,
    DisputeWon,
    OrderPaid,
    PaymentUnsold,
    RefundDone,
    RefundRepaid,
    RefundReturned,
)
from storefront.payments.models import Payment, Refund


def enter_sale(event: OrderPaid) -> None:
    """What Stripe holds now, and to whom each cent of it is owed."""
    order, payment = event.payment.order, event.payment
    postings = [Posting(accounts.STRIPE, payment.amount_minor)]
    for line in order.lines:
        postings += _line_postings(line, parts_of(line, line.net_minor, line.pledge_minor))
    for parcel in order.parcels:
        postings.append(Posting(accounts.producer(parcel.producer_slug), -parcel.delivery_minor))
    post(
        "sale",
        order.ref,
        currency=order.currency,
        at=event.now,
        postings=postings,
        order_id=order.id,
        memo=f"Order {order.ref} paid",
    )
    _enter_shop_pledge(order, f"{order.ref}:sale", event.now)


def enter_unsold(event: PaymentUnsold) -> None:
    """Money that bought nothing is owed to the shopper until it has gone back."""
    payment = event.payment
    post(
        "unsold",
        payment.ref,
        currency=payment.currency,
        at=event.now,
        order_id=payment.order_id,
        memo=payment.problem or "Payment without a sale",
        postings=[Posting(accounts.STRIPE, payment.amount_minor), Posting(accounts.SHOPPERS, -payment.amount_minor)],
    )


def enter_refund(event: RefundDone) -> None:
    """Take back what the refunded part of each line owed; prepaid parts stay with the makers.

    A refund of money that bought nothing takes it from what is owed to the shopper.
    """
    refund, payment = event.refund, event.refund.payment
    order = payment.order
    postings = [Posting(event.paid_from, -refund.amount_minor)]
    if _bought_nothing(payment):
        post(
            "refund",
            refund.ref,
            currency=payment.currency,
            at=event.now,
            order_id=order.id,
            memo=refund.reason,
            postings=[*postings, Posting(accounts.SHOPPERS, refund.amount_minor)],
        )
        return
    for line in _lines_of(refund):
        postings += _refund_postings(line, refund)
    for back in refund.deliveries:
        postings.append(Posting(accounts.producer(back.parcel.producer_slug), back.amount_minor))
    # What a dashboard refund gave back beyond goods and delivery is the shop's own.
    postings.append(Posting(accounts.SHOP_REVENUE, refund.unassigned_minor))
    post(
        "refund",
        refund.ref,
        currency=order.currency,
        at=event.now,
        postings=postings,
        order_id=order.id,
        memo=refund.reason,
    )
    _enter_shop_pledge(order, f"{order.ref}:{refund.ref}", event.now)


def enter_returned_refund(event: RefundReturned) -> None:
    """A refund bounced: the money is at Stripe again and owed to the shopper; what was sold stays taken back."""
    refund = event.refund
    payment = refund.payment
    post(
        "refund-returned",
        refund.ref,
        currency=payment.currency,
        at=event.now,
        order_id=payment.order_id,
        memo=refund.problem or "A refund came back",
        postings=[Posting(accounts.STRIPE, refund.amount_minor), Posting(accounts.SHOPPERS, -refund.amount_minor)],
    )


def enter_repaid_refund(event: RefundRepaid) -> None:
    """The shop's bank has sent what a refund that came back owed to the shopper."""
    refund = event.refund
    post(
        "refund-repaid",
        refund.ref,
        currency=refund.payment.currency,
        at=event.now,
        order_id=refund.payment.order_id,
        memo=f"Paid from our bank: {refund.bank_reference}",
        postings=[Posting(accounts.SHOPPERS, refund.amount_minor), Posting(accounts.BANK, -refund.amount_minor)],
    )


def enter_dispute(event: DisputeOpened) -> None:
    """A bank holds the amount back, and Stripe takes its fee."""
    dispute = event.dispute
    payment = session().get_one(Payment, dispute.payment_id)
    post(
        "dispute",
        dispute.stripe_id,
        currency=payment.currency,
        at=event.now,
        order_id=payment.order_id,
        memo=f"Dispute: {dispute.reason}",
        postings=[
            Posting(accounts.DISPUTES, dispute.amount_minor),
            Posting(accounts.STRIPE_FEES, dispute.fee_minor),
            Posting(accounts.STRIPE, -dispute.amount_minor - dispute.fee_minor),
        ],
    )


def enter_dispute_won(event: DisputeWon) -> None:
    """The bank gave the amount back."""
    dispute = event.dispute
    payment = session().get_one(Payment, dispute.payment_id)
    post(
        "dispute-won",
        dispute.stripe_id,
        currency=payment.currency,
        at=event.now,
        order_id=payment.order_id,
        memo="Dispute decided for us",
        postings=[
            Posting(accounts.STRIPE, dispute.amount_minor),
            Posting(accounts.DISPUTES, -dispute.amount_minor),
        ],
    )


def _account(line: OrderLine, part: Part, *, matured: bool) -> str:
    if part.to == Share.CHARITY:
        charity = (line.pledge or {})["charity"]
        return accounts.payable(charity) if matured else accounts.pledged(charity)
    return accounts.SHOP_REVENUE if part.to == Share.SHOP else accounts.producer(line.parcel.producer_slug)


def _line_postings(line: OrderLine, parts: Iterable[Part]) -> list[Posting]:
    """Credits for each part of a sale, one entry an account and basis."""
    return [Posting(_account(line, part, matured=False), -part.minor, line) for part in parts]


def _refund_postings(line: OrderLine, refund: Refund) -> list[Posting]:
    """Debits that bring a line's accounts from what they are to what they should be now.

    Once a pledge has matured nothing is set aside any more: what goes back lowers what is payable.
    """
    matured = _has_matured(line.order)
    after = _credits(line, parts_left(line), matured=matured)
    before = _credits(line, parts_before(line, refund), matured=matured)
    postings = []
    for (account, prepaid), had in before.items():
        back = had - after.get((account, prepaid), 0)
        postings.append(Posting(accounts.SHOP_RETURNS if prepaid else account, back, line))
    return postings


def _credits(line: OrderLine, parts: Iterable[Part], *, matured: bool) -> Mapping[tuple[str, bool], int]:
    sums: dict[tuple[str, bool], int] = defaultdict(int)
    for part in parts:
        sums[_account(line, part, matured=matured), part.basis == Basis.PREPAID] += part.minor
    return sums


def _lines_of(refund: Refund) -> list[OrderLine]:
    return [row.order_line for row in refund.lines]


def _has_matured(order: Order) -> bool:
    matured = select(EntryGroup.id).where(EntryGroup.kind == "payable", EntryGroup.source == order.ref)
    return session().scalar(matured) is not None


def _bought_nothing(payment: Payment) -> bool:
    unsold = select(EntryGroup.id).where(EntryGroup.kind == "unsold", EntryGroup.source == payment.ref)
    return session().scalar(unsold) is not None


def _enter_shop_pledge(order: Order, source: str, now: datetime) -> None:
    """Bring the shop's own pledge on this order to `ceil(revenue * rate)`, from whatever it was."""
    current = session()
    revenue, owed = (
        int(
            current.scalar(
                select(func.coalesce(func.sum(-Entry.minor), 0))
                .join(EntryGroup, EntryGroup.id == Entry.group_id)
                .where(EntryGroup.order_id == order.id, Entry.account == account)
            )
            or 0
        )
        for account in (accounts.SHOP_REVENUE, accounts.SHOP_PLEDGE)
    )
    change = ceil_share(max(revenue, 0), Decimal(config.current().shop_pledge_rate)) - owed
    post(
        "shop-pledge",
        source,
        currency=order.currency,
        at=now,
        order_id=order.id,
        memo="The shop's own pledge",
        postings=[Posting(accounts.SHOP_PLEDGE_COST, change), Posting(accounts.SHOP_PLEDGE, -change)],
    )
