"""The Flask application of a sandbox: the API, the control API and the checkout page, on loopback only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request

from . import api, checkout_page, control
from .errors import unrecognised
from .state import State


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and no other."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def create_app(state: State) -> Flask:
    """The whole sandbox as one WSGI application over `state`."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    app.register_blueprint(api.blueprint(state))
    app.register_blueprint(control.blueprint(state))
    app.register_blueprint(checkout_page.blueprint(state))

    @app.before_request
    def only_this_machine() -> tuple[Response, int] | None:
        # The host is checked too, so that a page elsewhere cannot reach in under a name of its own.
        host = urlsplit(f"//{request.host}").hostname or ""
        if is_loopback(request.remote_addr or "") and is_loopback(host):
            return None
        return jsonify(
            {"error": {"type": "invalid_request_error", "message": "The sandbox answers this machine only."}}
        ), 403

    @app.errorhandler(404)
    @app.errorhandler(405)
    def not_modelled(error: Exception) -> tuple[Response, int]:
        return jsonify(unrecognised(request.method, request.path).body()), 404

    return app
