"""Finds what people said for those who answer or decide: through the group that it is about, or by state and age.

Every function takes the kind of words, `Review` or `Question`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager

from storefront.catalog.models import Product
from storefront.core.db import session
from storefront.producers.reading import called
from storefront.voices.models import Question, Review, Words, WordsState

W = TypeVar("W", bound=Words)


@dataclass(frozen=True)
class Asked:
    """Which words an admin wants to see; empty fields ask for all. Only reviews have `stars`."""

    state: str = WordsState.WAITING
    producer: str = ""
    stars: int = 0


def by_ref(kind: type[W], ref: str) -> W | None:
    """The words with this reference."""
    return session().scalar(select(kind).where(kind.ref == ref))


def of_group_by_ref(kind: type[W], producer_id: int, ref: str) -> W | None:
    """Shown words about the group's goods."""
    return session().scalar(_of_group(kind, producer_id).where(kind.ref == ref))


def of_group(kind: type[W], producer_id: int, *, size: int, skip: int) -> tuple[Sequence[W], int]:
    """A page of the shown words about the group's goods, without an answer first, then the newest; and the count."""
    found = _of_group(kind, producer_id)
    count = session().scalar(found.with_only_columns(func.count(kind.id))) or 0
    newest = found.order_by(kind.answer.is_not(None), kind.changed_at.desc(), kind.id.desc())
    return session().scalars(newest.options(contains_eager(kind.product)).limit(size).offset(skip)).all(), count


def without_answer(producer_id: int) -> tuple[int, int]:
    """How many shown questions about the group's goods have no answer, and how many reviews. One statement."""
    open_ones = (
        _of_group(kind, producer_id).with_only_columns(func.count(kind.id)).where(kind.answer.is_(None))
        for kind in (Question, Review)
    )
    questions, reviews = session().execute(select(*(one.scalar_subquery() for one in open_ones))).one()
    return questions, reviews


def queue(kind: type[W], asked: Asked, *, size: int, skip: int) -> tuple[Sequence[W], int]:
    """Words as asked for, and how many there are: the longest waiting first, others by when they were written."""
    found = select(kind).join(kind.product).join(Product.producer)
    if asked.state:
        found = found.where(kind.state == asked.state)
    if asked.producer:
        found = found.where(called(asked.producer))
    if asked.stars and issubclass(kind, Review):
        found = found.where(kind.stars == asked.stars)
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = kind.changed_at if asked.state == WordsState.WAITING else kind.changed_at.desc()
    rows = session().scalars(
        found.options(contains_eager(kind.product).contains_eager(Product.producer))
        .order_by(order, kind.id)
        .limit(size)
        .offset(skip)
    )
    return rows.all(), count


def _of_group(kind: type[W], producer_id: int) -> Select[W]:
    mine = select(kind).join(kind.product).where(Product.producer_id == producer_id)
    return mine.where(kind.state == WordsState.SHOWN)
