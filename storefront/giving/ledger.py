"""The ledger: append-only double entry in integer minor units.

Every sale, fee, refund and dispute is one group of entries that sums to zero, unique by (kind, source).
After a refund the entries are "what should be, less what is", so that steps of a refund always end at
the same place as one refund of the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from storefront import config
from storefront.catalog.models import Basis, Share
from storefront.checkout.models import Order, OrderLine, Parcel
from storefront.core.db import session
from storefront.core.money import ceil_share, split
from storefront.giving import accounts
from storefront.giving.models import Entry, EntryGroup
from storefront.giving.pledges import still_owes
from storefront.giving.splitting import Part, split_line, thaw_shares
from storefront.payments.events import (
    DisputeOpened,
    DisputeWon,
    OrderPaid,
    PaymentUnsold,
    RefundDone,
    RefundReturned,
)
from storefront.payments.models import Payment, Refund, RefundLine, RefundStatus


class Unbalanced(ValueError):
    """A group's entries don't sum to zero."""


@dataclass(frozen=True)
class Posting:
    """One side of a group to be entered: minor units, debit positive."""

    account: str
    minor: int
    line: OrderLine | None = None


def post(
    kind: str,
    source: str,
    *,
    currency: str,
    at: datetime,
    postings: Iterable[Posting],
    order_id: int | None = None,
    memo: str = "",
) -> EntryGroup | None:
    """Enter one balanced group; returns None when (kind, source) is there already or nothing moves.

    Raises Unbalanced when the postings don't sum to zero.
    """
    moving = [posting for posting in postings if posting.minor]
    if sum(posting.minor for posting in moving):
        raise Unbalanced(f"{kind} {source}: {moving}")
    current = session()
    known = current.scalar(select(EntryGroup.id).where(EntryGroup.kind == kind, EntryGroup.source == source))
    if known is not None or not moving:
        return None
    group = EntryGroup(
        kind=kind,
        source=source,
        currency=currency,
        at=at,
        order_id=order_id,
        memo=memo,
        entries=[
            Entry(
                account=posting.account,
                currency=currency,
                minor=posting.minor,
                order_line_id=posting.line.id if posting.line else None,
                pledge_id=posting.line.pledge_id if posting.line and posting.account.startswith("charity:") else None,
            )
            for posting in moving
        ],
    )
    current.add(group)
    current.flush()
    return group


def balance(account: str, currency: str) -> int:
    """The sum of an account's entries in minor units: positive is a debit balance."""
    total = session().scalar(
        select(func.coalesce(func.sum(Entry.minor), 0)).where(Entry.account == account, Entry.currency == currency)
    )
    return int(total or 0)


def enter_sale(event: OrderPaid) -> None:
    """What Stripe holds now, and to whom each cent of it is owed."""
    order, payment = event.payment.order, event.payment
    postings = [Posting(accounts.STRIPE, payment.amount_minor)]
    for line in order.lines:
        postings += _line_postings(line, _parts(line, line.net_minor, line.pledge_minor))
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
    for parcel, part in _delivery_back(order, refund):
        postings.append(Posting(accounts.producer(parcel.producer_slug), part))
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


def left_of(line: OrderLine) -> tuple[int, int]:
    """What is left of a line after refunds that are done: (minor units, items)."""
    given, items = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(RefundLine.amount_minor), 0),
                func.coalesce(func.sum(RefundLine.quantity), 0),
            )
            .join(Refund, Refund.id == RefundLine.refund_id)
            .where(RefundLine.order_line_id == line.id, Refund.status == RefundStatus.DONE)
        )
        .one()
    )
    return line.net_minor - int(given), line.quantity - int(items)


def parts_left(line: OrderLine) -> list[Part]:
    """Where what is left of a line goes, after all refunds that are done."""
    left_minor, left_items = left_of(line)
    return _parts(line, left_minor, still_owes(line, left_minor, left_items))


def _parts(line: OrderLine, left_minor: int, pledge_minor: int) -> list[Part]:
    return split_line(
        gross_minor=line.gross_minor,
        net_minor=line.net_minor,
        left_minor=left_minor,
        pledge_minor=pledge_minor,
        currency=line.order.currency,
        shares=thaw_shares(line.shares),
        charity=line.pledge["charity_name"] if line.pledge else "",
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
    before = _credits(line, _parts_before(line, refund), matured=matured)
    postings = []
    for (account, prepaid), had in before.items():
        back = had - after.get((account, prepaid), 0)
        postings.append(Posting(accounts.SHOP_RETURNS if prepaid else account, back, line))
    return postings


def _parts_before(line: OrderLine, refund: Refund) -> list[Part]:
    left_minor, left_items = left_of(line)
    mine = next(row for row in refund.lines if row.order_line_id == line.id)
    left_minor, left_items = left_minor + mine.amount_minor, left_items + mine.quantity
    return _parts(line, left_minor, still_owes(line, left_minor, left_items))


def _credits(line: OrderLine, parts: Iterable[Part], *, matured: bool) -> Mapping[tuple[str, bool], int]:
    sums: dict[tuple[str, bool], int] = defaultdict(int)
    for part in parts:
        sums[_account(line, part, matured=matured), part.basis == Basis.PREPAID] += part.minor
    return sums


def _lines_of(refund: Refund) -> list[OrderLine]:
    return [row.order_line for row in refund.lines]


def _delivery_back(order: Order, refund: Refund) -> list[tuple[Parcel, int]]:
    """Delivery given back, over the parcels in proportion to what each cost."""
    parcels = [parcel for parcel in order.parcels if parcel.delivery_minor]
    if not refund.delivery_minor or not parcels:
        return []
    return list(zip(parcels, split(refund.delivery_minor, [row.delivery_minor for row in parcels]), strict=True))


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
