"""What surrounds every request: origins, tokens, headers, hosts, limits, errors, logs. Each guard has a control."""

from __future__ import annotations

import json
import logging
import re
import uuid

import pytest
import redis
from people import PASSWORD, add_user, post, sign_in, token
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from storefront.accounts import passwords
from storefront.config import ROOT
from storefront.core.db import session
from storefront.web.guards import public
from storefront.web.kept_words import SECRET
from storefront.web.logging import json_formatter
from storefront.web.security import own_path

REDIS = "redis://127.0.0.1:6379/9"


def try_sign_in(client, email="nobody@example.org", **more):
    return client.post("/sign-in", data={"email": email, "password": "not the password"}, **more).status_code


# Where a request comes from


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 422),
        ({"Sec-Fetch-Site": "none"}, 422),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 422),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 422),
    ],
)
def test_a_form_sent_by_another_site_is_refused(context, client, headers, status):
    response = client.post("/sign-in", data={"email": ""}, headers=headers)
    assert response.status_code == status
    assert ("came from another site" in response.text) is (status == 403)


def test_a_link_on_another_site_still_leads_here(context, client):
    assert client.get("/verify", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_form_of_a_signed_in_user_needs_its_token(context, client):
    add_user()
    sign_in(client)
    response = client.post("/account/sessions/end", headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 400
    assert "This form is out of date" in response.text
    assert post(client, "/account/sessions/end").status_code == 303


def test_the_token_of_somebody_else_is_none(context, client, app):
    add_user()
    add_user("other@example.org")
    other = app.test_client()
    sign_in(other, "other@example.org")
    sign_in(client)
    assert client.post("/account/sessions/end", data={"csrf_token": token(other)}).status_code == 400


def test_a_guest_whose_session_ran_out_is_sent_to_sign_in_not_to_an_error(context, client):
    response = client.post("/account/sessions/end")
    assert response.status_code == 303
    assert response.location.startswith("/sign-in")


# What was written into a form that is not taken

WORDS = "We weave in two houses.\nOne of them is new."


def test_words_of_somebody_who_is_signed_out_are_given_back_before_they_sign_in(context, client):
    form = {"text": WORDS, "password": "a secret of many words", "page": "<b>and a tag of theirs</b>"}
    came_from = {"Referer": "http://localhost/studio/orders?page=2"}
    response = client.post("/studio/application/unknown/messages", data=form, headers=came_from)
    assert response.status_code == 401
    assert WORDS in response.text
    assert "/sign-in?next=/studio/orders" in response.text
    assert "a secret" not in response.text
    assert "&lt;b&gt;and a tag" in response.text
    assert "no-store" in response.headers["Cache-Control"]
    sent = {"Referer": "http://localhost/studio/application/unknown/messages"}
    assert "next=" not in client.post(sent["Referer"], data=form, headers=sent).text, "that page takes forms alone"


def test_an_address_that_is_none_among_the_headers_breaks_nothing(context, client):
    form = {"text": WORDS}
    given_back = client.post("/studio/application/unknown/messages", data=form, headers={"Referer": "http://[x"})
    assert given_back.status_code == 401
    assert WORDS in given_back.text
    for path, status in (("/concerns", 403), ("/nothing-here", 404)):
        assert client.post(path, data=form, headers={"Origin": "http://[x"}).status_code == status
    assert client.get("/sign-in?next=//[x").status_code == 200


def test_no_password_is_among_the_words_that_are_given_back(context, client):
    named = re.compile(r'field\("(\w+)"[^\n]*type="password"')
    pages = (ROOT / "templates").rglob("*.html")
    names = {name for page in pages for name in named.findall(page.read_text(encoding="utf-8"))}
    assert {"password", "old", "new"} <= names <= SECRET
    secrets = dict.fromkeys(names, "one two three four five")
    assert "one two three" not in client.post("/studio/application/x/messages", data={"text": WORDS, **secrets}).text


def test_words_in_a_form_that_is_out_of_date_are_given_back(context, client):
    add_user()
    sign_in(client)
    response = client.post("/studio/application/unknown/messages", data={"text": "在兩間房子裡織布,其中一間是新的"})
    assert response.status_code == 400
    assert "在兩間房子裡織布,其中一間是新的" in response.text


def test_another_site_does_not_get_its_words_onto_our_pages(context, client):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for path, status in (
            ("/studio/application/unknown/messages", 403),
            ("/nothing-here", 404),
            ("/producers", 405),
        ):
            response = client.post(path, data={"text": WORDS}, headers=headers)
            assert response.status_code == status
            assert "What you wrote" not in response.text
            assert "What you wrote" in client.post("/nothing-here", data={"text": WORDS}).text


# Default deny


def test_a_view_without_a_mark_is_refused_to_everyone(app, client):
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    app.add_url_rule("/marked", "marked", public(lambda: {"open": True}))
    assert client.get("/forgotten").status_code == 403
    assert client.get("/marked").status_code == 200


# Headers


def test_every_answer_carries_the_headers(context, client):
    for path in ("/verify", "/nothing-here", "/healthz", "/static/none.css"):
        headers = client.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Permissions-Policy" in headers


def test_forms_may_end_at_stripe_or_at_the_sandbox_and_nowhere_else(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com http://127.0.0.1:5010;" in policy


def test_plain_http_makes_no_promise_of_https(client):
    assert "Strict-Transport-Security" not in client.get("/healthz").headers


class TestOverHttps:
    @pytest.fixture
    def app_settings(self):
        return {"base_url": "https://localhost", "proxies": 1}

    def test_https_is_promised_for_long(self, client):
        assert "max-age=63072000" in client.get("/healthz").headers["Strict-Transport-Security"]

    def test_the_proxy_that_is_counted_is_believed_and_what_stands_before_it_is_not(self, context, client):
        real = "203.0.113.7"
        for number in range(10):
            forged = {"X-Forwarded-For": f"198.51.100.{number}, {real}"}
            assert try_sign_in(client, f"a{number}@example.org", headers=forged) == 422
        assert try_sign_in(client, "b@example.org", headers={"X-Forwarded-For": f"198.51.100.99, {real}"}) == 429
        assert try_sign_in(client, "b@example.org", headers={"X-Forwarded-For": "203.0.113.8"}) == 422


# Hosts


def test_a_host_that_is_not_ours_gets_nothing(context, client):
    assert client.get("/verify", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/verify", headers={"Host": "localhost"}).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\tevil", "/a\\b", "evil.example", "", "/\n/evil.example",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_signing_in(context, client, target):
    add_user()
    assert own_path(target, "/account") == "/account"
    assert sign_in(client, next=target).location == "/account"


def test_after_signing_in_one_is_where_one_wanted_to_be(context, client):
    add_user()
    assert client.get("/account/orders?page=1").location == "/sign-in?next=/account/orders?page%3D1"
    assert sign_in(client, next="/account/orders?page=1").location == "/account/orders?page=1"


# Limits


def test_the_eleventh_try_from_one_address_is_refused_before_the_password_is_looked_at(context, client, monkeypatch):
    add_user()
    looked: list[str] = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda stored, tried: looked.append(tried) or real(stored, tried))
    for number in range(10):
        assert try_sign_in(client, f"a{number}@example.org") == 422
    assert len(looked) == 10
    response = sign_in(client)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 300
    assert len(looked) == 10


def test_the_eleventh_try_at_one_account_is_refused_wherever_it_comes_from(context, client):
    add_user()
    for number in range(10):
        assert try_sign_in(client, "Ming@example.org ", environ_base={"REMOTE_ADDR": f"198.51.100.{number}"}) == 422
    elsewhere = {"REMOTE_ADDR": "198.51.100.200"}
    tried = client.post("/sign-in", data={"email": "ming@example.org", "password": PASSWORD}, environ_base=elsewhere)
    assert tried.status_code == 429
    assert try_sign_in(client, "other@example.org", environ_base=elsewhere) == 422


def test_a_network_of_ipv6_counts_as_one_address(context, client):
    for number in range(10):
        assert try_sign_in(client, f"a{number}@example.org", environ_base={"REMOTE_ADDR": f"2001:db8::{number}"}) == 422
    assert try_sign_in(client, "b@example.org", environ_base={"REMOTE_ADDR": "2001:db8::ffff"}) == 429
    assert try_sign_in(client, "b@example.org", environ_base={"REMOTE_ADDR": "2001:db8:1::1"}) == 422


def test_a_forged_header_changes_nothing(context, client):
    for number in range(10):
        headers = {"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"}
        assert try_sign_in(client, f"a{number}@example.org", headers=headers) == 422
    assert try_sign_in(client, "b@example.org", headers={"X-Forwarded-For": "198.51.100.77"}) == 429


def test_sign_ups_from_one_address_are_limited(context, client):
    for _number in range(10):
        assert client.post("/sign-up", data={}).status_code == 422
    assert client.post("/sign-up", data={}).status_code == 429


class TestWithoutItsRedis:
    @pytest.fixture
    def app_settings(self):
        return {"redis_url": "redis://127.0.0.1:1/0"}

    def test_nobody_signs_in_and_everything_else_goes_on(self, context, client):
        add_user()
        response = sign_in(client)
        assert response.status_code == 503
        assert response.headers["Retry-After"]
        assert client.get("/verify").status_code == 200
        assert client.post("/sign-up", data={}).status_code == 422


class TestWithRedis:
    @pytest.fixture
    def app_settings(self):
        return {"redis_url": REDIS}

    @pytest.fixture(autouse=True)
    def server(self):
        connection = redis.Redis.from_url(REDIS)
        try:
            connection.ping()
        except redis.ConnectionError:
            pytest.skip("no Redis server to test with")
        yield connection
        connection.close()

    def test_two_processes_count_together(self, context, client, app, server):
        email = f"{uuid.uuid4().hex}@example.org"
        # An address of the documentation range of IPv6, so that other runs don't count here.
        here = {"REMOTE_ADDR": f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"}
        assert try_sign_in(client, email, environ_base=here) == 422
        assert not [key for key in server.keys("*storefront*") if email.encode() in key]
        for _number in range(9):
            assert try_sign_in(app.test_client(), email, environ_base=here) == 422
        assert try_sign_in(client, email, environ_base=here) == 429


# Errors


@pytest.mark.parametrize(
    ("call", "status", "says"),
    [
        (lambda client: client.get("/nothing-here"), 404, "Or begin with a cause"),
        (lambda client: client.put("/verify"), 405, "does not work that way"),
        (lambda client: client.post("/verify", data={"receipt": "x" * 13_000_000}), 413, "too large"),
    ],
)
def test_an_error_is_a_page_that_says_what_to_do(context, client, call, status, says):
    response = call(client)
    assert response.status_code == status
    assert says in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_a_machine_gets_its_errors_as_json(context, client):
    for response in (
        client.get("/nothing-here.json"),
        client.get("/nothing-here", headers={"Accept": "application/json"}),
    ):
        assert response.status_code == 404
        assert response.get_json()["title"] == "Not Found"
    assert client.get("/nothing-here", headers={"Accept": "text/html,*/*"}).mimetype == "text/html"


def fault(app, error: Exception) -> None:
    def fail() -> str:
        raise error

    app.add_url_rule("/fault", "fault", public(fail))
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)


def test_a_fault_of_ours_tells_a_number_and_no_secret(app, client):
    fault(app, RuntimeError("the secret is 12345"))
    response = client.get("/fault")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.text
    assert response.headers["X-Request-Id"] in response.text
    assert "12345" not in response.text


def test_a_database_that_is_away_means_come_back_in_a_moment(app, client):
    fault(app, OperationalError("SELECT 1", {}, Exception("connection refused")))
    response = client.get("/fault")
    assert response.status_code == 503
    assert response.headers["Retry-After"]


def test_the_page_of_an_error_stands_when_its_template_does_not(app, client, monkeypatch):
    fault(app, RuntimeError())
    monkeypatch.setattr("storefront.web.errors._causes", lambda: 1 / 0)
    response = client.get("/fault")
    assert response.status_code == 500
    assert "Something went wrong" in response.text


# Logs


def test_a_line_a_request_names_its_route_and_nobody(context, client, caplog):
    add_user()
    formatter = json_formatter()
    with caplog.at_level(logging.INFO, logger="storefront.request"):
        response = client.post(
            "/sign-in?next=/orders/REF?key=secret",
            data={"email": "ming@example.org", "password": PASSWORD},
            headers={"User-Agent": "A browser of Ming"},
        )
    lines = [json.loads(formatter.format(one)) for one in caplog.records if one.name == "storefront.request"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [("POST", "/sign-in", 303)]
    assert lines[0]["request"] == response.headers["X-Request-Id"]
    for word in ("ming", "secret", "127.0.0.1", PASSWORD, "browser of"):
        assert word.lower() not in json.dumps(lines).lower()


def test_a_stranger_does_not_choose_the_number_of_a_request(client):
    assert client.get("/healthz", headers={"X-Request-Id": "chosen-by-me"}).headers["X-Request-Id"] != "chosen-by-me"


def test_an_error_of_the_database_does_not_tell_what_the_statement_was_given(context):
    with pytest.raises(SQLAlchemyError) as caught:
        session().execute(text("SELECT :name FROM no_such_table"), {"name": "Ming Lin"})
    assert "Ming" not in str(caught.value)
    session().rollback()
