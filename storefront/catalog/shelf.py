"""Which live product has which facet, as bitmaps in memory: facet counts in microseconds, always exact.

Bit n of a bitmap stands for the product with id n. Prices are bit-sliced: one bitmap for each binary digit,
so that a price range is a few ANDs. Each process keeps one shelf a database and brings it up to date before
it is used, with one statement that reads what the triggers of migration 0003 logged since.

It only says which products match; what a page shows of a product is always read from its rows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import text

from storefront.catalog.filters import Filters, Sort
from storefront.core.db import session, unit_of_work

# PostgreSQL's sequences may commit out of order: this many entries before the newest are looked at again.
LATE = 100
# With more changes than this, reading everything is the cheaper way.
TOO_MANY = 2000
KEPT = 10_000
# Answers are kept until something changes, so they are never old.
MOST_ANSWERS = 500
FEW = 1000

_ALL = """SELECT product.id, product.cause, product.producer_id, producer.region, product.price_from_minor,
  product.in_stock FROM product JOIN producer ON producer.id = product.producer_id
  WHERE product.status = 'live' AND producer.status = 'approved'"""
_MATERIALS = "SELECT product_id, material FROM product_material"
_PRODUCERS = "SELECT id, slug, name, place, country, status FROM producer"
_CHANGES = text("SELECT id, product_id FROM search_change WHERE id > :seen ORDER BY id LIMIT :most")
_NEWEST = text("SELECT coalesce(max(id), 0) FROM search_change")


@dataclass(frozen=True)
class ProducerBrief:
    """What lists say of a producer."""

    slug: str
    name: str
    place: str
    country: str


class Shelf:
    """The bitmaps of one database."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.seen = -1
        self._recent: set[int] = set()
        self._empty()

    def _empty(self) -> None:
        self._answers: dict[Filters, Matches] = {}
        self.live = 0
        self.in_stock = 0
        self.facets: dict[str, dict[str, int]] = {name: {} for name in ("cause", "producer", "region", "material")}
        self.price_planes: list[int] = []
        self.producers: dict[int, ProducerBrief] = {}
        self.producer_by_slug: dict[str, ProducerBrief] = {}
        self.producer_of: dict[int, str] = {}
        self.hides_some = False

    def refresh(self) -> None:
        """Take in what changed since the last time; one statement when nothing did."""
        current = session()
        changes = current.execute(_CHANGES, {"seen": self.seen - LATE, "most": TOO_MANY + LATE}).all()
        new = [row for row in changes if row.id not in self._recent]
        if self.seen < 0 or len(new) > TOO_MANY or any(row.product_id is None for row in new):
            self._read_all()
        elif new:
            self._read_some({row.product_id for row in new})
            self.seen = max(self.seen, new[-1].id)
            self._recent = {row.id for row in changes if row.id > self.seen - LATE}

    def _read_all(self) -> None:
        current = session()
        self._empty()
        self.seen = int(current.execute(_NEWEST).scalar() or 0)
        late = current.execute(_CHANGES, {"seen": self.seen - LATE, "most": LATE})
        self._recent = {row.id for row in late}
        for row in current.execute(text(_PRODUCERS)):
            brief = ProducerBrief(row.slug, row.name, row.place, row.country)
            self.hides_some |= row.status != "approved"
            self.producers[row.id] = self.producer_by_slug[row.slug] = brief
        self._put(current.execute(text(_ALL)).all(), current.execute(text(_MATERIALS)).all())

    def _read_some(self, ids: Collection[int]) -> None:
        self._answers.clear()
        self._take_out(bitmap(ids))
        within = ", ".join(str(int(one)) for one in ids)
        current = session()
        rows = current.execute(text(f"{_ALL} AND product.id IN ({within})")).all()
        materials = current.execute(text(f"{_MATERIALS} WHERE product_id IN ({within})")).all()
        self._put(rows, materials)

    def _take_out(self, gone: int) -> None:
        self.live &= ~gone
        self.in_stock &= ~gone
        self.price_planes = [plane & ~gone for plane in self.price_planes]
        for values in self.facets.values():
            for value in values:
                values[value] &= ~gone

    def _put(self, rows: Iterable[Any], materials: Iterable[Any]) -> None:
        gathered: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in self.facets}
        live: list[int] = []
        stocked: list[int] = []
        planes: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            live.append(row.id)
            gathered["cause"][row.cause].append(row.id)
            gathered["region"][row.region].append(row.id)
            slug = self.producers[row.producer_id].slug
            self.producer_of[row.id] = slug
            gathered["producer"][slug].append(row.id)
            if row.in_stock:
                stocked.append(row.id)
            for digit in range(row.price_from_minor.bit_length()):
                if row.price_from_minor >> digit & 1:
                    planes[digit].append(row.id)
        new = bitmap(live)
        self.live |= new
        self.in_stock |= bitmap(stocked)
        for material in materials:
            gathered["material"][material.material].append(material.product_id)
        for name, values in gathered.items():
            known = self.facets[name]
            for value, ids in values.items():
                known[value] = known.get(value, 0) | (bitmap(ids) & new)
        for digit, ids in planes.items():
            while len(self.price_planes) <= digit:
                self.price_planes.append(0)
            self.price_planes[digit] |= bitmap(ids)

    def priced(self, low: int | None, high: int | None) -> int:
        """Live products whose lowest price is at least `low` and at most `high`, in minor units."""
        found = self.live
        if high is not None:
            found &= self._at_most(high)
        if low is not None:
            found &= ~self._at_most(low - 1)
        return found

    def _at_most(self, bound: int) -> int:
        if bound < 0:
            return 0
        if bound.bit_length() > len(self.price_planes):
            return self.live
        below, equal = 0, self.live
        for digit in reversed(range(len(self.price_planes))):
            plane = self.price_planes[digit]
            if bound >> digit & 1:
                below |= equal & ~plane
                equal &= plane
            else:
                equal &= ~plane
        return below | equal

    def match(self, filters: Filters, within: int | None = None) -> Matches:
        """Which products match (of the bitmap `within`, if given), and how many would for each value of each facet."""
        with self.lock:
            if within is not None:
                return self._match(filters, within)
            question = replace(filters, q="", sort=Sort.NEWEST, page=1)
            if question not in self._answers:
                if len(self._answers) >= MOST_ANSWERS:
                    self._answers.clear()
                self._answers[question] = self._match(filters, None)
            return self._answers[question]

    def _match(self, filters: Filters, within: int | None) -> Matches:
        parts = {
            "cause": self._any("cause", filters.causes),
            "producer": self._any("producer", filters.producers),
            "region": self._any("region", filters.regions),
            "material": self._any("material", filters.materials),
            "price": None
            if filters.min_minor is None and filters.max_minor is None
            else self.priced(filters.min_minor, filters.max_minor),
            "in_stock": self.in_stock if filters.in_stock else None,
        }
        base = self.live if within is None else self.live & within
        active = {name: bits for name, bits in parts.items() if bits is not None}
        found = base
        for bits in active.values():
            found &= bits
        counts = {}
        for name, values in self.facets.items():
            others = self._without(base, active, name) if name in active else found
            counts[name] = self._count(name, values, others)
        others = self._without(base, active, "in_stock") if "in_stock" in active else found
        return Matches(found, found.bit_count(), counts, (others & self.in_stock).bit_count())

    def _count(self, name: str, values: dict[str, int], bits: int) -> dict[str, int]:
        """How many of these products have each value; by hand where there are few products and many values."""
        if name == "producer" and bits.bit_count() < FEW:
            counted = Counter(self.producer_of[id_] for id_ in members(bits))
            return {value: counted[value] for value in values}
        return {value: (mine & bits).bit_count() for value, mine in values.items()}

    @staticmethod
    def _without(base: int, active: dict[str, int], name: str) -> int:
        for other, bits in active.items():
            if other != name:
                base &= bits
        return base

    def _any(self, name: str, values: frozenset[str]) -> int | None:
        if not values:
            return None
        found = 0
        for value in values:
            found |= self.facets[name].get(value, 0)
        return found


@dataclass(frozen=True)
class Matches:
    """The answer: a bitmap, its size, counts by facet and value, and how many of them are in stock."""

    bits: int
    found: int
    counts: dict[str, dict[str, int]]
    in_stock: int
    # What a page made of these counts, for as long as they hold.
    shown: dict[str, Any] = field(default_factory=dict, compare=False)


def bitmap(ids: Collection[int]) -> int:
    """The bitmap of these product ids."""
    if not ids:
        return 0
    data = bytearray((max(ids) >> 3) + 1)
    for one in ids:
        data[one >> 3] |= 1 << (one & 7)
    return int.from_bytes(data, "little")


_FILLED = re.compile(rb"[^\x00]+")
_BITS = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]


def members(bits: int) -> Iterator[int]:
    """The product ids of a bitmap, ascending."""
    data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    for run in _FILLED.finditer(data):
        for at, byte in enumerate(run.group(), run.start()):
            for bit in _BITS[byte]:
                yield at * 8 + bit


_shelves: WeakKeyDictionary[Any, Shelf] = WeakKeyDictionary()
_making = Lock()


def shelf() -> Shelf:
    """The shelf of the current database, up to date."""
    engine = session().get_bind()
    with _making:
        one = _shelves.setdefault(engine, Shelf())
    with one.lock:
        one.refresh()
    return one


def prune_changes() -> int:
    """A chore: forget all but the newest changes; returns how many. A process that missed them reads everything."""
    first, last = session().execute(text("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM search_change")).one()
    if last - first < 2 * KEPT:
        return 0
    with unit_of_work() as current:
        current.execute(text("DELETE FROM search_change WHERE id <= :last"), {"last": last - KEPT})
    return int(last - KEPT - first + 1)
