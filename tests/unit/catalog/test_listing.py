"""A price split is whole, or it is not saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.catalog.listing import NewShare, SplitDoesNotSum, check_split


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=8))
def test_only_parts_that_sum_to_the_whole_pass(points):
    shares = [NewShare("other", "Part", "cost", one) for one in points]
    if sum(points) == 10_000:
        check_split(shares)
    else:
        with pytest.raises(SplitDoesNotSum):
            check_split(shares)
