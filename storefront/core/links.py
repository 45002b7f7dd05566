"""Addresses that people typed."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_https(text: str) -> bool:
    """Whether this is the address of a page that is read over HTTPS."""
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname)
    except ValueError:  # a bracket that is not closed, or a character that looks like one of an address
        return False
