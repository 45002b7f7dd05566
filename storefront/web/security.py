"""What protects every request: default deny, where it may come from, form tokens, headers, known hosts."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from storefront.config import Settings
from storefront.core import documents
from storefront.web.guards import View
from storefront.web.loopback import OnlyThisMachine
from storefront.web.origins import from_elsewhere, origin_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
STRIPE_CHECKOUT = "https://checkout.stripe.com"
_LOCAL_HOSTS = ("localhost", "127.0.0.1")
_FILES = ("image/", "font/", "text/css", "text/javascript")

csrf = CSRFProtect()


class CrossSite(Exception):
    """Another site's page sent this request; it is refused before any view runs."""


def from_anywhere(view: View) -> View:
    """Mark a view for machines that prove themselves otherwise (a signed webhook): no origin is asked for."""
    view.from_anywhere = True  # type: ignore[attr-defined]
    return view


def takes_files(megabytes: int) -> Callable[[View], View]:
    """Mark a view that is sent files: how large its forms may be in all."""

    def mark(view: View) -> View:
        view.most_bytes = megabytes * 1_000_000  # type: ignore[attr-defined]
        return view

    return mark


def sent_document(name: str) -> tuple[bytes, str] | None:
    """The document that came with the form, if any, looked at before anything is locked; raises UnreadableDocument."""
    sent = request.files.get(name)
    data = sent.read() if sent else b""
    return documents.check(data) if data else None


def own_path(target: str | None, default: str) -> str:
    """`target` if it is a path of this shop, else `default`: nobody is sent elsewhere by a link to us."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(ord(character) < 33 or character == "\\" for character in target):
        return default
    try:
        parts = urlsplit(target)
    except ValueError:  # no address at all
        return default
    return default if parts.scheme or parts.netloc else target


def content_policy(settings: Settings) -> str:
    """The content security policy: nothing but our own files, and forms that may end at Stripe's page."""
    pay_at = [STRIPE_CHECKOUT]
    # A redirect counts as part of the form's action, so the sandbox's page must be named like Stripe's.
    if "api.stripe.com" not in settings.stripe_api_base:
        pay_at.append(origin_of(settings.stripe_api_base))
    pictures = ["'self'", "data:"]
    if "://" in settings.media_url:
        pictures.append(origin_of(settings.media_url))
    directives = {
        "default-src": "'none'",
        "img-src": " ".join(pictures),
        "style-src": "'self'",
        "script-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": " ".join(["'self'", *pay_at]),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def headers(settings: Settings) -> dict[str, str]:
    """What every answer carries unless a view said otherwise."""
    sent = {
        "Content-Security-Policy": content_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.secure:
        sent["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return sent


def headers_of_files(settings: Settings) -> dict[str, str]:
    """What a picture, font, style sheet or script carries: none of it is a page, and a list has dozens of them."""
    sent = headers(settings)
    kept = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Referrer-Policy", "Strict-Transport-Security")
    # An SVG can be opened as a page; then it may load and run nothing.
    policy = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
    return policy | {name: sent[name] for name in kept if name in sent}


def trusted_hosts(settings: Settings) -> list[str]:
    """The hosts that a request may name; outside production this machine's own names too."""
    named = [host.strip() for host in settings.trusted_hosts.split(",") if host.strip()]
    hosts = named or [settings.host]
    return hosts if settings.shop_env == "production" else [*hosts, *_LOCAL_HOSTS]


def init_app(app: Flask, settings: Settings) -> None:
    """Install everything of this file, before any blueprint."""
    app.config.update(
        TRUSTED_HOSTS=trusted_hosts(settings),
        WTF_CSRF_CHECK_DEFAULT=False,
        # A token lives as long as its session, and `_check_origin` does better than the referrer.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    if settings.proxies > 0:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0, x_port=0, x_prefix=0
        )
    if settings.shop_env == "demo":
        app.wsgi_app = OnlyThisMachine(app.wsgi_app, proxied=settings.proxies > 0)  # type: ignore[method-assign]
    csrf.init_app(app)
    sent, sent_with_files = headers(settings), headers_of_files(settings)

    @app.before_request
    def check() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if view is None:
            return
        access = getattr(view, "access", None)
        if access is None:
            abort(403, "This view carries no mark of who may enter.")
        if request.method in SAFE_METHODS or getattr(view, "from_anywhere", False):
            return
        if from_elsewhere():
            raise CrossSite
        if hasattr(view, "most_bytes"):
            request.max_content_length = view.most_bytes
        # A guest has nothing that a token would protect, and the view's guard sends them to sign in.
        if access != "public" and current_user.is_authenticated:
            csrf.protect()

    @app.after_request
    def protect(response: Response) -> Response:
        is_file = response.mimetype.startswith(_FILES)
        for name, value in (sent_with_files if is_file else sent).items():
            response.headers.setdefault(name, value)
        return response
