"""The demo answers this machine alone: the passwords of its accounts, an admin's too, are known to everyone."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REFUSAL = (
    "This is a demonstration: everyone knows its passwords, so it answers only this machine, under a name like "
    "127.0.0.1 or localhost.\nA shop for others is served with SHOP_ENV=production; see docs/running.md.\n"
)
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST")


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this machine itself."""
    try:
        name = host if host.count(":") > 1 and not host.startswith("[") else urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class OnlyThisMachine:
    """Refuses what comes from elsewhere, names another host or, unless `proxied`, was passed on by a proxy."""

    def __init__(self, application: WSGIApplication, *, proxied: bool) -> None:
        self._application = application
        self._signs = () if proxied else _FORWARDED

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        here = all(is_loopback(environ.get(name, "")) for name in ("REMOTE_ADDR", "HTTP_HOST"))
        if here and not any(name in environ for name in self._signs):
            return self._application(environ, start_response)
        return Response(REFUSAL, 403, content_type="text/plain; charset=utf-8")(environ, start_response)
