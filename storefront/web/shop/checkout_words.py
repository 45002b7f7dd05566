"""What has changed since the shopper last looked, in words."""

from __future__ import annotations

from collections.abc import Iterable

from storefront.checkout.comparing import Change, What
from storefront.core.money import Money
from storefront.web.rendering import money
from storefront.web.wording import gettext


def choose() -> str:
    """The first line of the list of countries."""
    return gettext("Choose a country")


def changes(found: Iterable[Change]) -> list[str]:
    """Each difference as a sentence."""
    return [text for change in found if (text := _words(change))]


def less_giving(before: Money, after: Money) -> str:
    """A pledge reached its cap while the shopper was reading."""
    return gettext(
        "The charities get %(after)s instead of %(before)s: a pledge has reached its cap. The price is the same.",
        before=money(before), after=money(after),
    )  # fmt: skip


def _words(change: Change) -> str:
    before, after = _amount(change.before), _amount(change.after)
    facts = {"title": change.title, "before": before, "after": after}
    match change.what:
        case What.ADDED:
            return gettext("%(title)s came into the cart.", title=change.title)
        case What.REMOVED:
            return gettext("%(title)s is not in the cart any more.", title=change.title)
        case What.QUANTITY:
            return gettext("%(title)s: %(after)s instead of %(before)s.", **facts)
        case What.PRICE:
            return gettext("%(title)s costs %(after)s each instead of %(before)s.", **facts)
        case What.DELIVERY:
            return gettext("Delivery costs %(after)s instead of %(before)s.", before=before, after=after)
        case What.DISCOUNT:
            return gettext("The voucher takes off %(after)s instead of %(before)s.", before=before, after=after)
        case What.TOTAL:
            return gettext("The total is %(after)s instead of %(before)s.", before=before, after=after)
    return ""


def _amount(value: Money | int | None) -> str:
    return money(value) if isinstance(value, Money) else str(value)
