"""Passwords that everybody tries first, made by the rules by which people make them.

Lists of leaked passwords are mostly a few words with the same few endings, keys that lie side by side, and
repetitions. These rules give some hundred of at least eight characters; letters are compared in lower case,
with digits and signs that stand for letters read as those letters.
"""

from __future__ import annotations

_WORDS = (
    "password", "passwort", "motdepasse", "welcome", "letmein", "iloveyou", "admin", "administrator", "login",
    "monkey", "dragon", "sunshine", "princess", "football", "baseball", "superman", "batman", "master", "shadow",
    "secret", "changeme", "default", "computer", "internet", "whatever", "trustno", "starwars", "michael", "jessica",
    "charlie", "summer", "winter", "spring", "autumn", "hello", "freedom", "flower", "chocolate", "shopping",
)  # fmt: skip
_ENDINGS = ("", "1", "12", "123", "1234", "12345", "123456", "!", "1!", "123!", "2024", "2025", "2026", "01", "99")
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1q2w3e4r5t6y7u8i9o0p")
_READ_AS = str.maketrans("@$013457", "asoleast")


def _made() -> frozenset[str]:
    return frozenset(word + ending for word in _WORDS for ending in _ENDINGS if len(word + ending) >= 8)


COMMON = _made()
_SPELT = frozenset(word.translate(_READ_AS) for word in COMMON)


def is_common(password: str) -> bool:
    """Whether someone who guesses would come to it soon."""
    lower = password.lower()
    if lower in COMMON or lower.translate(_READ_AS) in _SPELT:
        return True
    return _repeats(lower) or _runs(lower)


def _repeats(text: str) -> bool:
    """`aaaaaaaa`, `abcabcabc`: one short piece over and over."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5) if len(text) > size)


def _runs(text: str) -> bool:
    """`12345678`, `qwertyuiop12`: only keys or letters in the order in which they lie, forwards or back."""
    rows = [row + row for row in _ROWS] + [(row + row)[::-1] for row in _ROWS]
    if any(text in row for row in rows):
        return True
    head = text.rstrip("0123456789!")
    tail = text[len(head) :].rstrip("!")
    return len(head) >= 4 and any(head in row for row in rows) and (not tail or any(tail in row for row in rows))
