"""The names of the ledger's accounts. A debit is positive, a credit negative; what we owe is a credit."""

from __future__ import annotations

STRIPE = "stripe"  # what Stripe holds for us
BANK = "bank"  # what the shop has sent from its bank account
STRIPE_FEES = "stripe:fees"  # what Stripe kept and the shop bears
SHOPPERS = "shoppers"  # what came in and bought nothing, owed back
DISPUTES = "disputes"  # what banks hold back until a dispute is decided
SHOP_REVENUE = "shop:revenue"  # the shop's own part of prices, less vouchers
SHOP_RETURNS = "shop:returns"  # prepaid parts of goods given back: the makers keep them, the shop bears them
SHOP_PLEDGE = "shop:pledge"  # the shop's own pledge, owed
SHOP_PLEDGE_COST = "shop:pledge-cost"  # what that pledge has cost it

PAYOUT = "payout"  # the kind of the groups that pay out to producers
PAYOUT_RETURNED = "payout-returned"  # and of those that take a payout back
PAYOUTS = (PAYOUT, PAYOUT_RETURNED)

OF_CHARITIES = "charity:%"  # LIKE: set aside and payable; an entry of an order line moves one or the other


def producer(slug: str) -> str:
    """What is owed to a producer."""
    return f"producer:{slug}:payable"


def pledged(slug: str) -> str:
    """What is set aside for a charity while the return window is open."""
    return f"charity:{slug}:pledged"


def payable(slug: str) -> str:
    """What is owed to a charity for good."""
    return f"charity:{slug}:payable"
