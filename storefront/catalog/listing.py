"""Puts a product on the shelf: what must hold before shoppers see it, and what lists need to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete

from storefront.catalog.indexing import index_product
from storefront.catalog.models import PriceShare, Product, ProductStatus
from storefront.core.db import session

WHOLE = 10_000


class SplitDoesNotSum(ValueError):
    """The parts of a price, in basis points of what is left after the pledge, must sum to exactly 10,000."""

    def __init__(self, basis_points: int) -> None:
        super().__init__(f"the parts of the price sum to {basis_points / 100:g} %, not to 100 %")
        self.basis_points = basis_points


class NothingToSell(ValueError):
    """A product without a variant can't be published."""

    def __init__(self, product: Product) -> None:
        super().__init__(f"{product.slug} has no variant")
        self.product = product


@dataclass(frozen=True)
class NewShare:
    """A part of a price to be saved: to whom (`Share`), in which words, on what basis (`Basis`), how much."""

    share_to: str
    label: str
    basis: str
    basis_points: int


def check_split(shares: Sequence[PriceShare | NewShare]) -> None:
    """Raise SplitDoesNotSum unless the parts are the whole."""
    total = sum(share.basis_points for share in shares)
    if total != WHOLE:
        raise SplitDoesNotSum(total)


def save_split(product: Product, shares: Sequence[PriceShare | NewShare]) -> None:
    """Replace a product's price split; raises SplitDoesNotSum and leaves the old one when it isn't whole."""
    check_split(shares)
    current = session()
    current.flush()
    current.execute(delete(PriceShare).where(PriceShare.product_id == product.id))
    current.add_all(
        PriceShare(
            product_id=product.id,
            position=at,
            share_to=share.share_to,
            label=share.label,
            basis=share.basis,
            basis_points=share.basis_points,
        )
        for at, share in enumerate(shares)
    )
    current.flush()
    current.expire(product, ["shares"])


def publish(product: Product) -> None:
    """Make a product live, with its lowest price, its stock and its words known to lists and search.

    Raises NothingToSell and SplitDoesNotSum. Call it again after a change of price, words or materials.
    """
    if not product.variants:
        raise NothingToSell(product)
    check_split(product.shares)
    product.status = ProductStatus.LIVE
    product.price_from_minor = min(variant.price_minor for variant in product.variants)
    product.in_stock = any(variant.stock > 0 for variant in product.variants)
    session().flush()
    index_product(product.id)


def pause(product: Product) -> None:
    """Take a product off the lists; its page stays and says so."""
    _leave(product, ProductStatus.PAUSED)


def archive(product: Product) -> None:
    """Take a product off the lists for good; its page stays, for those who bought it."""
    _leave(product, ProductStatus.ARCHIVED)


def _leave(product: Product, status: ProductStatus) -> None:
    product.status = status
    session().flush()
    index_product(product.id)
