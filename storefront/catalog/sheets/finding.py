"""What a group has already of the listings that a spreadsheet speaks of, and its listings as a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from storefront.catalog import content, revising
from storefront.catalog.content import Content
from storefront.catalog.models import ListingRevision, Product, ProductPicture, ProductStatus, Variant
from storefront.catalog.sheets import columns
from storefront.core.db import session
from storefront.producers.models import Producer

AT_ONCE = 200
PledgeOf = Callable[[int], Mapping[str, Any] | None]


@dataclass(frozen=True)
class There:
    """A listing that a group has: the product, its open revision, and what an editor would find in it.

    `version` is the number of what was approved last, 0 where nothing was.
    """

    product: Product
    revision: ListingRevision | None
    content: Content
    version: int

    @property
    def rows(self) -> list[dict[str, str]]:
        """Its rows in a spreadsheet."""
        revision, product = self.revision, self.product
        return columns.cells(
            product.slug,
            self.content,
            version=self.version,
            stock=revision.stock if revision else {},
            live=product.variants,
            reason=revision.reason if revision else "",
            currency=product.currency,
        )


class Shelf:
    """A group's listings by product key and by article code, read a few hundred at a time."""

    def __init__(self, producer: Producer, pledge_of: PledgeOf) -> None:
        self._pledge_of, self._producer_id = pledge_of, producer.id
        mine = Product.producer_id == producer.id
        open_ones = select(ListingRevision).join(ListingRevision.product)
        self._open = {
            one.product_id: one
            for one in session().scalars(open_ones.where(mine, ListingRevision.state.in_(revising.OPEN)))
        }
        numbers = select(ListingRevision.product_id, func.max(ListingRevision.number)).join(ListingRevision.product)
        last = session().execute(numbers.where(mine).group_by(ListingRevision.product_id))
        self._numbers = {row[0]: row[1] for row in last}
        self.by_key = {slug: key for key, slug in session().execute(select(Product.id, Product.slug).where(mine))}
        on_sale = select(Variant.sku, Variant.product_id).join(Variant.product).where(mine)
        self.by_sku = {row["sku"]: one.product_id for one in self._open.values() for row in one.content["variants"]}
        self.by_sku |= {row.sku: row.product_id for row in session().execute(on_sale)}

    def read(self, product_ids: Iterable[int]) -> dict[int, There]:
        """These listings with all that hangs on them."""
        wanted, found = sorted(product_ids), {}
        loading = [selectinload(getattr(Product, name)) for name in ("variants", "materials", "shares", "stories")]
        loading += [selectinload(Product.claims), selectinload(Product.pictures).joinedload(ProductPicture.picture)]
        for at in range(0, len(wanted), AT_ONCE):
            some = select(Product).where(Product.id.in_(wanted[at : at + AT_ONCE])).options(*loading)
            for product in session().scalars(some):
                found[product.id] = There(
                    product, self._open.get(product.id), self._content(product), self._version(product)
                )
        return found

    def _version(self, product: Product) -> int:
        """What went live without the studio is its own first version, whether or not that was recorded yet."""
        return self._numbers.get(product.id) or int(product.status != ProductStatus.DRAFT)

    def _content(self, product: Product) -> Content:
        revision = self._open.get(product.id)
        if revision is not None:
            return revision.content
        if product.status == ProductStatus.DRAFT:
            return content.empty()
        return content.shown(product, self._pledge_of(product.id))

    def all(self) -> list[There]:
        """Every listing that is not archived or dropped, the oldest first."""
        gone = (ProductStatus.DRAFT, ProductStatus.ARCHIVED)
        kept = select(Product.id).where(Product.producer_id == self._producer_id, Product.status.not_in(gone))
        there = self.read({*session().scalars(kept), *self._open})
        return [there[key] for key in sorted(there)]

    def chosen(self, keys: Iterable[str]) -> list[There]:
        """The group's listings with these addresses."""
        there = self.read(self.by_key[key] for key in set(keys) if key in self.by_key)
        return [there[key] for key in sorted(there)]

    def sheet(self) -> Iterator[list[str]]:
        """Every listing as rows under the columns that any of them needs."""
        rows = [row for there in self.all() for row in there.rows]
        used = {name for row in rows for name in row}
        header = [name for name in columns.every() if name in used or name in columns.ALWAYS]
        yield header
        for row in rows:
            yield [row.get(name, "") for name in header]
