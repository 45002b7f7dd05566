"""How often something may be asked for: all limits on one screen.

Counted in Redis where REDIS_URL names one, so that all processes count together, else in memory. Without
its Redis the shop goes on selling with limits a process of its own (`limited`); sign-in is refused instead
(`count_sign_in`), because guessing passwords is what an attacker would break Redis for.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections.abc import Callable

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from storefront.config import Settings
from storefront.web.guards import View

# For `@limited(name)`: counted for each network address, over all views that share the name.
LIMITS = {
    "checkout": "20 per 10 minutes",
    "sign_up": "10 per hour",
    "letters": "10 per hour",  # every form of a guest that makes us write to somebody: resets, claims
    "voucher": "30 per 10 minutes",  # codes are short enough to be guessed
    "words": "20 per hour",  # whatever is said in public, and waits for somebody to read it
    "concerns": "10 per hour",
    "concern_words": "20 per hour",  # whatever is added to one
    "verify": "60 per 10 minutes",
}

# Of these only what was taken counts: an address has many people behind it, and none of them must lose their words
# to somebody who sends empty forms.
_COUNTED_ONCE_TAKEN = ("words", "concerns", "concern_words")

SIGN_IN = parse("10 per 5 minutes")
SIGN_IN_ALL = parse("1000 per 5 minutes")
LETTERS_TO_ONE = parse("5 per hour")


def network() -> str:
    """Where the request comes from: an IPv4 address, or the /64 network that one IPv6 customer has.

    Only the proxies that PROXIES counts are believed; a header that a client forges changes nothing.
    """
    try:
        address = ipaddress.ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


limiter = Limiter(
    network, strategy="moving-window", key_prefix="storefront", in_memory_fallback_enabled=True, headers_enabled=False
)


def limited(name: str) -> Callable[[View], View]:
    """Mark a view (below its `@public` or guard) as one that LIMITS limits."""
    taken = _taken if name in _COUNTED_ONCE_TAKEN else None
    return limiter.shared_limit(LIMITS[name], scope=name, deduct_when=taken)  # type: ignore[no-any-return]


def _taken(response: Response) -> bool:
    return response.status_code < 400


def count_sign_in(email: str) -> None:
    """Count one try, before its password is looked at; raises TooManyRequests or ServiceUnavailable.

    10 per 5 minutes for the address it comes from and for the account it names, 1,000 in all. An address that
    is over its limit isn't counted against the account, so that alone it can't lock somebody out for long.
    """
    _hit(SIGN_IN, "sign_in_from", network())
    _hit(SIGN_IN, "sign_in_as", _name_of(email))
    _hit(SIGN_IN_ALL, "sign_in_all")


def may_write_to(email: str, what: str = "letters") -> bool:
    """Whether one more letter that a stranger can cause may go to this mailbox; counts it if so.

    Each kind is counted by itself: nobody can use up somebody's password resets by asking questions in their name.
    """
    return _counter().hit(LETTERS_TO_ONE, f"{what}_to", _name_of(email))


def _hit(limit: RateLimitItem, *names: str) -> None:
    try:
        counter = _counter()
        if counter.hit(limit, *names):
            return
        reset = counter.get_window_stats(limit, *names).reset_time
    except Exception as error:
        current_app.logger.exception("limits can't be counted")
        raise ServiceUnavailable(retry_after=30) from error
    raise TooManyRequests(retry_after=max(1, math.ceil(reset - time.time())))


def _counter() -> MovingWindowRateLimiter:
    counter: MovingWindowRateLimiter = current_app.extensions["storefront.limits"]
    return counter


def _name_of(email: str) -> str:
    """An account in the counters: not its address, which has no business in Redis."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]


def init_app(app: Flask, settings: Settings) -> None:
    """Count in Redis or in memory, as the settings say."""
    storage = settings.redis_url or "memory://"
    app.config["RATELIMIT_STORAGE_URI"] = storage
    limiter.init_app(app)
    app.extensions["storefront.limits"] = MovingWindowRateLimiter(
        storage_from_string(
            storage, wrap_exceptions=True, **({"key_prefix": "storefront"} if settings.redis_url else {})
        )
    )
