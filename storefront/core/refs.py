"""Public references: what stands in addresses and letters instead of database keys."""

from __future__ import annotations

import hashlib
import secrets

# No vowels and no look-alikes, so that a reference spells no word and survives a telephone.
_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXZ"
# How long what a guest left under a key (a cart, favourites) is kept after they were here last.
KEPT_DAYS = 30


def new_ref(length: int = 12) -> str:
    """A random reference; the default of 12 characters carries about 57 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_key() -> str:
    """A secret for a link or a cookie: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """What is stored of such a secret: its SHA-256, in hex. A random 256-bit key needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()
