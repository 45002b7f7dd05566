"""Compresses public pages on their way out.

Private pages stay as they are: a page that mixes a secret with what an attacker may choose would give the
secret away by its compressed length (BREACH).
"""

from __future__ import annotations

import zlib

import brotli
from flask import Flask, Response, request

from storefront.config import Settings

SMALLEST = 1000  # bytes; below that the header costs more than is won
TYPES = {"text/html", "application/json", "application/xml", "application/did+json", "application/jwk-set+json"}


def init_app(app: Flask, _settings: Settings) -> None:
    """Compress answers that everybody gets alike, by Brotli or gzip as the browser asks."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """The same answer, shorter, where that is safe and worth it."""
    if not response.cache_control.public or response.mimetype not in TYPES or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or "Content-Encoding" in response.headers:
        return response
    body = response.get_data()
    if len(body) < SMALLEST:
        return response
    # Low levels: a page is made afresh each time, and the higher ones win a tenth for twice the work.
    if "br" in request.accept_encodings:
        response.set_data(brotli.compress(body, mode=brotli.MODE_TEXT, quality=4))
        response.headers["Content-Encoding"] = "br"
    elif "gzip" in request.accept_encodings:
        response.set_data(_gzip(body))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(5, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()
