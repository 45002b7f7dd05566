"""Hostile input at every door: whatever is sent, the answer is one that the shop means to give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from cast import World
from flask import Flask
from flask.testing import FlaskClient
from ordering import order_of, place_order
from people import add_user, sign_in, token

from storefront.accounts.models import Role
from storefront.web.limits import limiter

EVIL = {
    "a NUL byte": "a\0b",
    "bad UTF-8": b"\xff\xfe\xc0\x80",
    "a huge number": "9" * 30,
    "a number longer than Python reads": "9" * 5000,
    "less than nothing": "-1",
    "digits of other scripts": "٣²",
    "a line break": "x\r\nSet-Cookie: a=b",
    "a path": "../../../../etc/passwd",
    "half a surrogate": b"\xed\xa0\x80",
    "markup": "<script>\"'--\U0001f4a9\u202e",
}
FIELDS = (
    "q", "page", "sort", "min", "max", "cause", "region", "material", "in_stock", "code", "key", "revision",
    "session_id", "next", "news", "status", "words", "sku", "quantity", "email", "name", "password", "old",
    "new", "street", "city", "postcode", "country", "gift_message", "terms", "fingerprint", "giving",
    "receipt", "payment", "left", "reason", "quantity-x",
)  # fmt: skip
KNOWN = {"slug": "drip-coffee", "path": "css/shop.css", "number": "1"}
_PART = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


@pytest.fixture
def ref(app: Flask, world: World) -> Iterator[str]:
    """An order in a shop that answers its own failures, as in production, and counts no tries."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = FlaskClient
    limiter.enabled = False
    yield place_order({"COFFEE": 1})
    limiter.enabled = True


def _addresses(app: Flask, ref: str, method: str, role: str | None) -> Iterator[str]:
    """Every address that answers `method`: with parts that exist, then with each evil value in their place.

    A guest asks for everything; who is signed in, for what a guest doesn't get to see.
    """
    for rule in app.url_map.iter_rules():
        public = getattr(app.view_functions[rule.endpoint], "access", "") == "public"
        if method in (rule.methods or ()) and not (role and public):
            yield _PART.sub(lambda part: {**KNOWN, "ref": ref}.get(part[1], "none"), rule.rule)
            if rule.arguments:
                yield from (_PART.sub(quote(value, safe=""), rule.rule) for value in EVIL.values())


def _query(value: str | bytes) -> str:
    """Every field twice, with the evil value first."""
    return "&".join(f"{name}={quote(value, safe='')}&{name}=2" for name in FIELDS)


@pytest.mark.parametrize("role", [None, Role.ADMIN])
def test_no_address_fails_whatever_is_written_into_it(app: Flask, ref: str, role: str | None) -> None:
    client = app.test_client()
    if role:
        add_user(role=role)
        sign_in(client)
    opened = f"key={order_of(ref).key}"
    failed = []
    for address in _addresses(app, ref, "GET", role):
        for query in (opened, *map(_query, EVIL.values())) if "%" not in address else ("",):
            if client.get(f"{address}?{query}").status_code >= 500 and address != "/readyz":
                failed.append(f"{address[:70]}?{query[:70]}")
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("role", [None, Role.ADMIN])
def test_no_form_fails_whatever_is_sent(app: Flask, ref: str, role: str | None) -> None:
    client = app.test_client()
    stamp = ""
    if role:
        add_user(role=role)
        sign_in(client)
        stamp = "csrf_token=" + token(client)
    failed = []
    for address in _addresses(app, ref, "POST", role):
        if "sign-out" in address or "order-claims" in address:
            continue
        for name, value in EVIL.items() if "%" not in address else [("", "x")]:
            body = f"{stamp}&{_query(value)}"
            answer = client.post(address, data=body, content_type="application/x-www-form-urlencoded")
            if answer.status_code >= 500 and answer.status_code != 503:
                failed.append(f"{address[:70]} with {name}: {answer.status_code}")
    assert not failed, "\n".join(failed)


def test_a_form_of_a_million_fields_is_refused_unread(app: Flask, ref: str) -> None:
    answer = app.test_client().post(
        "/cart/lines", data=b"a&" * 1_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413


def test_what_cannot_be_seen_is_neither_kept_nor_shown_again(app: Flask, ref: str) -> None:
    client = app.test_client()
    unseen = "S\0i\x08g\x85n\ufffe in\n"
    page = client.get("/products", query_string={"q": unseen}).get_data(as_text=True)
    assert "Sign in" in page
    assert not re.search("[\0\x08\x85\ufffe]", page)
    page = client.post("/sign-in", data={"email": unseen, "password": "x"}).get_data(as_text=True)
    assert not re.search("[\0\x08\x85\ufffe]", page)


def test_an_answer_of_what_cannot_be_seen_is_none(app: Flask, ref: str) -> None:
    client = app.test_client()
    for path, field, words in (
        ("/concerns", "text", "Write what worries you"),
        ("/products/drip-coffee/questions", "text", "Write your question"),
    ):
        answer = client.post(path, data={field: "\u200b\u3164"})
        assert answer.status_code == 422
        assert words in answer.text


def test_a_receipt_with_a_character_too_many_is_no_receipt(app: Flask, ref: str) -> None:
    answer = app.test_client().post("/verify", data={"receipt": "e30.\0e30.AA"})
    assert answer.status_code == 422
    assert "part of it is missing or changed" in answer.get_data(as_text=True)


def test_five_megabytes_of_receipt_are_answered_in_words(app: Flask, ref: str) -> None:
    answer = app.test_client().post("/verify", data={"receipt": "x" * 5_000_000})
    assert answer.status_code == 422
    assert "too long for a receipt" in answer.get_data(as_text=True)


def test_a_failure_is_logged_by_its_route_and_not_by_its_address(
    app: Flask, ref: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("storefront.accounts.links.user_of", fails)
    assert app.test_client().get("/password-reset/a-secret-token").status_code == 500
    assert "/password-reset/<token> failed" in caplog.text
    assert "a-secret-token" not in caplog.text


def test_methods_that_someone_made_up_are_not_remembered(app: Flask, ref: str) -> None:
    client = app.test_client()
    for number in range(3):
        assert client.open("/", method=f"MADEUP{number}").status_code == 405
    assert "MADEUP" not in client.get("/metrics").get_data(as_text=True)


@pytest.mark.parametrize(
    "text",
    ['{"jwt": "a.b.c", "n": ' + "9" * 5000 + "}", '{"jwt": []}', "eyJraWQiOltdfQ.e30.AA", "eyJjcml0IjoxfQ.e30.AA"],
)
def test_a_receipt_of_rubbish_is_refused_in_words(app: Flask, ref: str, text: str) -> None:
    assert app.test_client().post("/verify", data={"receipt": text}).status_code == 422
