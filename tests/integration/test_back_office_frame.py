"""The frame of the admin's pages: their own header, the queues that are open to whoever looks, and the way back."""

from __future__ import annotations

import pytest
from people import add_user, letters, sign_in

from storefront.accounts.models import Role
from storefront.core import clock, mail
from storefront.core.db import unit_of_work
from storefront.core.mail import Email


@pytest.fixture
def letter(context) -> str:
    """A letter in the outbox; its address."""
    with unit_of_work():
        mail.queue(Email("mei@example.org", "A word", "Hello", "<p>Hello</p>", "answer"), clock.now())
    return f"/mail/{letters()[0].ref}"


def test_the_admin_s_pages_have_the_way_to_the_queues_and_nothing_of_a_shop_s_header(world, client):
    sign_in(client, add_user("ada@example.org", Role.ADMIN).email)
    page = client.get("/admin/questions?state=all").text
    for href in ("/admin", "/admin/vetting", "/admin/concerns", "/admin/reviews"):
        assert f'href="{href}"' in page
    assert '<a href="/admin/questions" aria-current="page">' in page
    assert "Sign out" in page
    assert 'role="search"' not in page
    assert "data-cart-count" not in page


def test_a_reviewer_sees_the_queues_that_are_open_to_reviewers_alone(world, client):
    sign_in(client, add_user("rita@example.org", Role.REVIEWER).email)
    page = client.get("/admin/listings").text
    assert 'href="/admin/vetting"' in page
    assert 'href="/admin/concerns"' not in page


def test_letters_lead_back_to_the_admin_s_front_page_and_a_guest_of_the_demo_nowhere_they_may_not_go(letter, client):
    for path in ("/mail", letter, "/mail/templates", "/mail/templates/account_exists"):
        assert 'href="/admin' not in client.get(path).text
    sign_in(client, add_user("ada@example.org", Role.ADMIN).email)
    for path in ("/mail", letter, "/mail/templates", "/mail/templates/account_exists"):
        assert '<li><a href="/admin">Admin</a></li>' in client.get(path).text


@pytest.mark.parametrize(("query", "folded"), [("", True), ("?state=all", False)])
@pytest.mark.parametrize("queue", ["vetting", "concerns", "reviews", "questions", "updates", "listings", "batches"])
def test_filters_are_folded_unless_one_is_set(world, client, queue, query, folded):
    sign_in(client, add_user("ada@example.org", Role.ADMIN).email)
    page = client.get(f"/admin/{queue}{query}").text
    assert ('<details class="unfolded">\n  <summary class="button button-quiet">' in page) == folded


def test_every_cell_of_a_table_says_the_name_of_its_column(world, client):
    sign_in(client, add_user("ada@example.org", Role.ADMIN).email)
    page = client.get("/admin/people").text
    for name in ("Name", "Role", "Since"):
        assert f'<th scope="col" role="columnheader">{name}</th>' in page
        assert f'<td role="cell" data-label="{name}">' in page


def test_a_person_s_page_is_headed_by_the_name_which_breaks_between_words(world, client):
    admin = add_user("ada@example.org", Role.ADMIN, name="Ada Admin")
    sign_in(client, admin.email)
    assert "<h1>Ada Admin</h1>" in client.get(f"/admin/people/{admin.ref}").text
