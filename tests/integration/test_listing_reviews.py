"""Reviewers of listings: the queue, the difference, the page as it would be, and the decision."""

from __future__ import annotations

import re

import pytest
from consented import agree
from listings import add_member, add_reviewer, approve, change, draft_of, explain, send, shown, start
from people import add_user, letters, post, sign_in

from storefront.catalog import revising
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers.models import Member
from storefront.vetting import applying
from storefront.vetting.models import Conflict, Kind


@pytest.fixture
def reviewer(world, client):
    user = add_reviewer()
    sign_in(client, user.email)
    return user


def text_of(client, path):
    return client.get(path).get_data(as_text=True)


def seen_on(html):
    return re.search(r'name="seen" value="(\w+)"', html)[1]


def sent_edit(world, **changes):
    revision = start(world.coffee)
    change(revision, **changes)
    explain(revision)
    send(revision)
    return revision


def test_the_queue_shows_what_waits_and_for_how_long(world, client, reviewer):
    assert "No version is like this." in text_of(client, "/admin/listings")
    sent_edit(world, title="Filter coffee")
    send(draft_of(world))
    html = text_of(client, "/admin/listings")
    assert "2 versions" in html
    assert html.index("Filter coffee") < html.index("Garden balm"), "who waits the longest comes first"
    assert "Garden balm" not in text_of(client, "/admin/listings?producer=tehrathum-weavers")
    assert "Garden balm" in text_of(client, "/admin/listings?producer=sunlit+bench+w"), "a part of its name will do"
    assert "No version is like this." in text_of(client, "/admin/listings?state=approved")
    for odd in ("?page=9999999999999", "?page=x", "?state=nonsense", "?producer=%00"):
        assert client.get(f"/admin/listings{odd}").status_code == 200


def test_a_draft_is_the_groups_own(world, client, reviewer):
    assert client.get(f"/admin/listings/{draft_of(world).ref}").status_code == 404


def test_a_long_note_is_not_cut_off(world, client, reviewer):
    revision = sent_edit(world, title="Sunlit filter coffee")
    long = "Say where it grew. " * 250
    page = f"/admin/listings/{revision.ref}"
    refused = post(client, f"{page}/decisions", {"decision": "changes", "note": long, "seen": revision.stamp})
    assert refused.status_code == 422
    assert "Shorten this to 4000 characters" in refused.text
    assert long.strip() in refused.text


def test_the_difference_is_shown_by_field_and_picture(world, client, reviewer):
    before = shown(world.coffee)
    first = before["pictures"][0]
    revision = sent_edit(
        world,
        title="Sunlit filter coffee",
        story={"title": "Where it comes from", "body": "A *longer* story.", "lang": "en", "consents": []},
        pictures=[{**first, "alt": "A <box> of coffee", "focus_x": 0}],
        variants=[{**before["variants"][0], "price_minor": 2500}, before["variants"][1]],
    )
    html = text_of(client, f"/admin/listings/{revision.ref}")
    for words in (
        '<del><span class="visually-hidden">gone: </span>drip </del>',
        '<ins><span class="visually-hidden">new: </span>filter </ins>',
        "*longer*",
        "A &lt;box&gt; of coffee",
        "Picture described anew",
        "Another part of it is said to be the most important",
        "$25.00",
        "The words were wrong",
    ):
        assert words in html
    assert "Where the price goes" not in html, "what stayed the same is left out"


def test_another_answer_on_people_is_a_difference_in_a_story_and_in_a_picture(world, client, reviewer):
    consent, revision = agree(world.sunlit_bench), draft_of(world)
    (picture,), story = revision.content["pictures"], revision.content["story"]
    change(revision, pictures=[{**picture, "consents": [consent.ref]}], story={**story, "consents": [consent.ref]})
    send(revision)
    approve(revision)
    edit = start(revision.product)
    change(edit, pictures=[picture], story=story)
    explain(edit)
    send(edit)
    html = text_of(client, f"/admin/listings/{edit.ref}")
    assert "Nothing differs." not in html
    assert "Picture with another answer on people" in html
    assert html.count(f"gone: </span>consent {consent.ref}</del>") == 2
    assert html.count("new: </span>nobody</ins>") == 2
    approve(edit)
    public = text_of(client, f"/products/{edit.product.slug}/history")
    assert consent.ref not in public
    assert "nobody" not in public


def test_the_page_is_shown_as_it_would_be_and_nothing_of_it_stays(world, client, reviewer):
    revision = sent_edit(world, title="Sunlit filter coffee", pledge=None)
    before = shown(world.coffee)
    public = text_of(client, "/products/drip-coffee")
    html = text_of(client, f"/admin/listings/{revision.ref}/page")
    assert "This is how shoppers would see it" in html
    assert "<h1>Sunlit filter coffee</h1>" in html
    assert "No part of this price is pledged" in html
    assert shown(world.coffee) == before
    assert text_of(client, "/products/drip-coffee") == public
    approve(revision)
    after = text_of(client, "/products/drip-coffee")
    assert re.sub(r'<aside class="wrap preview-line".*?</aside>', "", html, flags=re.S) == after


def test_a_new_listing_can_be_seen_before_it_exists(world, client, reviewer):
    revision = draft_of(world)
    send(revision)
    html = text_of(client, f"/admin/listings/{revision.ref}/page")
    assert "<h1>Garden balm</h1>" in html
    assert client.get("/products/garden-balm").status_code == 404


def test_an_approval_takes_what_was_seen(world, client, reviewer):
    revision = sent_edit(world, title="Seen")
    path = f"/admin/listings/{revision.ref}"
    seen = seen_on(text_of(client, path))
    with unit_of_work():
        revising.take_back(revision, actor="user:EDITOR", now=clock.now())
    change(revision, title="Not seen")
    send(revision)
    refused = post(client, f"{path}/decisions", {"decision": "approve", "seen": seen, "note": "Kept words"})
    assert refused.status_code == 422
    assert "changed since you opened it" in refused.get_data(as_text=True)
    assert "Kept words" in refused.get_data(as_text=True)
    assert shown(world.coffee)["title"] == "Sunlit drip coffee"
    seen = seen_on(refused.get_data(as_text=True))
    assert post(client, f"{path}/decisions", {"decision": "approve", "seen": seen}).status_code == 303
    assert shown(world.coffee)["title"] == "Not seen"
    again = post(client, f"{path}/decisions", {"decision": "approve", "seen": seen})
    assert again.status_code == 422
    assert "not waiting" in again.get_data(as_text=True)


def test_changes_are_asked_in_words(world, client, reviewer):
    add_member(world.sunlit_bench, "owner@example.org", "owner")
    revision = sent_edit(world, title="Best coffee ever")
    path = f"/admin/listings/{revision.ref}/decisions"
    silent = post(client, path, {"seen": revision.stamp, "decision": "changes", "note": " "})
    assert silent.status_code == 422
    assert post(client, path, {"decision": "sideways"}).status_code == 422
    told = {"seen": revision.stamp, "decision": "changes", "note": "Say what it is."}
    assert post(client, path, told).status_code == 303
    (letter,) = letters("listing_decided")
    assert letter.recipient == "owner@example.org"
    assert "Say what it is." in letter.text


def test_a_reviewer_who_belongs_to_the_group_cannot_decide(world, client, reviewer):
    with unit_of_work() as current:
        current.add(Member(producer_id=world.sunlit_bench.id, user_id=reviewer.id, role="editor", since=clock.now()))
    revision = sent_edit(world, title="Ours")
    refused = post(client, f"/admin/listings/{revision.ref}/decisions", {"decision": "approve", "seen": revision.stamp})
    assert refused.status_code == 422
    assert "Somebody else must decide" in refused.get_data(as_text=True)


def test_a_reviewer_who_declared_a_conflict_with_the_group_cannot_decide(world, client, reviewer):
    maya, now = add_user("maya@example.org"), clock.now()
    with unit_of_work() as current:
        case = applying.start(maya, Kind.PRODUCER, now, producer=world.sunlit_bench)
        current.add(Conflict(case_id=case.id, reviewer_id=reviewer.id, reason="My brother runs it.", at=now))
    revision = sent_edit(world, title="Ours")
    refused = post(client, f"/admin/listings/{revision.ref}/decisions", {"decision": "approve", "seen": revision.stamp})
    assert refused.status_code == 422
    assert "Somebody else must decide" in refused.get_data(as_text=True)


def test_a_page_that_was_changed_behind_the_reviewers_is_told_of(world, client, reviewer):
    revision = sent_edit(world, title="Ours")
    assert "not what was approved last" not in text_of(client, f"/admin/listings/{revision.ref}")
    with unit_of_work():
        world.coffee.care = "Changed by hand"
    assert "not what was approved last" in text_of(client, f"/admin/listings/{revision.ref}")
    session().rollback()
