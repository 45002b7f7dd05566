"""Proofs over the ledger: what must hold between entries, orders, payments and pledges, or be named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from storefront.checkout.models import Order, OrderLine, OrderStatus
from storefront.core.db import session
from storefront.giving import accounts
from storefront.giving.line_parts import left_of
from storefront.giving.models import Entry, EntryGroup, Payout, Pledge
from storefront.giving.pledges import still_owes
from storefront.payments.models import Dispute, Payment, Refund, RefundStatus

SOLD = (OrderStatus.PAID, OrderStatus.CANCELLED)


def check() -> list[str]:
    """Every difference found, each as a sentence that names the rows; an empty list means that all agree."""
    return [
        *_unbalanced_groups(),
        *_orders_without_sale(),
        *_lines_that_owe_otherwise(),
        *_charities_in_debit(),
        *_refunds_without_entry(),
        *_stripe_differs(),
        *_caps_exceeded(),
        *_transfers_differ(),
    ]


def _unbalanced_groups() -> Iterator[str]:
    rows = session().execute(
        select(EntryGroup.kind, EntryGroup.source, func.coalesce(func.sum(Entry.minor), 0), func.count(Entry.id))
        .outerjoin(Entry, Entry.group_id == EntryGroup.id)
        .group_by(EntryGroup.id, EntryGroup.kind, EntryGroup.source)
        .having((func.coalesce(func.sum(Entry.minor), 0) != 0) | (func.count(Entry.id) == 0))
    )
    for kind, source, minor, count in rows:
        yield f"group {kind}/{source} has {count} entries that sum to {minor} instead of 0"
    mixed = session().execute(
        select(EntryGroup.kind, EntryGroup.source, Entry.currency)
        .join(Entry, Entry.group_id == EntryGroup.id)
        .where(Entry.currency != EntryGroup.currency)
    )
    for kind, source, currency in mixed:
        yield f"group {kind}/{source} has an entry in {currency}"


def _orders_without_sale() -> Iterator[str]:
    sale = (
        select(
            EntryGroup.order_id,
            func.sum(case((Entry.account == accounts.STRIPE, Entry.minor), else_=0)).label("minor"),
        )
        .join(Entry, Entry.group_id == EntryGroup.id)
        .where(EntryGroup.kind == "sale")
        .group_by(EntryGroup.order_id)
        .subquery()
    )
    rows = session().execute(
        select(Order.ref, Order.status, Order.paid_at, Order.total_minor, sale.c.minor)
        .outerjoin(sale, sale.c.order_id == Order.id)
        .where(Order.paid_at.is_not(None) | sale.c.minor.is_not(None))
    )
    for ref, status, paid_at, total, minor in rows:
        if paid_at is None:
            yield f"order {ref} ({status}) was never paid, but the ledger has its sale of {minor}"
        elif minor != total and not (minor is None and status == OrderStatus.CANCELLED):
            yield f"order {ref} was paid {total}, the ledger's sale says {minor}"


def _lines_that_owe_otherwise() -> Iterator[str]:
    entered = {
        row[0]: int(row[1])
        for row in session().execute(
            select(Entry.order_line_id, func.sum(-Entry.minor))
            .where(Entry.account.like(accounts.OF_CHARITIES), Entry.order_line_id.is_not(None))
            .group_by(Entry.order_line_id)
        )
    }
    sold = select(EntryGroup.order_id).where(EntryGroup.kind == "sale")
    for line in session().scalars(select(OrderLine).where(OrderLine.order_id.in_(sold))):
        should = still_owes(line, *left_of(line))
        if int(entered.get(line.id) or 0) != should:
            yield f"line {line.ref} owes {should}, the ledger says {entered.get(line.id) or 0}"


def _charities_in_debit() -> Iterator[str]:
    rows = session().execute(
        select(Entry.account, Entry.currency, func.sum(Entry.minor))
        .where(Entry.account.like(accounts.OF_CHARITIES))
        .group_by(Entry.account, Entry.currency)
        .having(func.sum(Entry.minor) > 0)
    )
    for account, currency, minor in rows:
        yield f"{account} is in debit by {minor} {currency}: more was taken back than was owed"


def _refunds_without_entry() -> Iterator[str]:
    entered = select(EntryGroup.source).where(EntryGroup.kind == "refund")
    for ref in session().scalars(
        select(Refund.ref).where(Refund.status == RefundStatus.DONE, Refund.ref.not_in(entered))
    ):
        yield f"refund {ref} is done and not in the ledger"


def _stripe_differs() -> Iterator[str]:
    current = session()
    for currency in current.scalars(select(Payment.currency).distinct()):
        came = current.scalar(
            _total(Payment.amount_minor).where(Payment.paid_at.is_not(None), Payment.currency == currency)
        )
        fees = current.scalar(
            _total(Payment.fee_minor).where(Payment.paid_at.is_not(None), Payment.currency == currency)
        )
        went = current.scalar(
            _total(Refund.amount_minor)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Refund.status == RefundStatus.DONE, Payment.currency == currency, Refund.asked_by != "bank")
            .where(Refund.problem.is_(None), Refund.bank_reference.is_(None))  # One with a problem came back.
        )
        held = current.scalar(
            _total(Dispute.amount_minor)
            .join(Payment, Payment.id == Dispute.payment_id)
            .where(Payment.currency == currency, Dispute.status != "won")
        )
        dispute_fees = current.scalar(
            _total(Dispute.fee_minor)
            .join(Payment, Payment.id == Dispute.payment_id)
            .where(Payment.currency == currency)
        )
        should = (came or 0) - (fees or 0) - (went or 0) - (held or 0) - (dispute_fees or 0)
        says = current.scalar(_total(Entry.minor).where(Entry.account == accounts.STRIPE, Entry.currency == currency))
        if should != (says or 0):
            yield f"Stripe should hold {should} {currency} by payments and refunds, the ledger says {says}"


def _caps_exceeded() -> Iterator[str]:
    rows = session().execute(
        select(Pledge.ref, Pledge.cap_minor, func.sum(-Entry.minor))
        .join(Entry, Entry.pledge_id == Pledge.id)
        .where(Pledge.cap_minor.is_not(None), Entry.account.like(accounts.OF_CHARITIES))
        .group_by(Pledge.id, Pledge.ref, Pledge.cap_minor)
        .having(func.sum(-Entry.minor) > Pledge.cap_minor)
    )
    for ref, cap, minor in rows:
        yield f"pledge {ref} came to {minor}, above its cap of {cap}"


def _transfers_differ() -> Iterator[str]:
    yield from _differ("payout", Payout.ref, accounts.PAYOUT, Payout.amount_minor, -1)
    returned = case((Payout.returned_at.is_not(None), Payout.amount_minor), else_=0)
    yield from _differ("taken back of payout", Payout.ref, accounts.PAYOUT_RETURNED, returned, 1)
    by_bank, came_back = Refund.bank_reference.is_not(None), Refund.problem.is_not(None)
    for kind, which in (("refund", by_bank & ~came_back), ("refund-repaid", by_bank & came_back)):
        yield from _differ("paid by bank of refund", Refund.ref, kind, case((which, Refund.amount_minor), else_=0), -1)


def _differ(
    what: str, ref: InstrumentedAttribute[str], kind: str, should: ColumnElement[int] | InstrumentedAttribute[int],
    sign: int,
) -> Iterator[str]:  # fmt: skip
    """Rows with such a `ref` whose groups of this kind moved the bank by anything else than they should."""
    entered = (
        select(EntryGroup.source, func.sum(sign * Entry.minor).label("minor"))
        .join(Entry, Entry.group_id == EntryGroup.id)
        .where(EntryGroup.kind == kind, Entry.account == accounts.BANK)
        .group_by(EntryGroup.source)
        .subquery()
    )
    rows = session().execute(
        select(ref, should, entered.c.source, entered.c.minor)
        .join(entered, entered.c.source == ref, full=True)
        .where(func.coalesce(should, 0) != func.coalesce(entered.c.minor, 0))
    )
    for known, amount, source, minor in rows:
        yield f"{what} {known or source} was {amount or 0}, the ledger says {minor or 0}"


def _total(column: InstrumentedAttribute[Any]) -> Select[int]:
    return select(func.coalesce(func.sum(column), 0))
