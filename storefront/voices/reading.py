"""Reads what shoppers see of what people said. Averages and counts are always those of the rows that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all

from storefront.catalog.models import Product, ProductStatus
from storefront.core.db import session
from storefront.voices.models import Question, Review, WordsState


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


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with its answer, and when it was answered."""

    text: str
    on: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class Questions:
    """Some of the answered questions, the newest answer first, with the number of all of them."""

    shown: tuple[QuestionView, ...]
    count: int


def of_product(product_id: int, *, size: int, skip: int = 0) -> Reviews:
    """Reviews of one product. One statement."""
    return _reviews(session().execute(_review_rows(Review.product_id == product_id, size, skip)).all())


def of_producer(producer_id: int, *, size: int, skip: int = 0) -> Reviews:
    """Reviews of everything that the producer made and that has a page. One statement."""
    return _reviews(session().execute(_review_rows(Product.producer_id == producer_id, size, skip)).all())


def questions_of(product_id: int, *, size: int, skip: int = 0) -> Questions:
    """Answered questions about one product. One statement."""
    return _questions(session().execute(_question_rows(product_id, size, skip)).all())


def newest_of(product_id: int, *, reviews: int, questions: int) -> tuple[Reviews, Questions]:
    """So many of the newest reviews of a product, and of the questions about it. One statement for both."""
    both = _review_rows(Review.product_id == product_id, reviews), _question_rows(product_id, questions)
    rows = session().execute(union_all(*(select(one.subquery()) for one in both))).all()
    # A union keeps no order, not even that of its parts.
    rows = sorted(rows, key=lambda row: (row.on, row.id), reverse=True)
    return _reviews([row for row in rows if row.stars]), _questions([row for row in rows if not row.stars])


def _review_rows(of: ColumnElement[bool], size: int, skip: int = 0) -> Select[Any]:
    answer = case((Review.answer_hidden_at.is_(None), func.coalesce(Review.answer, "")), else_="").label("answer")
    return (
        select(Review.id, Review.stars, Review.text, Review.signed_as, Review.changed_at.label("on"), answer)
        .add_columns(Product.slug, Product.title, func.count().over().label("count"))
        .add_columns(func.avg(Review.stars * 1.0).over().label("average"))
        .join(Product, Product.id == Review.product_id)
        .where(of, Review.state == WordsState.SHOWN, Product.status != ProductStatus.DRAFT)
        .order_by(Review.changed_at.desc(), Review.id.desc())
        .limit(size)
        .offset(skip)
    )


def _question_rows(product_id: int, size: int, skip: int = 0) -> Select[Any]:
    """In the columns of reviews; no stars tell them apart."""
    on, none = Question.answered_at.label("on"), literal("")
    return (
        select(Question.id, literal(0).label("stars"), Question.text, none.label("signed_as"), on, Question.answer)
        .add_columns(none.label("slug"), none.label("title"), func.count().over().label("count"))
        .add_columns(literal(0.0).label("average"))
        .where(Question.product_id == product_id, Question.state == WordsState.SHOWN)
        .where(Question.answer.is_not(None), Question.answer_hidden_at.is_(None))
        .order_by(Question.answered_at.desc(), Question.id.desc())
        .limit(size)
        .offset(skip)
    )


def _reviews(rows: Sequence[Any]) -> Reviews:
    shown = (
        ReviewView(row.stars, row.text, row.signed_as, row.on, row.answer, row.slug, row.title) for row in rows
    )  # fmt: skip
    return Reviews(tuple(shown), rows[0].count if rows else 0, float(rows[0].average) if rows else 0.0)


def _questions(rows: Sequence[Any]) -> Questions:
    return Questions(tuple(QuestionView(row.text, row.on, row.answer) for row in rows), rows[0].count if rows else 0)
