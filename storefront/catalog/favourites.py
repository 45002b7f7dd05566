"""The products that a user keeps in mind, and the link by which they may show them to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storefront.catalog.models import Favourite, FavouriteLink, Product, ProductStatus
from storefront.core.db import Model, session
from storefront.core.refs import new_key
from storefront.producers.models import SHOWN, Producer

MAX_FAVOURITES = 200


class TooManyFavourites(ValueError):
    """A user keeps at most `MAX_FAVOURITES`."""


@dataclass(frozen=True)
class Kept:
    """A favourite whose page is still there, whether or not it is on sale."""

    product_id: int
    slug: str
    title: str


def product(slug: str) -> Kept | None:
    """The product at this address, if shoppers may see its page."""
    row = session().execute(_shown().where(Product.slug == slug)).first()
    return Kept(*row) if row else None


def keep(user_id: int, product_id: int, now: datetime) -> None:
    """Add a product to the user's favourites; once is enough. Raises TooManyFavourites."""
    _insert(Favourite, user_id=user_id, product_id=product_id, kept_at=now)
    if _all(user_id) > MAX_FAVOURITES:
        raise TooManyFavourites


def drop(user_id: int, product_id: int) -> None:
    """Take a product out of the user's favourites, if it is one."""
    session().execute(delete(Favourite).where(Favourite.user_id == user_id, Favourite.product_id == product_id))


def any_of(user_id: int) -> bool:
    """Whether the user has favourites at all."""
    return session().scalar(select(Favourite.id).where(Favourite.user_id == user_id).limit(1)) is not None


def keeps(user_id: int, product_id: int) -> bool:
    """Whether the product is one of the user's favourites."""
    found = select(Favourite.id).where(Favourite.user_id == user_id, Favourite.product_id == product_id)
    return session().scalar(found) is not None


def of_user(user_id: int) -> Sequence[Kept]:
    """The user's favourites, the latest first; what shoppers may not see at the moment is left out."""
    statement = (
        _shown()
        .join(Favourite, Favourite.product_id == Product.id)
        .where(Favourite.user_id == user_id)
        .order_by(Favourite.kept_at.desc(), Favourite.id.desc())
    )
    return [Kept(*row) for row in session().execute(statement)]


def link_of(user_id: int) -> str | None:
    """The key of the link that shows the user's favourites, or None while they are shown to nobody."""
    return session().scalar(select(FavouriteLink.key).where(FavouriteLink.user_id == user_id))


def open_link(user_id: int, now: datetime) -> None:
    """Make the link, unless there is one."""
    _insert(FavouriteLink, user_id=user_id, key=new_key(), created_at=now)


def close_link(user_id: int) -> None:
    """End the link; a later one has another key."""
    session().execute(delete(FavouriteLink).where(FavouriteLink.user_id == user_id))


def owner_of(key: str) -> int | None:
    """The id of the user whose favourites this link shows."""
    return session().scalar(select(FavouriteLink.user_id).where(FavouriteLink.key == key))


def _all(user_id: int) -> int:
    return session().scalar(select(func.count(Favourite.id)).where(Favourite.user_id == user_id)) or 0


def _shown() -> Select[int, str, str]:
    return (
        select(Product.id, Product.slug, Product.title)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.status != ProductStatus.DRAFT, Producer.status.in_(SHOWN))
    )


def _insert(model: type[Model], **values: object) -> None:
    """Insert a row unless it is there: two clicks at once make one."""
    current = session()
    insert = postgresql.insert if current.get_bind().dialect.name == "postgresql" else sqlite.insert
    current.execute(insert(model).values(**values).on_conflict_do_nothing())
