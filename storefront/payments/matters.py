"""Money that a person must look at: refunds that failed or came back, payments that are flagged, disputes.

Each waits until somebody has said what became of it. A dispute that is lost waits anew, though it was looked at while
it was open; a refund that Stripe did after all waits for nobody, nor does one that failed, or a flagged payment, once
all of the payment went back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, exists, func, literal, select, union_all

from storefront.checkout.models import Order
from storefront.core import journal
from storefront.core.db import insert_unless_there, session
from storefront.core.money import Money
from storefront.payments import repaying
from storefront.payments.models import ClosedMatter, Dispute, Payment, PaymentStatus, Refund, RefundStatus
from storefront.payments.remaining import left_of


class MatterKind(StrEnum):
    """What is the matter."""

    REFUND_FAILED = "refund_failed"
    REFUND_RETURNED = "refund_returned"
    PAYMENT_FLAGGED = "payment_flagged"
    DISPUTE_OPEN = "dispute_open"
    DISPUTE_LOST = "dispute_lost"


# Their money can go back from the shop's bank account instead.
REPAYABLE = (MatterKind.REFUND_FAILED, MatterKind.REFUND_RETURNED)


class NoWords(ValueError):
    """A matter is closed by saying what became of it."""


class NotOpen(LookupError):
    """There is no such matter, or it was closed meanwhile."""


@dataclass(frozen=True)
class Matter:
    """One of them; `ref` is the refund's, the payment's or, of a dispute, Stripe's."""

    kind: MatterKind
    ref: str
    order_ref: str
    money: Money
    since: datetime
    problem: str


def open_ones() -> Sequence[Matter]:
    """All that wait, the eldest first."""
    return _read(_open())


def of_order(order: Order) -> Sequence[Matter]:
    """Those of one order."""
    return _read(_open(Order.id == order.id))


def stuck_minor(order: Order) -> int:
    """What of the order's money could not go back by itself, in minor units; tries at the same are one."""
    open_refunds = {one.ref for one in of_order(order) if one.kind in REPAYABLE}
    sums = 0
    for payment in session().scalars(select(Payment).where(Payment.order_id == order.id)):
        refunds = [refund for refund in payment.refunds if refund.ref in open_refunds]
        failed = {_what_for(one): one.amount_minor for one in refunds if one.status == RefundStatus.FAILED}
        sums += sum(one.amount_minor for one in refunds if one.status != RefundStatus.FAILED)
        sums += min(sum(failed.values()), left_of(payment).total_minor) if failed else 0
    return sums


def waiting() -> tuple[int, datetime | None]:
    """How many wait, and since when the eldest."""
    found = _open().subquery()
    row = session().execute(select(func.count(), func.min(found.c.since))).one()
    return row[0], row[1]


def close(kind: str, ref: str, words: str, *, actor: str, now: datetime, bank_reference: str = "") -> None:
    """Say what became of it; it waits no more. With a bank's reference the shop has paid a refund by that transfer.

    Raises NotOpen, NoWords and `repaying.NotOwed`.
    """
    found = next((one for one in open_ones() if (one.kind, one.ref) == (kind, ref)), None)
    if found is None:
        raise NotOpen(ref)
    if not words:
        raise NoWords(ref)
    if bank_reference:
        if kind not in REPAYABLE:
            raise NotOpen(ref)
        repaying.repay(ref, bank_reference, now)
    facts = {"kind": kind, "ref": ref, "words": words, "closed_by": actor, "closed_at": now}
    if not insert_unless_there(ClosedMatter, facts):
        raise NotOpen(ref)
    journal.record(
        "money matter closed",
        subject=f"order:{found.order_ref}",
        actor=actor,
        now=now,
        kind=kind,
        matter=ref,
        words=words,
        bank_reference=bank_reference,
    )


def _what_for(refund: Refund) -> tuple[frozenset[tuple[int, int]], int]:
    return frozenset((row.order_line_id, row.quantity) for row in refund.lines), refund.delivery_minor


def _read(statement: Select[Any]) -> Sequence[Matter]:
    rows = session().execute(statement)
    return [
        Matter(MatterKind(kind), ref, order_ref, Money(minor, currency), since, problem)
        for kind, ref, order_ref, minor, currency, since, problem in rows
    ]


def _open(*which: ColumnElement[bool]) -> Select[Any]:
    went_back = (
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .where(Refund.payment_id == Payment.id, Refund.status != RefundStatus.FAILED)
        .correlate(Payment)
        .scalar_subquery()
    )
    refund = (Payment.order_id, Refund.amount_minor, Refund.problem)
    kind = case((Dispute.closed_at.is_(None), MatterKind.DISPUTE_OPEN), else_=MatterKind.DISPUTE_LOST)
    every = union_all(
        _one(MatterKind.REFUND_FAILED, Refund.ref, Refund.created_at, *refund)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.status == RefundStatus.FAILED, Payment.amount_minor > went_back),
        _one(MatterKind.REFUND_RETURNED, Refund.ref, Refund.created_at, *refund)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.status == RefundStatus.DONE, Refund.problem.is_not(None)),
        _one(MatterKind.PAYMENT_FLAGGED, Payment.ref, Payment.updated_at, Payment.order_id, Payment.amount_minor,
             Payment.problem).where(Payment.status == PaymentStatus.FLAGGED, Payment.amount_minor > went_back),
        _one(kind, Dispute.stripe_id, func.coalesce(Dispute.closed_at, Dispute.opened_at), Payment.order_id,
             Dispute.amount_minor, Dispute.reason)
        .join(Dispute, Dispute.payment_id == Payment.id)
        .where(Dispute.closed_at.is_(None) | (Dispute.status == "lost")),
    ).subquery()  # fmt: skip
    closed = exists().where(ClosedMatter.kind == every.c.kind, ClosedMatter.ref == every.c.ref)
    return (
        select(every.c.kind, every.c.ref, Order.ref, every.c.minor, every.c.currency, every.c.since, every.c.problem)
        .join(Order, Order.id == every.c.order_id)
        .where(~closed, *which)
        .order_by(every.c.since, every.c.ref)
    )


def _one(
    kind: MatterKind | ColumnElement[Any], ref: Any, since: Any, order_id: Any, minor: Any, problem: Any
) -> Select[Any]:
    named = literal(kind, String(20)) if isinstance(kind, MatterKind) else kind
    return select(
        named.label("kind"),
        ref.label("ref"),
        order_id.label("order_id"),
        minor.label("minor"),
        Payment.currency.label("currency"),
        since.label("since"),
        func.coalesce(problem, "").label("problem"),
    ).select_from(Payment)
