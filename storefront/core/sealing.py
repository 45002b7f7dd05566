"""Secrets at rest: text that the database keeps and only the holder of SECRET_KEY reads (Fernet, a key a purpose)."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storefront import config


def seal(text: str, purpose: str) -> str:
    """The text as the database may keep it."""
    return _seal(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str | None:
    """The text again; None where SECRET_KEY was changed, or the purpose is another."""
    try:
        return _seal(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _seal(purpose: str) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(config.current().secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
