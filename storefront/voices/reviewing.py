"""Reviews: written by whoever bought the product and kept some of it, looked at before they show, answered once.

A buyer is an account, or the guest of one order: whatever an account bought in several orders, it has one review a
product. An address binds no orders together, since anybody can type it at checkout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from storefront.accounts.models import User
from storefront.checkout.models import Order, OrderLine, OrderStatus
from storefront.core import journal, mail
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.payments import to_send
from storefront.producers import members
from storefront.producers.models import Member
from storefront.voices import emails
from storefront.voices.models import Review, ReviewState


class NotBought(ValueError):
    """Only goods that were paid for, and not wholly given back, can be reviewed."""


class OwnGroup(PermissionError):
    """Nobody reviews the goods of a group that they are a member of, or decides on what is said of it."""


class OwnWords(PermissionError):
    """Nobody decides on their own review."""


class ChangedMeanwhile(ValueError):
    """The review is not the version that was looked at."""


class NoReason(ValueError):
    """A refusal needs a reason: its writer gets it."""


class NotToBeAnswered(ValueError):
    """The review is not shown, or has its answer already."""


@dataclass(frozen=True)
class Chance:
    """A product of an order that may be reviewed by this line, or was."""

    line: OrderLine
    review: Review | None


def chances(order: Order, by: User | None) -> list[Chance]:
    """What of the order its buyer may review, or has reviewed already: each product once."""
    if order.status != OrderStatus.PAID:
        return []
    back, own = to_send.units_back(order), _own_groups(order, by)
    ids = [line.product_id for line in order.lines]
    said: dict[int, Review] = {}
    for one in session().scalars(_of_buyer(order).where(Review.product_id.in_(ids))):
        said.setdefault(one.product_id, one)
    found: dict[int, Chance] = {}
    for line in order.lines:
        kept = line.quantity > back.get(line.id, 0) and line.parcel.producer_id not in own
        if kept or line.product_id in said:
            found.setdefault(line.product_id, Chance(line, said.get(line.product_id)))
    return list(found.values())


def of_buyer(line: OrderLine) -> Review | None:
    """What the buyer of this line has said of its product, perhaps for another order."""
    return session().scalar(_of_buyer(line.order).where(Review.product_id == line.product_id))


def write(line: OrderLine, *, by: User | None, stars: int, text: str, signed_as: str, now: datetime) -> Review:
    """Say what the buyer thinks of what they bought, for the first time or anew; it waits until it was looked at.

    A change takes the producer's answer along, which was one to other words. `by` is who is signed in, None for a
    guest with the order's key. Raises NotBought and OwnGroup; `stars` are 1 to 5, which the database checks.
    """
    _lock(line)
    _check(line, by)
    review = of_buyer(line)
    if review is None:
        review = Review(ref=new_ref(), product_id=line.product_id, line=line, version=0, created_at=now)
        session().add(review)
    review.stars, review.text, review.signed_as = stars, text, signed_as
    review.state, review.version, review.changed_at = ReviewState.WAITING, review.version + 1, now
    review.decided_at = review.decided_by = review.answer = review.answered_at = review.answered_by = None
    review.answer_hidden_at, review.reason = None, ""
    session().flush()
    _record("review written", review, _writer(line, by), now, stars=stars, version=review.version)
    return review


def withdraw(line: OrderLine, *, by: User | None, now: datetime) -> None:
    """Take the buyer's review of this line's product back: it is gone, and another may be written later."""
    _lock(line)
    review = of_buyer(line)
    if review is not None:
        _record("review withdrawn", review, _writer(line, by), now)
        session().delete(review)
        session().flush()


def show(review: Review, *, seen: int, by: User, now: datetime) -> None:
    """Show the version that was looked at; raises ChangedMeanwhile, OwnGroup and OwnWords."""
    _decide(review, ReviewState.SHOWN, "", seen, by, now)


def refuse(review: Review, reason: str, *, seen: int, by: User, now: datetime) -> None:
    """Don't show it, or no longer; the writer gets the reason. Raises NoReason too."""
    if not reason:
        raise NoReason(review.ref)
    _decide(review, ReviewState.REFUSED, reason, seen, by, now)
    mail.queue(emails.review_refused(review), now)


def answer(review: Review, text: str, *, by: Member, now: datetime) -> None:
    """The group answers, once, under its own name, and so it shows at once; raises NotToBeAnswered."""
    session().refresh(review, with_for_update=True)
    if review.state != ReviewState.SHOWN or review.answer is not None:
        raise NotToBeAnswered(review.ref)
    who = members.actor(by)
    review.answer, review.answered_at, review.answered_by = text, now, who
    session().flush()
    _record("review answered", review, who, now)
    mail.queue(emails.review_answered(review), now)


def hide_answer(review: Review, reason: str, *, by: User, now: datetime) -> None:
    """Show the group's answer no more, which is told why. Raises NoReason, OwnGroup, and NotToBeAnswered for none."""
    if not reason:
        raise NoReason(review.ref)
    session().refresh(review, with_for_update=True)
    if review.answer is None or review.answer_hidden_at is not None:
        raise NotToBeAnswered(review.ref)
    _check_no_member(review, by)
    review.answer_hidden_at = now
    session().flush()
    _record("answer to review hidden", review, f"user:{by.ref}", now, reason=reason)
    for letter in emails.answer_hidden(review, reason):
        mail.queue(letter, now)


def _decide(review: Review, state: ReviewState, reason: str, seen: int, by: User, now: datetime) -> None:
    session().refresh(review, with_for_update=True)
    if review.version != seen or review.state == state:
        raise ChangedMeanwhile(review.ref)
    _check_no_member(review, by)
    order = review.line.order
    if order.user_id == by.id or order.email == by.email:
        raise OwnWords(review.ref)
    review.state, review.reason, review.decided_at, review.decided_by = state, reason, now, f"user:{by.ref}"
    session().flush()
    _record(f"review {state}", review, f"user:{by.ref}", now, reason=reason, version=review.version)


def _check_no_member(review: Review, by: User) -> None:
    if any(member.user_id == by.id for member in members.of_group(review.product.producer_id)):
        raise OwnGroup(review.ref)


def _check(line: OrderLine, by: User | None) -> None:
    order = line.order
    kept = line.quantity - to_send.units_back(order).get(line.id, 0)
    if order.status != OrderStatus.PAID or kept <= 0:
        raise NotBought(line.ref)
    if line.parcel.producer_id in _own_groups(order, by):
        raise OwnGroup(line.ref)


def _own_groups(order: Order, by: User | None) -> set[int]:
    """Which producers of the order its buyer, or whoever is signed in, is a member of."""
    ids = [user_id for user_id in (order.user_id, by.id if by else None) if user_id is not None]
    found = (
        select(Member.producer_id)
        .join(Member.user)
        .where(Member.producer_id.in_([parcel.producer_id for parcel in order.parcels]))
        .where(or_(Member.user_id.in_(ids), User.email == order.email))
    )
    return set(session().scalars(found))


def _lock(line: OrderLine) -> None:
    """Hold the buyer's orders still, so that two forms sent at once don't make two reviews."""
    session().execute(select(Order.id).where(_same_buyer(line.order)).order_by(Order.id).with_for_update())
    session().refresh(line)


def _of_buyer(order: Order) -> Select[Review]:
    """The eldest first: an account that took in orders of a guest may have two of one product."""
    return select(Review).join(Review.line).join(OrderLine.order).where(_same_buyer(order)).order_by(Review.id)


def _same_buyer(order: Order) -> ColumnElement[bool]:
    return Order.id == order.id if order.user_id is None else Order.user_id == order.user_id


def _writer(line: OrderLine, by: User | None) -> str:
    return f"user:{by.ref}" if by else f"order:{line.order.ref}"


def _record(act: str, review: Review, actor: str, now: datetime, **facts: object) -> None:
    journal.record(act, subject=f"product:{review.product.slug}", actor=actor, now=now, review=review.ref, **facts)
