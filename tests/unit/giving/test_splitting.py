"""Where the money goes: the parts are the price, before and after a refund."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storefront.core.money import Money
from storefront.giving.splitting import FrozenShare, split_line, split_price

SHARES = [
    FrozenShare("makers", "Makers", "prepaid", 5000),
    FrozenShare("materials", "Materials", "cost", 2000),
    FrozenShare("other", "Freight", "cost", 1500),
    FrozenShare("shop", "Shop", "cost", 1500),
]


def test_the_charity_comes_first_and_the_rest_is_split_by_the_shares():
    parts = split_price(Money(2400, "USD"), 120, SHARES, charity="Open Bench")
    assert [(part.to, part.minor) for part in parts] == [
        ("charity", 120),
        ("makers", 1140),
        ("materials", 456),
        ("other", 342),
        ("shop", 342),
    ]
    assert parts[0].percent == 5.0


def test_a_voucher_is_borne_by_the_shop_alone():
    without = split_price(Money(2400, "USD"), 120, SHARES)
    voucher = split_price(Money(1900, "USD"), 120, SHARES, discount_minor=500)
    assert [part.minor for part in voucher[:-1]] == [part.minor for part in without[:-1]]
    assert voucher[-1].minor == without[-1].minor - 500


@given(
    st.integers(1, 10**7),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 100),
    st.sampled_from(["JPY", "USD", "KWD"]),
)
def test_parts_of_what_is_left_of_a_line_sum_to_it(gross, off, back, share, currency):
    net = gross - gross * off // 100
    left = net - net * back // 100
    parts = split_line(
        gross_minor=gross,
        net_minor=net,
        left_minor=left,
        pledge_minor=left * share // 100,
        currency=currency,
        shares=SHARES,
    )
    assert sum(part.minor for part in parts) == left
