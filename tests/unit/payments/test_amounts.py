"""What goes over the wire sums to what was asked, in Stripe's own minor units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.payments.amounts import (
    MOST_ITEMS,
    Item,
    OddAmount,
    from_stripe,
    line_items,
    to_stripe,
    within_limits,
)


@pytest.mark.parametrize(
    ("minor", "currency", "wire"),
    [(2400, "USD", 2400), (2400, "JPY", 2400), (12345, "KWD", 12345), (500, "ISK", 50000), (700, "UGX", 70000)],
)
def test_amounts_are_written_with_stripes_decimals(minor, currency, wire):
    assert to_stripe(minor, currency) == wire
    assert from_stripe(wire, currency) == minor


def test_an_amount_without_a_whole_value_is_refused():
    with pytest.raises(OddAmount):
        from_stripe(50001, "ISK")


@given(st.integers(0, 10**7), st.integers(1, 999))
def test_a_discounted_line_is_shown_in_items_that_sum_to_it(net, quantity):
    items = line_items("Coffee", net, quantity)
    assert sum(item.minor for item in items) == net
    assert sum(item.quantity for item in items) == quantity
    assert all(item.quantity > 0 for item in items)


def test_more_lines_than_a_session_takes_become_one():
    (item,) = within_limits([Item("A", 3, 2)] * (MOST_ITEMS + 1), "Order X")
    assert (item.name, item.minor) == ("Order X", 6 * (MOST_ITEMS + 1))


def test_long_names_are_cut():
    assert len(line_items("x" * 400, 100, 1)[0].name) == 250
