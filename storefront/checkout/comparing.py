"""What the shopper saw on the last page before paying, and what is different when the order is placed.

The page carries it in a hidden field and gets it back. Nothing is ever priced from it: it is compared with
today's sums, and any difference, honest or tampered, is shown and asked about again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from storefront.cart.viewing import CartView
from storefront.checkout.pricing import Priced
from storefront.core.money import Money

LONGEST = 60_000


class What(StrEnum):
    """What can have changed; `before` and `after` are amounts, or quantities for QUANTITY."""

    UNSEEN = "unseen"  # the page did not say what was seen
    ADDED = "added"
    REMOVED = "removed"
    QUANTITY = "quantity"
    PRICE = "price"
    DELIVERY = "delivery"
    DISCOUNT = "discount"
    TOTAL = "total"


@dataclass(frozen=True)
class Change:
    """One difference between what was seen and what is."""

    what: What
    title: str = ""
    before: Money | int | None = None
    after: Money | int | None = None


def fingerprint(view: CartView, priced: Priced) -> str:
    """What a shopper sees of these sums, as text for a hidden field."""
    facts = {
        "currency": priced.currency,
        "lines": {line.sku: [line.quantity, line.price.minor, line.title] for line in view.lines},
        "delivery": priced.delivery_minor,
        "discount": priced.discount_minor,
        "total": priced.total_minor,
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def differences(seen: str, view: CartView, priced: Priced) -> list[Change]:
    """What is different from what was seen; empty when nothing is."""
    if seen == fingerprint(view, priced):
        return []
    facts = _read(seen)
    if facts is None or facts["currency"] != priced.currency:
        return [Change(What.UNSEEN)]
    found = _lines(facts["lines"], view)
    for what, name, now in (
        (What.DELIVERY, "delivery", priced.delivery_minor),
        (What.DISCOUNT, "discount", priced.discount_minor),
        (What.TOTAL, "total", priced.total_minor),
    ):
        if facts[name] != now:
            found.append(Change(what, "", Money(facts[name], priced.currency), Money(now, priced.currency)))
    return found or [Change(What.UNSEEN)]


def _lines(before: Mapping[str, tuple[int, int, str]], view: CartView) -> list[Change]:
    now = {line.sku: line for line in view.lines}
    found = [Change(What.REMOVED, before[sku][2]) for sku in before if sku not in now]
    for sku, line in now.items():
        if sku not in before:
            found.append(Change(What.ADDED, line.title))
            continue
        quantity, minor, _title = before[sku]
        if quantity != line.quantity:
            found.append(Change(What.QUANTITY, line.title, quantity, line.quantity))
        if minor != line.price.minor:
            found.append(Change(What.PRICE, line.title, Money(minor, line.price.currency), line.price))
    return found


def _read(seen: str) -> dict[str, Any] | None:
    """The facts, with every type as expected, or None: the field may hold anything."""
    if len(seen) > LONGEST:
        return None
    try:
        facts = json.loads(seen)
        return {
            "currency": str(facts["currency"]),
            "lines": {
                str(sku): (_whole(row[0]), _whole(row[1]), str(row[2])[:200]) for sku, row in facts["lines"].items()
            },
            **{name: _whole(facts[name]) for name in ("delivery", "discount", "total")},
        }
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value
