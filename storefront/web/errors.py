"""What people see when something is refused or fails: calm pages that say what to do, JSON for machines.

None of these pages needs the database or the session, so that they stand when those don't.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, ServiceUnavailable

from storefront.charities.models import Cause
from storefront.config import Settings
from storefront.web.guards import SignedOut
from storefront.web.kept_words import written
from storefront.web.security import CrossSite
from storefront.web.shop.labels import cause_name
from storefront.web.shop.parties import Suspended

PAGES = frozenset({400, 403, 404, 405, 413, 429, 500, 503})

# Shown when even the error page can't be made.
_BARE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Something went wrong</title></head>'
    "<body><h1>Something went wrong</h1><p>The fault is ours. Please try again in a few minutes.</p></body></html>"
)


def wants_json() -> bool:
    """Whether a machine is asking: it sent JSON, asked for a `.json` address, or prefers JSON to HTML."""
    if request.path.endswith(".json") or request.is_json:
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def answer(error: HTTPException, kind: str = "") -> Response:
    """The page (or JSON) of an error; `kind` names a page of its own for a special case of its status."""
    code = error.code or 500
    if wants_json():
        response = jsonify({"status": code, "title": HTTPStatus(code).phrase, "request": g.get("request_id")})
    else:
        response = make_response(_page(code, kind))
    response.status_code = code
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(code: int, kind: str) -> str:
    name = kind or str(code if code in PAGES else 500 if code >= 500 else 400)
    try:
        return render_template(
            f"errors/{name}.html",
            causes=_causes(),
            request_id=g.get("request_id", ""),
            words=written(),
            back=_came_from() if kind == "signed_out" else "",
        )
    except Exception:
        # The cause is worth more than its page: log this second fault and answer all the same.
        current_app.logger.exception("the error page failed")
        return _BARE


def _causes() -> list[tuple[str, str]]:
    return [(f"/causes/{cause.value}", cause_name(cause)) for cause in Cause]


def _came_from() -> str | None:
    """The page of ours on which the form stood, if it can be asked for again."""
    addresses = current_app.create_url_adapter(request)
    try:
        path = urlsplit(request.referrer or "").path
    except ValueError:  # no address at all
        return None
    return path if addresses and addresses.test(path, "GET") else None


def init_app(app: Flask, settings: Settings) -> None:
    """Register the handlers."""
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(CSRFError, lambda _error: answer(BadRequest(), "out_of_date"))
    app.register_error_handler(CrossSite, lambda _error: answer(Forbidden(), "cross_site"))

    app.register_error_handler(SignedOut, lambda error: answer(error, "signed_out"))
    app.register_error_handler(Suspended, lambda error: answer(error, "suspended"))

    # A NUL byte, or a number that no column holds: PostgreSQL refuses it wherever it was typed.
    app.register_error_handler(DataError, lambda _error: answer(BadRequest()))

    def unavailable(error: Exception) -> Response:
        app.logger.error("the database doesn't answer", exc_info=error)
        return answer(ServiceUnavailable(retry_after=10))

    for fault in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(fault, unavailable)
