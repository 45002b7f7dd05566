"""Names of 200 characters in four scripts: on every page of the studio, on paper, and in files for spreadsheets."""

from __future__ import annotations

import csv
import io
import re

import pytest
from applying_made import applied, reviewers
from batches import begun, put, step
from listings import add_member, add_reviewer, change, start
from ordering import order_of
from people import add_user, post, sign_in
from selling import sell
from sqlalchemy import select

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import paying_out, statements
from storefront.producers import members
from storefront.producers.models import MemberRole
from storefront.updates import writing
from storefront.updates.writing import Words
from storefront.voices import asking, moderating
from storefront.voices.models import Question

HOME = "/studio/sunlit-bench"
NAMES = {
    "Devanagari": ("चौतारी फेल्ट समूह " * 20)[:199].strip() + "ह",
    "Chinese": "山谷手工皂合作社女" * 22 + "社社",
    "Arabic": ("تعاونية النسيج اليدوي " * 20)[:199].strip() + "ي",
    "one long word": "Handgesponnenes" * 13 + "Garn.",
}


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return NAMES[request.param]


def test_every_page_and_paper_of_the_studio_carries_a_long_name(world, app, name):
    owner = add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER, name=name)
    order = sell({"COFFEE": 2})
    draft = start(world.coffee)
    story = {"title": name, "body": name, "lang": "ne", "consents": []}
    pictures = [one | {"consents": []} for one in draft.content["pictures"]]
    change(draft, title=name, subtitle=name[:120], story=story, pictures=pictures)
    told = step(title=name, place=name, people=name, document=name, verifier=name)
    batch = begun(world.coffee, S1=told)
    put(batch, "facts", batch.content["facts"] | {"maker": name, "unknown": name})
    with unit_of_work():
        world.sunlit_bench.name, world.sunlit_bench.ships_from = name, name[:120]
        parcel = session().merge(order).parcels[0]
        parcel.producer_name, parcel.ships_from = name, name[:120]
        parcel.order.name, parcel.lines[0].title = name, name
        parcel.order.address = {**parcel.order.address, "street": name, "city": name, "region": name}
        asking.ask(world.coffee.slug, name, by=None, email="mei@example.org", now=clock.now())
    reviewer = add_reviewer()
    with unit_of_work() as current:
        by = members.of_user_in(owner.id, "sunlit-bench")
        update = writing.begin(Words(name[:120], name, [world.coffee], []), by=by, now=clock.now())
        moderating.show(current.scalars(select(Question)).one(), seen=1, by=reviewer, now=clock.now())
    ref = order_of(order.ref).parcels[0].ref
    client = app.test_client()
    sign_in(client, owner.email)
    month = statements.Month.of(clock.now())
    for page in (
        "", "/listings", "/listings/drip-coffee", "/listings/drip-coffee/title", "/listings/drip-coffee/story",
        "/listings/drip-coffee/preview", "/listings/drip-coffee/batches", f"/listings/drip-coffee/batches/{batch.ref}",
        f"/listings/drip-coffee/batches/{batch.ref}/facts", f"/listings/drip-coffee/batches/{batch.ref}/steps/S1",
        "/orders", f"/orders/{ref}", "/members", f"/members/{owner.ref}", "/holidays",
        "/statements", f"/statements/{month}", "/payout-account", "/spreadsheets", "/returns",
        "/voices", "/updates", f"/updates/{update.ref}",
    ):  # fmt: skip
        assert client.get(f"{HOME}{page}").status_code == 200, page
    label = client.get(f"{HOME}/orders/{ref}/label.pdf").data
    assert len(re.findall(rb"/Type /Page\b", label)) == 1, "a label is one sheet"
    assert client.get(f"{HOME}/orders/{ref}/packing-list.pdf").data.startswith(b"%PDF-")


def test_long_answers_are_kept_and_a_longer_one_comes_back_with_what_to_do(world, app, name):
    client = app.test_client()
    sign_in(client, add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER).email)
    draft = start(world.coffee)
    page = f"{HOME}/listings/drip-coffee/title"
    seen = re.findall(r'name="seen" value="(\w+)"', client.get(page).get_data(as_text=True))[-1]
    assert post(client, page, {"seen": seen, "title": name, "subtitle": ""}).status_code == 303
    refused = post(client, page, {"seen": seen, "title": name + "!", "subtitle": ""})
    assert refused.status_code == 422
    assert "Shorten this to 200 characters" in refused.get_data(as_text=True)
    assert f'value="{name}!"' in refused.get_data(as_text=True)
    assert draft.product_id == world.coffee.id


def test_an_application_in_any_script_reaches_the_reviewers(world, app, name):
    case, (one, _two) = applied(add_user("maya@example.org", name=name), name=name), reviewers()
    client = app.test_client()
    sign_in(client, one.email)
    for page in ("/admin/vetting", f"/admin/vetting/{case.ref}"):
        assert name in client.get(page).get_data(as_text=True)


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)"])
def test_no_cell_of_an_export_is_a_formula(world, app, formula):
    owner = add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER, name=formula)
    sell({"COFFEE": 3})
    with unit_of_work():
        world.coffee.title = world.coffee.variants[0].name = formula
        owed = statements.owed("sunlit-bench", "USD").minor
        facts = {"owed_seen": owed, "actor": f"user:{owner.ref}", "now": clock.now()}
        paying_out.record(world.sunlit_bench, Money(100, "USD"), formula, **facts)
    client = app.test_client()
    sign_in(client, owner.email)
    listed = cells_of(client.get(f"{HOME}/listings.csv").text)
    assert f"'{formula}" in listed, "the control: it is there, made harmless"
    for cells in (listed, cells_of(client.get(f"{HOME}/statements/{statements.Month.of(clock.now())}.csv").text)):
        assert [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![\d.]+$)", cell)] == []


def cells_of(text: str) -> list[str]:
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    return [cell for row in rows for cell in row]
