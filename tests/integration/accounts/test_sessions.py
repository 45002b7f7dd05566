"""Sessions: rows that begin at sign-in, end at once, and cost nothing where nobody looks at them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from people import PASSWORD, add_user, post, sign_in
from sqlalchemy import func, select
from statements import counting_statements

from storefront.accounts import sessions, signing_in
from storefront.accounts.models import Role, SignInSession
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.refs import key_hash


def key_of(client, name="session"):
    cookie = client.get_cookie(name)
    return cookie.value if cookie else None


def rows() -> int:
    session().rollback()
    return session().scalar(select(func.count(SignInSession.id)))


def test_a_public_page_reads_no_session_even_when_the_browser_has_one(world, client):
    add_user()
    sign_in(client)
    with counting_statements() as seen:
        response = client.get("/verify")
    assert "sign_in_session" not in " ".join(seen)
    assert "Set-Cookie" not in response.headers
    with counting_statements() as control:
        client.get("/account")
    assert "sign_in_session" in " ".join(control)


def test_the_cookie_is_a_random_key_of_which_only_the_hash_is_stored(context, client):
    add_user()
    sign_in(client)
    key = key_of(client)
    assert len(key) >= 43
    stored = session().scalars(select(SignInSession.key_hash)).one()
    assert stored == key_hash(key) != key


def test_the_key_is_another_one_after_signing_in(context, client):
    add_user()
    client.set_cookie("session", "a key that an attacker has planted in the browser")
    sign_in(client)
    assert key_of(client) != "a key that an attacker has planted in the browser"
    assert client.get("/account").status_code == 200
    first = key_of(client)
    sign_in(client)
    assert key_of(client) != first
    assert sessions.find(first, clock.now()) is None


def test_signing_out_kills_the_key_on_the_server(context, client, app):
    add_user()
    sign_in(client)
    key = key_of(client)
    stranger = app.test_client()
    stranger.set_cookie("session", key)
    assert stranger.get("/account").status_code == 200
    assert post(client, "/sign-out").status_code == 303
    assert key_of(client) is None
    assert rows() == 0
    stranger.set_cookie("session", key)
    assert stranger.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("role", "rest", "alive"),
    [
        (Role.SHOPPER, timedelta(days=13), True),
        (Role.SHOPPER, timedelta(days=15), False),
        (Role.ADMIN, timedelta(hours=11), True),
        (Role.ADMIN, timedelta(hours=13), False),
    ],
)
def test_a_session_dies_of_rest_and_an_admins_sooner(context, client, role, rest, alive):
    add_user(role=role)
    sign_in(client)
    with clock.at(clock.now() + rest):
        assert (client.get("/account").status_code == 200) is alive


def test_a_session_dies_at_its_absolute_limit_however_much_it_is_used(context, client):
    add_user()
    sign_in(client)
    began = clock.now()
    for day in range(10, 90, 10):
        with clock.at(began + timedelta(days=day)):
            assert client.get("/account").status_code == 200
    with clock.at(began + timedelta(days=90, minutes=1)):
        assert client.get("/account").status_code == 303


def test_when_a_session_was_seen_is_written_every_few_minutes_only(context, client):
    add_user()
    sign_in(client)
    with counting_statements() as seen:
        client.get("/account/orders")
    assert not [statement for statement in seen if "UPDATE sign_in_session" in statement and "data" not in statement]
    client.get("/account/orders")
    with counting_statements() as seen:
        client.get("/account/orders")
    assert not [statement for statement in seen if statement.startswith("UPDATE")]
    with clock.at(clock.now() + timedelta(minutes=6)), counting_statements() as seen:
        client.get("/account/orders")
    assert len([statement for statement in seen if statement.startswith("UPDATE sign_in_session")]) == 1


def test_sessions_are_listed_and_can_be_ended_from_another_browser(context, client, app):
    user = add_user()
    phone = app.test_client()
    phone.post("/sign-in", data={"email": user.email, "password": PASSWORD}, headers={"User-Agent": "Firefox; Android"})
    sign_in(client)
    assert "Firefox, Android" in client.get("/account/security").text
    other = next(one for one in sessions.of_user(user, key_hash(key_of(client)), clock.now()) if not one.current)
    assert post(client, f"/account/sessions/{other.ref}/end").status_code == 303
    assert phone.get("/account").status_code == 303
    assert client.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(context, client, app):
    victim = add_user("victim@example.org")
    browser = app.test_client()
    sign_in(browser, victim.email)
    ref = sessions.of_user(victim, None, clock.now())[0].ref
    add_user()
    sign_in(client)
    assert post(client, f"/account/sessions/{ref}/end").status_code == 404
    assert browser.get("/account").status_code == 200


def test_everywhere_else_is_signed_out_at_once(context, client, app):
    add_user()
    phone = app.test_client()
    sign_in(phone)
    sign_in(client)
    assert post(client, "/account/sessions/end").status_code == 303
    assert phone.get("/account").status_code == 303
    assert client.get("/account").status_code == 200


def test_another_role_ends_all_sessions(context, client):
    user = add_user()
    sign_in(client)
    with unit_of_work():
        signing_in.change_role(user, Role.ADMIN, actor="system", now=clock.now())
    assert client.get("/account").status_code == 303


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_under_way(context):
    user = add_user()
    with unit_of_work():
        key = sessions.begin(user.id, {}, address="", browser="", now=clock.now())
    with unit_of_work():
        sessions.end(key_hash(key))
    with unit_of_work():
        sessions.write(key_hash(key), {"late": True}, clock.now())
    assert rows() == 0


def test_a_closed_account_has_no_living_session(context, client):
    user = add_user()
    sign_in(client)
    with unit_of_work():
        user.closed_at = clock.now()
    assert client.get("/account").status_code == 303


def test_dead_sessions_are_swept_and_living_ones_stay(context, client, app):
    add_user()
    sign_in(app.test_client())
    with clock.at(clock.now() + timedelta(days=15)):
        sign_in(client)
        assert sessions.forget_dead() == 1
        assert client.get("/account").status_code == 200


def test_private_pages_are_kept_by_no_cache(context, client):
    add_user()
    sign_in(client)
    response = client.get("/account")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]


class TestOverHttps:
    @pytest.fixture
    def app_settings(self):
        return {"base_url": "https://localhost"}

    def test_the_cookie_belongs_to_this_host_alone_and_to_no_script(self, context, client):
        add_user()
        response = client.post(
            "/sign-in", data={"email": "ming@example.org", "password": PASSWORD}, base_url="https://localhost"
        )
        cookie = next(value for value in response.headers.getlist("Set-Cookie") if "session" in value)
        assert cookie.startswith("__Host-session=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        assert client.get("/account", base_url="https://localhost").status_code == 200
