"""Accounts: signing up without telling on others, proof of the mailbox, passwords, and orders that come along."""

from __future__ import annotations

from datetime import timedelta

import pytest
from people import PASSWORD, add_user, letters, link_in, post, sign_in
from sqlalchemy import Engine, event, select

from storefront.accounts import passwords, sessions, signing_up
from storefront.accounts.events import EmailProven
from storefront.accounts.finding import by_email
from storefront.accounts.models import Role, User
from storefront.cart import filling, finding
from storefront.checkout import claiming
from storefront.checkout.models import Order
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.core.refs import new_key, new_ref

NEW = "another quiet river bend"
EMAIL = "ming@example.org"


def sign_up(client, email=EMAIL, password=PASSWORD, name="Ming Lin"):
    return client.post("/sign-up", data={"email": email, "password": password, "name": name})


def place_order(email: str, user: User | None = None) -> Order:
    """A bare order, as a guest left it."""
    now = clock.now()
    with unit_of_work() as current:
        order = Order(
            ref=new_ref(), key=new_key(), user_id=user.id if user else None, email=email, name="Ming Lin", address={},
            terms_accepted_at=now, currency="USD", items_minor=0, delivery_minor=0, total_minor=0, placed_at=now,
            hold_until=now + timedelta(minutes=30), status="paid",
        )  # fmt: skip
        current.add(order)
    return order


def acts() -> list[str]:
    session().rollback()
    return list(session().scalars(select(JournalEntry.act).order_by(JournalEntry.sequence)))


# Signing up


def test_an_account_opens_with_the_letters_link_and_the_chosen_password(context, client):
    assert sign_up(client).status_code == 200
    assert sign_in(client).status_code == 422
    path = link_in(letters("email_proof")[0])
    assert client.get(path).status_code == 200
    assert client.get("/account").status_code == 303
    assert client.post(path, data={"password": PASSWORD}).location == "/account"
    assert client.get("/account").status_code == 200
    assert acts() == ["email proven"]
    assert client.get(path).status_code == 404


def test_the_answer_to_a_sign_up_does_not_say_whether_there_is_an_account(context, client):
    add_user("old@example.org")
    before = by_email("old@example.org").password_hash
    known, unknown = sign_up(client, "Old@example.org", NEW), sign_up(client, "new@example.org", NEW)
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert [letter.kind for letter in letters(to="old@example.org")] == ["account_exists"]
    assert [letter.kind for letter in letters(to="new@example.org")] == ["email_proof"]
    assert by_email("old@example.org").password_hash == before


def test_nobody_opens_an_account_with_a_password_that_a_stranger_chose(context, client):
    """A stranger signs up with Ming's address first and hopes that Ming follows the link."""
    sign_up(client, password="the password of a stranger")
    sign_up(client, password=PASSWORD)
    first, second = (link_in(letter) for letter in letters("email_proof"))
    assert client.post(first, data={"password": "the password of a stranger"}).status_code == 404
    assert client.post(second, data={"password": "the password of a stranger"}).status_code == 422
    assert client.post(second, data={"password": PASSWORD}).status_code == 303


def test_an_unconfirmed_account_is_as_closed_as_none_and_gets_its_letter_again(context, client):
    add_user(proven=False)
    wrong, right = sign_in(client, password="wrong password"), sign_in(client)
    assert (wrong.status_code, wrong.text) == (right.status_code, right.text)
    assert [letter.kind for letter in letters()] == ["email_proof"]


def test_a_letter_to_an_unproven_address_repeats_nothing_that_was_typed(context, client):
    sign_up(client, name="Win a prize at http://evil.example now")
    sign_in(client)
    client.post("/password-reset", data={"email": EMAIL})
    client.post(link_in(letters("password_reset")[0]), data={"password": NEW})
    assert [letter.kind for letter in letters()] == ["email_proof"] * 2 + ["password_reset", "password_changed"]
    for letter in letters():
        assert "evil.example" not in letter.subject + letter.text + letter.html
        assert "Hello," in letter.text


def test_a_letter_to_a_proven_address_has_its_owners_name(context, client):
    add_user()
    sign_up(client, name="Win a prize")
    client.post("/password-reset", data={"email": EMAIL})
    assert ["Dear Ming Lin," in letter.text for letter in letters()] == [True, True]


def test_the_link_of_a_letter_ends(context, client):
    sign_up(client)
    path = link_in(letters("email_proof")[0])
    with clock.at(clock.now() + timedelta(hours=25)):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"password": PASSWORD}).status_code == 404


def test_a_link_is_good_for_its_own_purpose_only(context, client):
    sign_up(client)
    token = link_in(letters("email_proof")[0]).rpartition("/")[2]
    assert client.get(f"/password-reset/{token}").status_code == 404
    assert client.get(f"/email-proof/{token[:-1]}").status_code == 404
    assert client.get(f"/email-proof/{token}").status_code == 200


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"name": ""}, "Enter your name"),
        ({"name": "\x00\x07 "}, "Enter your name"),
        ({"email": "ming"}, "like name@example.org"),
        ({"email": "a" * 250 + "@example.org"}, "at most 254"),
        ({"password": "seven77"}, "at least 8"),
        ({"password": "x y" * 50}, "at most 128"),
        ({"password": "Password123"}, "first that anyone would try"),
        ({"password": EMAIL}, "not your e-mail address"),
    ],
)
def test_what_is_wrong_with_a_sign_up_is_said_and_every_other_answer_kept(context, client, answers, says):
    response = client.post("/sign-up", data={"name": "Ming Lin", "email": EMAIL, "password": PASSWORD, **answers})
    assert response.status_code == 422
    assert says in response.text
    assert ("Ming Lin" in response.text) is ("name" not in answers)
    assert PASSWORD not in response.text
    assert letters() == []


def test_a_mailbox_gets_few_letters_however_often_somebody_asks(context, client, app):
    for number in range(7):
        elsewhere = {"REMOTE_ADDR": f"198.51.100.{number}"}
        data = {"email": EMAIL, "password": PASSWORD, "name": "Ming"}
        assert client.post("/sign-up", data=data, environ_base=elsewhere).status_code == 200
    assert len(letters()) == 5


def test_nor_does_signing_in_to_an_unproven_account_send_more(context, client):
    add_user(proven=False)
    assert [sign_in(client).status_code for _ in range(8)] == [422] * 8
    assert len(letters()) == 5
    with clock.at(clock.now() + timedelta(minutes=61)):
        sign_in(client)
    assert len(letters()) == 6


# Signing in


def test_words_and_work_are_the_same_for_an_unknown_account_and_a_wrong_password(context, client, monkeypatch):
    add_user()
    hashed: list[str] = []
    real = passwords._HASHER.verify
    monkeypatch.setattr(
        type(passwords._HASHER), "verify", lambda _self, stored, tried: hashed.append(stored) or real(stored, tried)
    )
    wrong = client.post("/sign-in", data={"email": EMAIL, "password": "not this one"}).text
    unknown = client.post("/sign-in", data={"email": "nobody@example.org", "password": "not this one"}).text
    assert wrong.replace(EMAIL, "") == unknown.replace("nobody@example.org", "")
    assert len(hashed) == 2
    assert {stored.split("$")[3] for stored in hashed} == {"m=19456,t=2,p=1"}


def test_the_address_may_be_typed_in_capitals(context, client):
    add_user()
    assert sign_in(client, " Ming@Example.ORG ").status_code == 303


def test_a_closed_account_opens_to_nobody(context, client):
    user = add_user()
    with unit_of_work():
        user.closed_at = clock.now()
    assert sign_in(client).status_code == 422


def test_a_hash_of_weaker_parameters_is_made_anew_at_sign_in(context, client, monkeypatch):
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    user = add_user()
    with unit_of_work():
        user.password_hash = weak
    assert sign_in(client).status_code == 303
    assert not passwords.outdated(user.password_hash)


def test_the_guests_cart_comes_along_and_its_cookies_are_reset(world, client):
    user = add_user()
    now = clock.now()
    with unit_of_work():
        opened = finding.open_cart(None, None, now)
        filling.add(opened.cart, "COFFEE", 2, now)
    client.set_cookie("cart", opened.new_key)
    sign_in(client)
    assert client.get_cookie("cart") is None
    assert client.get_cookie("cart_count").value == "2"
    assert filling.count(finding.find(None, user.id)) == 2
    post(client, "/sign-out")
    assert client.get_cookie("cart_count") is None
    assert filling.count(finding.find(None, user.id)) == 2


# Passwords


def test_a_forgotten_password_is_replaced_by_letter_once_and_all_browsers_are_signed_out(context, client, app):
    add_user()
    thief = app.test_client()
    sign_in(thief)
    client.post("/password-reset", data={"email": EMAIL})
    path = link_in(letters("password_reset")[0])
    assert client.post(path, data={"password": "short"}).status_code == 422
    assert client.post(path, data={"password": NEW}).status_code == 303
    assert thief.get("/account").status_code == 303
    assert sign_in(client).status_code == 422
    assert sign_in(client, password=NEW).status_code == 303
    assert client.post(path, data={"password": "a third one, the same link"}).status_code == 404
    assert [letter.kind for letter in letters()] == ["password_reset", "password_changed"]
    assert acts() == ["password changed"]


def test_words_and_work_are_the_same_for_a_forgotten_password_with_and_without_an_account(context, client):
    add_user()
    close(add_user("closed@example.org"))
    emails = ("warmup@example.org", EMAIL, "nobody@example.org", "closed@example.org")
    (_, known, *others), texts = zip(*(ask_for_reset(client, email) for email in emails), strict=True)
    assert known == others[0] == others[1]
    assert len([statement for statement in known if statement.startswith("INSERT INTO outgoing_mail")]) == 1
    assert len(set(texts)) == 1
    kinds = {letter.recipient: letter.kind for letter in letters()}
    assert [kinds[email] for email in emails] == ["no_account", "password_reset", "no_account", "no_account"]
    assert "/password-reset/" not in "".join(letter.text for letter in letters("no_account"))


def ask_for_reset(client, email: str) -> tuple[list[str], str]:
    """The statements that a request for a new password makes, and its answer."""
    made: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        made.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        answer = client.post("/password-reset", data={"email": email})
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return made, answer.text


def close(user: User) -> None:
    with unit_of_work() as current:
        current.get_one(User, user.id).closed_at = clock.now()


def test_the_link_for_a_password_lives_an_hour(context, client):
    add_user()
    client.post("/password-reset", data={"email": EMAIL})
    path = link_in(letters()[0])
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert client.post(path, data={"password": NEW}).status_code == 404


def test_links_begin_with_the_shops_own_address_whatever_host_was_named(context, client):
    add_user()
    client.post("/password-reset", data={"email": EMAIL}, headers={"Host": "127.0.0.1:7777"})
    assert "http://localhost/password-reset/" in letters()[0].text
    assert "7777" not in letters()[0].text + letters()[0].html


def test_a_changed_password_leaves_this_browser_signed_in_under_a_new_key_and_no_other(context, client, app):
    user = add_user()
    phone = app.test_client()
    sign_in(phone)
    sign_in(client)
    key = client.get_cookie("session").value
    response = post(client, "/account/password", {"old": PASSWORD, "new": NEW})
    assert response.status_code == 303
    assert client.get_cookie("session").value != key
    assert "Your password is changed" in client.get("/account/security").text
    assert phone.get("/account").status_code == 303
    assert len(sessions.of_user(user, None, clock.now())) == 1
    assert len(letters("password_changed")) == 1


def test_who_does_not_know_the_old_password_changes_nothing(context, client):
    add_user()
    sign_in(client)
    assert post(client, "/account/password", {"old": "a guess of it", "new": NEW}).status_code == 422
    assert sign_in(client).status_code == 303


def test_guessing_the_old_password_is_counted_like_signing_in(context, client):
    add_user()
    sign_in(client)
    answers = [post(client, "/account/password", {"old": "a guess of it", "new": NEW}).status_code for _ in range(10)]
    assert answers == [422] * 9 + [429]


# Orders


def test_proving_the_mailbox_brings_in_orders_placed_as_a_guest_and_says_so_in_the_journal(context, client):
    mine, others = place_order("Ming@Example.org"), place_order("somebody@example.org")
    sign_up(client)
    assert mine.user_id is None
    client.post(link_in(letters("email_proof")[0]), data={"password": PASSWORD})
    session().expire_all()
    assert mine.user_id == by_email(EMAIL).id
    assert others.user_id is None
    assert acts() == ["email proven", "order claimed"]
    page = client.get("/account/orders").text
    assert mine.ref in page
    assert others.ref not in page
    assert journal.first_break() is None


def test_a_guests_orders_are_found_by_the_index_on_their_address(context, database):
    user = add_user()
    for number in range(20):
        place_order(f"guest{number}@example.org")
    order = place_order(" Ming@Example.ORG")
    asked: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, *_more) -> None:
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    with unit_of_work():
        claiming.claim_orders(EmailProven(user, clock.now()))
    event.remove(Engine, "before_cursor_execute", note)
    assert session().get_one(Order, order.id).user_id == user.id
    (find,) = [one for one in asked if one[0].startswith("SELECT") and 'FROM "order"' in one[0] and "email =" in one[0]]
    connection = session().connection()
    if database == "postgresql":
        # So few rows would else be read from the first to the last, index or not.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explain = "EXPLAIN" if database == "postgresql" else "EXPLAIN QUERY PLAN"
    plan = str(connection.exec_driver_sql(f"{explain} {find[0]}", find[1]).all())
    assert "ix_order_email" in plan


def test_a_later_guest_order_is_claimed_by_a_letter_to_the_mailbox(context, client):
    user = add_user()
    sign_in(client)
    order = place_order(EMAIL)
    assert order.ref not in client.get("/account/orders").text
    post(client, "/account/order-claims")
    path = link_in(letters("order_claim")[0])
    client.get(path)
    session().expire_all()
    assert order.user_id is None
    assert post(client, path).status_code == 303
    session().expire_all()
    assert order.user_id == user.id
    assert order.ref in client.get("/account/orders").text


def test_the_claim_of_one_account_gives_nothing_to_another(context, client, app):
    add_user()
    thief = app.test_client()
    add_user("thief@example.org")
    order = place_order(EMAIL)
    sign_in(client)
    post(client, "/account/order-claims")
    path = link_in(letters("order_claim")[0])
    sign_in(thief, "thief@example.org")
    assert thief.get(path).status_code == 404
    assert post(thief, path).status_code == 404
    session().expire_all()
    assert order.user_id is None


def test_an_order_that_belongs_to_somebody_is_not_claimed(context, client):
    owner = add_user("owner@example.org")
    order = place_order(EMAIL, owner)
    sign_up(client)
    client.post(link_in(letters("email_proof")[0]), data={"password": PASSWORD})
    session().expire_all()
    assert order.user_id == owner.id


def test_the_order_history_goes_page_by_page(context, client):
    user = add_user()
    refs = [place_order(EMAIL, user).ref for _ in range(21)]
    sign_in(client)
    first, second = client.get("/account/orders").text, client.get("/account/orders?page=2").text
    assert refs[-1] in first
    assert refs[0] not in first
    assert refs[0] in second
    assert client.get("/account/orders?page=3").status_code == 404
    assert client.get("/account/orders?page=-1").status_code == 200


# The command


def test_an_admin_is_made_from_the_command_line_and_can_sign_in(app, context, client):
    run = app.test_cli_runner()
    from storefront.commands.users import users

    made = run.invoke(users, ["create", "boss@example.org", "--role", "admin", "--password-stdin"], input=NEW + "\n")
    assert made.exit_code == 0, made.output
    session().rollback()
    assert by_email("boss@example.org").role == Role.ADMIN
    assert sign_in(client, "boss@example.org", NEW).status_code == 303
    again = run.invoke(users, ["create", "boss@example.org", "--password-stdin"], input=NEW + "\n")
    assert again.exit_code == 1
    assert "has an account" in again.output
    weak = run.invoke(users, ["create", "b@example.org", "--password-stdin"], input="password1\n")
    assert "refused: common" in weak.output
    last = run.invoke(users, ["role", "boss@example.org", "shopper"])
    assert last.exit_code == 1
    assert "is the last admin: make somebody else one first" in last.output
    add_user("next@example.org", Role.ADMIN)
    assert run.invoke(users, ["role", "boss@example.org", "shopper"]).exit_code == 0
    assert client.get("/account").status_code == 303
    assert [act for act in acts() if "role" in act] == ["role changed"]


def test_an_address_has_one_account(context):
    add_user()
    with pytest.raises(signing_up.EmailTaken):
        signing_up.create("MING@example.org", "Ming", NEW, Role.SHOPPER, actor="system", now=clock.now())
