"""The page at `session.url`, where a buyer pays with a test card; it works without scripts.

No number but the published ones is taken, none is kept beyond its last four digits, and none is ever
written back into the page. Pressing the button twice charges once: the session is looked at and
changed in one transaction, and a session that is complete only sends the buyer on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirection

from . import paying
from .cards import CARDS, DELAYED, UnknownCard, find
from .currencies import written
from .errors import ApiError
from .sessions import find as find_session
from .state import Body, State

_EXPIRY = re.compile(r"(\d{1,2})\s*/\s*(\d{2}|\d{4})")


@dataclass
class Form:
    """What the buyer wrote and what is wrong with it, by field."""

    name: str = ""
    email: str = ""
    method: str = "card"
    errors: dict[str, str] = field(default_factory=dict)


def blueprint(state: State) -> Blueprint:
    """The checkout page, its 3-D Secure step and its style sheet."""
    page = Blueprint("checkout", __name__, static_folder="assets", static_url_path="/assets")

    @page.get("/c/pay/<session_id>")
    def show(session_id: str) -> Response | Redirection:
        return _show(state, find_session(state, session_id), Form())

    @page.post("/c/pay/<session_id>")
    def submit(session_id: str) -> Response | Redirection:
        return _submit(state, find_session(state, session_id))

    @page.get("/c/pay/<session_id>/authenticate")
    def challenge(session_id: str) -> Response | Redirection:
        body = find_session(state, session_id)
        if body["status"] != "open" or not _waits(state, body):
            return _onwards(state, body)
        return _page("authenticate.html", body, 200)

    @page.post("/c/pay/<session_id>/authenticate")
    def decide(session_id: str) -> Response | Redirection:
        try:
            body = paying.authenticate(state, session_id, request.form.get("decision") == "approve")
        except paying.NotOpen as error:
            body = find_session(state, error.session["id"])
        return _onwards(state, body)

    @page.errorhandler(ApiError)
    def nothing_here(error: ApiError) -> Response:
        return _respond(
            render_template("message.html", title="Nothing to pay here", text=error.message, link=None), 404
        )

    return page


def _submit(state: State, body: Body) -> Response | Redirection:
    form, card = _read(state, body)
    if body["status"] != "open":
        return _onwards(state, body)
    if form.errors:
        return _show(state, body, form, 422)
    try:
        if not body["amount_total"]:
            body = paying.pay_nothing(state, body["id"], form.name, form.email)
        elif form.method == "delayed":
            body = paying.pay_delayed(state, body["id"], form.name, form.email)
        else:
            body = paying.pay_by_card(state, body["id"], find(card), form.name, form.email)
    except paying.NotOpen as error:
        return _onwards(state, find_session(state, error.session["id"]))
    if body["status"] == "open" and not _waits(state, body):
        form.errors["card"] = _last_error(state, body)
        return _show(state, body, form, 402)
    return _onwards(state, body)


def _read(state: State, body: Body) -> tuple[Form, str]:
    """The form as sent, checked. A delayed payment, or nothing to pay, needs no card."""
    given = {name: request.form.get(name, "").strip() for name in ("name", "email", "method", "card", "expiry", "cvc")}
    form = Form(given["name"][:200], given["email"][:200], given["method"] or "card")
    if not form.name:
        form.errors["name"] = "Write the name of the payer."
    if form.method not in {"card", "delayed"} or (form.method == "delayed" and body["currency"] not in DELAYED):
        form.errors["method"] = "Choose a way to pay."
    if form.method == "card" and body["amount_total"]:
        form.errors.update(_card_errors(state, given))
    return form, given["card"]


def _card_errors(state: State, given: dict[str, str]) -> dict[str, str]:
    errors = {}
    try:
        find(given["card"])
    except UnknownCard:
        errors["card"] = "This sandbox takes only the test cards listed below. Never write a real card number here."
    match = _EXPIRY.fullmatch(given["expiry"])
    if match is None or not 1 <= int(match.group(1)) <= 12:
        errors["expiry"] = "Write the expiry date as month and year, for example 12 / 34."
    else:
        year = int(match.group(2)) % 100 + 2000
        today = _month(state.now())
        if (year, int(match.group(1))) < today:
            errors["expiry"] = "The expiry date must lie in the future."
    if not re.fullmatch(r"\d{3,4}", given["cvc"]):
        errors["cvc"] = "Write the three digits of the security code; any three will do."
    return errors


def _month(moment: int) -> tuple[int, int]:
    from time import gmtime

    when = gmtime(moment)
    return when.tm_year, when.tm_mon


def _waits(state: State, body: Body) -> bool:
    intent = state.get("payment_intent", body["payment_intent"])
    return intent is not None and intent["status"] == "requires_action"


def _last_error(state: State, body: Body) -> str:
    intent = state.get("payment_intent", body["payment_intent"])
    problem = (intent or {}).get("last_payment_error") or {}
    return str(problem.get("message", ""))


def _onwards(state: State, body: Body) -> Response | Redirection:
    """Where the buyer belongs now: the bank's question, the shop's success page, or this page."""
    if body["status"] == "complete":
        return redirect(body["success_url"].replace("{CHECKOUT_SESSION_ID}", body["id"]), 303)
    if body["status"] == "open" and _waits(state, body):
        return redirect(f"/c/pay/{body['id']}/authenticate", 303)
    return redirect(f"/c/pay/{body['id']}", 303)


def _show(state: State, body: Body, form: Form, status: int = 200) -> Response:
    if body["status"] == "open" and body["expires_at"] > state.now():
        if not form.errors and not _waits(state, body) and _last_error(state, body):
            form.errors["card"] = _last_error(state, body)
        return _page("checkout.html", body, status, form=form, cards=CARDS, delayed=body["currency"] in DELAYED)
    if body["status"] == "complete":
        back = body["success_url"].replace("{CHECKOUT_SESSION_ID}", body["id"])
        text = "This payment was made already. Nothing was charged a second time."
        return _respond(render_template("message.html", title="Paid already", text=text, link=back), 200)
    text = "The time to pay is over, and nothing was charged. Please start again in the shop."
    return _respond(
        render_template("message.html", title="This session expired", text=text, link=body["cancel_url"]), 410
    )


def _page(template: str, body: Body, status: int, **values: Any) -> Response:
    # A browser checks the redirect after a form against form-action too, so the shop's origin is named.
    parts = urlsplit(body["success_url"])
    return _respond(
        render_template(template, session=body, written=written, **values), status, f" {parts.scheme}://{parts.netloc}"
    )


def _respond(html: str, status: int, shop: str = "") -> Response:
    response = make_response(html, status)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action 'self'{shop}; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
