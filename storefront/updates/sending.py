"""Sends approved updates to buyers: each mailbox once, a few orders a unit of work, one update a group and week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import aliased, selectinload

from storefront.checkout.models import Order, OrderLine, OrderStatus, Parcel
from storefront.core import clock, mail, refusing
from storefront.core.db import insert_unless_there, session, unit_of_work
from storefront.core.mail import OutgoingMail
from storefront.payments import to_send
from storefront.producers.models import Producer, ProducerStatus
from storefront.updates import emails, finding
from storefront.updates.models import Update, UpdateLetter, UpdateState
from storefront.updates.writing import NoConsent, check_consents
from storefront.vetting.events import StandingChanged

PAUSE = timedelta(days=7)  # between two updates of a group
BOUGHT_WITHIN = timedelta(days=730)
ORDERS_AT_ONCE = 25


def send_due() -> int:
    """A chore: write to the buyers of every update whose turn it is; returns how many letters were queued."""
    told = 0
    for update_id in session().scalars(_due(clock.now())).all():
        going = True
        while going:
            with unit_of_work():
                letters, going = _send_some(update_id, clock.now())
            told += letters
    return told


def audience(update: Update, now: datetime) -> int:
    """To how many addresses it would go at the most: those who ended such letters get none."""
    orders = _orders(update, now).with_only_columns(func.count(func.distinct(Order.email))).order_by(None)
    return session().scalar(orders) or 0


def waits_until(update: Update) -> datetime | None:
    """When an approved update's turn comes, or None where nothing holds it up."""
    last = session().scalar(
        select(func.max(Update.begun_at)).where(Update.producer_id == update.producer_id, Update.id != update.id)
    )
    return last + PAUSE if last is not None and update.begun_at is None and last + PAUSE > clock.now() else None


def _due(now: datetime) -> Select[int]:
    """Begun ones go on; of those that wait, the one of a group that was approved first, after its pause."""
    other = aliased(Update)
    lately = exists().where(
        other.producer_id == Update.producer_id, other.id != Update.id, other.begun_at > now - PAUSE
    )
    earlier = exists().where(
        other.producer_id == Update.producer_id, other.state == UpdateState.APPROVED,
        other.begun_at.is_(None), other.ended_at.is_(None),
        (other.decided_at < Update.decided_at) | ((other.decided_at == Update.decided_at) & (other.id < Update.id)),
    )  # fmt: skip
    return (
        select(Update.id)
        .join(Update.producer)
        .where(Update.state == UpdateState.APPROVED, Update.ended_at.is_(None))
        .where(Producer.status == ProducerStatus.APPROVED)
        .where(Update.begun_at.is_not(None) | ~(lately | earlier))
        .order_by(Update.id)
    )


def _send_some(update_id: int, now: datetime) -> tuple[int, bool]:
    """Write to the buyers of the next orders, and note how far it came; whether there may be more."""
    this = _due(now).with_only_columns(Update).where(Update.id == update_id)
    update = session().scalar(this.with_for_update(of=Update))
    if update is None:  # withdrawn meanwhile, or another worker's
        return 0, False
    session().refresh(update.producer)
    if update.producer.status != ProducerStatus.APPROVED:  # suspended while this waited for the lock
        return 0, False
    try:
        check_consents(update)
    except NoConsent:  # it ended today, and is withdrawn any minute
        return 0, False
    update.begun_at = update.begun_at or now
    orders = session().scalars(
        _orders(update, now)
        .where(Order.id > update.cursor)
        .options(selectinload(Order.lines))
        .limit(ORDERS_AT_ONCE)
    ).all()  # fmt: skip
    if orders:
        update.cursor = orders[-1].id
        told = sum(_tell(update, order, now) for order in orders)
    else:
        told = _end(update, now)
    session().flush()
    return told, bool(orders)


def _end(update: Update, now: datetime) -> int:
    """The last letters, for orders behind the cursor that were paid meanwhile; what reached nobody takes no turn."""
    late = session().scalars(
        _orders(update, now).where(Order.paid_at >= update.begun_at).options(selectinload(Order.lines))
    )
    told = sum(_tell(update, order, now) for order in late.all())
    update.ended_at = now
    if not finding.letters_of(update):
        update.begun_at = None
    return told


def hold(event: StandingChanged) -> None:
    """Take the letters of a suspended group's updates back out of the outbox; they go out once it sells again."""
    if event.producer_id is None or event.after != ProducerStatus.SUSPENDED:
        return
    current = session()
    for update in finding.published(event.producer_id):
        waiting = mail.take_back(OutgoingMail.about == emails.about(update))
        if waiting:
            boxes = [emails.letters(to, update.producer.slug).mailbox for to in waiting]
            current.execute(
                delete(UpdateLetter).where(UpdateLetter.update_id == update.id, UpdateLetter.mailbox.in_(boxes))
            )
            update.cursor, update.ended_at = 0, None


def _tell(update: Update, order: Order, now: datetime) -> bool:
    bought = _kept(update, order)
    to = emails.letters(order.email, update.producer.slug)
    if not bought or refusing.refused(to):
        return False
    if not insert_unless_there(UpdateLetter, {"update_id": update.id, "mailbox": to.mailbox}):
        return False
    mail.queue(emails.update(update, order.email, bought[0].title), now, about=emails.about(update))
    return True


def _kept(update: Update, order: Order) -> Sequence[OrderLine]:
    """The order's lines that the update is about and that were not wholly given back."""
    wanted, back = {one.id for one in update.products}, to_send.units_back(order)
    return [
        line
        for line in order.lines
        if line.parcel.producer_id == update.producer_id
        and (not wanted or line.product_id in wanted)
        and line.quantity > back.get(line.id, 0)
    ]


def _orders(update: Update, now: datetime) -> Select[Order]:
    """Paid orders of the last two years with something that the update is about, the eldest first."""
    lines = select(OrderLine.order_id).join(OrderLine.parcel).where(Parcel.producer_id == update.producer_id)
    if update.products:
        lines = lines.where(OrderLine.product_id.in_([one.id for one in update.products]))
    paid = (Order.status == OrderStatus.PAID, Order.paid_at > now - BOUGHT_WITHIN)
    return select(Order).where(*paid, Order.id.in_(lines)).order_by(Order.id)
