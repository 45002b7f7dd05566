"""Money never loses or makes a minor unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.core.money import CurrencyMismatch, Money, ceil_share, digits, split


def test_currencies_have_their_own_number_of_decimals():
    assert [digits(code) for code in ("JPY", "USD", "KWD")] == [0, 2, 3]
    assert str(Money(1250, "JPY").amount) == "1250"
    assert str(Money(1250, "USD").amount) == "12.50"
    assert str(Money(1250, "KWD").amount) == "1.250"


def test_amounts_of_two_currencies_do_not_add():
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "JPY")


def test_an_amount_is_never_a_float():
    with pytest.raises(TypeError):
        Money(1.5, "USD")  # type: ignore[arg-type]


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any))
def test_parts_of_a_split_sum_to_the_whole_and_are_fair(minor, weights):
    parts = split(minor, weights)
    assert sum(parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Decimal(minor) * weight / sum(weights)) < 1


@given(st.integers(0, 10**9), st.decimals("0.000001", "1", places=6))
def test_a_charitys_share_is_rounded_up_and_never_above_the_whole(minor, rate):
    share = ceil_share(minor, rate)
    assert minor * rate <= share <= minor
    assert share - minor * rate < 1


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_a_split_needs_weights_that_make_sense(weights):
    with pytest.raises(ValueError):
        split(100, weights)
