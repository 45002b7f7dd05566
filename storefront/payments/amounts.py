"""Amounts as Stripe writes them, and the items of a checkout session. Pure.

Stripe's idea of a currency's minor unit is its own: some currencies without decimals are written with
two. Everything else in the shop uses the ISO minor unit, so both directions go through here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storefront.core.money import digits

# As Stripe publishes them; every other currency has two decimals there (ISK and UGX too).
ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])

# A session takes at most this many items, and names at most this long.
MOST_ITEMS = 100
LONGEST_NAME = 250


class OddAmount(ValueError):
    """An amount that can't be written in the other's minor units without a remainder."""


@dataclass(frozen=True)
class Item:
    """One item of a session: `unit_minor` is what one costs, in the shop's minor units."""

    name: str
    unit_minor: int
    quantity: int

    @property
    def minor(self) -> int:
        """What the item comes to."""
        return self.unit_minor * self.quantity


def stripe_digits(currency: str) -> int:
    """How many decimals Stripe writes the currency with."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe's; raises OddAmount where there is no such whole number."""
    return _shift(minor, stripe_digits(currency) - digits(currency))


def from_stripe(minor: int, currency: str) -> int:
    """Stripe's minor units as ours; raises OddAmount where there is no such whole number."""
    return _shift(minor, digits(currency) - stripe_digits(currency))


def _shift(minor: int, places: int) -> int:
    if places >= 0:
        return int(minor * 10**places)
    whole, rest = divmod(minor, 10**-places)
    if rest:
        raise OddAmount(f"{minor} has no whole value {-places} places down")
    return int(whole)


def line_items(name: str, net_minor: int, quantity: int) -> list[Item]:
    """A line after its discount as items that sum to `net_minor` exactly.

    Where the discount doesn't divide evenly, some units cost one minor unit more than the others.
    """
    unit, dearer = divmod(net_minor, quantity)
    items = [Item(_short(name), unit + 1, dearer), Item(_short(name), unit, quantity - dearer)]
    return [item for item in items if item.quantity]


def within_limits(items: Iterable[Item], whole: str) -> list[Item]:
    """The items, or one item named `whole` of the same sum where there are more than a session takes."""
    listed = list(items)
    if len(listed) <= MOST_ITEMS:
        return listed
    return [Item(_short(whole), sum(item.minor for item in listed), 1)]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
