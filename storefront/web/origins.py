"""Whether a request was sent by one of our own pages, as far as the browser says."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from storefront import config


def from_elsewhere() -> bool:
    """Whether the browser says that another site's page sent the request.

    `Sec-Fetch-Site` can't be set by a page. A browser too old for it sends `Origin` with every form. What
    sends neither is no browser of today and carries nobody's cookies against their will.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    return origin not in {origin_of(config.current().base_url), f"{request.scheme}://{request.host}"}


def origin_of(url: str) -> str:
    """Scheme and host of an address, as browsers name where a page is from."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
