"""What a sale costs the group, worked through at the price that it entered."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _

from storefront import config
from storefront.catalog import checking
from storefront.catalog.content import Content
from storefront.core.money import Money, round_rate
from storefront.giving.splitting import FrozenShare, Part, split_price


def example(what: Content, currency: str) -> tuple[Money, list[Part]] | None:
    """The first kind's price and its parts, as soon as there are both."""
    prices = [row["price_minor"] for row in what["variants"] if row["price_minor"] > 0]
    shares = [FrozenShare(**row) for row in what["shares"]]
    if not prices or sum(row.basis_points for row in shares) != 10_000:
        return None
    pledge = what["pledge"]
    owed = min(checking.owed(pledge, prices[0]), prices[0]) if pledge else 0
    price = Money(prices[0], currency)
    return price, split_price(price, owed, shares, charity=_("The charity"))


def card_fee(shown: tuple[Money, list[Part]] | None) -> Money | None:
    """About what Stripe keeps of the example's price, where that is taken from what the group gets."""
    settings = config.current()
    if shown is None or settings.fee_bearer != "producer":
        return None
    price = shown[0]
    fee = round_rate(price.minor, Decimal(settings.card_fee_rate)) + settings.card_fee_minor
    return Money(fee, price.currency)
