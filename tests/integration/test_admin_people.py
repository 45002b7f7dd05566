"""People as an admin sees them: found, given another role with a reason, and signed out."""

from __future__ import annotations

import pytest
from paying import at_once
from people import add_user, post, sign_in
from sqlalchemy import select

from storefront.accounts import signing_in
from storefront.accounts.finding import by_email
from storefront.accounts.finding import by_ref as by_ref_of
from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry


@pytest.fixture
def admin(context, client):
    user = add_user("admin@example.org", Role.ADMIN, name="Ada")
    sign_in(client, "admin@example.org")
    return user


def journalled() -> list[tuple[str, str, dict]]:
    session().rollback()
    rows = session().scalars(select(JournalEntry).order_by(JournalEntry.sequence))
    return [(row.act, row.actor, row.facts) for row in rows]


def role_of(email: str) -> str:
    session().rollback()
    return by_email(email).role


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"admin@example.org", "ming@example.org", "li_na@example.org"}),
        ("words=MING", {"ming@example.org"}),
        ("words=li_n", {"li_na@example.org"}),
        ("words=%25", set()),
        ("words=__", set()),
        ("role=admin", {"admin@example.org"}),
        ("role=nonsense", set()),
    ],
)
def test_they_are_found_by_name_address_and_role(admin, client, query, found):
    add_user("ming@example.org", name="Ming Lin")
    add_user("li_na@example.org", name="Li Na")
    page = client.get(f"/admin/people?{query}").text
    everyone = {"admin@example.org", "ming@example.org", "li_na@example.org"}
    assert {email for email in everyone if f">{email}</a>" in page} == found


def test_a_role_is_changed_with_a_reason_and_ends_all_sessions(admin, client, app):
    user = add_user()
    theirs = app.test_client()
    sign_in(theirs)
    path = f"/admin/people/{user.ref}"
    answer = post(client, f"{path}/role", {"role": "reviewer", "reason": "Joined the vetting team"}, page=path)
    assert answer.status_code == 303
    assert role_of("ming@example.org") == Role.REVIEWER
    assert theirs.get("/account").status_code == 303
    act, actor, facts = journalled()[-1]
    assert (act, actor) == ("role changed", f"user:{admin.ref}")
    assert facts == {"before": "shopper", "after": "reviewer", "reason": "Joined the vetting team"}
    assert "signed out everywhere" in client.get(path).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"role": "admin"}, "Say why"),
        ({"role": "king", "reason": "x"}, "Choose another role"),
        ({"role": "shopper", "reason": "x"}, "Choose another role"),
    ],
)
def test_a_role_that_is_none_or_without_a_reason_is_refused(admin, client, fields, words):
    user = add_user()
    path = f"/admin/people/{user.ref}"
    answer = post(client, f"{path}/role", fields, page=path)
    assert answer.status_code == 422
    assert words in answer.text
    chosen = fields["role"] if fields["role"] in set(Role) else ""
    assert (f'<option value="{chosen}" selected>' in answer.text) == bool(chosen), "what was chosen stays chosen"
    assert role_of("ming@example.org") == Role.SHOPPER
    assert [act for act, *_rest in journalled() if act == "role changed"] == []


def test_nobody_changes_their_own_role(admin, client):
    answer = post(client, f"/admin/people/{admin.ref}/role", {"role": "shopper", "reason": "Tired"})
    assert answer.status_code == 422
    assert role_of("admin@example.org") == Role.ADMIN


def test_a_long_reason_is_not_cut_off(admin, client):
    user = add_user("ming@example.org")
    long = "She answers letters. " * 40
    refused = post(client, f"/admin/people/{user.ref}/role", {"role": "reviewer", "reason": long})
    assert refused.status_code == 422
    assert "at most 500 characters" in refused.text
    assert long.strip() in refused.text
    assert role_of("ming@example.org") == "shopper"


def test_two_admins_who_take_the_role_from_each_other_leave_one(admin, app):
    other = add_user("second@example.org", Role.ADMIN)
    pairs = [(other.ref, admin.ref), (admin.ref, other.ref)]

    def demote(user_ref: str, by_ref: str) -> None:
        with unit_of_work():
            signing_in.change_role(
                by_ref_of(user_ref), Role.SHOPPER, actor=f"user:{by_ref}", now=clock.now(), reason="Enough"
            )

    results = at_once(app, *[lambda pair=pair: demote(*pair) for pair in pairs])
    assert sorted(type(one).__name__ for one in results) == ["LastAdmin", "NoneType"]
    assert sorted(map(role_of, ("admin@example.org", "second@example.org"))) == ["admin", "shopper"]


def test_someone_is_signed_out_everywhere(admin, client, app):
    user = add_user()
    theirs = app.test_client()
    sign_in(theirs)
    path = f"/admin/people/{user.ref}"
    assert "Signed in on one device" in client.get(path).text
    post(client, f"{path}/sessions/end", page=path)
    assert theirs.get("/account").status_code == 303
    assert journalled()[-1][:2] == ("sessions ended", f"user:{admin.ref}")


def test_the_front_page_leads_to_every_door(admin, client):
    page = client.get("/admin").text
    for path in ("/admin/orders", "/admin/people", "/admin/journal", "/mail"):
        assert f'href="{path}"' in page
