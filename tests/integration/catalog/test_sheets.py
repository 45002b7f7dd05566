"""Listings as a spreadsheet: what went out comes back as it was, and nothing that comes in goes live unseen."""

from __future__ import annotations

import csv
import io

import pytest
from listings import add_picture, approve, change, draft_of, send, shown, start
from sheets import bring_in, exported, faults, file_of, kinds, photograph, pictures_of, plan, row, sheet, zipped
from sqlalchemy import func, select

from storefront.catalog import adjusting, revising
from storefront.catalog.models import ListingRevision, Product, RevisionState, Variant
from storefront.catalog.sheets import columns, importing
from storefront.config import current
from storefront.core import clock, journal, media
from storefront.core.db import session, unit_of_work
from storefront.core.media import Picture
from storefront.giving.sheets import setting
from storefront.web import sheet_words


def count(model):
    session().rollback()
    return session().scalar(select(func.count()).select_from(model))


def draft(sku="BALM"):
    session().rollback()
    session().expire_all()
    every = session().scalars(select(ListingRevision).where(ListingRevision.state == RevisionState.DRAFT))
    return next(one for one in every if any(kind["sku"] == sku for kind in one.content["variants"]))


def variant(sku):
    session().rollback()
    return session().scalars(select(Variant).where(Variant.sku == sku)).one()


def test_an_export_that_comes_back_changes_nothing(world):
    draft_of(world)
    start(world.soap)
    change(revising.open_revision(world.soap), title="=HYPERLINK(1)", care="'-quoted'\n\ntwo lines")
    rows = exported(world.sunlit_bench)
    assert [one["sku"] for one in rows] == ["COFFEE", "COFFEE-DARK", "SOAP", "BALM"]
    file = file_of(world.sunlit_bench)
    assert b"'=HYPERLINK(1)" in file
    before = count(ListingRevision)
    for back in (file, file.replace(b"\r\n", b"\n"), reordered(file)):
        found = bring_in(world.sunlit_bench, back)
        assert set(kinds(found).values()) == {"unchanged"}
    assert count(ListingRevision) == before


def reordered(file):
    """As a person may hand it back: columns in another order, sums without zeros, semicolons, UTF-16."""
    rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    for one in rows:
        one["price"] = one["price"].removesuffix(".00")
    back = io.StringIO(newline="")
    writer = csv.DictWriter(back, sorted(rows[0], reverse=True), delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return back.getvalue().encode("utf-16")


def two_kinds(**cells):
    return sheet(row(option="Small", **cells), row(sku="balm-2", option="Large", price="24", title="", stock=""))


def test_a_new_product_becomes_a_draft_that_nobody_sees(world):
    found = bring_in(world.sunlit_bench, two_kinds())
    assert kinds(found) == {"balm": "new"}
    assert [one.code for one in found.steps[0].missing] == ["no_photo", "story_people_unasked"]
    made = draft()
    assert made.product.status == "draft"
    assert made.content["variants"] == [
        {"sku": "BALM", "name": "Small", "price_minor": 1550, "weight_g": 80},
        {"sku": "BALM-2", "name": "Large", "price_minor": 2400, "weight_g": 80},
    ]
    assert made.stock == {"BALM": 7}
    assert made.content["story"] == {"title": "Two hives", "body": "मौरी पाल्ने सात जना\n\nThe winters.", "lang": "ne"}
    assert made.content["materials"] == ["bees-wax", "nettle"]
    parts = [(one["share_to"], one["basis_points"]) for one in made.content["shares"]]
    assert parts == [("makers", 8500), ("shop", 1500)]
    assert [one.act for one in journal.entries(journal.Asked(actor="user:EDITOR"))] == [
        "listings imported", "listing begun"
    ]  # fmt: skip


def test_the_same_file_again_changes_nothing_and_a_changed_one_changes_the_draft(world):
    bring_in(world.sunlit_bench, two_kinds())
    assert kinds(bring_in(world.sunlit_bench, two_kinds())) == {"balm": "unchanged"}
    found = bring_in(world.sunlit_bench, two_kinds(title="Hand balm", stock="9"))
    assert kinds(found) == {"balm": "draft"}
    assert (draft().content["title"], draft().stock, count(ListingRevision)) == ("Hand balm", {"BALM": 9}, 1)


def test_a_live_listing_is_changed_in_a_draft_and_sold_as_it_was_until_a_reviewer_approves(world):
    before = shown(world.coffee)
    words = {
        "product": "drip-coffee",
        "sku": "COFFEE",
        "title": "Slow coffee",
        "price": "25",
        "why_it_changes": "New name",
    }
    assert kinds(bring_in(world.sunlit_bench, sheet(words))) == {"drip-coffee": "draft"}
    assert shown(world.coffee) == before
    staged = draft("COFFEE")
    assert (staged.content["title"], staged.reason) == ("Slow coffee", "New name")
    assert [one["price_minor"] for one in staged.content["variants"]] == [2500, 2600]
    assert {**staged.content, "title": "", "variants": []} == {**before, "title": "", "variants": []}
    send(staged)
    assert faults(plan(world.sunlit_bench, sheet({**words, "title": "Fast"}))) == [(2, "product", "with_reviewers")]
    approve(staged)
    assert shown(world.coffee)["title"] == "Slow coffee"


def test_stock_and_a_lower_price_are_live_at_once(world):
    rows = [
        {"product": "x", "sku": "COFFEE", "price": "22", "stock": "12"},
        {"product": "x", "sku": "COFFEE-DARK", "stock": ""},
    ]
    found = bring_in(world.sunlit_bench, sheet(*rows))
    assert kinds(found) == {"x": "at_once"}
    assert (variant("COFFEE").price_minor, variant("COFFEE").stock, variant("COFFEE-DARK").stock) == (2200, 12, 5)
    assert revising.open_revision(world.coffee) is None
    assert kinds(plan(world.sunlit_bench, sheet(*rows))) == {"x": "unchanged"}


def test_a_lower_price_moves_a_draft_along_that_had_the_old_one(world):
    change(start(world.coffee), title="Slow coffee")
    bring_in(world.sunlit_bench, sheet({"product": "drip-coffee", "sku": "COFFEE", "price": "22"}))
    staged = draft("COFFEE")
    assert [one["price_minor"] for one in staged.content["variants"]] == [2200, 2600]
    assert staged.content["title"] == "Slow coffee"


def test_a_sale_since_the_export_is_never_counted_away(world):
    seen = {"product": "drip-coffee", "sku": "COFFEE", "stock": "10", "stock_seen": "10"}
    with unit_of_work() as current_session:
        current_session.get_one(Variant, variant("COFFEE").id).stock = 8
    assert kinds(plan(world.sunlit_bench, sheet(seen))) == {"drip-coffee": "unchanged"}
    counted = sheet({**seen, "stock": "20"})
    assert faults(plan(world.sunlit_bench, counted)) == [(2, "stock", "stock_moved")]
    bring_in(world.sunlit_bench, sheet({**seen, "stock": "20", "stock_seen": "8"}))
    assert variant("COFFEE").stock == 20
    assert kinds(plan(world.sunlit_bench, counted)) == {"drip-coffee": "unchanged"}, "twice is once"


def test_one_fault_keeps_everything_back_unless_the_bad_are_to_be_skipped(world):
    bad = row(product="salve", sku="SALVE", price="1.000")
    file = sheet(row(), bad, exported(world.sunlit_bench)[0] | {"stock": "3"})
    before = count(Product)
    with pytest.raises(importing.Faulty):
        bring_in(world.sunlit_bench, file)
    assert (count(Product), variant("COFFEE").stock) == (before, 10)
    found = bring_in(world.sunlit_bench, file, skip_bad=True)
    assert kinds(found) == {"balm": "new", "salve": "faulty", "drip-coffee": "at_once"}
    assert (count(Product), variant("COFFEE").stock) == (before + 1, 3)


def test_a_product_with_one_bad_row_is_left_out_whole(world):
    file = sheet(row(option="Small"), row(sku="BALM-2", option="Large", price="-1"))
    found = bring_in(world.sunlit_bench, file, skip_bad=True)
    assert (kinds(found), faults(found)) == ({"balm": "faulty"}, [(3, "price", "no_amount")])


def test_who_changes_a_listing_meanwhile_stops_an_import_that_was_agreed_to(world):
    file = sheet({"product": "drip-coffee", "sku": "COFFEE", "title": "Slow coffee"})
    agreed = plan(world.sunlit_bench, file)
    change(start(world.coffee), title="Slow coffee")
    with pytest.raises(importing.ChangedMeanwhile), unit_of_work():
        carry_out(world.sunlit_bench, file, agreed)


def carry_out(producer, file, agreed):
    table, terms = columns.read(file), setting(producer)
    importing.carry_out(
        table, terms, pictures_of(), agreed, {}, skip_bad=False, actor="user:EDITOR", now=clock.now()
    )  # fmt: skip


BAD_CELLS = [
    ({"product": ""}, ("product", "no_key")),
    ({"sku": ""}, ("sku", "no_sku")),
    ({"sku": "X" * 61}, ("sku", "no_sku")),
    ({"title": ""}, ("title", "missing")),
    ({"title": "क" * 201}, ("title", "too_long")),
    ({"price": ""}, ("price", "no_price")),
    ({"price": "1.000"}, ("price", "two_amounts")),
    ({"price": "1,000"}, ("price", "two_amounts")),
    ({"price": "$12"}, ("price", "no_amount")),
    ({"price": "0"}, ("price", "no_price")),
    ({"price": "99999999"}, ("price", "too_large")),
    ({"currency": "EUR"}, ("currency", "other_currency")),
    ({"stock": "-1"}, ("stock", "not_whole")),
    ({"stock": "1.5"}, ("stock", "not_whole")),
    ({"cause": "animals"}, ("cause", "not_one_of")),
    ({"split_1_percent": "80"}, ("split_1_percent", "split_not_whole")),
    ({"split_1_percent": "80,555"}, ("split_1_percent", "no_percent")),
    ({"split_2_to": "shop", "split_2_label": "Us", "split_2_percent": "5"}, ("split_1_percent", "shops_part")),
    ({"split_1_to": "charity"}, ("split_1_to", "not_one_of")),
    ({"pledge_charity": "nobody", "pledge_percent": "5"}, ("pledge_charity", "charity_not_approved")),
    ({"pledge_percent": "5"}, ("pledge_charity", "no_charity")),
    ({"pledge_charity": "hill-schools-trust"}, ("pledge_percent", "rate_or_amount")),
    ({"pledge_charity": "hill-schools-trust", "pledge_amount": "16"}, ("pledge_charity", "more_than_price")),
    ({"pledge_charity": "hill-schools-trust", "pledge_percent": "5", "pledge_ends_on": "31.12.2026"},
     ("pledge_ends_on", "no_day")),
    ({"claim_1": "Paid well", "claim_1_level": "verified", "claim_1_since": "2026-01-01"}, ("claim_1", "no_verifier")),
    ({"claim_2_level": "verified", "claim_2_verifier": "Control Union"}, ("claim_2", "half_a_claim")),
    ({"image_1": "front.jpg", "alt_1": "A tin"}, ("image_1", "not_in_zip")),
    ({"image_1": "https://example.org/x.jpg", "alt_1": "A tin"}, ("image_1", "not_in_zip")),
    ({"alt_1": "A tin"}, ("alt_1", "words_without_image")),
    ({"why_it_changes": "x" * 301}, ("why_it_changes", "too_long")),
]  # fmt: skip


def test_every_bad_cell_is_named_by_row_and_column(world):
    for cells, fault in BAD_CELLS:
        found = plan(world.sunlit_bench, sheet(row(**cells)))
        assert [(column, code) for _row, column, code in faults(found)] == [fault], cells
        assert all(sheet_words.fault_line(one) for one in found.faults)


def test_a_price_that_can_mean_one_thing_only_is_read(world):
    for price in ("1.000,50", "1,000.50", "1000,5", "1 000.50"):
        found = plan(world.sunlit_bench, sheet(row(price=price)))
        assert found.steps[0].content["variants"][0]["price_minor"] == 100_050


def test_long_names_in_any_script_arrive_whole(world):
    for letter in "क手🧺éع":
        bring_in(world.sunlit_bench, sheet(row(title=letter * 200)))
        assert draft().content["title"] == letter * 200
        again = plan(world.sunlit_bench, sheet(*exported(world.sunlit_bench)))
        assert set(kinds(again).values()) == {"unchanged"}


def test_article_codes_that_clash_are_named_and_nobody_elses_shop_is_shown(world):
    twice = sheet(row(), row(product="salve", title="Salve"))
    assert (3, "sku", "sku_twice") in faults(plan(world.sunlit_bench, twice))
    other = plan(world.sunlit_bench, sheet(row(sku="SCARF-RED")))
    assert (other.steps[0].there, faults(other)) == (None, [(2, "sku", "sku_taken")])
    assert "scarf" not in sheet_words.fault_text(other.faults[0]).lower().replace("scarf-red", "")
    stolen = plan(world.sunlit_bench, sheet(row(product="dhaka-scarf", sku="OWN")))
    assert kinds(stolen) == {"dhaka-scarf": "new"}, "another group's address is only a word"
    moved = plan(world.sunlit_bench, sheet({"product": "garden-soap", "sku": "COFFEE"}))
    assert faults(moved) == [(2, "sku", "sku_elsewhere")]
    two = sheet({"product": "garden-soap", "sku": "SOAP"}, {"product": "other", "sku": "SOAP "})
    assert {"same_product", "sku_twice"} <= {code for *_, code in faults(plan(world.sunlit_bench, two))}


def test_another_groups_draft_is_neither_found_nor_in_the_way(world):
    draft_of(world, "BALM")
    assert kinds(plan(world.weavers, sheet(row()))) == {"balm": "new"}
    assert [one["sku"] for one in exported(world.weavers)] == ["SCARF-RED", "SCARF-BLACK"]


def test_rows_of_one_product_must_agree(world):
    found = plan(world.sunlit_bench, sheet(row(option="A"), row(sku="B", option="B", title="Another")))
    assert faults(found) == [(3, "title", "differs")]
    assert "Row 2" in sheet_words.fault_line(found.faults[0])


def test_photographs_come_from_the_zip_with_their_words(world, tmp_path):
    pack = zipped(tmp_path / "p.zip", front=photograph(), back=photograph("#c02020"), spare=photograph())
    file = sheet(row(image_1="front.jpg", alt_1="A blue tin", image_2="photos/back.jpg", alt_2="A red tin"))
    with pictures_of(pack) as pictures:
        bring_in(world.sunlit_bench, file, pictures)
        assert pictures.unused() == ["photos/spare.jpg"]
    made = draft().content["pictures"]
    assert [one["alt"] for one in made] == ["A blue tin", "A red tin"]
    folder = current().media_dir
    assert all((folder / f"{one['ref']}-320.webp").exists() for one in made)
    back = exported(world.sunlit_bench)
    assert [back[-1]["image_1"], back[-1]["alt_2"]] == [made[0]["ref"], "A red tin"]
    swapped = {**back[-1], "image_1": made[1]["ref"], "alt_1": "Red", "image_2": "", "alt_2": ""}
    bring_in(world.sunlit_bench, sheet(swapped))
    assert [(one["ref"], one["alt"]) for one in draft().content["pictures"]] == [(made[1]["ref"], "Red")]


def test_a_photograph_of_another_listing_can_not_be_taken(world):
    ref = add_picture()
    assert faults(plan(world.sunlit_bench, sheet(row(image_1=ref, alt_1="Mine")))) == [(2, "image_1", "not_in_zip")]


def test_a_photograph_without_words_or_that_does_not_open_is_a_fault_and_leaves_no_file(world, tmp_path):
    pack = zipped(tmp_path / "p.zip", good=photograph(), bad=b"<svg/>", half=photograph()[:200])
    rows = [
        row(image_1="good.jpg"),
        row(product="b", sku="B", image_1="bad.jpg", alt_1="x"),
        row(product="c", sku="C", image_1="half.jpg", alt_1="x"),
    ]
    with pictures_of(pack) as pictures:
        found = plan(world.sunlit_bench, sheet(*rows), pictures)
        assert faults(found) == [
            (2, "image_1", "no_alt_text"), (3, "image_1", "picture_kind"), (4, "image_1", "picture_broken")
        ]  # fmt: skip
        with pytest.raises(importing.Faulty):
            bring_in(world.sunlit_bench, sheet(row(image_1="good.jpg", alt_1="x"), rows[1]), pictures)
    assert count(Picture) == 3
    assert not list(current().media_dir.glob("*"))


def test_a_photograph_whose_consent_ended_is_refused_even_after_the_file_was_checked(world, tmp_path):
    def read():
        return pictures_of(
            zipped(tmp_path / "p.zip", tin=photograph(), tin_again=photograph(), other=photograph("red"))
        )

    files = sheet(row(image_1="tin.jpg", alt_1="A"), row(product="two", sku="TWO", image_1="tin_again.jpg", alt_1="B"),
                  row(product="three", sku="THREE", image_1="other.jpg", alt_1="C"))  # fmt: skip
    assert faults(plan(world.sunlit_bench, files, read())) == []
    now = clock.now()
    with unit_of_work():
        gone = media.receive(media.decode(photograph()), folder=current().media_dir, now=now)
        media.withdraw([gone.ref], folder=current().media_dir, now=now)
    told = plan(world.sunlit_bench, files, read())
    assert faults(told) == [(2, "image_1", "picture_withdrawn"), (3, "image_1", "picture_withdrawn")]
    assert "withdrawn their consent" in str(sheet_words.fault_text(told.faults[0]))


def test_one_photograph_of_two_listings_is_two(world, tmp_path):
    pack = zipped(tmp_path / "p.zip", tin=photograph())
    rows = [row(image_1="tin.jpg", alt_1="A tin"), row(product="b", sku="B", image_1="tin.jpg", alt_1="Another")]
    with pictures_of(pack) as pictures:
        bring_in(world.sunlit_bench, sheet(*rows), pictures)
    first, second = (draft(sku).content["pictures"][0] for sku in ("BALM", "B"))
    assert first["ref"] != second["ref"]


def test_an_archived_product_is_left_alone(world):
    with unit_of_work():
        adjusting.archive(world.soap, actor="user:EDITOR", now=clock.now())
    assert "SOAP" not in {one["sku"] for one in exported(world.sunlit_bench)}
    assert faults(plan(world.sunlit_bench, sheet({"product": "garden-soap", "sku": "SOAP", "title": "x"}))) == [
        (2, "product", "archived")
    ]


def test_what_a_column_does_not_say_stays_and_what_it_empties_is_empty(world):
    change(start(world.soap), care="Keep it dry", subtitle="Old")
    bring_in(world.sunlit_bench, sheet({"product": "garden-soap", "sku": "SOAP", "subtitle": "", "title": "Soap"}))
    assert [draft("SOAP").content[name] for name in ("care", "subtitle", "title")] == ["Keep it dry", "", "Soap"]


def test_a_pledge_keeps_its_first_day_unless_its_terms_change(world):
    before = shown(world.coffee)["pledge"]
    back = exported(world.sunlit_bench)[:2]
    assert back[0]["pledge_percent"] == "5"
    for one in back:
        one["pledge_percent"] = "7.5"
    bring_in(world.sunlit_bench, sheet(*back))
    assert draft("COFFEE").content["pledge"] == {**before, "rate": "0.075", "starts_on": ""}
    for one in back:
        one["pledge_charity"] = one["pledge_project"] = one["pledge_percent"] = ""
    bring_in(world.sunlit_bench, sheet(*back))
    assert draft("COFFEE").content["pledge"] is None
