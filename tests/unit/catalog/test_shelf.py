"""Bitmaps: the sums behind facet counts."""

from __future__ import annotations

import random

from storefront.catalog.shelf import Shelf, bitmap, members


def test_a_bitmap_gives_back_the_ids_it_was_made_of():
    ids = sorted(random.Random(3).sample(range(1, 20_000), 700))
    assert list(members(bitmap(ids))) == ids
    assert list(members(0)) == []


def test_a_price_range_is_the_same_as_comparing_each_price():
    source = random.Random(5)
    prices = {id_: source.randrange(1, 100_000) for id_ in range(1, 400)}
    shelf = Shelf()
    shelf.live = bitmap(list(prices))
    for digit in range(17):
        shelf.price_planes.append(bitmap([id_ for id_, price in prices.items() if price >> digit & 1]))
    for low, high in [
        (None, None),
        (0, 0),
        (500, 50_000),
        (None, 777),
        (99_999, None),
        (60_000, 40_000),
        (None, 10**9),
    ]:
        wanted = [
            id_ for id_, price in prices.items() if (low is None or price >= low) and (high is None or price <= high)
        ]
        assert list(members(shelf.priced(low, high))) == wanted
