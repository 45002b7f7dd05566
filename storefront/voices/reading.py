"""Reads what shoppers see of what people said. Averages and counts are always those of the rows that are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select

from storefront.catalog.models import Product, ProductStatus
from storefront.core.db import session
from storefront.voices.models import Review, ReviewState


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A shown review. `signed_as` and `answer` may be empty."""

    stars: int
    text: str
    signed_as: str
    on: datetime
    answer: str
    product_slug: str
    product_title: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """Some of the shown reviews, the newest first, with number and average of all of them."""

    shown: tuple[ReviewView, ...]
    count: int
    stars: float


def of_product(product_id: int, *, size: int, skip: int = 0) -> Reviews:
    """Reviews of one product. One statement."""
    return _reviews(Review.product_id == product_id, size, skip)


def of_producer(producer_id: int, *, size: int, skip: int = 0) -> Reviews:
    """Reviews of everything that the producer made and that has a page. One statement."""
    return _reviews(Product.producer_id == producer_id, size, skip)


def _reviews(of: ColumnElement[bool], size: int, skip: int) -> Reviews:
    answer = case((Review.answer_hidden_at.is_(None), func.coalesce(Review.answer, "")), else_="")
    rows = (
        session()
        .execute(
            select(Review.stars, Review.text, Review.signed_as, Review.changed_at, answer, Product.slug, Product.title)
            .add_columns(func.count().over(), func.avg(Review.stars * 1.0).over())
            .join(Product, Product.id == Review.product_id)
            .where(of, Review.state == ReviewState.SHOWN, Product.status != ProductStatus.DRAFT)
            .order_by(Review.changed_at.desc(), Review.id.desc())
            .limit(size)
            .offset(skip)
        )
        .all()
    )
    shown = tuple(ReviewView(*row[:7]) for row in rows)
    return Reviews(shown, rows[0][7] if rows else 0, float(rows[0][8]) if rows else 0.0)
