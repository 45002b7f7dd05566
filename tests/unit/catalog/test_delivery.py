"""Delivery counts working days."""

from __future__ import annotations

from datetime import date

from storefront.catalog.delivery import arrives


def test_weekends_do_not_count():
    friday = date(2026, 10, 30)
    assert arrives(friday, 1, 6) == (date(2026, 11, 2), date(2026, 11, 9))
