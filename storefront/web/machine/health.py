"""Is the process alive, is the shop ready, and how is it doing: for load balancers and monitoring."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, make_response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select, text

from storefront import config
from storefront.core import signing
from storefront.core.db import session
from storefront.core.mail import OutgoingMail
from storefront.payments.models import Payment, PaymentStatus, StripeEvent
from storefront.web.guards import public

pages = Blueprint("health", __name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS = Counter("storefront_requests_total", "Requests answered", ["endpoint", "method", "status"])
SECONDS = Histogram("storefront_request_seconds", "Time to answer", ["endpoint"])
WAITING = Gauge("storefront_waiting", "Rows that wait for the worker", ["queue"], multiprocess_mode="mostrecent")


@pages.get("/healthz")
@public
def process() -> Response:
    """The process answers."""
    return _plain("ok")


@pages.get("/readyz")
@public
def ready() -> Response:
    """The database, the queue and the signing key are there; 503 and the names of what isn't."""
    failing = [name for name, check in CHECKS.items() if not _holds(check)]
    response = jsonify({"ready": not failing, "failing": failing})
    response.status_code = 503 if failing else 200
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus metrics, for whoever has the token; without one set, for this machine alone."""
    _may_measure()
    for name, count in _waiting().items():
        WAITING.labels(name).set(count)
    response = make_response(generate_latest(_registry()))
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    response.headers["Cache-Control"] = "no-store"
    return response


def _database() -> bool:
    return session().scalar(text("SELECT 1")) == 1


def _migrated() -> bool:
    return session().scalar(text("SELECT version_num FROM alembic_version")) is not None


def _queue() -> bool:
    return current_app.extensions["storefront.queue"].pending_count() >= 0


def _signing() -> bool:
    return bool(signing.load_key(config.current().signing_pem).thumbprint())


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrated,
    "queue": _queue,
    "signing key": _signing,
}


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        session().rollback()
        current_app.logger.exception("not ready")
        return False


def _waiting() -> dict[str, int]:
    questions = {
        "mail": select(func.count(OutgoingMail.id)).where(OutgoingMail.sent_at.is_(None)),
        "stripe_events": select(func.count(StripeEvent.id)).where(StripeEvent.handled_at.is_(None)),
        "unknown_payments": select(func.count(Payment.id)).where(Payment.status == PaymentStatus.UNKNOWN),
    }
    return {name: session().scalar(question) or 0 for name, question in questions.items()}


def _registry() -> CollectorRegistry:
    """What is told: of all processes together where they share PROMETHEUS_MULTIPROC_DIR, else of this one."""
    together = CollectorRegistry()
    try:
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    except ValueError:  # The variable is not set.
        return REGISTRY
    return together


def _may_measure() -> None:
    settings = config.current()
    token = settings.metrics_token
    # Behind a proxy on the same machine everyone would seem to be local, so production always wants the token.
    if not token and settings.shop_env != "production" and request.remote_addr in {"127.0.0.1", "::1"}:
        return
    given = (request.authorization.token or "") if request.authorization else ""
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        abort(404)


def _plain(words: str) -> Response:
    response = make_response(words + "\n")
    response.mimetype = "text/plain"
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask, _settings: config.Settings) -> None:
    """Count and time every request by its endpoint, never by its address."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "unknown"
        # Whoever makes up methods must not make the process remember each of them.
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(endpoint, method, response.status_code).inc()
        if "started" in g:
            SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
        return response
