"""What a group's members are told by letter, as each wishes: orders, returns, low stock, what shoppers say, expiry.

`KINDS` is the whole list: a kind is who may be told (a predicate of `permissions`) and what happened between two
moments. Every member has a row a kind that says until when they know. A letter moves it on in the transaction that
queues it, so that nothing is told twice after a crash, and nothing is left out when the pace is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from storefront import config, permissions
from storefront.accounts.models import User
from storefront.catalog.models import Product, ProductStatus, Variant
from storefront.checkout.models import Order, OrderLine, OrderStatus, Parcel, ParcelStatus
from storefront.core import clock, mail, refusing
from storefront.core.db import insert_unless_there, session, unit_of_work
from storefront.core.refusing import Letters
from storefront.payments.return_models import Return
from storefront.producers.models import Member, Notice, Pace, Producer
from storefront.vetting.models import Approval, ApprovalReminder
from storefront.voices.models import Question, Review, WordsState

LETTER = "digest"
LOW = 3  # units left
MORNING = time(6)  # in UTC: nobody is written to at night for a digest
# What happened less than this ago may still be on its way into the database, and would be passed over for ever.
SETTLED = timedelta(minutes=1)
MOST = 20  # lines of a kind in one letter


@dataclass(frozen=True)
class Line:
    """One thing to know: its name, a number where one belongs to it, and the path of its page."""

    name: str
    number: int
    path: str


@dataclass(frozen=True)
class Kind:
    """A kind of notices: whom it may be told, and what of it happened to a group after one moment, until another."""

    may: Callable[[Member], bool]
    between: Callable[[Producer, datetime, datetime], Iterable[Line]]


def _orders(group: Producer, since: datetime, until: datetime) -> Iterable[Line]:
    units = func.sum(OrderLine.quantity)
    rows = session().execute(
        select(Order.ref, Parcel.ref, units)
        .join(Parcel.order)
        .join(Parcel.lines)
        .where(Parcel.producer_id == group.id, Order.status == OrderStatus.PAID)
        .where(Parcel.status != ParcelStatus.CANCELLED, Order.paid_at > since, Order.paid_at <= until)
        .group_by(Order.ref, Parcel.ref, Parcel.id)
        .order_by(Parcel.id)
    )
    return [Line(ref, int(count), f"/studio/{group.slug}/orders/{parcel}") for ref, parcel, count in rows]


def _returns(group: Producer, since: datetime, until: datetime) -> Iterable[Line]:
    rows = session().execute(
        select(Return.ref)
        .join(Return.parcel)
        .where(Parcel.producer_id == group.id, Return.asked_at > since, Return.asked_at <= until)
        .order_by(Return.id)
    )
    return [Line(ref, 0, f"/studio/{group.slug}/returns/{ref}") for (ref,) in rows]


def _low_stock(group: Producer, since: datetime, until: datetime) -> Iterable[Line]:
    """What is nearly gone, of the things that were sold in this time: told once, not every day until it is refilled."""
    sold = (
        select(OrderLine.variant_id)
        .join(OrderLine.order)
        .where(Order.paid_at > since, Order.paid_at <= until, Order.status == OrderStatus.PAID)
    )
    rows = session().execute(
        select(Product.title, Variant.name, Variant.stock, Product.slug)
        .join(Variant.product)
        .where(Product.producer_id == group.id, Product.status == ProductStatus.LIVE)
        .where(Variant.stock <= LOW, Variant.id.in_(sold))
        .order_by(Variant.stock, Variant.id)
    )
    return [
        Line(f"{title}, {name}" if name else title, stock, f"/studio/{group.slug}/listings/{slug}")
        for title, name, stock, slug in rows
    ]


def _reviews(group: Producer, since: datetime, until: datetime) -> Iterable[Line]:
    rows = session().execute(
        select(Product.title, Review.stars, Product.slug)
        .join(Product, Product.id == Review.product_id)
        .where(Product.producer_id == group.id, Review.state == WordsState.SHOWN)
        .where(Review.decided_at > since, Review.decided_at <= until)
        .order_by(Review.id)
    )
    return [Line(title, stars, f"/products/{slug}#reviews") for title, stars, slug in rows]


def _questions(group: Producer, since: datetime, until: datetime) -> Iterable[Line]:
    """Questions that came from the moderator in this time and still have no answer."""
    rows = session().execute(
        select(Product.title)
        .join(Question, Question.product_id == Product.id)
        .where(Product.producer_id == group.id, Question.state == WordsState.SHOWN, Question.answer.is_(None))
        .where(Question.decided_at > since, Question.decided_at <= until)
        .order_by(Question.id)
    )
    return [Line(title, 0, f"/studio/{group.slug}/voices#waiting") for (title,) in rows]


def _approval(group: Producer, since: datetime, until: datetime) -> Iterable[Line]:
    """That the approval ends soon, as often as it is reminded of; owners have letters of their own about it, too."""
    rows = session().execute(
        select(ApprovalReminder.at, Approval.review_due_on)
        .join(Approval, Approval.id == ApprovalReminder.approval_id)
        .where(Approval.producer_id == group.id, ApprovalReminder.at > since, ApprovalReminder.at <= until)
        .order_by(ApprovalReminder.id)
    )
    return [Line(group.name, (due - at.date()).days, f"/studio/{group.slug}") for at, due in rows]


KINDS: dict[str, Kind] = {
    "order": Kind(permissions.may_fulfil, _orders),
    "return": Kind(permissions.may_fulfil, _returns),
    "low_stock": Kind(permissions.may_edit_listings, _low_stock),
    "review": Kind(permissions.may_edit_listings, _reviews),
    "question": Kind(permissions.may_answer, _questions),
    "approval": Kind(permissions.may_enter_studio, _approval),
}


def paces(member: Member) -> dict[str, Pace]:
    """How the member is told of each kind that they may be told: once a day unless they chose otherwise."""
    rows = session().execute(select(Notice.kind, Notice.pace).where(Notice.member_id == member.id))
    chosen = {kind: Pace(pace) for kind, pace in rows}
    return {name: chosen.get(name, Pace.DAILY) for name, kind in KINDS.items() if kind.may(member)}


def choose(member: Member, wanted: Mapping[str, Pace], now: datetime) -> None:
    """Set how the member is told of each kind; letters that a link had ended come again where any is wanted."""
    _begin([member.id], now)
    rows = session().scalars(select(Notice).where(Notice.member_id == member.id).with_for_update()).all()
    for row in rows:
        row.pace = wanted.get(row.kind, Pace(row.pace))
    if any(pace != Pace.NEVER for pace in wanted.values()):
        refusing.allow(letters(member))


def letters(member: Member) -> Letters:
    """The notices of this group to this member: one link ends them."""
    return refusing.letters(LETTER, member.user.email, member.producer.slug)


def tell() -> int:
    """A chore: write to every member for whom something is due; returns how many letters were queued."""
    until, told = clock.now() - SETTLED, 0
    complete = select(Notice.member_id).group_by(Notice.member_id).having(func.count() >= len(KINDS))
    fresh = session().scalars(select(Member.id).where(Member.id.not_in(complete))).all()
    if fresh:
        with unit_of_work():
            _begin(fresh, until)
    for member_id in session().scalars(_due(until).with_only_columns(Notice.member_id).distinct()).all():
        with unit_of_work():
            told += _tell(member_id, until)
    return told


def _due(now: datetime) -> Select[Any]:
    """Rows that wait: every minute those at once, each morning those of the day."""
    morning = datetime.combine(now.date(), MORNING, now.tzinfo)
    latest = morning if now >= morning else morning - timedelta(days=1)
    return select(Notice).where((Notice.pace == Pace.AT_ONCE) | (Notice.told_until < latest))


def _begin(member_ids: Iterable[int], now: datetime) -> None:
    """A row for every kind: a member is told from here on."""
    begun = {"pace": Pace.DAILY, "told_until": now}
    insert_unless_there(Notice, *({"member_id": one, "kind": kind, **begun} for one in member_ids for kind in KINDS))


def _tell(member_id: int, until: datetime) -> bool:
    """Queue one letter of all that is due to the member, and note until when they know; nothing is nothing."""
    due = _due(until).where(Notice.member_id == member_id).order_by(Notice.id)
    rows = session().scalars(due.with_for_update(skip_locked=True)).all()
    member = session().get(Member, member_id)
    if member is None or not rows:
        return False
    news = {}
    for row in rows:
        kind = KINDS.get(row.kind)
        if kind and row.pace != Pace.NEVER and kind.may(member):
            news[row.kind] = list(kind.between(member.producer, row.told_until, until))
        row.told_until = max(row.told_until, until)
    news = {kind: lines for kind, lines in news.items() if lines}
    if not news or member.user.closed_at is not None or refusing.refused(letters(member)):
        return False
    mail.queue(letter(member.user, member.producer, news, refusing.link(letters(member))), clock.now())
    return True


def letter(user: User, group: Producer, news: Mapping[str, list[Line]], unsubscribe_url: str) -> mail.Email:
    """What happened, by kind; a long kind is cut short and its page has the rest."""
    base = config.current().base_url.rstrip("/")
    shown = {kind: (lines[:MOST], len(lines) - len(lines[:MOST])) for kind, lines in news.items()}
    return mail.compose(
        LETTER, user.email, unsubscribe_url=unsubscribe_url, name=user.name, group=group.name, news=shown, base=base,
        studio_url=f"{base}/studio/{group.slug}", count=sum(map(len, news.values())),
    )  # fmt: skip
