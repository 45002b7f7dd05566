"""What the cart tells the domains above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CartMerged:
    """At sign-in the lines of one cart came into another; the first is about to go."""

    from_id: int
    into_id: int
