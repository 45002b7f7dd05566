"""What a spreadsheet of listings would do, product by product.

New listings and everything that shoppers read become drafts; stock as counted and lower prices of what is on sale are
for at once. A product is never half done: one fault in any of its rows keeps all of it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storefront.catalog import content
from storefront.catalog.checking import Problem
from storefront.catalog.content import Content
from storefront.catalog.models import Variant
from storefront.catalog.sheets.cells import Fault
from storefront.catalog.sheets.finding import PledgeOf, There
from storefront.producers.models import Producer

NEW = "new:"  # before the name of a picture that is still in its archive


@dataclass(frozen=True)
class Setting:
    """For whom listings are read: the group, the shop's currency and its share of each price, and today's pledges."""

    producer: Producer
    currency: str
    fixed: Sequence[Mapping[str, Any]]
    pledge_of: PledgeOf


@dataclass
class Step:
    """What is to be done with one product.

    `changed` are the parts of `content` that go into its draft, `stock` what variants of the draft begin with;
    `counted` and `lowered` are for at once. A picture from the archive stands in `content` under its name there.
    Once it was done, `draft_of` is the product whose draft holds it.
    """

    key: str
    row: int
    there: There | None
    content: Content
    changed: tuple[str, ...] = ()
    stock: dict[str, int] = field(default_factory=dict)
    counted: list[tuple[Variant, int]] = field(default_factory=list)
    lowered: list[tuple[Variant, int]] = field(default_factory=list)
    why: str | None = None
    missing: list[Problem] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    draft_of: int | None = None

    @property
    def kind(self) -> str:
        """`faulty`, `new`, `draft` (something is for the draft), `at_once` or `unchanged`."""
        if self.faults:
            return "faulty"
        if self.there is None:
            return "new"
        if self.drafted:
            return "draft"
        return "at_once" if self.counted or self.lowered else "unchanged"

    @property
    def drafted(self) -> bool:
        """Whether anything of it goes into a draft."""
        return bool(self.changed or self.stock or self.why is not None)

    @property
    def plain(self) -> list[Any]:
        """All that it would do, as data: two plans with the same data do the same."""
        now = [[one.sku, one.stock, count] for one, count in self.counted]
        prices = [[one.sku, one.price_minor, price] for one, price in self.lowered]
        parts = {name: self.content[name] for name in self.changed}
        return [self.key, self.kind, parts, self.stock, now, prices, self.why]


@dataclass(frozen=True)
class Plan:
    """Every product of a spreadsheet, in its order; `digest` is what one agrees to who agrees to it."""

    steps: list[Step]
    digest: str

    @staticmethod
    def of(steps: list[Step]) -> Plan:
        """The plan of these steps, of which what can change is noted now."""
        return Plan(steps, content.digest([step.plain for step in steps]))

    @property
    def faults(self) -> list[Fault]:
        """Every fault, by row."""
        return sorted((one for step in self.steps for one in step.faults), key=lambda fault: fault.row)

    def count(self, kind: str) -> int:
        """How many products are of this kind."""
        return sum(step.kind == kind for step in self.steps)
