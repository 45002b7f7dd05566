"""The products that a shopper keeps in mind, and the link by which they may show them to others.

A guest's list is found by the hash of the key in their cookie, a user's by the user. Whoever changes a list has it
locked (`open_list`), so that two tabs queue up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, false, func, select, update

from storefront.catalog.models import Favourite, FavouriteLink, FavouriteList, Product, ProductStatus
from storefront.core import clock
from storefront.core.db import insert_unless_there, session, unit_of_work
from storefront.core.refs import KEPT_DAYS, key_hash, new_key
from storefront.producers.models import SHOWN, Producer

MAX_FAVOURITES = 200
KEPT = timedelta(days=KEPT_DAYS)


class TooManyFavourites(ValueError):
    """A list holds at most `MAX_FAVOURITES`."""


@dataclass(frozen=True)
class Kept:
    """A favourite whose page is still there, whether or not it is on sale."""

    product_id: int
    slug: str
    title: str


@dataclass(frozen=True)
class Opened:
    """A locked list; `new_key` is the secret for the cookie where a guest's list was just made."""

    list: FavouriteList
    new_key: str | None


def product(slug: str) -> Kept | None:
    """The product at this address, if shoppers may see its page."""
    row = session().execute(_shown().where(Product.slug == slug)).first()
    return Kept(*row) if row else None


def find(key: str | None, user_id: int | None, *, lock: bool = False) -> FavouriteList | None:
    """The user's list, or the guest's with this key; with `lock` it is locked until the unit of work ends."""
    statement = select(FavouriteList).where(_whose(key, user_id))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session().scalars(statement).first()


def open_list(key: str | None, user_id: int | None, now: datetime) -> Opened:
    """The list to be changed, locked and kept for as long again; made where there is none."""
    there, fresh = find(key, user_id, lock=True), None
    if there is None:
        fresh = new_key() if user_id is None else None
        key = fresh or key
        guest = {"key_hash": key_hash(fresh), "expires_at": now + KEPT} if fresh else {}
        insert_unless_there(FavouriteList, {"user_id": user_id, "created_at": now, **guest})
        there = find(key, user_id, lock=True)
        assert there is not None, "it was there or has just been made"
    keep_longer(there, now)
    return Opened(there, fresh)


def keep_longer(mine: FavouriteList, now: datetime) -> None:
    """A guest's list is kept for another thirty days; a user's stays anyway."""
    if mine.user_id is None:
        mine.expires_at = now + KEPT


def mark(mine: FavouriteList, product_id: int, kept: bool, now: datetime) -> None:
    """Put a product on the list, where once is enough, or take it off. Raises TooManyFavourites."""
    if not kept:
        session().execute(delete(Favourite).where(Favourite.list_id == mine.id, Favourite.product_id == product_id))
        return
    insert_unless_there(Favourite, {"list_id": mine.id, "product_id": product_id, "kept_at": now})
    if count(mine) > MAX_FAVOURITES:
        raise TooManyFavourites


def count(mine: FavouriteList | None) -> int:
    """How many the list holds, those that shoppers may not see at the moment too."""
    if mine is None:
        return 0
    return session().scalar(select(func.count(Favourite.id)).where(Favourite.list_id == mine.id)) or 0


def keeps(key: str | None, user_id: int | None, product_id: int) -> bool:
    """Whether the product is on the list of the user or guest."""
    wanted = select(Favourite.id).join(FavouriteList).where(_whose(key, user_id), Favourite.product_id == product_id)
    return session().scalar(wanted) is not None


def on(mine: FavouriteList | None) -> Sequence[Kept]:
    """What is on the list, the latest first; what shoppers may not see at the moment is left out."""
    if mine is None:
        return []
    statement = (
        _shown()
        .join(Favourite, Favourite.product_id == Product.id)
        .where(Favourite.list_id == mine.id)
        .order_by(Favourite.kept_at.desc(), Favourite.id.desc())
    )
    return [Kept(*row) for row in session().execute(statement)]


def merge(guest_key: str | None, user_id: int, now: datetime) -> int:
    """At sign-in: what the guest kept goes to the user's list; what is on both stays once.

    A link that the guest gave away goes along only to a list with nothing else on it: to others it never showed
    anything. Where there is no room for all, the latest stay. Returns how many found none. The guest's list is gone
    afterwards.
    """
    guest = find(guest_key, None, lock=True)
    if guest is None:
        return 0
    mine = open_list(None, user_id, now).list
    if count(mine):
        close_links(guest)
    already = select(Favourite.product_id).where(Favourite.list_id == mine.id)
    for move in (
        update(Favourite).where(Favourite.list_id == guest.id, Favourite.product_id.not_in(already)),
        update(FavouriteLink).where(FavouriteLink.list_id == guest.id),
    ):
        session().execute(move.values(list_id=mine.id).execution_options(synchronize_session=False))
    session().delete(guest)
    newest = select(Favourite.id).where(Favourite.list_id == mine.id)
    newest = newest.order_by(Favourite.kept_at.desc(), Favourite.id.desc())
    over = session().scalars(newest).all()[MAX_FAVOURITES:]
    session().execute(delete(Favourite).where(Favourite.id.in_(over)))
    return len(over)


def link_of(mine: FavouriteList | None) -> str | None:
    """The key of the link that shows the list, or None while it is shown to nobody."""
    if mine is None:
        return None
    newest = select(FavouriteLink.key).where(FavouriteLink.list_id == mine.id).order_by(FavouriteLink.id.desc())
    return session().scalar(newest.limit(1))


def open_link(mine: FavouriteList, now: datetime) -> None:
    """Make a link, unless there is one."""
    if link_of(mine) is None:
        session().add(FavouriteLink(list_id=mine.id, key=new_key(), created_at=now))


def close_links(mine: FavouriteList) -> None:
    """End every link to the list (there may be one of a guest and one of the user); a later one has another key."""
    session().execute(delete(FavouriteLink).where(FavouriteLink.list_id == mine.id))


def shown_by(key: str) -> FavouriteList | None:
    """The list that this link shows."""
    return session().scalars(select(FavouriteList).join(FavouriteLink).where(FavouriteLink.key == key)).first()


def drop_expired() -> int:
    """A chore: delete guests' lists that nobody has touched for thirty days; returns how many."""
    with unit_of_work() as current:
        gone = delete(FavouriteList).where(FavouriteList.expires_at <= clock.now()).returning(FavouriteList.id)
        return len(current.execute(gone).all())


def _whose(key: str | None, user_id: int | None) -> ColumnElement[bool]:
    if user_id is not None:
        return FavouriteList.user_id == user_id
    return FavouriteList.key_hash == key_hash(key) if key else false()


def _shown() -> Select[int, str, str]:
    return (
        select(Product.id, Product.slug, Product.title)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.status != ProductStatus.DRAFT, Producer.status.in_(SHOWN))
    )
