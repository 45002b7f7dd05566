"""Checking a receipt offline: nothing but its text and the shop's public keys is needed.

A receipt may come as the signed token (`.jwt`) or as the readable JSON that carries the token (`.json`);
of the latter the readable part must say exactly what was signed.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from storefront.core import signing
from storefront.receipts.issuing import TYPE, token_digest

MAX_CHARACTERS = 64 * 1024


class NotAuthentic(ValueError):
    """The text is no receipt that these keys signed; the message says why, in words for its holder."""


@dataclass(frozen=True)
class Verified:
    """A receipt whose signature holds: what it says, by which key, and its SHA-256."""

    credential: dict[str, Any]
    kid: str
    digest: str
    token: str

    @property
    def subject(self) -> dict[str, Any]:
        """What the receipt says of the purchase."""
        subject: dict[str, Any] = self.credential["credentialSubject"]
        return subject


def verify(text: str, *, jwks: Mapping[str, Any], issuer: str) -> Verified:
    """Check a pasted or uploaded receipt of `issuer`; raises NotAuthentic with the reason."""
    token, readable = _token_of(text)
    header = _header(token)
    known = {key["kid"] for key in jwks["keys"]}
    if str(header.get("kid")) not in known:
        raise NotAuthentic(
            "It was signed with a key that this shop never used. It may be another shop's receipt: verify it there."
        )
    try:
        headers, payload = signing.verify(token, jwks)
    except signing.BadSignature as error:
        raise NotAuthentic("The signature doesn't fit the text: it was changed after it was signed.") from error
    credential = json.loads(payload)
    if headers.get("typ") != TYPE or "ImpactReceipt" not in credential.get("type", ()):
        raise NotAuthentic("The signature is the shop's, but this is no impact receipt.")
    if credential.get("issuer") != issuer:
        raise NotAuthentic(f"It was issued by {credential.get('issuer')}, not by this shop: verify it there.")
    if readable is not None and readable != credential:
        raise NotAuthentic("The readable part differs from what was signed: it was changed afterwards.")
    return Verified(credential, str(headers["kid"]), token_digest(token), token)


def _token_of(text: str) -> tuple[str, dict[str, Any] | None]:
    text = text.strip().lstrip("\ufeff").strip()
    if not text:
        raise NotAuthentic("There is nothing to verify: paste a receipt, or choose its .jwt or .json file.")
    if len(text) > MAX_CHARACTERS:
        raise NotAuthentic("This is too long for a receipt, which has a few thousand characters.")
    if not text.startswith("{"):
        return "".join(text.split()), None
    try:
        readable = json.loads(text)
        token = readable.pop("jwt")
    except (ValueError, RecursionError) as error:
        raise NotAuthentic("This is not whole JSON: a part may be missing. Copy the whole file.") from error
    except KeyError as error:
        raise NotAuthentic("This JSON carries no signature: its member “jwt” is missing.") from error
    if not isinstance(token, str):
        raise NotAuthentic("The member “jwt” is no signed receipt.")
    return token, readable


def _header(token: str) -> dict[str, Any]:
    """The token's header, once all three parts are base64url written the one canonical way."""
    parts = token.split(".")
    try:
        if len(parts) != 3:
            raise ValueError("a token has three parts")
        decoded = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
        # Base64 has spare bits at its end: only one spelling counts, so that no changed byte goes unnoticed.
        if [base64.urlsafe_b64encode(raw).rstrip(b"=").decode() for raw in decoded] != parts:
            raise ValueError("not the canonical spelling")
        header = json.loads(decoded[0])
    except (ValueError, binascii.Error, UnicodeError, RecursionError) as error:
        raise NotAuthentic("This is no signed receipt, or a part of it is missing or changed.") from error
    if not isinstance(header, dict):
        raise NotAuthentic("This is no signed receipt.")
    return header
