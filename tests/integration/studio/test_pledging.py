"""One pledge for many products: seen before it is made, reviewed listing by listing, never half done."""

from __future__ import annotations

import re

import pytest
from listings import add_member, approve, change, draft_of, explain, revisions, send, shown, start
from people import post, sign_in

from storefront.catalog import revising
from storefront.catalog.models import RevisionState
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.giving import opting_in, promising
from storefront.giving.opting_in import UnfitRule

HOME = "/studio/sunlit-bench/pledges"
ANSWERS = {"to": "hill-schools-trust|", "percent": "10", "why": "We want to give to schools", "which": "all"}


@pytest.fixture
def editor(world, client):
    user = add_member(world.sunlit_bench, "editor@example.org")
    sign_in(client, user.email)
    return user


def preview(client, **answers):
    return post(client, f"{HOME}/preview", ANSWERS | answers, page=HOME)


def confirm(client, shown_page, **answers):
    seen = re.search(r'name="seen" value="([^"]*)"', shown_page.get_data(as_text=True))[1]
    return post(client, HOME, ANSWERS | answers | {"seen": seen}, page=HOME)


def state(product):
    session().rollback()
    session().expire_all()
    revision = revising.open_revision(product)
    return revision and (revision.state, (revision.content["pledge"] or {}).get("charity"))


def test_each_price_is_shown_before_and_after_with_what_the_group_gets_of_it(world, client, editor):
    html = preview(client).get_data(as_text=True)
    assert "A pledge for 2 products" in html
    # Coffee 24.00: 5 % of it (1.20) and 15 % of the rest (3.42) go away now; 10 % (2.40) and 3.24 then.
    assert "Of $24.00 you get $18.36 instead of $19.38." in html
    # Soap 18.00: 15 % (2.70) now; 10 % (1.80) and 2.43 then.
    assert "Of $18.00 you get $13.77 instead of $15.30." in html
    for words in ("Hill Schools Trust", "$2.40", "$1.80", "paid by the shop", "We want to give to schools"):
        assert words in html
    assert state(world.soap) is None


def test_what_was_shown_is_staged_and_reviewed_listing_by_listing(world, client, editor):
    before = shown(world.soap)
    assert confirm(client, preview(client)).status_code == 303
    for product in (world.coffee, world.soap):
        assert state(product) == (RevisionState.SENT, "hill-schools-trust")
    assert shown(world.soap) == before, "shoppers see nothing of it yet"
    found = revising.open_revision(world.soap)
    assert found.reason == "We want to give to schools"
    approve(found)
    assert shown(world.soap)["pledge"]["rate"] == "0.1"
    assert state(world.coffee) == (RevisionState.SENT, "hill-schools-trust"), "each is decided by itself"
    entry = next(journal.entries(journal.Asked(act="pledge staged for many")))
    assert (entry.subject, entry.facts["products"]) == ("producer:sunlit-bench", 2)


def test_only_the_ticked_products_are_pledged_and_nobody_elses(world, client, editor):
    chosen = {"which": "chosen", "product": ["garden-soap", "dhaka-scarf"]}
    seen = preview(client, **chosen)
    assert "A pledge for 1 product<" in seen.get_data(as_text=True)
    confirm(client, seen, **chosen)
    assert (state(world.coffee), state(world.scarf)) == (None, None)
    assert state(world.soap) == (RevisionState.SENT, "hill-schools-trust")


def test_what_can_not_take_it_is_named_with_the_reason_and_left_as_it_is(world, client, editor):
    change(start(world.coffee), title="Slow coffee", pledge=None)
    explain(revising.open_revision(world.coffee))
    send(revising.open_revision(world.coffee))
    unpriced = draft_of(world)
    change(unpriced, variants=[])
    html = preview(client, percent="", amount="19").get_data(as_text=True)
    for words in ("with the reviewers", "has no price yet", "The pledge is more than its price"):
        assert words in html
    assert "Pledge for" not in html
    seen = preview(client)
    assert confirm(client, seen).status_code == 303
    assert state(world.soap) == (RevisionState.SENT, "hill-schools-trust")
    assert revising.open_revision(world.coffee).content["pledge"] is None


def test_an_open_draft_gets_the_pledge_and_waits_for_its_other_answers(world, client, editor):
    change(start(world.soap), title="Better soap")
    assert "It waits in the draft that is open" in preview(client).get_data(as_text=True)
    confirm(client, preview(client))
    assert state(world.soap) == (RevisionState.DRAFT, "hill-schools-trust")
    assert revising.open_revision(world.soap).content["title"] == "Better soap"


def test_what_changed_since_it_was_shown_is_shown_again_and_nothing_is_done(world, client, editor):
    seen = preview(client)
    change(start(world.soap), title="Better soap")
    again = confirm(client, seen)
    assert (again.status_code, "nothing was done" in again.get_data(as_text=True)) == (422, True)
    assert state(world.coffee) is None
    assert confirm(client, again).status_code == 303


def test_a_product_that_has_the_pledge_is_left_alone(world, client, editor):
    same = {"to": "open-bench-foundation|open-bench-foundation-project", "percent": "5"}
    html = preview(client, **same).get_data(as_text=True)
    assert "It has this pledge already" in html
    assert len(revisions(world.coffee)) == 0


WRONG = [
    ({"to": ""}, "Choose a charity."),
    ({"to": "nobody|"}, "Choose a charity that is approved now."),
    ({"to": "hill-schools-trust|open-bench-foundation-project"}, "Choose a charity that is approved now."),
    ({"percent": "5", "amount": "1"}, "Give either a percentage or an amount"),
    ({"percent": "", "amount": "1.000"}, "This could be two amounts"),
    ({"ends_on": "31.12.2099"}, "Write the last day of the pledge as a date"),
    ({"ends_on": "2020-01-01"}, "This day is over"),
    ({"why": ""}, "Say in at most 300 characters why"),
    ({"which": "chosen"}, "Tick at least one product"),
]


def test_a_pledge_that_can_not_be_is_answered_beside_its_field(world, client, editor):
    for answers, words in WRONG:
        response = preview(client, **answers)
        html = response.get_data(as_text=True)
        assert (response.status_code, words in html) == (422, True), answers
        assert 'value="We want to give to schools"' in html or "why" in answers


def test_a_charity_that_lost_its_approval_can_not_be_chosen_even_after_the_preview(world, client, editor):
    seen = preview(client)
    with unit_of_work():
        world.hill_schools.status = "suspended"
    refused = confirm(client, seen)
    assert (refused.status_code, "approved now" in refused.get_data(as_text=True)) == (422, True)
    assert "Hill Schools" not in client.get(HOME).get_data(as_text=True)
    assert state(world.soap) is None
    rule = {**promising.plain(world.coffee.id), "charity": "hill-schools-trust", "project": ""}
    with pytest.raises(UnfitRule, match="charity_not_approved"):
        opting_in.offers(world.sunlit_bench, None, rule, clock.today())


def test_the_form_comes_back_with_its_answers(world, client, editor):
    html = preview(client, act="change", cap="500", which="chosen", product=["garden-soap"]).get_data(as_text=True)
    assert 'value="500"' in html
    assert 'value="garden-soap" checked' in html
