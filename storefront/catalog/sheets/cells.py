"""The cells of one product's rows, read as texts, amounts, days: with a fault for each that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from storefront.catalog.checking import MOST_MINOR, is_day
from storefront.catalog.content import clean
from storefront.catalog.sheets import columns
from storefront.core import amounts
from storefront.core.tables import Row

MOST_PIECES = 1_000_000


@dataclass(frozen=True)
class Fault:
    """Something in a row that can't be: where, what was read there, and what is wrong (`code`) with the facts."""

    row: int
    column: str
    code: str
    read: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Cells:
    """One product's rows beside `before`, the export of what there is, empty for a new product.

    `changed` are the sets of columns in which the two differ. `faults` grows while cells are read.
    """

    def __init__(self, rows: Sequence[Row], before: Sequence[Mapping[str, str]], currency: str) -> None:
        self.rows, self.currency, self.first = rows, currency, rows[0].number
        self.faults: list[Fault] = []
        self.before = {one.get(columns.SKU, ""): one for one in before}
        old = before[0] if before else {}
        given = [name for name in rows[0].cells if name not in columns.OF_VARIANT]
        self._values = {name: self._value(name) for name in given}
        differing = [name for name, (value, _row) in self._values.items() if value != old.get(name, "")]
        self.changed = {columns.set_of(name) for name in differing} - {columns.KEY}

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self._values

    def value(self, name: str) -> str:
        """What stands in a product's column."""
        return self._values.get(name, ("", self.first))[0]

    def fault(self, name: str, code: str, **facts: Any) -> None:
        """Note what is wrong with what stands in a product's column."""
        value, row = self._values.get(name, ("", self.first))
        self.fault_at(row, name, code, value, **facts)

    def fault_at(self, row: int, name: str, code: str, read: str = "", **facts: Any) -> None:
        """Note what is wrong with one cell."""
        self.faults.append(Fault(row, name, code, read[:80], facts))

    def text(self, name: str, most: int) -> str:
        """A text of at most so many characters."""
        value = self.value(name)
        if len(value) > most:
            self.fault(name, "too_long", most=most)
        return value

    def one_of(self, name: str, choices: Sequence[str], default: str = "") -> str:
        """One of a few words, however written."""
        value = self.value(name).lower()
        if value and value not in choices:
            self.fault(name, "not_one_of", choices=", ".join(choices))
        return value or default

    def percent(self, name: str, decimals: int = 2) -> Decimal:
        """A percentage, 0 where none is given."""
        plain = self.value(name).rstrip("%").strip().replace(",", ".")
        if plain and (not re.fullmatch(rf"[0-9]{{1,3}}(\.[0-9]{{1,{decimals}}})?", plain) or Decimal(plain) > 100):
            self.fault(name, "no_percent")
            return Decimal(0)
        return Decimal(plain or 0)

    def day(self, name: str) -> str:
        """A day in ISO form, or nothing."""
        value = self.value(name)
        if value and not is_day(value):
            self.fault(name, "no_day")
        return value

    def amount(self, name: str) -> int | None:
        """An amount in minor units, None for nothing or 0."""
        value, row = self._values.get(name, ("", self.first))
        return self.amount_at(row, name, value)

    def whole(self, name: str) -> int | None:
        """A whole number, or None."""
        value, row = self._values.get(name, ("", self.first))
        return self.whole_at(row, name, value)

    def amount_at(self, row: int, name: str, value: str) -> int | None:
        """As `amount`, of one cell."""
        if not value:
            return None
        try:
            minor = amounts.read(value, self.currency)
        except amounts.NoAmount as error:
            self.fault_at(row, name, "two_amounts" if error.ambiguous else "no_amount", value)
            return None
        if minor > MOST_MINOR:
            self.fault_at(row, name, "too_large", value)
        return minor or None

    def whole_at(self, row: int, name: str, value: str) -> int | None:
        """As `whole`, of one cell."""
        if not value:
            return None
        if value.isascii() and value.isdecimal() and len(value) < 10 and int(value) <= MOST_PIECES:
            return int(value)
        self.fault_at(row, name, "not_whole", value, most=MOST_PIECES)
        return None

    def _value(self, name: str) -> tuple[str, int]:
        """What the rows say in a product's column, and in which row: the first that says anything."""
        said = [(clean(row.cells[name]), row.number) for row in self.rows if row.cells[name]]
        for value, row in said[1:]:
            if value != said[0][0]:
                self.fault_at(row, name, "differs", value, first=said[0][1])
        return said[0] if said else ("", self.first)
