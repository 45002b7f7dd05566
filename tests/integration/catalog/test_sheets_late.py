"""A spreadsheet that comes late, or once more: it undoes nobody's work and brings nothing twice."""

from __future__ import annotations

from consented import agree, withdraw
from listings import EDITOR, add_picture, approve, change, draft_of, explain, send, shown, start
from sheets import bring_in, exported, faults, kinds, photograph, pictures_of, plan, row, sheet, zipped
from sqlalchemy import select

from storefront.catalog import revising
from storefront.catalog.models import ListingRevision, Product
from storefront.core import clock
from storefront.core.db import session, unit_of_work


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
