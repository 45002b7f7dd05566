"""The studio's doors: which groups a user acts for, and the front page of one."""

from __future__ import annotations

import re

import pytest
from listings import add_member
from people import add_user, sign_in

from storefront.core.db import unit_of_work
from storefront.producers.models import ProducerStatus
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
    assert "can invite you" in text_of(client, "/studio")


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
