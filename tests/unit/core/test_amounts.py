"""Amounts as people of many countries type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.core import amounts
from storefront.core.amounts import NoAmount


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12", 1200), ("12.5", 1250), ("12,50", 1250), (" 12.50 ", 1250), ("0.05", 5), ("1,000.50", 100_050),
        ("1.000,50", 100_050), ("1 000,50", 100_050), ("1\u202f000,50", 100_050), ("1'000.50", 100_050),
        ("1.234.567,89", 123_456_789), ("1,234,567", 123_456_700), ("1000", 100_000), ("1 000", 100_000),
    ],
)  # fmt: skip
def test_an_amount_is_read_however_its_separators_stand(text, minor):
    assert amounts.read(text, "USD") == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-1",
        "1.2.3",
        "12.345",
        "1,00,0",
        "1,000,50",
        "1.000.50",
        "12,345,67",
        "١٢",
        "1e3",
        "$5",
        "0x1",
        "=1+1",
        "9" * 14,
    ],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(NoAmount):
        amounts.read(text, "USD")


@pytest.mark.parametrize("text", ["1.000", "1,000", "24.500"])
def test_what_might_be_two_amounts_is_asked_again(text):
    with pytest.raises(NoAmount) as refused:
        amounts.read(text, "USD")
    assert refused.value.ambiguous


def test_a_currency_without_decimals_has_none():
    assert amounts.read("1,000", "JPY") == amounts.read("1.000", "JPY") == amounts.read("1000", "JPY") == 1000
    with pytest.raises(NoAmount):
        amounts.read("10.50", "JPY")


@given(st.integers(0, 10**11), st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_is_written_is_read_back(minor, currency):
    assert amounts.read(amounts.write(minor, currency), currency) == minor
