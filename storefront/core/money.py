"""Money as integer minor units of one currency, and the few sums that a shop may do with it.

Amounts never pass through floats. `Decimal` is used for rates alone, and rounding happens here and
nowhere else, so that the parts of an amount always add up to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache

from babel.numbers import get_currency_precision


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"cannot combine {left} with {right}")
        self.left = left
        self.right = right


@cache
def digits(currency: str) -> int:
    """How many decimal digits the currency's minor unit has (CLDR): 0 for JPY, 2 for USD, 3 for KWD."""
    return int(get_currency_precision(currency))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in integer minor units (cents, yen, fils) of one ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact, with the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-digits(self.currency))

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to `weights`, by largest remainder; they always sum to the whole."""
        return [Money(part, self.currency) for part in split(self.minor, weights)]

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of `amounts`, which is zero of `currency` where there are none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def split(minor: int, weights: Sequence[int]) -> list[int]:
    """Split whole minor units by integer weights with the largest-remainder (Hamilton) method.

    The parts sum to `minor` exactly; each differs from its exact share by less than one unit; ties go
    to the earlier part. Raises ValueError on a negative weight or when all weights are zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and at least one must be positive")
    sign = -1 if minor < 0 else 1
    exact = [divmod(abs(minor) * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in exact]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-exact[index][1], index))
    for index in by_remainder[: abs(minor) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def ceil_share(minor: int, rate: Decimal) -> int:
    """The charity's share of `minor` units at `rate` (0 to 1), rounded up to a whole minor unit."""
    return math.ceil(Fraction(minor) * Fraction(rate))


def round_rate(minor: int, rate: Decimal) -> int:
    """`minor` units times `rate`, rounded half to even: for percentages off, never for a charity's share."""
    return int((Decimal(minor) * rate).to_integral_value(ROUND_HALF_EVEN))
