"""Amounts as people type them: `12`, `12.50`, `12,50`, `1,000.50`, `1.000,50`, `1 000,50`."""

from __future__ import annotations

import re
from decimal import Decimal

from storefront.core.money import digits

_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_GROUPED = re.compile(
    r"(?P<whole>\d{1,3}(?P<group>[.,' ])\d{3}(?:(?P=group)\d{3})*)(?:(?!(?P=group))[.,](?P<decimals>\d{1,2}))?"
)


class NoAmount(ValueError):
    """The text is no amount. `ambiguous` when it might be two, as `1.000` might."""

    def __init__(self, text: str, ambiguous: bool = False) -> None:
        super().__init__(f"no amount: {text[:40]!r}")
        self.ambiguous = ambiguous


def read(text: str, currency: str) -> int:
    """The amount in minor units of `currency`. Raises NoAmount, also where a separator could mean two things."""
    plain = text.strip().replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    places = digits(currency)
    if not plain.isascii():
        raise NoAmount(text)
    separators = [one for one in plain if one in ".,"]
    if len(separators) == 1 and re.fullmatch(r"\d{1,3}[.,]\d{3}", plain) and places not in (0, 3):
        raise NoAmount(text, ambiguous=True)
    grouped = _GROUPED.fullmatch(plain)
    if grouped and (grouped["group"] not in ".," or len(separators) > 1 or places == 0):
        whole = re.sub(r"\D", "", grouped["whole"])
        plain = f"{whole}.{grouped['decimals']}" if grouped["decimals"] else whole
    plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise NoAmount(text)
    minor = Decimal(plain).scaleb(places)
    if minor != minor.to_integral_value():
        raise NoAmount(text)
    return int(minor)


def write(minor: int, currency: str) -> str:
    """The amount as a form field holds it: `12.50`, without a sign of the currency."""
    return f"{Decimal(minor).scaleb(-digits(currency)):f}"
