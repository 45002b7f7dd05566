"""What can't be seen in words and has no place in them, wherever they come from."""

from __future__ import annotations

import re
import unicodedata

# Control characters but tabs and line ends, and code points that are no characters: HTML forbids them. And marks that
# turn the direction of what follows, so that a line reads otherwise than it is written; the letters of languages that
# are written from right to left turn by themselves.
UNSEEN = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]")
# Letters, signs and marks by their kind in Unicode, that show nothing: fillers, and what only joins or varies others.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}


def without_unseen(text: str) -> str:
    """The same words without it. Where nothing is left that anyone could see, no more than blanks are."""
    kept = UNSEEN.sub("", text)
    return "".join(one for one in kept if one.isspace()) if all(map(_shows_nothing, kept)) else kept


def _shows_nothing(one: str) -> bool:
    return one.isspace() or one in BLANK or unicodedata.category(one) == "Cf"
