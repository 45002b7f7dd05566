"""What a shopper asks of the catalogue: which products, in which order, which page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

PAGE_SIZE = 24


class Sort(StrEnum):
    """The orders of a list; the value stands in addresses."""

    BEST = "best"  # only with words to search for
    NEWEST = "newest"
    PRICE = "price"
    PRICE_DOWN = "-price"
    DONATION = "donation"
    NAME = "name"


@dataclass(frozen=True)
class Filters:
    """A question to the catalogue. Values of one kind widen it, kinds narrow it; prices in minor units."""

    q: str = ""
    causes: frozenset[str] = field(default_factory=frozenset)
    producers: frozenset[str] = field(default_factory=frozenset)
    regions: frozenset[str] = field(default_factory=frozenset)
    materials: frozenset[str] = field(default_factory=frozenset)
    min_minor: int | None = None
    max_minor: int | None = None
    in_stock: bool = False
    sort: Sort = Sort.NEWEST
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Whether anything but the words and the order is asked for."""
        return bool(
            self.causes or self.producers or self.regions or self.materials or self.in_stock
            or self.min_minor is not None or self.max_minor is not None
        )  # fmt: skip

    def on_page(self, page: int) -> Filters:
        """The same question, another page."""
        return replace(self, page=page)
