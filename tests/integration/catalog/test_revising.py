"""Staged edits: shoppers see what was approved, to the byte, and nothing else ever."""

from __future__ import annotations

import pytest
from cast import World
from listings import (
    EDITOR,
    REVIEWER,
    add_member,
    add_reviewer,
    approve,
    ask,
    change,
    draft_of,
    explain,
    revisions,
    send,
    shown,
    start,
)
from people import letters
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from storefront.catalog import adjusting, content, revising
from storefront.catalog.models import ProductStatus, Variant
from storefront.catalog.revising import EditedMeanwhile, IllegalMove, LongReason, NotReady, OwnGroup
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.giving import promising
from storefront.giving.models import Pledge
from storefront.producers.models import Member


def page(client, slug):
    return client.get(f"/products/{slug}").get_data(as_text=True)


def live_edit(world: World, **changes):
    revision = start(world.coffee)
    change(revision, **changes)
    explain(revision)
    return revision


def test_a_new_listing_is_nowhere_until_it_is_approved_and_then_exactly_as_approved(world, client):
    revision = draft_of(world)
    product = revision.product
    assert client.get(f"/products/{product.slug}").status_code == 404
    send(revision)
    assert client.get(f"/products/{product.slug}").status_code == 404
    assert "Garden balm" not in client.get("/products").get_data(as_text=True)
    approve(revision)
    assert product.slug == "garden-balm"
    html = page(client, "garden-balm")
    for words in ("Garden balm", "It began with two hives.", "A tin of balm", "Paid by the hour", "$0.75"):
        assert words in html
    assert content.canonical(shown(product)) == content.canonical(revision.content)
    assert revision.digest == content.digest(shown(product))
    assert revision.content["pledge"]["starts_on"] == clock.today().isoformat()
    assert "Garden balm" in client.get("/products?q=nettle").get_data(as_text=True)


def test_an_edit_of_a_live_listing_shows_when_it_is_approved_and_not_before(world, client):
    before = page(client, "drip-coffee")
    revision = live_edit(
        world, title="Sunlit filter coffee", story={"title": "New", "body": "Rewritten.", "lang": "en", "consents": []}
    )
    assert page(client, "drip-coffee") == before
    send(revision)
    assert page(client, "drip-coffee") == before
    approve(revision)
    after = page(client, "drip-coffee")
    assert "Sunlit filter coffee" in after
    assert "Rewritten." in after
    assert "The words were wrong" in after  # the reason stands beside the second version of the story
    assert world.coffee.slug == "drip-coffee"
    assert [one.number for one in revisions(world.coffee)] == [1, 2]


def test_sold_variants_keep_their_stock_and_their_rows_through_an_approval(world):
    with unit_of_work() as current:
        ids = {row.sku: row.id for row in world.coffee.variants}
        current.execute(text("UPDATE variant SET stock = 7 WHERE sku = 'COFFEE'"))
    revision = start(world.coffee)
    rows = revision.content["variants"]
    new = {"sku": "COFFEE-LIGHT", "name": "Light roast", "price_minor": 2500, "weight_g": 200}
    change(revision, variants=[new, *rows])
    with unit_of_work():
        revising.edit(
            revision, {}, seen_digest=revising.seen(revision, ()), actor=EDITOR, now=clock.now(),
            stock={"COFFEE-LIGHT": 4},
        )  # fmt: skip
    explain(revision)
    send(revision)
    approve(revision)
    found = session().execute(
        select(Variant.sku, Variant.id, Variant.stock).where(Variant.product_id == world.coffee.id)
    ).all()  # fmt: skip
    assert {sku: stock for sku, _, stock in found} == {"COFFEE": 7, "COFFEE-DARK": 5, "COFFEE-LIGHT": 4}
    assert {sku: id_ for sku, id_, _ in found if sku in ids} == ids


def test_a_kind_that_is_on_sale_cannot_be_left_out(world):
    revision = live_edit(world, variants=[{"sku": "COFFEE", "name": "", "price_minor": 2400, "weight_g": 200}])
    with pytest.raises(NotReady, match="kinds: kind_is_live"):
        send(revision)


def test_a_lower_price_and_stock_are_live_at_once_and_recorded_as_approved(world, client):
    staged = live_edit(world, title="Another name")
    send(staged)
    coffee = world.coffee.variants[0]
    with unit_of_work():
        adjusting.lower_price(coffee, 2000, promising.plain(world.coffee.id), actor=EDITOR, now=clock.now())
        adjusting.count_stock(coffee, 3, seen_stock=10, actor=EDITOR, now=clock.now())
    html = page(client, "drip-coffee")
    assert "$20.00" in html
    assert "3 left." in html
    assert "$1.00 of each goes to" in html
    assert "Another name" not in html
    last = revising.approved(world.coffee)
    assert (last.number, last.reason, last.decided_by) == (2, adjusting.LOWER_PRICE, adjusting.PRICE_RULE)
    assert last.digest == content.digest(shown(world.coffee))
    approve(staged)
    assert shown(world.coffee)["variants"][0]["price_minor"] == 2000, "the staged version keeps the lower price"


def test_a_higher_price_waits_for_a_reviewer(world):
    with pytest.raises(adjusting.NotLower), unit_of_work():
        adjusting.lower_price(world.coffee.variants[0], 2500, None, actor=EDITOR, now=clock.now())


def test_a_price_below_the_fixed_pledge_is_refused(world):
    with pytest.raises(NotReady, match="more_than_price"), unit_of_work():
        adjusting.lower_price(
            world.scarf.variants[0], 99, promising.plain(world.scarf.id), actor=EDITOR, now=clock.now()
        )


def test_a_count_of_stock_leaves_what_was_sold_meanwhile_sold(world):
    coffee = world.coffee.variants[0]
    with unit_of_work() as current:
        current.execute(text("UPDATE variant SET stock = 8 WHERE sku = 'COFFEE'"))  # two sold since the page said 10
    with unit_of_work():
        adjusting.count_stock(coffee, 30, seen_stock=10, actor=EDITOR, now=clock.now())
    assert coffee.stock == 28
    with pytest.raises(adjusting.StockTaken) as taken, unit_of_work():
        adjusting.count_stock(coffee, 1, seen_stock=30, actor=EDITOR, now=clock.now())
    assert taken.value.left == 28


def test_the_second_editor_is_told_and_loses_nothing(world):
    revision = start(world.coffee)
    opened = revising.seen(revision, ("title",))
    change(revision, title="Ana's title", by="user:ANA")
    with pytest.raises(EditedMeanwhile) as told, unit_of_work():
        revising.edit(revision, {"title": "Bo's title"}, seen_digest=opened, actor="user:BO", now=clock.now())
    assert told.value.theirs == {"title": "Ana's title"}
    assert told.value.by == "user:ANA"
    assert revision.content["title"] == "Ana's title"
    with unit_of_work():  # another answer is not in the way, nor is the same one given twice
        revising.edit(
            revision, {"care": "Dry."}, seen_digest=revising.seen(revision, ("care",)), actor="user:BO", now=clock.now()
        )
        revising.edit(revision, {"title": "Ana's title"}, seen_digest=opened, actor="user:BO", now=clock.now())
    assert (revision.content["title"], revision.content["care"]) == ("Ana's title", "Dry.")


def test_what_changed_after_the_preview_is_not_sent_and_after_the_look_not_approved(world):
    revision = live_edit(world, title="Seen")
    stamp = revision.stamp
    change(revision, title="Not seen")
    with pytest.raises(EditedMeanwhile), unit_of_work():
        revising.send(revision, stamp=stamp, actor=EDITOR, now=clock.now())
    send(revision)
    with pytest.raises(EditedMeanwhile), unit_of_work():
        revising.approve(revision, stamp=stamp, reviewer_id=0, actor=REVIEWER, now=clock.now())
    assert shown(world.coffee)["title"] == "Sunlit drip coffee"


def test_a_reason_is_taken_whole_or_not_at_all(world):
    revision = start(world.coffee)
    with pytest.raises(LongReason):
        explain(revision, "x" * 301)
    session().rollback()
    explain(revision, "x" * 300)
    assert revision.reason == "x" * 300


def test_what_is_with_the_reviewers_is_not_edited_until_it_is_taken_back(world):
    revision = live_edit(world, title="Sent")
    send(revision)
    with pytest.raises(revising.NotOpen):
        change(revision, title="Later")
    with unit_of_work():
        revising.take_back(revision, actor=EDITOR, now=clock.now())
    change(revision, title="Later")
    with pytest.raises(IllegalMove):
        approve(revision)


def test_changes_are_asked_with_a_reason_that_the_group_gets(world):
    add_member(world.sunlit_bench, "editor@example.org")
    add_member(world.sunlit_bench, "packer@example.org", "fulfilment")
    revision = live_edit(world, title="Best coffee ever")
    send(revision)
    with pytest.raises(revising.NoReason):
        ask(revision, "  ")
    ask(revision, "Please say <what> it is.")
    (letter,) = letters("listing_decided")
    assert letter.recipient == "editor@example.org"
    assert "Please say <what> it is." in letter.text
    assert "Please say &lt;what&gt; it is." in letter.html
    change(revision, title="Medium roast")
    send(revision)
    approve(revision)
    assert "is approved" in letters("listing_decided")[-1].subject


def test_nobody_reviews_their_own_group_or_their_own_words(world):
    reviewer = add_reviewer()
    with unit_of_work() as current:
        current.add(Member(producer_id=world.sunlit_bench.id, user_id=reviewer.id, role="finance", since=clock.now()))
    revision = live_edit(world, title="Mine")
    send(revision)
    with pytest.raises(OwnGroup):
        approve(revision, reviewer.id)
    with pytest.raises(OwnGroup), unit_of_work():
        revising.approve(revision, stamp=revision.stamp, reviewer_id=0, actor=EDITOR, now=clock.now())


@pytest.mark.parametrize("who", ["made_by", "changed_by"])
def test_who_wrote_as_a_field_agent_does_not_review_it_after_leaving(world, who):
    reviewer = add_reviewer()
    revision = live_edit(world, title="Mine")
    send(revision)
    with unit_of_work():
        setattr(revision, who, f"{REVIEWER} for producer:sunlit-bench")
    with pytest.raises(OwnGroup):
        approve(revision, reviewer.id)


def test_who_wrote_in_the_middle_does_not_review_it_either(world):
    reviewer = add_reviewer()
    revision = live_edit(world, title="Theirs")
    change(revision, by=f"user:{reviewer.ref} for producer:sunlit-bench", subtitle="Mine")
    change(revision, title="Theirs again")
    send(revision)
    who = {"reviewer_id": reviewer.id, "actor": f"user:{reviewer.ref}", "now": clock.now()}
    with pytest.raises(OwnGroup), unit_of_work():
        revising.approve(revision, stamp=revision.stamp, **who)
    with pytest.raises(OwnGroup), unit_of_work():
        revising.ask_for_changes(revision, "Hm.", stamp=revision.stamp, **who)
    approve(revision)


def test_who_lowered_a_price_while_a_version_was_written_wrote_some_of_it(world):
    revision, variant = live_edit(world, title="Theirs"), world.coffee.variants[0]
    with unit_of_work():
        pledge = promising.plain(world.coffee.id)
        adjusting.lower_price(variant, variant.price_minor - 100, pledge, actor=REVIEWER, now=clock.now())
    session().refresh(revision)
    assert revision.editors == sorted([EDITOR, REVIEWER])


def test_nothing_of_a_suspended_group_goes_live_and_reinstating_it_publishes_nothing(world, client):
    revision = live_edit(world, title="Unread words")
    send(revision)
    with unit_of_work():
        world.sunlit_bench.status = "suspended"
    with pytest.raises(revising.ProducerNotApproved):
        approve(revision)
    with unit_of_work():
        world.sunlit_bench.status = "approved"
    assert "Unread words" not in page(client, "drip-coffee")


def test_a_charity_that_is_not_approved_cannot_be_pledged_to(world):
    revision = draft_of(world)
    with unit_of_work():
        world.hill_schools.status = "suspended"
    with pytest.raises(NotReady, match="pledge: charity_not_approved"):
        send(revision)
    with unit_of_work():
        world.hill_schools.status = "approved"
    send(revision)
    with unit_of_work():
        world.hill_schools.status = "suspended"
    with pytest.raises(NotReady, match="pledge: charity_not_approved"):
        approve(revision)


def test_a_pledge_is_superseded_when_it_changes_and_kept_when_it_does_not(world):
    def pledges():
        return session().scalars(select(Pledge).where(Pledge.product_id == world.coffee.id).order_by(Pledge.id)).all()

    (first,) = pledges()
    revision = live_edit(world, title="Same pledge")
    send(revision)
    approve(revision)
    assert pledges() == [first]
    revision = live_edit(world, pledge={**revision.content["pledge"], "rate": "0.07", "starts_on": ""})
    send(revision)
    approve(revision)
    old, new = pledges()
    assert old.superseded_at is not None
    assert (str(new.rate.normalize()), new.superseded_at) == ("0.07", None)
    revision = live_edit(world, pledge=None)
    send(revision)
    approve(revision)
    assert all(one.superseded_at for one in pledges())
    assert world.coffee.donation_minor == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "title: missing"),
        ({"title": "x" * 201}, "title: too_long"),
        ({"cause": "fame"}, "description: no_cause"),
        ({"pictures": []}, "photos: no_photo"),
        ({"pictures": [{"ref": "of-another", "alt": "x", "focus_x": 50, "focus_y": 50}]}, "photos: gone"),
        ({"variants": []}, "kinds: no_kind"),
        ({"variants": [{"sku": "COFFEE", "name": "", "price_minor": 900, "weight_g": 0}]}, "kinds: sku_taken"),
        ({"variants": [{"sku": "B", "name": "", "price_minor": 0, "weight_g": 0}]}, "kinds: no_price"),
        ({"shares": [{"share_to": "makers", "label": "M", "basis": "cost", "basis_points": 9999}]}, "does_not_sum"),
        ({"shares": [{"share_to": "charity", "label": "M", "basis": "cost", "basis_points": 10000}]}, "not_a_part"),
        ({"story": {"title": "", "body": "", "lang": "en"}}, "story: missing"),
        ({"materials": []}, "materials: missing"),
    ],
    ids=range(12),
)
def test_half_a_listing_is_not_sent_and_says_what_is_missing(world, changes, code):
    revision = draft_of(world)
    change(revision, **changes)
    with pytest.raises(NotReady, match=code):
        send(revision)


def test_names_of_200_characters_in_any_script_go_all_the_way(world, client):
    for number, letter in enumerate("Ωक茶👩🏽‍🌾"[:4]):
        revision = draft_of(world, f"SKU-{number}")
        change(revision, title=letter * 200)
        send(revision)
        approve(revision)
        assert letter * 200 in page(client, revision.product.slug)


def test_a_draft_holds_what_no_column_could_without_its_invisible_characters(world):
    revision = draft_of(world)
    change(revision, title=" Nul\x00 and\x07 bell\r\n ")
    assert revision.content["title"] == "Nul and bell"


def test_pausing_resuming_and_archiving_leave_the_approved_version_alone(world, client):
    before = shown(world.coffee)
    now = clock.now()
    revision = live_edit(world, title="Still a draft")
    with unit_of_work():
        adjusting.pause(world.coffee, actor=EDITOR, now=now)
    assert "has paused this product" in page(client, "drip-coffee")
    send(revision)
    approve(revision)
    assert world.coffee.status == ProductStatus.PAUSED, "an approval does not put a paused product back on sale"
    with unit_of_work():
        adjusting.resume(world.coffee, actor=EDITOR, now=now)
    assert shown(world.coffee) == {**before, "title": "Still a draft"}
    revision = live_edit(world, title="Never")
    with unit_of_work():
        adjusting.archive(world.coffee, actor=EDITOR, now=now)
    with pytest.raises(IllegalMove), unit_of_work():
        adjusting.resume(world.coffee, actor=EDITOR, now=now)
    with pytest.raises(revising.ProductArchived):
        start(world.coffee)
    assert revisions(world.coffee)[-1].state == "dropped"


def test_an_approved_version_cannot_be_changed_or_deleted(world):
    revision = live_edit(world, title="Final")
    send(revision)
    approve(revision)
    for statement in (
        "UPDATE listing_revision SET note = 'x' WHERE number = 2",
        "DELETE FROM listing_revision WHERE number = 2",
    ):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as current:
            current.execute(text(statement))


def test_a_page_that_says_anything_but_what_was_approved_is_found(world):
    assert sorted(promising.unapproved()) == ["dhaka-scarf", "drip-coffee", "garden-soap"], "never approved"
    with unit_of_work():
        for product in (world.coffee, world.soap, world.scarf):
            revising.baseline(product, promising.plain(product.id), clock.now())
    assert list(promising.unapproved()) == []
    with unit_of_work() as current:
        current.execute(text("UPDATE claim SET level = 'documented' WHERE level = 'verified' AND product_id = :id"),
                        {"id": world.soap.id})  # fmt: skip
    assert list(promising.unapproved()) == ["garden-soap"]


def test_an_approval_that_would_show_something_else_is_rolled_back(world, monkeypatch):
    revision = live_edit(world, title="Approved words")
    send(revision)
    monkeypatch.setattr(content, "_put_story", lambda *_: None)
    change_of_story = {"title": "T", "body": "B", "lang": "en", "consents": []}
    with unit_of_work():
        revising.take_back(revision, actor=EDITOR, now=clock.now())
    change(revision, story=change_of_story)
    send(revision)
    with pytest.raises(promising.ShownDiffers):
        approve(revision)
    session().expire_all()
    assert shown(world.coffee)["title"] == "Sunlit drip coffee"
    assert revision.state == "sent"


def test_every_step_is_in_the_journal(world):
    revision = draft_of(world)
    send(revision)
    approve(revision)
    acts = session().scalars(select(JournalEntry.act).order_by(JournalEntry.sequence)).all()
    assert acts == ["listing begun", "listing sent", "listing approved"]


def test_a_product_has_one_open_revision_only(world):
    first, second = start(world.coffee), start(world.coffee)
    assert first.id == second.id
    with pytest.raises(DBAPIError), unit_of_work():
        revising.new_draft(world.coffee, content.empty(), EDITOR, clock.now())
