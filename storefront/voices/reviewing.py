"""Reviews: written by whoever bought the product and kept some of it, and taken back by them.

A buyer is an account, or the guest of one order: whatever an account bought in several orders, it has one review a
product. An address binds no orders together, since anybody can type it at checkout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from storefront.accounts.models import User
from storefront.checkout.models import Order, OrderLine, OrderStatus
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.payments import to_send
from storefront.producers import members
from storefront.voices.models import Review, WordsState
from storefront.voices.moderating import OwnGroup
from storefront.voices.noting import record


class NotBought(ValueError):
    """Only goods that were paid for, and not wholly given back, can be reviewed."""


@dataclass(frozen=True)
class Chance:
    """A product of an order that may be reviewed by this line, or was; `writable` unless nothing of it was kept."""

    line: OrderLine
    review: Review | None
    writable: bool


def chances(order: Order, by: User | None) -> list[Chance]:
    """What of the order its buyer may review, or has reviewed already: each product once."""
    paid = order.status == OrderStatus.PAID
    if not paid and order.status != OrderStatus.CANCELLED:
        return []
    back, own = to_send.units_back(order), _own_groups(order, by)
    ids = [line.product_id for line in order.lines]
    said: dict[int, Review] = {}
    for one in session().scalars(_of_buyer(order).where(Review.product_id.in_(ids))):
        said.setdefault(one.product_id, one)
    found: dict[int, Chance] = {}
    for line in order.lines:
        kept = paid and line.quantity > back.get(line.id, 0) and line.parcel.producer_id not in own
        before = found.get(line.product_id)
        if (kept and not (before and before.writable)) or (before is None and line.product_id in said):
            found[line.product_id] = Chance(line, said.get(line.product_id), kept)
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
    review.state, review.version, review.changed_at = WordsState.WAITING, review.version + 1, now
    review.decided_at = review.decided_by = review.answer = review.answered_at = review.answered_by = None
    review.answer_hidden_at, review.reason = None, ""
    session().flush()
    record("review written", review, _writer(line, by), now, stars=stars, version=review.version)
    return review


def withdraw(line: OrderLine, *, by: User | None, now: datetime) -> None:
    """Take the buyer's review of this line's product back: it is gone, and another may be written later."""
    _lock(line)
    review = of_buyer(line)
    if review is not None:
        record("review withdrawn", review, _writer(line, by), now)
        session().delete(review)
        session().flush()


def _check(line: OrderLine, by: User | None) -> None:
    order = line.order
    kept = line.quantity - to_send.units_back(order).get(line.id, 0)
    if order.status != OrderStatus.PAID or kept <= 0:
        raise NotBought(line.ref)
    if line.parcel.producer_id in _own_groups(order, by):
        raise OwnGroup(line.ref)


def _own_groups(order: Order, by: User | None) -> set[int]:
    """Which producers of the order its buyer, or whoever is signed in, is or was a member of."""
    ids = [user_id for user_id in (order.user_id, by.id if by else None) if user_id is not None]
    people = session().scalars(select(User).where(or_(User.id.in_(ids), User.email == order.email))).all()
    producers = {parcel.producer_id for parcel in order.parcels}
    return {one for one in producers for user in people if members.was_ever(one, user.id, f"user:{user.ref}")}


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
