"""The wire of `/v1`: who may ask, which version, which parameters, once or again, and the answer."""

from __future__ import annotations

import json
import logging
import re
import time
from typing import Any

from flask import Blueprint, Response, request

from . import endpoints, faults, idempotency
from .errors import ApiError, server_error, unauthorised
from .events import cause
from .options import API_VERSION
from .params import decode
from .state import State, new_id

log = logging.getLogger("stripe_sandbox")
_KEY = re.compile(r"sk_test_sandbox_[A-Za-z0-9_]+")


def check_key(header: str | None) -> None:
    """Only sandbox keys open this door; raises ApiError (401)."""
    scheme, _, key = (header or "").partition(" ")
    if scheme != "Bearer" or not key:
        raise unauthorised("You did not provide an API key. Provide it in the Authorization header, using Bearer auth.")
    if not _KEY.fullmatch(key):
        shown = key[:8] + "*" * 8 + (key[-4:] if len(key) > 24 else "")
        raise unauthorised(
            f"Invalid API Key provided: {shown}. This is a sandbox: it takes sk_test_sandbox_ keys only."
        )


def blueprint(state: State) -> Blueprint:
    """Every path of Stripe's API, modelled or refused."""
    api = Blueprint("api", __name__)

    @api.route("/<any(v1, v2):version>", defaults={"rest": ""}, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    @api.route("/<any(v1, v2):version>/<path:rest>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    def answer(version: str, rest: str) -> Response:
        return respond(state)

    return api


def respond(state: State) -> Response:
    """Answer the current request, whatever happens in it, with Stripe's headers."""
    request_id = new_id("request")
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key:
        headers["Idempotency-Key"] = key
    token = cause.set((request_id, key or None))
    try:
        status, text = _answer(state, request_id, key, headers)
    except ApiError as error:
        status, text = error.status, json.dumps(error.body())
    except Exception:
        log.exception("the sandbox failed at %s %s", request.method, request.path)
        status, text = 500, json.dumps(server_error().body())
    finally:
        cause.reset(token)
    if key:
        headers.setdefault("Original-Request", request_id)
    return Response(text, status, headers, content_type="application/json")


def _answer(state: State, request_id: str, key: str | None, headers: dict[str, str]) -> tuple[int, str]:
    check_key(request.headers.get("Authorization"))
    _check_headers()
    encoded = _encoded()
    endpoint, ids = endpoints.find(request.method, request.path)
    base_url = request.host_url
    call = endpoints.prepare(state, endpoint, request.path, ids, decode(encoded), base_url)
    fault = faults.take(state, request.method, request.path)
    faults.refuse_early(fault)
    kept = idempotency.claim(state, key, request.path, idempotency.fingerprint(encoded), request_id) if key else None
    if kept is not None:
        headers.update({"Idempotent-Replayed": "true", "Original-Request": kept.request})
        status, text = kept.status, kept.body
    else:
        status, text = _execute(state, call, endpoint, key, fault)
    if fault is not None and fault.kind == "timeout":
        time.sleep(fault.seconds)
    if fault is not None and fault.kind == "error_after_commit":
        return 500, json.dumps(server_error().body())
    return status, text


def _execute(
    state: State, call: endpoints.Call, endpoint: endpoints.Endpoint, key: str | None, fault: faults.Fault | None
) -> tuple[int, str]:
    """Do the work and keep its answer in one transaction, so that neither is ever without the other."""
    sticky = fault is not None and fault.kind == "sticky_error"
    try:
        with state.transaction():
            if sticky and fault is not None and not fault.commit:
                raise server_error()
            status, body = 200, endpoints.run(call, endpoint)
            if sticky:
                status, body = 500, server_error().body()
            if key:
                idempotency.keep(state, key, status, body)
    except ApiError as error:
        if key and error.saved:
            idempotency.keep(state, key, error.status, error.body())
        elif key:
            idempotency.give_back(state, key)
        return error.status, json.dumps(error.body())
    except Exception:
        if key:
            idempotency.keep(state, key, 500, server_error().body())
        raise
    return status, json.dumps(body)


def _check_headers() -> None:
    """Refuse versions and accounts that are not modelled."""
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise ApiError(400, f"Invalid Stripe API version: {version}. This sandbox speaks {API_VERSION}.")
    for name in ("Stripe-Account", "Stripe-Context"):
        if request.headers.get(name):
            raise ApiError(403, f"This sandbox does not model {name}.", code="account_invalid")


def _encoded() -> str:
    """The parameters as they came: the query, and the form of a POST."""
    query = request.query_string.decode("utf-8", "replace")
    body: Any = request.get_data(as_text=True)
    if body and request.mimetype != "application/x-www-form-urlencoded":
        message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
        raise ApiError(400, message)
    return "&".join(part for part in (query, body) if part)
