"""What can't be seen in words and has no place in them, wherever they come from."""

from __future__ import annotations

import re

# Control characters but tabs and line ends, and code points that are no characters: HTML forbids them. And marks that
# turn the direction of what follows, so that a line reads otherwise than it is written; the letters of languages that
# are written from right to left turn by themselves.
UNSEEN = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]")


def without_unseen(text: str) -> str:
    """The same words without it."""
    return UNSEEN.sub("", text)
