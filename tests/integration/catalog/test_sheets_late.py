"""A spreadsheet that comes late, or once more: it undoes nobody's work and brings nothing twice."""

from __future__ import annotations

from consented import agree, withdraw
from listings import approve, change, draft_of, explain, send, shown, start
from sheets import bring_in, exported, faults, kinds, photograph, pictures_of, row, sheet, zipped

from storefront.catalog import revising
from storefront.catalog.models import ListingRevision, Product
from storefront.core.db import session
from storefront.web import sheet_words


def live(world, **changes) -> Product:
    """A balm on sale, with these answers."""
    revision = draft_of(world)
    change(revision, **changes)
    send(revision)
    approve(revision)
    return revision.product


def reopened(product: Product) -> ListingRevision:
    """The product's open revision as it is in the database now."""
    session().rollback()
    session().expire_all()
    found = revising.open_revision(product)
    assert found is not None
    return found


def told_by(consent):
    return {"title": "The hives", "body": "Zenobia began it.", "lang": "en", "consents": [consent.ref]}


def test_a_story_written_in_place_of_one_taken_back_asks_of_whom_it_tells_and_is_shown(world, client):
    consent = agree(world.sunlit_bench)
    product = live(world, story=told_by(consent))
    withdraw(consent)
    bring_in(
        world.sunlit_bench,
        sheet({"product": product.slug, "sku": "BALM", "story_title": "The hives", "story": "All other words.",
               "why_it_changes": "A new story"}),
    )  # fmt: skip
    staged = reopened(product)
    assert [one.code for one in revising.problems(staged)] == ["story_people_unasked"]
    change(staged, story={**staged.content["story"], "consents": []})
    send(staged)
    approve(staged)
    assert shown(product)["story"]["body"] == "All other words."
    assert "All other words." in client.get(f"/products/{product.slug}").get_data(as_text=True)


def test_a_story_taken_back_is_in_no_draft_and_in_no_export(world):
    consent = agree(world.sunlit_bench)
    product, new = live(world, story=told_by(consent)), draft_of(world, "TIN")
    change(new, story=told_by(consent))
    change(start(product), subtitle="Words of their own")
    withdraw(consent)
    assert reopened(new.product).content["story"] == {"title": "", "body": "", "lang": "en"}
    staged = reopened(product).content
    assert (staged["subtitle"], staged["story"]) == ("Words of their own", shown(product)["story"])
    assert staged["story"]["withdrawn"]
    assert "Zenobia" not in str(exported(world.sunlit_bench))


def test_a_file_from_before_an_approval_undoes_nothing_unless_it_insists(world):
    product = live(world)
    old = exported(world.sunlit_bench)
    corrected = start(product)
    change(corrected, story={**corrected.content["story"], "body": "It began with three hives."})
    explain(corrected)
    send(corrected)
    approve(corrected)
    late = [{**one, "price": "12"} if one["sku"] == "BALM" else one for one in old]
    found = bring_in(world.sunlit_bench, sheet(*late), skip_bad=True)
    assert faults(found) == [(5, "version_seen", "changed_meanwhile")]
    assert (shown(product)["story"]["body"], product.variants[0].price_minor) == ("It began with three hives.", 1500)
    assert revising.open_revision(product) is None
    assert "empty this cell" in sheet_words.fault_text(found.faults[0])
    for one in late:
        one["version_seen"] = ""
    assert kinds(bring_in(world.sunlit_bench, sheet(*late)))[product.slug] == "draft"
    assert product.variants[0].price_minor == 1200


def test_a_file_that_was_brought_in_is_changed_and_brought_in_again(world):
    file = exported(world.sunlit_bench)
    for title in ("Slow coffee", "Slower coffee"):
        file[0]["title"] = file[1]["title"] = title
        assert kinds(bring_in(world.sunlit_bench, sheet(*file)))["drip-coffee"] == "draft"
    file[0]["price"] = "21"
    assert kinds(bring_in(world.sunlit_bench, sheet(*file)))["drip-coffee"] == "at_once"
    assert kinds(bring_in(world.sunlit_bench, sheet(*file)))["drip-coffee"] == "unchanged"


def test_a_photograph_that_is_sent_again_is_the_one_that_the_listing_has(world, tmp_path):
    tin, lid = photograph(), photograph("#c02020")
    file = row(image_1="tin.jpg", alt_1="A blue tin")
    with pictures_of(zipped(tmp_path / "one.zip", tin=tin)) as pictures:
        (step,) = bring_in(world.sunlit_bench, sheet(file), pictures).steps
    product = session().get_one(Product, step.draft_of)
    (there,) = reopened(product).content["pictures"]
    told = {**there, "focus_x": 100, "consents": []}
    change(reopened(product), pictures=[told])
    with pictures_of(zipped(tmp_path / "two.zip", tin=tin, lid=lid)) as pictures:
        assert bring_in(world.sunlit_bench, sheet(file), pictures).steps[0].kind == "unchanged"
        both = {**file, "image_1": "lid.jpg", "alt_1": "A lid", "image_2": "tin.jpg", "alt_2": "An open tin"}
        bring_in(world.sunlit_bench, sheet(both), pictures)
    new, old = reopened(product).content["pictures"]
    assert (new["alt"], old) == ("A lid", {**told, "alt": "An open tin"})


def test_a_photograph_named_by_its_reference_and_sent_again_is_one(world, tmp_path):
    tin, lid = photograph(), photograph("#c02020")
    file = row(image_1="tin.jpg", alt_1="A blue tin")
    with pictures_of(zipped(tmp_path / "one.zip", tin=tin)) as pictures:
        (step,) = bring_in(world.sunlit_bench, sheet(file), pictures).steps
    product = session().get_one(Product, step.draft_of)
    (there,) = reopened(product).content["pictures"]
    again = {"image_1": there["ref"], "alt_1": "A tin", "image_2": "lid.jpg", "alt_2": "A lid", "image_3": "tin2.jpg"}
    with pictures_of(zipped(tmp_path / "two.zip", tin2=tin, lid=lid)) as pictures:
        done = bring_in(world.sunlit_bench, sheet({**file, **again, "alt_3": "It again"}), pictures)
    assert faults(done) == []
    first, second = reopened(product).content["pictures"]
    assert (first, second["alt"]) == ({**there, "alt": "A tin"}, "A lid")
