"""The test cards that Stripe publishes and this sandbox knows. No other number is taken or kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """What a published test number does: `outcome` is ok, declined, authenticate or dispute."""

    last4: str
    outcome: str
    meaning: str
    decline_code: str | None = None


CARDS = {
    "4242424242424242": Card("4242", "ok", "is accepted"),
    "4000000000000002": Card("0002", "declined", "is declined", "generic_decline"),
    "4000000000009995": Card("9995", "declined", "is declined: insufficient funds", "insufficient_funds"),
    "4000002760003155": Card("3155", "authenticate", "asks for 3-D Secure"),
    "4000000000000259": Card("0259", "dispute", "is accepted, then disputed"),
}

#: The delayed method of each currency that has one: the payment is known days after the purchase.
DELAYED = {"usd": "us_bank_account", "eur": "sepa_debit", "gbp": "bacs_debit", "jpy": "konbini"}


class UnknownCard(ValueError):
    """The number is not one of Stripe's published test cards that the sandbox models."""


def find(number: str) -> Card:
    """The card with this number, spaces and dashes left out; raises UnknownCard."""
    card = CARDS.get(number.replace(" ", "").replace("-", ""))
    if card is None:
        raise UnknownCard
    return card
