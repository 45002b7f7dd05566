"""A group's listings in its studio: from the first photograph to the shelf, on a phone, without a script."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from listings import REVIEWER, add_member, approve, ask, change, draft_of, explain, revisions, send, shown, start
from paying import at_once
from people import add_user, post, sign_in, token
from PIL import Image
from sqlalchemy import select

from storefront import chores
from storefront.accounts.models import Role
from storefront.catalog import revising
from storefront.catalog.models import ListingRevision, Product, Variant
from storefront.config import current
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.media import Picture
from storefront.web import listing_words

HOME = "/studio/sunlit-bench/listings"


@pytest.fixture
def editor(world, client):
    user = add_member(world.sunlit_bench, "editor@example.org")
    sign_in(client, user.email)
    return user


def html_of(client, path):
    return client.get(path).get_data(as_text=True)


def photograph(colour="#2040c0", size=(800, 600), kind="JPEG"):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def hidden(html, name="seen"):
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def answer(client, path, task, **fields):
    """Open a question as a browser does, fill it in and save it."""
    html = html_of(client, f"{path}/{task}")
    return post(client, f"{path}/{task}", {"seen": hidden(html[html.index('id="question"') :]), **fields})


def upload(client, path, *files):
    photos = [(io.BytesIO(data), f"IMG_{at}.jpg") for at, data in enumerate(files)]
    return post(client, f"{path}/photos/uploads", {"photos": photos})


def move(client, path, name):
    return post(client, f"{path}/moves", {"move": name, "seen": _digest(path)})


def _digest(path):
    session().rollback()
    product = session().scalar(select(Product).where(Product.slug == path.rpartition("/")[2]))
    revision = revising.open_revision(product)
    return revision.stamp if revision else ""


def new_listing(client):
    """Begin one, and return its address and its draft."""
    response = post(client, HOME)
    assert response.status_code == 303
    path = response.location.removesuffix("/photos")
    session().rollback()
    draft = session().scalars(select(ListingRevision).order_by(ListingRevision.id.desc())).first()
    return path, draft


def fill(client, path, draft):
    """Answer every question of a new listing."""
    assert upload(client, path, photograph(), photograph("#c02020")).status_code == 303
    session().refresh(draft)
    first, second = (one["ref"] for one in draft.content["pictures"])
    words = {f"alt-{first}": "A blue tin", f"alt-{second}": "A red tin", f"focus-{first}": "100-50"}
    words |= {f"people-{ref}": "no" for ref in (first, second)}
    assert answer(client, path, "photos", **words).status_code == 303
    answer(client, path, "title", title="Hand balm", subtitle="For gardeners")
    answer(client, path, "description", description="A balm of beeswax.", cause="women")
    answer(client, path, "kinds", **{"price-0": "15,50", "sku-0": "balm-1", "stock-0": "7", "weight-0": "80"})
    split = {"makers": "Seven makers", "label-0": "Wax and tins", "to-0": "materials", "percent-0": "20"}
    answer(client, path, "split", **split)
    answer(client, path, "pledge", to="hill-schools-trust|", percent="5")
    answer(client, path, "materials", materials="Bees wax, Nettle")
    story = {
        "title": "Two hives",
        "lang": "ne",
        "prompt-0": "मौरी",
        "prompt-3": "The winters are hard.",
        "people": "no",
    }
    answer(client, path, "story", **story)
    return first, second


def test_a_listing_goes_from_the_first_photograph_to_the_shelf(world, client, editor):
    path, draft = new_listing(client)
    assert "To do" in html_of(client, path)
    first, _second = fill(client, path, draft)
    html = html_of(client, path)
    assert "To do" not in html
    assert "you get $12.51" in html, "15.50 less 5 % for the charity (0.78) and 15 % of the rest for the shop (2.21)"
    assert "paid by the shop" in html
    preview = html_of(client, f"{path}/preview")
    for words in ("<h1>Hand balm</h1>", "$15.50", "$0.78 of each goes to", "मौरी", "A blue tin"):
        assert words in preview
    assert move(client, path, "send").status_code == 303
    assert "Sent for check" in html_of(client, HOME)
    chores.run_all()
    session().refresh(draft)
    approve(draft)
    page = html_of(client, "/products/hand-balm")
    for words in (
        "Hand balm",
        "A blue tin",
        f"{first}-640.webp",
        "picture-square focus-100-50",
        "Bees wax",
        "BALM-1",
        "The winters are hard.",
    ):
        assert words in page
    assert session().scalar(select(Picture.focus_x).where(Picture.ref == first)) == 100
    assert world.sunlit_bench.id == draft.product.producer_id
    assert draft.product.variants[0].stock == 7
    assert "Live" in html_of(client, HOME)
    assert REVIEWER not in page


def test_pictures_are_ordered_and_taken_out_by_buttons_and_no_word_is_lost(world, client, editor):
    path, draft = new_listing(client)
    first, second = fill(client, path, draft)
    answer(client, path, "photos", act=f"down-{first}", **{f"alt-{second}": "Red, from above"})
    session().refresh(draft)
    assert [(one["ref"], one["alt"]) for one in draft.content["pictures"]] == [
        (second, "Red, from above"), (first, "A blue tin")
    ]  # fmt: skip
    answer(client, path, "photos", act=f"remove-{second}")
    session().refresh(draft)
    assert [one["ref"] for one in draft.content["pictures"]] == [first]
    assert answer(client, path, "photos", act="remove-of-another").status_code == 303


def test_hostile_files_are_refused_by_name_and_the_good_one_is_kept(world, client, editor):
    path, draft = new_listing(client)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    heic = b"\0\0\0\x18ftypheic" + b"\0" * 99
    refused = upload(client, path, photograph(), svg, heic, photograph()[:500])
    html = refused.get_data(as_text=True)
    assert refused.status_code == 422
    for words in ("File 2 is no photograph", "Photograph 3 is in Apple", "Photograph 4 did not arrive whole"):
        assert words in html
    session().refresh(draft)
    assert len(draft.content["pictures"]) == 1
    assert "IMG_" not in html
    assert post(client, f"{path}/photos/uploads", {"act": "upload"}).status_code == 422
    too_many = upload(client, path, *[photograph(size=(40, side)) for side in range(40, 52)])
    assert "room for 12 photographs" in too_many.get_data(as_text=True)
    assert len(list(current().media_dir.glob("*-master.webp"))) == 1


def test_chosen_photographs_are_kept_whichever_button_is_pressed(world, client, editor):
    path, draft = new_listing(client)
    upload(client, path, photograph())
    (first,) = (one["ref"] for one in content_of(draft)["pictures"])
    form = {"seen": hidden(html_of(client, f"{path}/photos")), f"alt-{first}": "A blue tin"}
    two = [(io.BytesIO(photograph(colour)), "IMG.jpg") for colour in ("#c02020", "#20c020")]
    kept = post(client, f"{path}/photos/uploads", {**form, "photos": two})
    assert [one["alt"] for one in content_of(draft)["pictures"]] == ["A blue tin", "", ""]
    assert "2 photographs added" in html_of(client, kept.location)
    late = {**form, f"alt-{first}": "A tin", "photos": [(io.BytesIO(photograph("#ffffff")), "IMG.jpg")]}
    told = post(client, f"{path}/photos/uploads", late)
    assert told.status_code == 422
    assert "\nA tin</textarea>" in told.text
    assert len(content_of(draft)["pictures"]) == 4, "though the words beside them have to be looked at again"
    done = post(client, f"{path}/photos/uploads", {"seen": hidden(told.text), f"alt-{first}": "A tin"})
    assert done.location.endswith("/title"), "without a file it goes on"


def content_of(draft):
    session().rollback()
    session().refresh(draft)
    return draft.content


def test_a_photograph_sent_twice_is_one_picture_until_it_is_taken_out(world, client, editor):
    path, draft = new_listing(client)

    def refs():
        session().refresh(draft)
        return [one["ref"] for one in draft.content["pictures"]]

    blue, red = photograph(), photograph("#c02020")
    assert upload(client, path, blue, blue).status_code == 303
    (first,) = refs()
    assert upload(client, path, blue).status_code == 303, "as a browser does that never heard the answer"
    assert refs() == [first]
    assert upload(client, path, red, blue).status_code == 303
    assert refs()[0] == first
    assert len(refs()) == 2
    answer(client, path, "photos", act=f"remove-{first}")
    upload(client, path, blue)
    assert len(refs()) == 2
    assert first not in refs()


def test_a_full_listing_still_knows_the_photographs_that_it_has(world, client, editor):
    path, draft = new_listing(client)
    twelve = [photograph(f"#20{at:02x}c0") for at in range(0, 240, 20)]
    assert upload(client, path, *twelve).status_code == 303
    assert upload(client, path, twelve[3]).status_code == 303
    session().refresh(draft)
    assert len(draft.content["pictures"]) == 12


def test_a_photograph_that_comes_alone_is_called_by_the_number_it_was_chosen_as(world, client, editor):
    path, _ = new_listing(client)
    for number, said in (("3", "File 3 is no"), ("x", "File 1 is no"), ("9" * 5000, "File 1 is no")):
        fields = {"photos": [(io.BytesIO(b"no photograph"), "x.jpg")], "number": number}
        assert said in post(client, f"{path}/photos/uploads", fields).get_data(as_text=True)


def test_an_upload_beyond_the_limit_is_refused_before_it_is_read(world, client, editor):
    path, _ = new_listing(client)
    for address, size in ((f"{path}/photos/uploads", 64_000_001), (f"{path}/title", 1_100_000)):
        told = {"content_type": "multipart/form-data; boundary=x", "environ_overrides": {"CONTENT_LENGTH": str(size)}}
        assert client.post(address, data=b"--x--", **told).status_code == 413, "and other forms stay small"


@pytest.mark.parametrize(
    ("task", "fields", "words"),
    [
        ("kinds", {"price-0": "1.000", "name-0": "x"}, "could be two amounts"),
        ("kinds", {"price-0": "=1+1"}, "Write an amount"),
        ("kinds", {"price-0": "5", "weight-0": "-3"}, "Write a whole number"),
        ("split", {"label-0": "Wax", "to-0": "materials", "percent-0": "90"}, "leave nothing for the makers"),
        ("split", {"label-0": "Wax", "to-0": "charity", "percent-0": "9"}, "Say what this part is for"),
        ("split", {"label-0": "Wax", "to-0": "materials", "percent-0": "NaN"}, "Write a percentage"),
        ("pledge", {"to": "hill-schools-trust|", "percent": "5", "amount": "1"}, "not both"),
        ("title", {"title": "x" * 201}, "Shorten this to 200"),
        ("reason", {"reason": "x" * 301}, "Shorten this to 300"),
    ],
)
def test_an_answer_that_makes_no_sense_is_kept_and_asked_again(world, client, editor, task, fields, words):
    path, draft = new_listing(client)
    response = answer(client, path, task, **fields)
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert words in html
    assert "needs your attention" in html
    typed = next(iter(fields.values()))
    assert f'value="{typed}"' in html or f'value="{typed}" selected' in html
    session().refresh(draft)
    assert draft.content["title"] == ""


def test_the_second_editor_is_shown_both_answers(world, app, client, editor):
    path, _ = new_listing(client)
    other = app.test_client()
    sign_in(other, add_member(world.sunlit_bench, "bo@example.org").email)
    opened = hidden(html_of(other, f"{path}/title"))
    answer(client, path, "title", title="Ana's title")
    told = post(other, f"{path}/title", {"seen": opened, "title": "Bo's title", "subtitle": ""})
    html = told.get_data(as_text=True)
    assert told.status_code == 422
    assert f"{editor.name} changed this answer while you wrote yours" in html
    assert "Ana&#39;s title" in html
    assert 'value="Bo&#39;s title"' in html
    again = post(other, f"{path}/title", {"seen": hidden(html), "title": "Both titles", "subtitle": ""})
    assert again.status_code == 303
    assert 'value="Both titles"' in html_of(client, f"{path}/title")


def test_a_kind_without_a_code_of_its_own_keeps_what_it_begins_with(world, client, editor):
    path, draft = new_listing(client)
    answer(
        client, path, "kinds", **{"name-0": "Small", "price-0": "5", "stock-0": "12", "name-1": "Large", "price-1": "9"}
    )
    session().refresh(draft)
    small, large = draft.content["variants"]
    assert small["sku"] != large["sku"]
    assert draft.stock == {small["sku"]: 12}


def test_half_a_row_is_kept_and_asked_for_until_it_is_emptied(world, client, editor):
    path, draft = new_listing(client)

    def saved(task, **fields):
        assert answer(client, path, task, **fields).status_code == 303
        session().refresh(draft)
        return draft.content

    (kind,) = saved("kinds", **{"weight-0": "80", "stock-0": "12"})["variants"]
    assert (kind["weight_g"], draft.stock) == (80, {kind["sku"]: 12})
    half = {"level-0": "verified", "verifier-0": "Control Union", "stated_on-0": "2026-01-01"}
    for _twice in range(2):
        (claim,) = saved("claims", **half)["claims"]
        assert (claim["text"], claim["verifier"]) == ("", "Control Union")
    page = html_of(client, path)
    assert "a price above zero" in page
    assert "Claim 1 needs its words" in page
    assert saved("claims", **{"level-0": "verified"})["claims"] == []
    assert saved("kinds", **{"weight-0": "80"})["variants"] == [], "a saved kind goes with its name, price and code"


def test_a_saved_claim_goes_with_its_sentence_unless_the_rest_changed(world, client, editor):
    path, draft = new_listing(client)
    whole = {"text-0": "Fair", "level-0": "verified", "verifier-0": "Control Union", "stated_on-0": "2026-01-01"}
    for fields, kept in (({"verifier-0": "Fair Wear"}, 1), ({}, 0)):
        answer(client, path, "claims", **whole)
        answer(client, path, "claims", **{**whole, "text-0": "", **fields})
        session().refresh(draft)
        assert len(draft.content["claims"]) == kept


def test_two_editors_who_count_the_same_kinds_are_told_too(world, app, client, editor):
    path, _draft = new_listing(client)
    kinds = {"name-0": "", "price-0": "5", "sku-0": "TIN", "stock-0": "12"}
    answer(client, path, "kinds", **kinds)
    opened = hidden(html_of(client, f"{path}/kinds").partition('id="question"')[2])
    assert post(client, f"{path}/kinds", {**kinds, "seen": opened, "stock-0": "20"}).status_code == 303
    told = post(client, f"{path}/kinds", {**kinds, "seen": opened, "weight-0": "80"})
    assert told.status_code == 422
    assert "TIN begins with 20" in told.get_data(as_text=True)


def test_rows_that_another_editor_had_no_room_for_are_not_lost(world, app, client, editor):
    path, _ = new_listing(client)
    three = {f"{name}-{at}": value for at in range(3) for name, value in
             {"name": f"Size {at}", "price": "5", "sku": f"S{at}"}.items()}  # fmt: skip
    answer(client, path, "kinds", **{name: value for name, value in three.items() if not name.endswith("2")})
    answer(client, path, "kinds", **three)
    opened = hidden(html_of(client, f"{path}/kinds").partition('id="question"')[2])
    answer(client, path, "kinds", **{"name-0": "One size", "price-0": "5", "sku-0": "S0"})
    mine = {**three, "name-3": "Size 3", "price-3": "5", "name-4": "Size 4", "price-4": "6"}
    told = post(client, f"{path}/kinds", {"seen": opened, **mine}).get_data(as_text=True)
    for at in range(5):
        assert f'value="Size {at}"' in told
    again = post(client, f"{path}/kinds", {"seen": hidden(told.partition('id="question"')[2]), **mine})
    assert again.status_code == 303
    assert 'value="Size 4"' in html_of(client, f"{path}/kinds")


@pytest.mark.parametrize("end", ["send", "drop"])
def test_what_is_typed_while_another_editor_ends_the_draft_is_kept(world, client, editor, end):
    path, draft = new_listing(client)
    fill(client, path, draft)
    opened = hidden(html_of(client, f"{path}/title").partition('id="question"')[2])
    assert move(client, path, end).status_code == 303
    told = post(client, f"{path}/title", {"seen": opened, "title": "An hour of words", "subtitle": ""})
    assert told.status_code == 422
    assert 'value="An hour of words"' in told.get_data(as_text=True)


@pytest.mark.parametrize(("colours", "kept"), [(("#2040c0", "#c02020"), 2), (("#2040c0", "#2040c0"), 1)])
def test_photographs_sent_at_once_are_all_kept_and_the_same_once(world, app, editor, client, colours, kept):
    path, draft = new_listing(client)
    one, two = client, app.test_client()
    sign_in(two, editor.email)

    def sender(browser, form_token, colour):
        photos = [(io.BytesIO(photograph(colour)), "IMG.jpg")]
        return lambda: browser.post(f"{path}/photos/uploads", data={"csrf_token": form_token, "photos": photos})

    answers = at_once(app, sender(one, token(one), colours[0]), sender(two, token(two), colours[1]))
    assert [getattr(one, "status_code", one) for one in answers] == [303, 303]
    session().rollback()
    session().refresh(draft)
    assert len(draft.content["pictures"]) == kept


def test_stock_and_lower_prices_are_live_at_once_and_a_higher_one_is_not(world, client, editor):
    fields = {
        "stock-COFFEE": "3", "seen-COFFEE": "10", "price-COFFEE": "20.00",
        "stock-COFFEE-DARK": "5", "seen-COFFEE-DARK": "5", "price-COFFEE-DARK": "",
    }  # fmt: skip
    assert post(client, f"{HOME}/drip-coffee/stock", fields).status_code == 303
    page = html_of(client, "/products/drip-coffee")
    assert "$20.00" in page
    assert "3 left." in page
    higher = post(client, f"{HOME}/drip-coffee/stock", {**fields, "seen-COFFEE": "3", "price-COFFEE": "99"})
    assert higher.status_code == 422
    assert "Only a lower price" in higher.get_data(as_text=True)
    for odd in ({"stock-COFFEE": "-1"}, {"price-COFFEE": "1.000,5,5"}, {"seen-COFFEE": "x"}, {"stock-COFFEE": "9" * 9}):
        assert post(client, f"{HOME}/drip-coffee/stock", {**fields, **odd}).status_code == 422
    assert shown(world.coffee)["variants"][0]["price_minor"] == 2000


def test_stock_that_is_sent_twice_is_counted_once(world, client, editor):
    path = f"{HOME}/drip-coffee"
    stock = {one.sku: one.stock for one in world.coffee.variants}
    first = world.coffee.variants[0].sku
    form = {f"seen-{sku}": str(there) for sku, there in stock.items()}
    form |= {f"stock-{sku}": str(there) for sku, there in stock.items()}
    form |= {"counted": hidden(html_of(client, path), "counted"), f"stock-{first}": str(stock[first] + 10)}
    for _click in range(2):
        assert post(client, f"{path}/stock", form).status_code == 303
    assert stock_of(first) == stock[first] + 10
    late = post(client, f"{path}/stock", form | {f"stock-{first}": str(stock[first] + 3)})
    assert late.status_code == 422
    assert f"Somebody counted since you opened this page: {stock[first] + 10} are there now" in late.text
    assert f'name="stock-{first}" type="text" value="{stock[first] + 3}"' in late.text
    wrong = post(client, f"{path}/stock", form | {f"stock-{first}": "77", f"price-{first}": "abc"})
    assert wrong.status_code == 422
    assert 'value="77"' in wrong.text
    assert 'value="abc"' in wrong.text


def stock_of(sku):
    session().rollback()
    return session().scalars(select(Variant.stock).where(Variant.sku == sku)).one()


def test_a_pledge_that_would_end_before_it_begins_is_sent_to_nobody(world, client, editor):
    revision = start(world.coffee)
    rule = {"charity": "hill-schools-trust", "project": "", "rate": "0.05", "amount_minor": None, "cap_minor": None}
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    change(revision, pledge={**rule, "starts_on": "", "ends_on": tomorrow})
    explain(revision)
    send(revision)
    with clock.at(clock.now() + timedelta(days=3)):
        with pytest.raises(revising.NotReady):
            approve(revision)
        session().rollback()
        desk = client.get(f"{HOME}/drip-coffee/preview")
        assert desk.status_code < 500
        sign_in(client, add_user("reviewer@example.org", Role.REVIEWER).email)
        page = client.get(f"/admin/listings/{revision.ref}")
        assert page.status_code == 200
        path = f"/admin/listings/{revision.ref}/decisions"
        refused = post(client, path, {"decision": "approve", "seen": revision.stamp, "note": "Good."})
        assert refused.status_code == 422
        assert "last day is over" in refused.text


@pytest.mark.parametrize(("stated", "expires", "fits"), [(0, "", True), (0, 5, True), (1, "", False), (-2, -3, False)])
def test_a_claim_holds_from_a_day_that_has_come_to_a_later_one(world, client, editor, stated, expires, fits):
    def day(ahead):
        return (clock.today() + timedelta(days=ahead)).isoformat() if ahead != "" else ""

    claim = {"text": "Paid by the hour", "level": "declared", "verifier": "", "document": "", "document_url": ""}
    revision = start(world.coffee)
    change(revision, claims=[{**claim, "stated_on": day(stated), "expires_on": day(expires)}])
    assert [one.code for one in revising.problems(revision) if one.task == "claims"] == ([] if fits else ["claim_days"])
    assert ("begins on a day to come" in html_of(client, f"{HOME}/drip-coffee")) != fits


def test_a_part_that_goes_to_others_is_seen_to_be_another_s(world, client, editor):
    before = shown(world.coffee)["shares"]
    after = [{**one, "share_to": "other"} if one["share_to"] == "materials" else one for one in before]
    assert before != after
    assert listing_words.lines("shares", before, "USD") != listing_words.lines("shares", after, "USD")


def test_pages_of_a_draft_find_the_listing_after_its_first_approval(world, client, editor):
    revision = draft_of(world)
    old = f"{HOME}/{revision.product.slug}"
    send(revision)
    stamp = revision.stamp
    approve(revision)
    late = post(client, f"{old}/story", {"seen": "x", "title": "T", "body": "An hour of typing", "lang": "en"})
    assert late.status_code == 422
    assert "An hour of typing" in late.text
    for move_name in ("take_back", "drop", "send"):
        refused = post(client, f"{old}/moves", {"move": move_name, "seen": stamp})
        assert refused.status_code == 422
        assert "the listing has moved on" in refused.text


def test_more_photographs_than_fit_are_not_passed_over_in_silence(world, client, editor):
    path = f"{HOME}/drip-coffee"
    start(world.coffee)
    kept = upload(client, path, *(photograph(f"#20{at:02x}c0", (40, 30)) for at in range(16, 29)))
    assert kept.status_code == 422
    assert "Send at most 12 photographs at once" in kept.text


def test_an_edit_of_a_live_listing_leaves_the_page_alone_and_shows_the_difference(world, client, editor):
    path = f"{HOME}/drip-coffee"
    assert client.get(f"{path}/title").status_code == 404, "a GET begins no edit"
    before = html_of(client, "/products/drip-coffee")
    assert move(client, path, "edit").status_code == 303
    answer(client, path, "title", title="Filter coffee", subtitle="Made by hand")
    refused = move(client, path, "send")
    assert "still to be answered" in refused.get_data(as_text=True), "why it changes is asked"
    answer(client, path, "reason", reason="Its proper name", correction="1")
    html = html_of(client, path)
    assert "<del>" in html
    assert "Edit in draft" in html
    assert html_of(client, "/products/drip-coffee") == before
    assert move(client, path, "send").status_code == 303
    assert client.get(f"{path}/title").status_code == 200
    later = answer(client, path, "title", title="Later")
    assert later.status_code == 422
    assert "Take it back" in later.get_data(as_text=True)
    assert 'value="Later"' in later.get_data(as_text=True), "what was written while it was sent is not lost"
    assert move(client, path, "take_back").status_code == 303
    assert move(client, path, "drop").status_code == 303
    assert html_of(client, "/products/drip-coffee") == before


def test_every_question_of_a_full_listing_can_be_opened_and_saved_unchanged(world, client, editor):
    path = f"{HOME}/drip-coffee"
    move(client, path, "edit")
    (draft,) = [one for one in revisions(world.coffee) if one.state == "draft"]
    before = dict(draft.content)
    for task in (
        "photos",
        "title",
        "description",
        "split",
        "pledge",
        "materials",
        "story",
        "claims",
        "kinds",
        "reason",
    ):
        html = html_of(client, f"{path}/{task}")
        form = html[html.index('id="question"') :]
        fields = dict(
            re.findall(r'<input class="input[^"]*" id="[^"]*" name="([^"]+)" type="\w+" value="([^"]*)"', form)
        )
        fields |= {
            name: text.lstrip("\n")
            for name, text in re.findall(
                r'<textarea class="input" id="[^"]*" name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S
            )
        }
        for name, options in re.findall(
            r'<select class="[^"]*" id="[^"]*" name="([^"]+)".*?>(.*?)</select>', form, re.S
        ):
            fields[name] = re.search(r'value="([^"]*)" selected', options)[1]
        if re.search(r'name="prepaid"[^>]* checked', form):
            fields["prepaid"] = "1"
        response = post(client, f"{path}/{task}", {"seen": hidden(form), **fields})
        assert response.status_code == 303, (task, response.get_data(as_text=True))
    session().refresh(draft)
    assert draft.content == before


def test_pausing_resuming_duplicating_and_archiving(world, client, editor):
    path = f"{HOME}/garden-soap"
    assert move(client, path, "pause").status_code == 303
    assert "Paused" in html_of(client, path)
    assert move(client, path, "pause").status_code == 422
    assert move(client, path, "resume").status_code == 303
    twin = move(client, path, "duplicate").location
    assert "Aruvel garden soap (copy)" in html_of(client, twin)
    assert move(client, path, "archive").status_code == 303
    assert "Archived" in html_of(client, HOME)
    assert move(client, path, "edit").status_code == 422
    assert move(client, path, "nonsense").status_code == 422


def test_the_last_of_many_listings_is_found_by_page_name_and_sku(world, client, editor):
    names = ("Barley 100%", *(f"Tea {at}" for at in range(31)))
    with unit_of_work():
        for name in names:
            product = revising.begin(world.sunlit_bench, currency="USD", actor="user:a", now=clock.now())
            session().flush()
            draft = revising.open_revision(product)
            draft.content = {**draft.content, "title": name}
            revising.touch(draft, "user:a", clock.now())
    first, second = html_of(client, HOME), html_of(client, f"{HOME}?page=2")
    live = [world.soap, world.coffee]
    for name in (*names, *(one.title for one in live)):
        links = [f">{name}</a>" in page for page in (first, second)]
        assert sum(links) == 1, f"{name} stands on one of the pages"
    assert f"{len(names) + len(live)} listings" in first
    assert "Page 2 of 2" in second
    for words in ("barley", "100%"):
        assert "Barley 100%</a>" in html_of(client, f"{HOME}?words={words}")
        assert "Tea 1</a>" not in html_of(client, f"{HOME}?words={words}")
    sold = live[0]
    by_sku = html_of(client, f"{HOME}?words={sold.variants[0].sku.lower()}")
    assert f">{sold.title}</a>" in by_sku
    assert "Barley" not in by_sku
    assert sold.pictures[0].picture.ref in by_sku, "a listing is known by its first photograph"
    variants = [{"sku": "TIN_1%", "name": "", "price_minor": 500, "weight_g": 0}]
    with unit_of_work():
        draft.content = {**draft.content, "variants": variants}
    for words in ("tin_1%", "in_1"):
        found = html_of(client, f"{HOME}?words={words}")
        assert f">{names[-1]}</a>" in found, "an article code in a draft is found too"
        assert ">Tea 1</a>" not in found
    for words in ("rye", "weight_g", "500"):
        assert "No listing has this" in html_of(client, f"{HOME}?words={words}")


def test_nobody_gets_at_the_listings_of_another_group(world, app, client, editor):
    path, draft = new_listing(client)
    slug = path.rpartition("/")[2]
    stranger = app.test_client()
    sign_in(stranger, add_member(world.weavers, "weaver@example.org").email)
    for address in (HOME, path, f"{path}/title", f"{path}/preview", f"/studio/tehrathum-weavers/listings/{slug}",
                    "/studio/tehrathum-weavers/listings/drip-coffee"):  # fmt: skip
        assert stranger.get(address).status_code == 404, address
    for address in (HOME, f"{path}/title", f"{path}/moves", f"{path}/stock", f"{path}/photos/uploads",
                    "/studio/tehrathum-weavers/listings/drip-coffee/stock"):  # fmt: skip
        assert post(stranger, address, {"move": "archive", "title": "Taken over"}).status_code == 404, address
    session().refresh(draft)
    assert draft.content["title"] == ""


@pytest.mark.parametrize("role", ["fulfilment", "finance"])
def test_who_packs_or_counts_money_does_not_write_listings(world, client, role):
    sign_in(client, add_member(world.sunlit_bench, "packer@example.org", role).email)
    assert client.get(HOME).status_code == 403
    assert post(client, f"{HOME}/drip-coffee/stock").status_code == 403


def test_the_studio_pages_are_light(world, client, editor):
    path, draft = new_listing(client)
    fill(client, path, draft)
    for address in (HOME, path, f"{path}/photos", f"{path}/kinds", f"{path}/claims"):
        assert len(client.get(address).get_data()) < 40_000, address


def test_a_reviewer_of_the_group_is_still_only_a_stranger_to_its_studio(world, client):
    sign_in(client, add_user("reviewer@example.org", "reviewer").email)
    assert client.get(HOME).status_code == 404
    revision = start(world.coffee)
    change(revision, title="x")
    explain(revision)
    send(revision)
    with unit_of_work():
        revising.take_back(revision, actor="user:EDITOR", now=clock.now())


def test_the_front_page_says_what_waits_to_those_who_write(world, app, client, editor):
    revision = start(world.coffee)
    assert "1 draft is not sent yet" in html_of(client, "/studio/sunlit-bench")
    change(revision, title="x")
    explain(revision)
    send(revision)
    ask(revision, "Longer")
    html = html_of(client, "/studio/sunlit-bench")
    assert "A reviewer asks for a change of 1 listing" in html
    assert f'href="{HOME}"' in html
    packer = app.test_client()
    sign_in(packer, add_member(world.sunlit_bench, "packer@example.org", "fulfilment").email)
    assert f'href="{HOME}"' not in html_of(packer, "/studio/sunlit-bench")


def test_every_fee_is_shown_with_the_price_before_a_listing_is_sent(world, client, editor, app):
    path, draft = new_listing(client)
    fill(client, path, draft)
    for task in ("kinds", "split", "pledge"):
        assert "Of $15.50 you get $12.51." in html_of(client, f"{path}/{task}")
    app.extensions["storefront.settings"] = replace(current(), fee_bearer="producer")
    # 2.9 % of 15.50 and 0.30: 0.75.
    assert "it is about $0.75, which leaves you $11.76." in html_of(client, path)


@pytest.mark.parametrize("typed", ["https://[x", "https://example.org？id=5"])
def test_a_mistyped_link_of_a_claim_is_said_to_be_none_and_breaks_no_page(world, client, editor, typed):
    claim = {"text": "Paid by the hour", "level": "declared", "verifier": "", "document": "", "document_url": typed}
    revision = start(world.coffee)
    change(revision, claims=[{**claim, "stated_on": clock.today().isoformat(), "expires_on": ""}])
    assert [one.code for one in revising.problems(revision) if one.task == "claims"] == ["no_https"]
    for page in (f"{HOME}/drip-coffee", f"{HOME}/drip-coffee/claims"):
        assert client.get(page).status_code == 200
