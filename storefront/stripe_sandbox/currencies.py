"""What money may look like at Stripe: decimals, smallest and largest charges, and the sandbox's odd fees.

The figures are of Stripe's public pages as far as they were known when this was written; the fees are
the sandbox's own, chosen so that a shop which computes them instead of reading them gets them wrong.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from .errors import refused

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
#: Written with two decimals for Stripe, although the last two must be zero.
WHOLE_ONLY = frozenset(["isk", "ugx"])
TWO_DECIMAL = frozenset([
    "aed", "ars", "aud", "bdt", "bgn", "brl", "cad", "chf", "cny", "cop", "czk", "dkk", "egp", "eur",
    "gbp", "ghs", "hkd", "huf", "idr", "ils", "inr", "kes", "lkr", "mad", "mxn", "myr", "ngn", "nok",
    "npr", "nzd", "pen", "php", "pkr", "pln", "qar", "ron", "rsd", "sar", "sek", "sgd", "thb", "try",
    "twd", "tzs", "uah", "usd", "uyu", "zar",
])  # fmt: skip
SUPPORTED = ZERO_DECIMAL | THREE_DECIMAL | WHOLE_ONLY | TWO_DECIMAL

_LEAST = {
    "gbp": 30, "hkd": 400, "mxn": 1000, "sek": 300, "nok": 300, "dkk": 250, "pln": 200, "czk": 1500,
    "thb": 1000, "myr": 200, "aed": 200, "huf": 17500, "ron": 200, "twd": 1500, "npr": 7000,
    "krw": 700, "vnd": 13000, "clp": 500, "isk": 7000, "ugx": 190000,
}  # fmt: skip
MOST = 99_999_999

_FEES = {
    "usd": (Decimal("0.029"), 30),
    "eur": (Decimal("0.0325"), 25),
    "gbp": (Decimal("0.0325"), 20),
    "jpy": (Decimal("0.0363"), 0),
    "twd": (Decimal("0.0347"), 700),
}


def decimals(currency: str) -> int:
    """How many decimals the amounts of this currency have on the wire."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def written(minor: int, currency: str) -> str:
    """An amount as the page and the messages write it: `USD 12.50`, `JPY 900`."""
    places = decimals(currency)
    return f"{currency.upper()} {Decimal(minor).scaleb(-places):,.{places}f}"


def check_unit(amount: int, currency: str, param: str) -> None:
    """Refuse amounts that the currency cannot have: three-decimal ones end in 0, ISK and UGX in 00."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_ONLY else 1
    if amount % step:
        raise refused(f"Amounts in {currency} must be evenly divisible by {step}", "parameter_invalid_integer", param)


def least(currency: str) -> int:
    """The smallest charge, in minor units; 50 cents of a dollar, or about as much."""
    return _LEAST.get(currency, 500 if currency in THREE_DECIMAL else 50)


def check_total(total: int, currency: str) -> None:
    """Refuse totals that cannot be charged. Nothing at all to pay is allowed."""
    if 0 < total < least(currency):
        message = f"The Checkout Session's total amount must add up to at least {written(least(currency), currency)}"
        raise refused(message, "amount_too_small")
    if total > MOST:
        raise refused(f"The total must be no more than {written(MOST, currency)}", "amount_too_large")


def fee(amount: int, currency: str) -> int:
    """The sandbox's fee on a charge, in minor units."""
    rate, fixed = _FEES.get(currency, (Decimal("0.0391"), 30 if currency in TWO_DECIMAL else 0))
    return int((amount * rate).quantize(Decimal(1), ROUND_HALF_UP)) + fixed


def dispute_fee(currency: str) -> int:
    """The sandbox's fee on a dispute: about fifteen dollars."""
    return {0: 1650, 3: 4600}.get(decimals(currency), 1500)
