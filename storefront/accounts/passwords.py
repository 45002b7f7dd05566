"""Passwords: which are fit, how they are kept (Argon2id), and how they are compared.

NIST SP 800-63B: length counts, composition doesn't; 8 to 128 characters, any of them, common ones refused.
Comparing takes the same time whether or not there is an account.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storefront.accounts.common_passwords import is_common

MIN, MAX = 8, 128

# OWASP's parameters for Argon2id: 19 MiB, two passes, one lane; some 25 ms and room for many sign-ins at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Unfit(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    PERSONAL = "personal"


class UnfitPassword(ValueError):
    """The password would be guessed; `why` says by what."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(why)
        self.why = why


def check_fit(password: str, email: str) -> None:
    """Raise UnfitPassword for a password that is too short, too long, common, or the address itself."""
    plain = _plain(password)
    if len(plain) < MIN:
        raise UnfitPassword(Unfit.SHORT)
    if len(plain) > MAX:
        raise UnfitPassword(Unfit.LONG)
    if plain.lower() in {email.lower(), email.lower().partition("@")[0]}:
        raise UnfitPassword(Unfit.PERSONAL)
    if is_common(plain):
        raise UnfitPassword(Unfit.COMMON)


def make(password: str) -> str:
    """What is stored of a password."""
    return _HASHER.hash(_plain(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; as slow for None (no such account) as for a real one."""
    plain = _plain(password)
    # A text of megabytes is nobody's password, and hashing it would be work that an attacker orders.
    tried = plain if len(plain) <= MAX else ""
    try:
        same = _HASHER.verify(stored or _nobodys(), tried)
    except (VerificationError, InvalidHashError):
        return False
    return same and stored is not None


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's, to be made anew at the next sign-in."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _HASHER.hash("no account has this one")


def _plain(password: str) -> str:
    """The same password from every keyboard: NFKC, as accents may arrive as one character or as two."""
    return unicodedata.normalize("NFKC", password)
