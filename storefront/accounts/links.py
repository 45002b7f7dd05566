"""Signed links in letters. A link names its user and purpose, ends after its time, and works once.

Once, because its signature covers a fingerprint of what following it changes: the password or the proof of
the address. Nothing has to be stored, and a changed password kills every link that was sent before.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from storefront import config
from storefront.accounts.finding import by_ref
from storefront.accounts.models import User
from storefront.core import clock


class Purpose(StrEnum):
    """What a link is for; one for another purpose is refused."""

    EMAIL_PROOF = "email_proof"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    ORDER_CLAIM = "order_claim"


LASTS = {
    Purpose.EMAIL_PROOF: timedelta(hours=24),
    Purpose.PASSWORD_RESET: timedelta(hours=1),
    Purpose.ORDER_CLAIM: timedelta(hours=1),
}


class DeadLink(LookupError):
    """The link was altered, has ended, or was used."""


class _Signer(TimestampSigner):
    """Signs with the shop's own clock."""

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


def make(purpose: Purpose, user: User) -> str:
    """A token for the path of a link."""
    return str(_serializer(purpose).dumps([user.ref, _fingerprint(user)]))


def user_of(purpose: Purpose, token: str) -> User:
    """Whose link it is; raises DeadLink."""
    try:
        ref, fingerprint = _serializer(purpose).loads(token, max_age=int(LASTS[purpose].total_seconds()))
    except (BadData, ValueError, TypeError) as error:
        raise DeadLink from error
    user = by_ref(ref)
    if user is None or user.closed_at is not None or fingerprint != _fingerprint(user):
        raise DeadLink
    return user


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(config.current().secret_key, salt=f"accounts.{purpose}", signer=_Signer)


def _fingerprint(user: User) -> str:
    state = "|".join((user.email, user.password_hash, str(user.email_proven_at is not None)))
    return hashlib.sha256(state.encode()).hexdigest()[:32]
