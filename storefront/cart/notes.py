"""What the last change of a cart did, kept with the cart for the page that comes after it.

A note is plain data; the web puts it into words. It stands until the next change, or a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from storefront.cart.models import Cart

SHOWN_FOR = timedelta(minutes=15)


class Note(StrEnum):
    """Kinds of notes, with the facts that each carries."""

    ADDED = "added"  # title, quantity
    TRIMMED = "trimmed"  # line, title, wanted, left: fewer are left than were wanted
    REMOVED = "removed"  # title, sku, quantity: can be put back
    SAVED = "saved"  # line, title: put aside for later
    BROUGHT_BACK = "brought_back"  # title
    MERGED = "merged"  # count, left_out: from the cart of the browser before signing in
    VOUCHER = "voucher"  # code
    VOUCHER_GONE = "voucher_gone"


def note(kind: Note, **facts: str | int) -> dict[str, Any]:
    """One note as it is stored."""
    return {"kind": str(kind), **facts}


def write(cart: Cart, notes: Iterable[dict[str, Any]], now: datetime) -> None:
    """Replace what the cart has to tell."""
    cart.notes = list(notes)
    cart.noted_at = now


def current(cart: Cart, now: datetime) -> list[dict[str, Any]]:
    """What is still worth telling."""
    fresh = cart.noted_at is not None and now - cart.noted_at <= SHOWN_FOR
    return list(cart.notes) if fresh else []
