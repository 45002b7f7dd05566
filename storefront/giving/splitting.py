"""Where the money of a price goes: parts that sum to it exactly, before and after a refund.

The pledge is taken off first; what is left is split by the product's shares (basis points) with the
largest remainder. A voucher is the shop's own gift: the makers' parts are as if there were none, a pledge
by rate is on what was paid, and the shop's part bears the difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from storefront.catalog.models import Basis, Share
from storefront.core.money import Money, split


class ShareRow(Protocol):
    """What a price share must say; `PriceShare` rows and frozen shares of an order line do."""

    @property
    def share_to(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def basis(self) -> str: ...
    @property
    def basis_points(self) -> int: ...


@dataclass(frozen=True)
class FrozenShare:
    """A price share as an order line keeps it."""

    share_to: str
    label: str
    basis: str
    basis_points: int


@dataclass(frozen=True)
class Part:
    """One part of a price: to whom, how much (minor units of `currency`), why, and its percentage of the whole."""

    to: str
    label: str
    minor: int
    currency: str
    basis: str
    percent: float

    @property
    def money(self) -> Money:
        """The part as money."""
        return Money(self.minor, self.currency)


def thaw_shares(frozen: Sequence[Mapping[str, Any]]) -> list[FrozenShare]:
    """The shares of `OrderLine.shares`, as a sale froze them."""
    return [FrozenShare(**row) for row in frozen]


def split_price(
    price: Money, pledge_minor: int, shares: Sequence[ShareRow], *, charity: str = "", discount_minor: int = 0
) -> list[Part]:
    """Split what is paid (`price`, after a discount of `discount_minor`) into parts that sum to it exactly.

    The charity's part comes first, where there is one. The first part of the shop bears the discount, so it
    alone can be negative.
    """
    full = price.minor + discount_minor
    amounts = split(full - pledge_minor, [row.basis_points for row in shares])
    parts = [
        Part(row.share_to, row.label, minor, price.currency, row.basis, 0.0)
        for row, minor in zip(shares, amounts, strict=True)
    ]
    if discount_minor:
        bearer = next((at for at, part in enumerate(parts) if part.to == Share.SHOP), len(parts) - 1)
        parts[bearer] = replace(parts[bearer], minor=parts[bearer].minor - discount_minor)
    if pledge_minor:
        parts.insert(0, Part(Share.CHARITY, charity, pledge_minor, price.currency, Basis.PLEDGE, 0.0))
    whole = price.minor or 1
    return [replace(part, percent=round(100 * part.minor / whole, 2)) for part in parts]


def split_line(
    *,
    gross_minor: int,
    net_minor: int,
    left_minor: int,
    pledge_minor: int,
    currency: str,
    shares: Sequence[ShareRow],
    charity: str = "",
) -> list[Part]:
    """The parts of what is left of an order line (`left_minor` of `net_minor`) after refunds.

    With nothing refunded `left_minor` is `net_minor`; the discount shrinks in proportion. `pledge_minor` is
    what the pledge comes to on what is left.
    """
    if left_minor == 0:
        return split_price(Money(0, currency), 0, shares, charity=charity)
    gross_left = gross_minor * left_minor // net_minor
    return split_price(
        Money(left_minor, currency),
        pledge_minor,
        shares,
        charity=charity,
        discount_minor=gross_left - left_minor,
    )
