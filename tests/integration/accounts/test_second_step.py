"""The second step: what a code opens and when, what is needed without the app, and whom it holds up."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from people import add_user, letters, post, sign_in
from sqlalchemy import select

from storefront.accounts import second_step
from storefront.accounts.models import Authenticator, RecoveryCode, Role
from storefront.accounts.second_step import AlreadySetUp, WrongCode
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work

NOW = clock.now()


def code_of(secret: str, moment=None) -> str:
    return pyotp.TOTP(secret).at(moment or clock.now())


@pytest.fixture
def user(context):
    return add_user()


@pytest.fixture
def secret(user):
    """The secret of an app that was set up two minutes ago, so that the code of now is a new one."""
    made, before = second_step.new_secret(), clock.now() - timedelta(minutes=2)
    with unit_of_work():
        second_step.set_up(user, made, code_of(made, before), keep=None, now=before)
    return made


def check(user, code, now=None):
    with unit_of_work():
        second_step.check(user, code, now or clock.now())


def test_a_code_of_the_app_opens_once(user, secret):
    now = clock.now()
    code = code_of(secret, now)
    check(user, code, now)
    with pytest.raises(WrongCode):
        check(user, code, now)
    check(user, code_of(secret, now + timedelta(seconds=30)), now + timedelta(seconds=30))


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_telephone_may_be_half_a_minute_off(user, secret, seconds):
    now = clock.now()
    check(user, code_of(secret, now + timedelta(seconds=seconds)), now)


@pytest.mark.parametrize("seconds", [-90, 90])
def test_it_may_not_be_further_off(user, secret, seconds):
    now = clock.now()
    with pytest.raises(WrongCode):
        check(user, code_of(secret, now + timedelta(seconds=seconds)), now)


@pytest.mark.parametrize("code", ["", "000000", "12345", "１２３４５６", "' OR 1=1 --", "x" * 40])
def test_anything_else_opens_nothing(user, secret, code):
    assert code_of(secret) != code
    with pytest.raises(WrongCode):
        check(user, code)


def test_a_recovery_code_opens_once_however_it_is_written_and_a_letter_says_so(user):
    secret = second_step.new_secret()
    with unit_of_work():
        codes = second_step.set_up(user, secret, code_of(secret), keep=None, now=clock.now())
    assert len(set(codes)) == 10
    check(user, f" {codes[0].lower().replace('-', ' ')} ")
    with pytest.raises(WrongCode):
        check(user, codes[0])
    assert second_step.recovery_codes_left(user) == 9
    assert "recovery codes instead" in letters("second_step_changed")[-1].text


def test_neither_the_secret_nor_a_recovery_code_is_stored_as_it_is(user, app):
    secret = second_step.new_secret()
    with unit_of_work():
        codes = second_step.set_up(user, secret, code_of(secret), keep=None, now=clock.now())
    stored = session().scalars(select(Authenticator.secret)).one() + "".join(
        session().scalars(select(RecoveryCode.code_hash))
    )
    assert not [word for word in (secret, *codes, *(code.replace("-", "") for code in codes)) if word in stored]


def test_a_second_app_is_not_taken_on_beside_the_first(user, secret):
    other = second_step.new_secret()
    with pytest.raises(AlreadySetUp), unit_of_work():
        second_step.set_up(user, other, code_of(other), keep=None, now=clock.now())


def test_everything_that_is_done_to_it_stands_in_the_journal(user, secret):
    with unit_of_work():
        second_step.forget(user, actor="system", now=clock.now())
    acts = session().scalars(select(journal.JournalEntry.act).order_by(journal.JournalEntry.sequence)).all()
    assert acts == ["second step set up", "second step removed"]
    assert not second_step.is_set_up(user)


class TestByBrowser:
    def test_signing_in_asks_for_the_code_and_opens_nothing_before_it(self, client, user, secret):
        answer = sign_in(client, next="/account/orders")
        assert answer.location == "/sign-in/code"
        assert client.get("/account").status_code == 303
        answer = client.post("/sign-in/code", data={"code": "000000"})
        assert answer.status_code == 422
        assert "opens nothing now" in answer.text
        answer = client.post("/sign-in/code", data={"code": code_of(secret)})
        assert answer.location == "/account/orders"
        assert client.get("/account").status_code == 200

    def test_the_code_must_come_within_ten_minutes_of_the_password(self, client, user, secret):
        sign_in(client)
        with clock.at(clock.now() + timedelta(minutes=11)):
            assert client.post("/sign-in/code", data={"code": code_of(secret)}).location == "/sign-in"

    def test_codes_are_guessed_no_oftener_than_passwords(self, client, user, secret):
        sign_in(client)
        answers = [client.post("/sign-in/code", data={"code": "000000"}).status_code for _ in range(12)]
        assert answers[0] == 422
        assert answers[-1] == 429

    def test_a_shopper_sets_it_up_keeps_the_codes_and_takes_it_off(self, client, user):
        sign_in(client)
        page = client.get("/account/second-step").text
        secret = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].split())
        assert "<svg" in page
        refused = post(client, "/account/second-step", {"code": "000000"}, page="/account/second-step")
        assert refused.status_code == 422
        assert secret[:4] in refused.text
        with clock.at(clock.now() - timedelta(minutes=2)):
            kept = post(client, "/account/second-step", {"code": code_of(secret)}, page="/account/second-step")
        codes = re.findall(r"<li><code>([A-Z0-9-]+)</code>", kept.text)
        assert len(codes) == 10
        assert kept.headers["Cache-Control"] == "private, no-store"
        assert client.get("/account").status_code == 200
        new = post(client, "/account/second-step/recovery-codes", {"code": codes[0]})
        assert len(re.findall(r"<li><code>", new.text)) == 10
        gone = post(client, "/account/second-step/removal", {"code": code_of(secret)})
        assert gone.status_code == 303
        assert sign_in(app_client(client)).location == "/account"

    def test_without_a_try_there_is_nothing_to_set_up(self, client, user):
        sign_in(client)
        assert post(client, "/account/second-step", {"code": "123456"}).status_code == 422


def app_client(client):
    return client.application.test_client()


class TestWhereItIsRequired:
    @pytest.fixture
    def app_settings(self):
        return {"second_step": "required"}

    @pytest.mark.parametrize("path", ["/admin/orders", "/admin/orders/nothing"])
    def test_an_admin_does_nothing_before_the_second_step(self, client, context, path):
        add_user("admin@example.org", Role.ADMIN)
        sign_in(client, "admin@example.org")
        assert client.get(path).location == "/account/second-step"
        assert client.get("/account").status_code == 200

    def test_an_admin_who_took_it_gets_on(self, client, context):
        admin = add_user("admin@example.org", Role.ADMIN)
        made, before = second_step.new_secret(), clock.now() - timedelta(minutes=2)
        with unit_of_work():
            second_step.set_up(admin, made, code_of(made, before), keep=None, now=before)
        sign_in(client, "admin@example.org")
        client.post("/sign-in/code", data={"code": code_of(made)})
        assert client.get("/admin/orders").status_code == 200

    def test_setting_it_up_is_enough_and_it_is_not_taken_off(self, client, context):
        add_user("admin@example.org", Role.ADMIN)
        sign_in(client, "admin@example.org")
        page = client.get("/account/second-step").text
        secret = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].split())
        post(client, "/account/second-step", {"code": code_of(secret)}, page="/account/second-step")
        assert client.get("/admin/orders").status_code == 200
        assert "Take the app off" not in client.get("/account/second-step").text
