"""Finds what people said for those who answer or decide: through the group that it is about, or by state and age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from storefront.catalog.models import Product
from storefront.core.db import session
from storefront.producers.models import Producer
from storefront.voices.models import Review, ReviewState


@dataclass(frozen=True)
class Asked:
    """Which reviews an admin wants to see; empty fields ask for all."""

    state: str = ReviewState.WAITING
    producer: str = ""
    stars: int = 0


def review(ref: str) -> Review | None:
    """The review with this reference."""
    return session().scalar(select(Review).where(Review.ref == ref))


def review_of_group(producer_id: int, ref: str) -> Review | None:
    """A shown review of the group's goods."""
    return session().scalar(
        select(Review)
        .join(Review.product)
        .where(Review.ref == ref, Product.producer_id == producer_id, Review.state == ReviewState.SHOWN)
    )


def reviews_of_group(producer_id: int, most: int) -> Sequence[Review]:
    """The shown reviews of the group's goods: those without an answer first, then the newest."""
    return session().scalars(
        select(Review)
        .join(Review.product)
        .options(contains_eager(Review.product))
        .where(Product.producer_id == producer_id, Review.state == ReviewState.SHOWN)
        .order_by(Review.answer.is_not(None), Review.changed_at.desc(), Review.id.desc())
        .limit(most)
    ).all()  # fmt: skip


def without_answer(producer_id: int) -> int:
    """How many shown reviews of the group's goods have no answer."""
    found = select(func.count(Review.id)).join(Review.product)
    mine = (Product.producer_id == producer_id, Review.state == ReviewState.SHOWN, Review.answer.is_(None))
    return session().scalar(found.where(*mine)) or 0


def reviews(asked: Asked, *, size: int, skip: int) -> tuple[Sequence[Review], int]:
    """Reviews as asked for, and how many there are: the longest waiting first, others by when they were decided."""
    found = select(Review).join(Review.product).join(Product.producer)
    if asked.state:
        found = found.where(Review.state == asked.state)
    if asked.producer:
        found = found.where(Producer.slug == asked.producer)
    if asked.stars:
        found = found.where(Review.stars == asked.stars)
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = Review.changed_at if asked.state == ReviewState.WAITING else Review.changed_at.desc()
    rows = session().scalars(
        found.options(contains_eager(Review.product).contains_eager(Product.producer))
        .order_by(order, Review.id)
        .limit(size)
        .offset(skip)
    )
    return rows.all(), count
