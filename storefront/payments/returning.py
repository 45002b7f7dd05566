"""Goods sent back: asked for by the shopper, agreed or refused and received by the group, refunded by an admin.

Every step locks the order first, then looks: units can't be asked back twice, and no step is made twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from storefront.checkout.dispatching import RETURN_WINDOW, arrived_by
from storefront.checkout.models import OrderStatus, Parcel
from storefront.core import journal
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.payments import refunding, return_emails, to_send
from storefront.payments.events import RefundDone
from storefront.payments.finding import hold_sold
from storefront.payments.models import Payment, Refund, RefundStatus
from storefront.payments.remaining import Allocation, by_lines, left_of
from storefront.payments.return_models import (
    OPEN,
    RETURN_TRANSITIONS,
    Return,
    ReturnLine,
    ReturnReason,
    ReturnStatus,
    ReturnStep,
)

# What a refund gives back is counted there: no unit is counted in both.
NOT_BACK = or_(Refund.id.is_(None), Refund.status == RefundStatus.FAILED)
_ASKED = and_(Return.status.in_(OPEN), NOT_BACK)


class NothingToReturn(ValueError):
    """No unit was named, or nothing of its price is left to go back."""


class TooManyToReturn(ValueError):
    """More units of a line were to go back than have come and were not asked back before."""

    def __init__(self, line_ref: str, left: int) -> None:
        super().__init__(f"line {line_ref}: {left} left to return")
        self.line_ref = line_ref
        self.left = left


class IllegalStep(ValueError):
    """A return can't go from one state to the other."""

    def __init__(self, ref: str, before: str, after: str) -> None:
        super().__init__(f"return {ref} can't go from {before} to {after}")
        self.ref = ref
        self.before = before
        self.after = after


@dataclass(frozen=True)
class Wanted:
    """So many units of a line are to go back, and why."""

    quantity: int
    reason: ReturnReason
    words: str = ""


def open_until(parcel: Parcel) -> datetime:
    """Until when a return of this parcel can be asked for."""
    return arrived_by(parcel) + RETURN_WINDOW


def returnable(payment: Payment, parcel: Parcel, now: datetime) -> dict[str, int]:
    """How many units of each line (by ref) can be asked back now; lines of which none can be are left out.

    What has left counts, less what was given back and what an open return already names.
    """
    if payment.order.status != OrderStatus.PAID or not parcel.dispatches or now >= open_until(parcel):
        return {}
    out, asked = to_send.units_out(parcel), units_in(parcel, _ASKED)
    units = {
        part.line.ref: min(out[part.line.id], part.quantity) - asked[part.line.id]
        for part in left_of(payment).lines
        if part.line.parcel_id == parcel.id and part.minor
    }
    return {ref: left for ref, left in units.items() if left > 0}


def allocation(payment: Payment, units: Mapping[str, int]) -> Allocation:
    """What would go back for so many units of each line (by ref): their price, without delivery."""
    return by_lines(left_of(payment), units, delivery=False)


def ask(payment: Payment, parcel: Parcel, wanted: Mapping[str, Wanted], *, actor: str, now: datetime) -> Return:
    """The shopper asks to send units of lines (by ref) back; the payment comes from `finding.hold_sold`.

    Raises NothingToReturn and TooManyToReturn.
    """
    left = returnable(payment, parcel, now)
    for ref, units in ((ref, one.quantity) for ref, one in wanted.items()):
        if not 0 < units <= left.get(ref, 0):
            raise TooManyToReturn(ref, left.get(ref, 0))
    back = allocation(payment, {ref: one.quantity for ref, one in wanted.items()})
    if not back.minor:
        raise NothingToReturn
    found = Return(ref=new_ref(), parcel=parcel, status=ReturnStatus.ASKED, asked_at=now)
    found.lines = [
        ReturnLine(order_line=line, quantity=one.quantity, reason=one.reason, words=one.words)
        for line in parcel.lines
        if (one := wanted.get(line.ref))
    ]
    session().add(found)
    _note(found, actor, now, units={row.order_line.sku: row.quantity for row in found.lines}, minor=back.minor)
    return_emails.tell_group(found, now)
    return found


def hold(ref: str) -> Return:
    """The return as it is now, its order and payment locked until the unit of work ends."""
    order_id = session().scalars(
        select(Parcel.order_id).join(Return, Return.parcel_id == Parcel.id).where(Return.ref == ref)
    ).one()  # fmt: skip
    hold_sold(order_id)
    return session().scalars(
        select(Return).where(Return.ref == ref).execution_options(populate_existing=True)
    ).one()  # fmt: skip


def withdraw(found: Return, *, actor: str, now: datetime) -> None:
    """The shopper keeps the goods after all; raises IllegalStep."""
    move(found, ReturnStatus.WITHDRAWN, "", actor, now)
    return_emails.tell_group(found, now)


def agree(found: Return, *, send_to: str, words: str, actor: str, now: datetime) -> None:
    """The goods may be sent to this address, in the way that `words` say; raises IllegalStep."""
    found.send_to = send_to
    move(found, ReturnStatus.AGREED, words, actor, now)


def refuse(found: Return, *, reason: str, actor: str, now: datetime) -> None:
    """The goods are not taken back, or came back in another state than they left; raises IllegalStep."""
    if being_refunded(found):
        raise IllegalStep(found.ref, found.status, ReturnStatus.REFUSED)
    move(found, ReturnStatus.REFUSED, reason, actor, now)


def receive(found: Return, *, sellable: bool, words: str, actor: str, now: datetime) -> None:
    """The goods have come; `sellable` says whether they go back on the shelf. Raises IllegalStep."""
    found.sellable = sellable
    move(found, ReturnStatus.RECEIVED, words, actor, now)


def refund(found: Return, *, actor: str, now: datetime) -> Refund:
    """Ask for the price of what has come back; call `refunding.send` with the refund's ref after the unit of work.

    Raises IllegalStep where it has not come or its refund is on its way, and as `refunding.ask` does.
    """
    if found.status != ReturnStatus.RECEIVED or being_refunded(found):
        raise IllegalStep(found.ref, found.status, ReturnStatus.REFUNDED)
    payment = hold_sold(found.parcel.order_id)
    assert payment is not None, "what was returned was sold"
    found.refund = refunding.ask(
        payment,
        units_of(found),
        delivery=False,
        reason=f"Returned ({found.ref})",
        asked_by=actor,
        restock=bool(found.sellable),
        now=now,
        had_left=True,
    )
    session().flush()
    return found.refund


def follow_refund(event: RefundDone) -> None:
    """The money of a return has gone back: it is over."""
    found = session().scalar(select(Return).where(Return.refund_id == event.refund.id))
    if found is not None and found.status == ReturnStatus.RECEIVED:
        move(found, ReturnStatus.REFUNDED, "", event.refund.asked_by, event.now, write=False)


def units_of(found: Return) -> dict[str, int]:
    """How many units of each line (by ref) the return names."""
    return {row.order_line.ref: row.quantity for row in found.lines}


def units_in(parcel: Parcel, which: ColumnElement[bool]) -> Counter[int]:
    """Units of each line (by id) in the parcel's returns of this kind."""
    rows = session().execute(
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(Return, Return.id == ReturnLine.return_id)
        .outerjoin(Refund, Refund.id == Return.refund_id)
        .where(Return.parcel_id == parcel.id, which)
        .group_by(ReturnLine.order_line_id)
    )
    return Counter({line_id: int(quantity) for line_id, quantity in rows})


def being_refunded(found: Return) -> bool:
    """Whether its refund is asked for, and has not failed."""
    return found.refund is not None and found.refund.status != RefundStatus.FAILED


def move(found: Return, status: ReturnStatus, words: str, actor: str, now: datetime, *, write: bool = True) -> None:
    """Bring it to its next state, with a letter unless another says it (`write`); raises IllegalStep."""
    if status not in RETURN_TRANSITIONS[ReturnStatus(found.status)]:
        raise IllegalStep(found.ref, found.status, status)
    found.status = status
    _note(found, actor, now, words, write=write)


def _note(found: Return, actor: str, now: datetime, words: str = "", *, write: bool = True, **facts: object) -> None:
    """The step as a row and in the journal, and a letter about it unless another letter says it (`write`)."""
    found.steps.append(ReturnStep(status=found.status, actor=actor, at=now, words=words))
    session().flush()
    journal.record(
        f"return {found.status}",
        subject=f"order:{found.parcel.order.ref}",
        actor=actor,
        now=now,
        **{"return": found.ref, "words": words, **facts},
    )
    if write:
        return_emails.tell_shopper(found, words, now)
