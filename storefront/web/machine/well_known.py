"""The shop's public keys and contact, where machines look for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, make_response

from storefront import config
from storefront.core import clock, signing
from storefront.receipts.credential import did
from storefront.web.guards import public

pages = Blueprint("well_known", __name__, url_prefix="/.well-known")


def public_keys() -> dict[str, Any]:
    """Every key that ever signed a receipt, the current one first."""
    return signing.known_jwks(signing.load_key(config.current().signing_pem))


@pages.get("/jwks.json")
@public
def jwks() -> Response:
    """All public keys as a JWK set (RFC 7517)."""
    return _for_machines(jsonify(public_keys()), "application/jwk-set+json")


@pages.get("/did.json")
@public
def did_document() -> Response:
    """The shop's DID document (W3C DID 1.0, method did:web) with the same keys."""
    identifier = did(config.current().base_url)
    keys = public_keys()["keys"]
    names = [f"{identifier}#{key['kid']}" for key in keys]
    document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": identifier,
        "verificationMethod": [
            {"id": name, "type": "JsonWebKey", "controller": identifier, "publicKeyJwk": key}
            for name, key in zip(names, keys, strict=True)
        ],
        "assertionMethod": names,
    }
    return _for_machines(jsonify(document), "application/did+json")


@pages.get("/security.txt")
@public
def security() -> Response:
    """Where to report a weakness (RFC 9116)."""
    settings = config.current()
    expires = (clock.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    text = (
        f"Contact: mailto:security@{settings.host}\n"
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}\n"
        f"Canonical: {settings.base_url}/.well-known/security.txt\n"
        "Preferred-Languages: en\n"
    )
    return _for_machines(make_response(text), "text/plain")


def _for_machines(response: Response, mimetype: str) -> Response:
    response.mimetype = mimetype
    response.cache_control.public = True
    response.cache_control.max_age = 300
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
