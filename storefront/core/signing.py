"""Signatures with Ed25519: the shop's keys, and JSON Web Signatures made and checked with them.

A key is named by its RFC 7638 thumbprint. The private key comes from the settings; every public key
that ever signed stays in the table `signing_key`, so that rotating the key fails no old receipt.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet, OKPKey
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core.db import Model, insert_unless_there, session

# RFC 9864 prefers the newer name "Ed25519"; verifiers in the field know only this one for the same signature.
ALGORITHM = "EdDSA"
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)


class SigningKey(Model):
    """A public key of the shop, kept for ever; `kid` is its thumbprint."""

    __tablename__ = "signing_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    first_used_at: Mapped[datetime]


class BadSignature(ValueError):
    """The signature doesn't belong to these bytes and the keys given."""


def generate_key() -> str:
    """A new private key as PKCS#8 PEM, for the setting SIGNING_KEY."""
    return OKPKey.generate_key("Ed25519").as_pem(private=True).decode()


def load_key(pem: str) -> OKPKey:
    """The private key in `pem`; raises ValueError when it is no Ed25519 key."""
    key = OKPKey.import_key(pem)
    if key.curve_name != "Ed25519" or not key.is_private:
        raise ValueError("SIGNING_KEY must be an Ed25519 private key in PEM")
    return key


def public_jwk(key: OKPKey) -> dict[str, Any]:
    """The public half as a JWK with `kid`, `alg` and `use`."""
    jwk: dict[str, Any] = dict(key.as_dict(private=False))
    return jwk | {"kid": key.thumbprint(), "alg": ALGORITHM, "use": "sig"}


def remember_key(key: OKPKey, now: datetime) -> str:
    """Make sure that the public half is on record, also when two use a new key at once; returns its kid."""
    kid = key.thumbprint()
    if session().scalar(select(SigningKey.id).where(SigningKey.kid == kid)) is None:
        insert_unless_there(SigningKey, {"kid": kid, "public_jwk": public_jwk(key), "first_used_at": now})
    return kid


def known_jwks(current: OKPKey | None = None) -> dict[str, Any]:
    """All public keys as a JWK set, the current one first."""
    keys = [row.public_jwk for row in session().scalars(select(SigningKey).order_by(SigningKey.id.desc()))]
    if current is not None:
        mine = public_jwk(current)
        keys = [mine] + [jwk for jwk in keys if jwk["kid"] != mine["kid"]]
    return {"keys": keys}


def sign(payload: bytes, key: OKPKey, header: Mapping[str, Any]) -> str:
    """A compact JWS over `payload`, with `alg` and `kid` added to `header`."""
    protected = {"alg": ALGORITHM, "kid": key.thumbprint(), **header}
    return jws.serialize_compact(protected, payload, key, algorithms=[ALGORITHM])


def verify(token: str, jwks: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Header and payload of a compact JWS; raises BadSignature with the reason."""
    try:
        keys = KeySet.import_key_set({"keys": list(jwks["keys"])})
        result = jws.deserialize_compact(token.encode(), keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        # A header may hold anything under any name, and the library takes some of it for granted.
        raise BadSignature(str(error)) from error
    return dict(result.headers()), result.payload
