"""Addresses that people typed are read without a fault, whatever they typed."""

from __future__ import annotations

import pytest

from storefront.core.links import is_https


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://example.org/paper.pdf", True),
        ("http://example.org", False),
        ("example.org", False),
        ("https://", False),
        ("https://[x", False),
        ("https://example.org？id=5", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_a_whole_address_over_https_is_one(text: str, good: bool) -> None:
    assert is_https(text) == good
