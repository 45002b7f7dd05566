"""Letters that something which was sold out can be bought again: one to each who asked, and then they are forgotten.

Stock rises in many ways: counted anew, returned, released by an order that was not paid, brought in by an import, put
on sale again with its producer. Rather than hook into each, the chore compares: whatever can be bought now and is
waited for is told of. So no way can be forgotten, and a letter can go out only for what can really be bought.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select

from storefront import config
from storefront.catalog.models import Product, ProductStatus, StockWait, Variant
from storefront.core import clock, mail, refusing
from storefront.core.db import insert_unless_there, session, unit_of_work
from storefront.core.mail import Email
from storefront.core.refusing import Letters
from storefront.producers import closing
from storefront.producers.models import SHOWN, Producer, ProducerStatus

KIND = "back_in_stock"
FORGOTTEN_AFTER = timedelta(days=180)
# A stranger who asks in somebody's name can cause no more letters than this before one click ends them all.
MOST = 20


class NothingToWaitFor(LookupError):
    """The product has no such variant, or it can be bought now."""


def ask(slug: str, sku: str, email: str, now: datetime) -> None:
    """Write to `email` once when the sold-out variant is back; asking twice is asking once. Raises NothingToWaitFor.

    Nothing tells whether the address asked before, has ended such letters, or waits for `MOST` things already.
    """
    wanted = (
        select(Variant.id)
        .join(Variant.product)
        .join(Product.producer)
        .where(Variant.sku == sku, Variant.stock == 0, Product.slug == slug)
        .where(Product.status != ProductStatus.DRAFT, Producer.status.in_(SHOWN))
    )
    variant_id = session().scalar(wanted)
    if variant_id is None:
        raise NothingToWaitFor(sku)
    email = email.strip().lower()
    waits = select(func.count(StockWait.id)).where(StockWait.email == email)
    if refusing.refused(letters(email)) or (session().scalar(waits) or 0) >= MOST:
        return
    insert_unless_there(StockWait, {"variant_id": variant_id, "email": email, "asked_at": now})


def letters(email: str) -> Letters:
    """All letters of this kind to the address: one link ends them."""
    return refusing.letters(KIND, email)


def tell() -> int:
    """A chore: write to whoever waits for what can be bought again; returns how many letters were queued.

    Whoever has waited for `FORGOTTEN_AFTER` in vain is forgotten.
    """
    now, told = clock.now(), 0
    with unit_of_work() as current:
        current.execute(delete(StockWait).where(StockWait.asked_at <= now - FORGOTTEN_AFTER))
    for wait_id in session().scalars(_over()).all():
        with unit_of_work():
            told += _tell(wait_id, now)
    return told


def _over() -> Select[int]:
    """The waits whose variant can be bought now, who asked first first."""
    return (
        select(StockWait.id)
        .join(StockWait.variant)
        .join(Variant.product)
        .join(Product.producer)
        .where(Variant.stock > 0, Product.status == ProductStatus.LIVE)
        .where(Producer.status == ProducerStatus.APPROVED, closing.closed_until().is_(None))
        .order_by(StockWait.id)
    )


def _tell(wait_id: int, now: datetime) -> bool:
    """Queue the letter and forget the address in one go. Another worker's row is left alone; stock is asked again."""
    locked = select(StockWait).where(StockWait.id == wait_id, StockWait.id.in_(_over()))
    wait = session().scalars(locked.with_for_update(skip_locked=True)).first()
    if wait is None:
        return False
    session().delete(wait)
    if refusing.refused(letters(wait.email)):
        return False
    mail.queue(letter(wait.variant, wait.email), now)
    return True


def letter(variant: Variant, email: str) -> Email:
    """That the variant is back."""
    product = variant.product
    return mail.compose(
        KIND, email, unsubscribe_url=refusing.link(letters(email)), title=product.title, variant=variant.name,
        price=variant.price, producer=product.producer.name,
        link=f"{config.current().base_url.rstrip('/')}/products/{product.slug}",
    )  # fmt: skip
