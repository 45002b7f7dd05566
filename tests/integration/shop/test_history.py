"""The public history of a listing: corrections stay visible, drafts never show."""

from __future__ import annotations

from listings import approve, change, draft_of, explain, send, start

from storefront.catalog import adjusting
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.giving import promising


def history(client, slug="drip-coffee"):
    return client.get(f"/products/{slug}/history").get_data(as_text=True)


def test_what_changed_when_and_why_is_public_and_drafts_are_not(world, client):
    assert "Nothing has changed" in history(client)
    revision = start(world.coffee)
    claims = [{**revision.content["claims"][0], "text": "Paid at the wage floor"}]
    story = {"title": "Where it comes from", "body": "A *short* story.", "lang": "en", "consents": []}
    change(revision, claims=claims, story=story)
    explain(revision, "We had claimed too much", correction=True)
    send(revision)
    assert "too much" not in history(client)
    approve(revision)
    html = history(client)
    for words in ("We had claimed too much", "Correction", "Paid at the wage floor", "Paid above the wage floor"):
        assert words in html
    assert '<del><span class="visually-hidden">gone: </span>*story*.</del>' in html
    assert html.index("We had claimed too much") < html.index("First published")
    assert f'href="/products/{world.coffee.slug}/history"' in client.get("/products/drip-coffee").get_data(as_text=True)


def test_a_first_version_is_plain_text_with_days_and_levels_in_words(world, client):
    revision = draft_of(world)
    claim = {"text": "Fair", "level": "verified", "verifier": "Control Union", "document": "Certificate 7",
             "document_url": "", "stated_on": "2026-01-05", "expires_on": "2030-03-30"}  # fmt: skip
    change(revision, claims=[claim])
    send(revision)
    approve(revision)
    slug = revision.product.slug
    edit = start(revision.product)
    change(edit, story={**edit.content["story"], "body": "It began with three hives."})
    explain(edit)
    assert "<ins>" not in history(client, slug)
    send(edit)
    approve(edit)
    html = history(client, slug)
    assert "Fair\nVerified by Control Union, Certificate 7, since 5 January 2026, until 30 March 2030" in html
    assert html.count("<ins>") == html.count("<del>") == 1
    assert "It began with two hives." in html


def test_a_lower_price_is_no_part_of_the_story(world, client):
    with unit_of_work():
        adjusting.lower_price(
            world.coffee.variants[0], 2000, promising.plain(world.coffee.id), actor="user:A", now=clock.now()
        )
    assert adjusting.LOWER_PRICE not in history(client)


def test_what_is_hidden_has_no_history_to_read(world, client):
    with unit_of_work():
        world.sunlit_bench.status = "suspended"
    assert client.get("/products/drip-coffee/history").status_code == 404
    assert client.get("/products/nothing/history").status_code == 404
