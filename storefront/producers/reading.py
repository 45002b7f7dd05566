"""Reads producers as shoppers see them, as plain rows: lists have approved ones only."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select

from storefront.core.db import session
from storefront.core.media import Picture
from storefront.producers.models import SHOWN, Producer, ProducerStatus

_BRIEF = (
    Producer.id, Producer.slug, Producer.name, Producer.native_name, Producer.native_lang, Producer.country,
    Producer.region, Producer.place, Producer.latitude, Producer.longitude, Producer.people, Producer.people_served,
    Producer.founded, Producer.summary, Producer.crest,
)  # fmt: skip
_PICTURE = (
    Picture.ref,
    Picture.alt,
    Picture.width,
    Picture.height,
    Picture.widths,
    Picture.colour,
    Picture.focus_x,
    Picture.focus_y,
)
_WHOLE = (
    *_BRIEF, Producer.legal_form, Producer.story, Producer.words, Producer.words_native, Producer.payment,
    Producer.facts, Producer.ships_from, Producer.delivery_minor, Producer.delivery_free_from_minor,
    Producer.delivery_days_min, Producer.delivery_days_max, Producer.status,
)  # fmt: skip


def everyone(most: int | None = None) -> list[Row[*tuple[Any, ...]]]:
    """Approved producers by name, with what cards and the map show and their picture's columns.

    Of more than `most`, those with a picture come first.
    """
    return sorted(session().connection().execute(_everyone(most)), key=lambda row: row.name)


@cache
def _everyone(most: int | None) -> Select[*tuple[Any, ...]]:
    statement = (
        select(*_BRIEF, *_PICTURE)
        .outerjoin(Picture, Picture.id == Producer.picture_id)
        .where(Producer.status == ProducerStatus.APPROVED)
    )
    return statement.order_by(Producer.picture_id.is_(None), Producer.id).limit(most) if most else statement


def by_slug(slug: str) -> Row[*tuple[Any, ...]] | None:
    """A producer with everything that its page shows, or None; one never approved or suspended is hidden."""
    statement = (
        select(*_WHOLE, *_PICTURE)
        .outerjoin(Picture, Picture.id == Producer.picture_id)
        .where(Producer.slug == slug, Producer.status.in_(SHOWN))
    )
    return session().execute(statement).first()


def called(words: str) -> ColumnElement[bool]:
    """Whether a producer is the one of this slug, or has these words in its name."""
    return or_(Producer.slug == words, Producer.name.icontains(words, autoescape=True))
