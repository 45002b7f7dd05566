"""Two editors at one question of a listing: both answers are shown, and no word of either is lost."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest
from backstage import photograph
from listings import add_member, add_picture, change, draft_of, send
from people import post, sign_in

from storefront.core.db import session

PROMPTS = {"prompt-0": "Seven women of the valley", "prompt-3": "The road is closed in winter"}
PEOPLE = {"title": "Two hives", "lang": "en", "people": "no"}


@pytest.fixture
def two(world, app, client):
    """Ana and Bo at a complete draft."""
    other = app.test_client()
    for browser, email, name in ((client, "ana@example.org", "Ana"), (other, "bo@example.org", "Bo")):
        sign_in(browser, add_member(world.sunlit_bench, email, name=name).email)
    draft = draft_of(world)
    return SimpleNamespace(
        ana=client, bo=other, draft=draft, path=f"/studio/sunlit-bench/listings/{draft.product.slug}"
    )


def opened(browser, address):
    """What the form of a question carries along."""
    return seen_in(browser.get(address).text)


def seen_in(html):
    return {"seen": re.search(r'name="seen" value="([^"]*)"', html.partition('id="question"')[2])[1]}


def content_of(draft):
    session().rollback()
    session().refresh(draft)
    return draft.content


def without_story(draft):
    change(draft, story={"title": "", "body": "", "lang": "en"})


def test_the_second_editor_of_a_story_keeps_every_word(two):
    without_story(two.draft)
    address = f"{two.path}/story"
    first, second = opened(two.ana, address), opened(two.bo, address)
    post(two.ana, address, {**first, **PEOPLE, "prompt-0": "Ana's hives"})
    told = post(two.bo, address, {**second, **PEOPLE, **PROMPTS})
    assert told.status_code == 422
    for words in PROMPTS.values():
        assert f"\n{words}</textarea>" in told.text
    assert "\nAna&#39;s hives</textarea>" in told.text
    again = {"body": "Ana's hives", **PEOPLE, **PROMPTS}
    assert post(two.bo, address, {**seen_in(told.text), **again}).status_code == 303
    assert content_of(two.draft)["story"]["body"] == "\n\n".join(["Ana's hives", *PROMPTS.values()])


def test_a_story_by_prompts_is_kept_when_the_draft_was_sent_meanwhile(two):
    without_story(two.draft)
    second = opened(two.bo, f"{two.path}/story")
    change(two.draft, story={"title": "T", "body": "B", "lang": "en", "consents": []})
    send(two.draft)
    told = post(two.bo, f"{two.path}/story", {**second, **PEOPLE, **PROMPTS})
    assert told.status_code == 422
    for words in PROMPTS.values():
        assert f"\n{words}</textarea>" in told.text


def test_a_story_too_long_is_marked_at_its_field(two):
    without_story(two.draft)
    told = post(two.bo, f"{two.path}/story", {**opened(two.bo, f"{two.path}/story"), "prompt-0": "x" * 20_001})
    assert '<a href="#body">' in told.text
    assert 'id="body-error"' in told.text


def test_the_other_editor_s_translation_language_and_people_are_shown(two):
    change(two.draft, story={"title": "Mahuri", "body": "Dui mahuri", "lang": "ne", "consents": []})
    address = f"{two.path}/translation"
    first, second = opened(two.ana, address), opened(two.bo, address)
    post(two.ana, address, {**first, "title": "Bees", "body": "Two bees of Ana", "by": "Ana"})
    told = post(two.bo, address, {**second, "title": "Hives", "body": "Two hives", "by": "Bo"}).text
    for words in (
        "Title of the story in English: Bees", "Story in English: Two bees of Ana", "Who translated it: Ana",
        "Language of the story: नेपाली", "People: nobody", "\nTwo hives</textarea>",
    ):  # fmt: skip
        assert words in told


@pytest.mark.parametrize("also", [{}, {"first": "A tin, from above"}])
def test_words_for_a_photograph_that_was_taken_out_meanwhile_are_shown_once_more(two, also):
    first, second = two.draft.content["pictures"][0], {"ref": add_picture(), "alt": "", "focus_x": 50, "focus_y": 50}
    change(two.draft, pictures=[first, {**second, "consents": []}])
    address = f"{two.path}/photos"
    mine = opened(two.bo, address) | {f"alt-{first['ref']}": also.get("first", first["alt"])}
    post(two.ana, address, {**opened(two.ana, address), "act": f"remove-{second['ref']}"})
    told = post(two.bo, address, {**mine, f"alt-{second['ref']}": "Hands that fill tins"})
    assert told.status_code == 422
    assert "Hands that fill tins" in told.text
    assert "Ana changed this answer" in told.text
    again = {**mine, **seen_in(told.text)}
    assert post(two.bo, address, again).status_code == 303
    assert [one["alt"] for one in content_of(two.draft)["pictures"]] == [also.get("first", first["alt"])]


def test_photographs_that_only_came_meanwhile_are_in_nobody_s_way(two):
    first = two.draft.content["pictures"][0]
    address = f"{two.path}/photos"
    mine = opened(two.bo, address) | {f"alt-{first['ref']}": "Hands that fill tins"}
    came = {"ref": add_picture(), "alt": "Ana's", "focus_x": 0, "focus_y": 50, "consents": []}
    change(two.draft, pictures=[first, came])
    assert post(two.bo, f"{address}/uploads", mine).status_code == 303
    assert content_of(two.draft)["pictures"] == [{**first, "alt": "Hands that fill tins"}, came]
    assert post(two.bo, f"{address}/uploads", {**mine, f"alt-{first['ref']}": "Late"}).status_code == 422


def test_a_photograph_that_a_script_sends_alone_changes_no_answer(two):
    first = two.draft.content["pictures"][0]
    alone = {"photos": [(io.BytesIO(photograph()), "IMG.jpg")], "act": "upload", "number": "1"}
    answered = post(two.bo, f"{two.path}/photos/uploads", alone)
    assert answered.location.endswith("?added=1")
    assert content_of(two.draft)["pictures"][0] == first
    follows = {**opened(two.bo, f"{two.path}/photos"), "act": "upload", f"alt-{first['ref']}": "A tin"}
    assert post(two.bo, f"{two.path}/photos/uploads", {**follows, "added": "1"}).location.endswith("?added=1")
    assert post(two.bo, f"{two.path}/photos/uploads", {**follows, "added": "0"}).status_code == 303
    assert post(two.bo, f"{two.path}/photos/uploads", {**follows, "added": ""}).status_code == 422


def test_taking_a_photograph_out_twice_is_no_conflict(two):
    ref = two.draft.content["pictures"][0]["ref"]
    form = opened(two.ana, f"{two.path}/photos") | {"act": f"remove-{ref}", f"alt-{ref}": "A tin"}
    for _click in range(2):
        assert post(two.ana, f"{two.path}/photos", form).status_code == 303


def test_only_what_may_be_left_out_is_called_optional(two):
    optional = {
        "title": ["A few words below the name"], "description": [], "materials": ["Where do these come from?",
        "How is it kept well?"], "story": [], "photos": [],
    }  # fmt: skip
    for task, labels in optional.items():
        html = two.ana.get(f"{two.path}/{task}").text
        said = re.findall(r'<label class="field-label"[^>]*>([^<]*) <span class="field-optional">', html)
        assert said == labels, task
    kinds = two.ana.get(f"{two.path}/kinds").text
    assert 'for="price-0">Price in USD</label>' in kinds
    assert 'for="sku-0">Article code <span class="field-optional">' in kinds


def test_a_new_listing_that_nobody_filled_in_is_begun_once(two):
    home = "/studio/sunlit-bench/listings"
    first, second = post(two.ana, home).location, post(two.bo, home).location
    assert first == second
    title = first.replace("/photos", "/title")
    post(two.ana, title, opened(two.ana, title) | {"title": "Begun"})
    assert post(two.ana, home).location != first


def test_what_is_missing_is_one_line_a_task_that_leads_there(two):
    pictures = [{"ref": add_picture(), "alt": "", "focus_x": 50, "focus_y": 50} for _one in range(2)]
    story = {"title": "", "body": "", "lang": "en", "consents": []}
    change(two.draft, story=story, materials=[], pictures=pictures, pledge=None)
    told = post(two.ana, f"{two.path}/moves", {"move": "send", "seen": two.draft.stamp})
    assert told.status_code == 422
    lines = re.findall(r'<li><a href="([^"]+)">([^<]+)</a></li>', told.text)
    assert lines == [
        (f"{two.path}/photos", "Photographs: Say in a few words what photograph 1 shows. (and 3 more)"),
        (f"{two.path}/materials", "Materials and care: still to be answered"),
        (f"{two.path}/story", "Its story: still to be answered"),
    ]
