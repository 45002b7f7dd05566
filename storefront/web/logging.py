"""Logs as JSON lines on standard error, each with the id of its request.

No personal data: a request is named by its route, never by its address, because addresses carry order
references and secret keys; no e-mail address, network address or browser is written.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import Processor

from storefront.config import Settings

_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_QUIET = {"static", "favicon", "health.process", "health.ready", "health.metrics"}

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(level: str) -> None:
    """Send every logger of the process through one handler that writes a JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(json_formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for library in ("alembic", "huey", "stripe"):  # They tell every step of their own work.
        logging.getLogger(library).setLevel("WARNING")


def json_formatter() -> logging.Formatter:
    """What turns our own records and those of libraries into the same JSON."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True, default=str),
        ],
    )


def init_app(app: Flask, settings: Settings) -> None:
    """Give each request an id, and each answer a line. Tests keep their own handlers."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    if settings.shop_env != "test":
        configure(settings.log_level)
    log = structlog.get_logger("storefront.request")

    def failed(exc_info: Any) -> None:
        route = request.url_rule.rule if request.url_rule else None
        app.logger.error("%s %s failed", request.method, route, exc_info=exc_info)

    # Flask's own line names the address, and with it the token of a password's reset or an order's key.
    app.log_exception = failed  # type: ignore[method-assign]

    @app.before_request
    def begin() -> None:
        g.request_id = _request_id(trusted=settings.proxies > 0)
        g.request_began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-Id"] = g.request_id
            write = log.debug if request.endpoint in _QUIET else log.info
            write("request", **_facts(response))
        return response


def _facts(response: Response) -> dict[str, Any]:
    return {
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,
        "status": response.status_code,
        "ms": round(1000 * (time.perf_counter() - g.request_began), 1),
    }


def _request_id(*, trusted: bool) -> str:
    """The id that a proxy of ours has given, or a new one: strangers may not write into the logs."""
    given = request.headers.get("X-Request-Id", "")
    return given if trusted and _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
