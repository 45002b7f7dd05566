"""Lists a page at a time: which page is asked for, how many there are, and the addresses of those beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

FURTHEST = 1_000_000  # beyond it lie only numbers that no database counts to


def number() -> int:
    """The page that the address names with `page`; the first where that makes no sense."""
    return min(max(1, request.args.get("page", 1, type=int)), FURTHEST)


def skip(size: int) -> int:
    """How many rows stand before that page, `size` a page."""
    return (number() - 1) * size


def around(count: int, size: int, address: Callable[[int], str]) -> dict[str, Any]:
    """What the component `pagination` takes, of a list of `count` rows; `address` says where a page is."""
    page, pages = number(), max(1, -(-count // size))
    return {
        "page": page,
        "pages": pages,
        "previous": address(page - 1) if page > 1 else "",
        "next": address(page + 1) if page < pages else "",
    }
