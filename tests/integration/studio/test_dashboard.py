"""The studio's doors: which groups a user acts for, and the front page of one."""

from __future__ import annotations

import re

import pytest
from applying_made import applied
from listings import add_member
from people import add_user, sign_in
from selling import sell

from storefront.accounts.finding import by_email
from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.producers.models import Member, MemberRole, ProducerStatus
from storefront.web.assets import STATIC


def text_of(client, path):
    return client.get(path).get_data(as_text=True)


def test_a_user_sees_the_groups_that_they_act_for_and_no_others(world, client):
    sign_in(client, add_member(world.sunlit_bench, "aroon@example.org").email)
    html = text_of(client, "/studio")
    assert "Sunlit Bench Workshop" in html
    assert "Tehrathum" not in html


def test_someone_without_a_group_is_told_how_to_get_into_one(world, client):
    sign_in(client, add_user().email)
    html = text_of(client, "/studio")
    assert "can invite you" in html
    assert 'href="/studio/application"' in html


@pytest.mark.parametrize("page", ["/studio", "/account"])
def test_an_application_that_is_not_decided_is_found_from_the_studio_and_the_account(world, client, page):
    case = applied(add_user(), send=False, name="Reed Weavers")
    sign_in(client)
    html = text_of(client, page)
    assert f'href="/studio/application/{case.ref}"' in html
    assert "Not sent yet" in html


def test_the_account_leads_each_to_their_own_work_and_shows_nothing_to_others(world, client, app):
    add_user()
    sign_in(client)
    assert "Your work" not in text_of(client, "/account")
    member, reviewer = app.test_client(), app.test_client()
    sign_in(member, add_member(world.sunlit_bench, "aroon@example.org").email)
    html = text_of(member, "/account")
    assert html.index("Your work") < html.index("Latest orders")
    assert 'href="/studio/sunlit-bench"' in html
    assert 'href="/admin"' not in html
    sign_in(reviewer, add_user("rita@example.org", Role.REVIEWER).email)
    assert 'href="/admin"' in text_of(reviewer, "/account")


def test_who_never_bought_here_is_brought_to_their_work_and_who_did_to_their_account(world, client, app):
    def lands(email: str, **fields: str) -> str:
        return sign_in(app.test_client(), email, **fields).location

    member = add_member(world.sunlit_bench, "aroon@example.org").email
    assert lands(add_user().email) == "/account"
    assert lands(add_user("rita@example.org", Role.REVIEWER).email) == "/admin"
    assert lands(member) == "/studio/sunlit-bench"
    assert lands(member, next="/cart") == "/cart"
    with unit_of_work() as current:
        user_id = by_email(member).id
        current.add(Member(producer_id=world.weavers.id, user_id=user_id, role=MemberRole.EDITOR, since=clock.now()))
    assert lands(member) == "/studio"
    order = sell({"SOAP": 1})
    with unit_of_work() as current:
        current.merge(order).user_id = user_id
    assert lands(member) == "/account"


@pytest.mark.parametrize(
    ("status", "words"), [(ProducerStatus.APPLYING, "Not approved yet"), (ProducerStatus.SUSPENDED, "is suspended")]
)
def test_members_keep_their_studio_whatever_the_standing_and_read_it_there(world, client, status, words):
    sign_in(client, add_member(world.sunlit_bench, "aroon@example.org").email)
    assert words not in text_of(client, "/studio/sunlit-bench")
    with unit_of_work() as current:
        current.merge(world.sunlit_bench).status = status
    assert words in text_of(client, "/studio/sunlit-bench")


def test_a_page_of_the_studio_asks_for_no_second_web_font(world, client):
    """With both fonts the page would weigh more than its 60 kB."""
    sign_in(client, add_member(world.sunlit_bench, "aroon@example.org").email)
    html = text_of(client, "/studio/sunlit-bench")
    assert re.findall(r'rel="preload" href="/static/fonts/(\w+)', html) == ["figtree"]
    assert "--serif: var(--sans)" in (STATIC / "css/components/studio.css").read_text()
