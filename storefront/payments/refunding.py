"""Refunds: asked for in our own rows, then sent, then recorded as Stripe answers.

`ask` writes the row inside the caller's unit of work, with the payment locked; `send` talks to Stripe
under a key made from that row. So two equal refunds are two rows and two refunds, one row is never
sent twice, and the sum can't pass what was paid.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime

from storefront.checkout.models import OrderLine, Parcel
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.payments import gateway, refunded, states, to_send
from storefront.payments.answers import RefundRequest, RefundState
from storefront.payments.events import RefundFailed
from storefront.payments.finding import lock_payment, lock_refund
from storefront.payments.models import Payment, PaymentStatus, Refund, RefundDelivery, RefundLine, RefundStatus
from storefront.payments.remaining import Allocation, by_lines, everything, left_of, of_parcels

# Who asked, where it wasn't a person: the shop by its own rules, or a shopper's bank.
SYSTEM = "system"
BANK = "bank"
DASHBOARD = "stripe dashboard"

_UNSENT = (RefundStatus.STARTING, RefundStatus.UNKNOWN)

log = logging.getLogger(__name__)


class NotRefundable(ValueError):
    """The payment never came, so it can't go back."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(f"payment {payment.ref} is {payment.status}")
        self.payment = payment


class NothingToRefund(ValueError):
    """The refund would come to nothing."""


class NeverLeft(ValueError):
    """More units of a line are said to have left than were sent and not given back since."""

    def __init__(self, line: OrderLine, out: int) -> None:
        super().__init__(f"{out} of line {line.ref} have left and were not given back")
        self.line = line
        self.out = out


class RefundedMeanwhile(ValueError):
    """Something went back since the asker looked, perhaps by the same form sent twice."""


class OverRefund(ValueError):
    """More was to go back than is left of the payment; amounts in minor units."""

    def __init__(self, wanted: int, left: int) -> None:
        super().__init__(f"{wanted} to be refunded, {left} left")
        self.wanted = wanted
        self.left = left


def ask(
    payment: Payment,
    lines: Mapping[str, int],
    *,
    delivery: bool,
    reason: str,
    asked_by: str,
    restock: bool,
    now: datetime,
    left_seen: int | None = None,
    had_left: bool = False,
) -> Refund:
    """Ask for so many units of each line (by ref) back, with or without what is left of the delivery.

    Inside the caller's unit of work; call `send` with the refund's ref after it. `left_seen` is what was left
    of the payment (minor units) when the asker looked; `had_left` says that these units had been sent already.
    Raises NotRefundable, NothingToRefund, OverRefund, TooMany, UnknownLine, NeverLeft and RefundedMeanwhile.
    """
    payment = _locked(payment, left_seen)
    allocation = by_lines(left_of(payment), lines, delivery=delivery)
    for line, quantity, _minor in allocation.lines if had_left else ():
        if quantity > (out := to_send.units_out(line.parcel)[line.id]):
            raise NeverLeft(line, out)
    refund = _write(payment, allocation, reason=reason, asked_by=asked_by, restock=restock, now=now)
    refund.had_left = had_left
    return refund


def ask_whole(
    payment: Payment,
    *,
    reason: str,
    asked_by: str,
    now: datetime,
    restock: bool = False,
    left_seen: int | None = None,
) -> Refund:
    """Ask for all that is left of the payment; raises NotRefundable, NothingToRefund and RefundedMeanwhile."""
    payment = _locked(payment, left_seen)
    return _write(payment, everything(left_of(payment)), reason=reason, asked_by=asked_by, restock=restock, now=now)


def ask_parcels(
    payment: Payment, parcels: Collection[Parcel], *, reason: str, asked_by: str, restock: bool, now: datetime
) -> Refund:
    """Ask for all that is left of these parcels, with the delivery of each; raises as `ask` does."""
    payment = _locked(payment, None)
    allocation = of_parcels(left_of(payment), parcels)
    return _write(payment, allocation, reason=reason, asked_by=asked_by, restock=restock, now=now)


def send(refund_ref: str) -> RefundStatus:
    """Send a refund that has not been sent, and record the answer; opens units of work of its own.

    It never raises GatewayError: what Stripe did not answer is `unknown`, and reconcile asks again.
    """
    request = _request(refund_ref)
    if request is None:
        return _status(refund_ref)
    asked_before = _status(refund_ref) == RefundStatus.UNKNOWN
    try:
        state = gateway.refund(request)
    except gateway.Refused as error:
        # A refusal of a repetition doesn't say what became of the first try.
        _note(refund_ref, RefundStatus.UNKNOWN if asked_before else RefundStatus.FAILED, error.said)
    except gateway.GatewayError as error:
        log.warning("refund %s is unknown: %s", refund_ref, error)
        _note(refund_ref, RefundStatus.UNKNOWN, error.said)
    else:
        with unit_of_work():
            apply(lock_refund(refund_ref), state, clock.now())
    return _status(refund_ref)


def apply(refund: Refund, state: RefundState, now: datetime) -> None:
    """Bring a locked refund to where Stripe says it is; what isn't in the table is old news and passed over.

    So is all that Stripe says of its own try once the shop's bank has paid.
    """
    refund.stripe_id = refund.stripe_id or state.id
    if refund.bank_reference is not None:
        return
    target = target_of(state)
    if refund.status == RefundStatus.DONE and target == RefundStatus.FAILED:
        refunded.came_back(refund, state.problem or "the bank sent it back", now)
    elif target == RefundStatus.FAILED and states.refund_may_become(refund, target):
        _fail(refund, state.problem, now)
    elif states.refund_may_become(refund, target):
        states.move_refund(refund, target)
        refund.problem = None
        if target == RefundStatus.DONE:
            refunded.done(refund, now)


def give_up(refund_ref: str, before: datetime, now: datetime) -> str | None:
    """Call a refund failed that has been unknown since `before`; returns the ref of its successor, if any.

    What the shop owes by its own rules is asked for anew; a person's refund is for that person to repeat.
    """
    with unit_of_work():
        refund = lock_refund(refund_ref)
        if refund.status != RefundStatus.UNKNOWN or refund.created_at >= before:
            return None
        _fail(refund, refund.problem, now)
        if refund.asked_by != SYSTEM:
            return None
        return ask_whole(refund.payment, reason=refund.reason, asked_by=SYSTEM, now=now).ref


def target_of(state: RefundState) -> RefundStatus:
    """What Stripe's word for a refund's state is in ours."""
    if state.status == "succeeded":
        return RefundStatus.DONE
    return RefundStatus.FAILED if state.status in ("failed", "canceled") else RefundStatus.PENDING


def write(
    payment: Payment,
    allocation: Allocation,
    *,
    reason: str,
    asked_by: str,
    restock: bool,
    now: datetime,
    stripe_id: str | None = None,
) -> Refund:
    """The refund's row and lines. The caller has the payment locked and has checked the amount."""
    refund = Refund(
        ref=new_ref(),
        payment=payment,
        stripe_id=stripe_id,
        status=RefundStatus.STARTING,
        amount_minor=allocation.minor,
        delivery_minor=allocation.delivery_minor,
        unassigned_minor=allocation.unassigned_minor,
        reason=reason[:300],
        asked_by=asked_by[:120],
        restock=restock,
        created_at=now,
        lines=[
            RefundLine(order_line=line, quantity=quantity, amount_minor=minor)
            for line, quantity, minor in allocation.lines
        ],
        deliveries=[RefundDelivery(parcel=parcel, amount_minor=minor) for parcel, minor in allocation.deliveries],
    )
    session().add(refund)
    session().flush()
    return refund


def _write(
    payment: Payment, allocation: Allocation, *, reason: str, asked_by: str, restock: bool, now: datetime
) -> Refund:
    left = left_of(payment).total_minor
    if allocation.minor <= 0:
        raise NothingToRefund(payment.ref)
    if allocation.minor > left:
        raise OverRefund(allocation.minor, left)
    refund = write(payment, allocation, reason=reason, asked_by=asked_by, restock=restock, now=now)
    journal.record(
        "refund asked",
        subject=f"order:{payment.order.ref}",
        actor=asked_by,
        now=now,
        refund=refund.ref,
        minor=refund.amount_minor,
        currency=payment.currency,
        reason=reason,
    )
    return refund


def _locked(payment: Payment, left_seen: int | None) -> Payment:
    locked = lock_payment(Payment.id == payment.id)
    if locked is None or locked.status not in (PaymentStatus.PAID, PaymentStatus.FLAGGED):
        raise NotRefundable(payment)
    if left_seen is not None and left_of(locked).total_minor != left_seen:
        raise RefundedMeanwhile(locked.ref)
    return locked


def _request(refund_ref: str) -> RefundRequest | None:
    with unit_of_work():
        refund = lock_refund(refund_ref)
        payment = refund.payment
        if refund.status not in _UNSENT or payment.intent_id is None:
            return None
        return RefundRequest(
            key=f"refund:{refund.ref}",
            refund_ref=refund.ref,
            payment_ref=payment.ref,
            intent_id=payment.intent_id,
            amount_minor=refund.amount_minor,
            currency=payment.currency,
        )


def _note(refund_ref: str, status: RefundStatus, problem: str) -> None:
    with unit_of_work():
        refund = lock_refund(refund_ref)
        if refund.status not in _UNSENT:
            return
        if status == RefundStatus.FAILED:
            _fail(refund, problem, clock.now())
            return
        refund.problem = problem
        if states.refund_may_become(refund, status):
            states.move_refund(refund, status)


def _fail(refund: Refund, problem: str | None, now: datetime) -> None:
    states.move_refund(refund, RefundStatus.FAILED)
    refund.problem = problem
    session().flush()
    announce(RefundFailed(refund, now))


def _status(refund_ref: str) -> RefundStatus:
    with unit_of_work():
        return RefundStatus(lock_refund(refund_ref).status)
