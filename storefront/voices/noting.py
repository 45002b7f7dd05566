"""Puts what is done with people's words on record, under the product that they are about."""

from __future__ import annotations

from datetime import datetime

from storefront.core import journal
from storefront.voices.models import Words


def record(act: str, words: Words, actor: str, now: datetime, **facts: object) -> None:
    """Record an act; never the words themselves, which can be taken back, or an address."""
    facts[words.WHAT] = words.ref
    journal.record(act, subject=f"product:{words.product.slug}", actor=actor, now=now, **facts)
