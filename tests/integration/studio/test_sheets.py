"""Listings as a spreadsheet in the studio: sent in, looked at, agreed to; large ones by the worker."""

from __future__ import annotations

import io
import re

import pytest
from listings import add_member, add_picture, approve, change, draft_of, filled, send, start
from paying import at_once
from people import post, sign_in, token
from sheets import file_of, photograph, row, sheet, zipped
from sqlalchemy import func, select, update

from storefront import chores
from storefront.catalog.models import ListingRevision
from storefront.catalog.sheets import sending, uploads
from storefront.catalog.sheets.models import ListingSheet
from storefront.config import current
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry

HOME = "/studio/sunlit-bench/spreadsheets"


@pytest.fixture
def editor(world, client):
    user = add_member(world.sunlit_bench, "editor@example.org")
    sign_in(client, user.email)
    return user


def send_in(client, data, images=None):
    files = {"table": (io.BytesIO(data), "listings.csv")}
    if images:
        files["images"] = (io.BytesIO(images), "photos.zip")
    return post(client, HOME, files)


def page(client, path):
    return client.get(path).get_data(as_text=True)


def agree(client, path, **fields):
    seen = re.search(r'name="seen" value="([^"]*)"', page(client, path))[1]
    return post(client, f"{path}/agreement", {"seen": seen, **fields})


def drafts():
    session().rollback()
    return session().scalar(select(func.count()).select_from(ListingRevision))


def test_a_small_file_is_checked_at_once_and_imported_when_agreed_to(world, client, editor):
    assert "spreadsheet" in page(client, "/studio/sunlit-bench/listings")
    path = send_in(client, sheet(row(), {**row(sku="COFFEE", product="drip-coffee"), "stock": "4"})).location
    html = page(client, path)
    for words in (
        "2 rows",
        "new, as drafts",
        "Garden balm",
        "stock of COFFEE from 10 to 4",
        "price of COFFEE from $24.00",
    ):
        assert words in html
    assert drafts() == 0
    assert "Checked, nothing imported yet" in page(client, HOME)
    assert agree(client, path).status_code == 303
    assert "Imported" in page(client, path)
    assert drafts() > 1
    assert not list(current().sheets_dir.glob("*"))
    assert agree_again(client, path).status_code == 422
    assert post(client, f"{path}/removal").status_code == 303
    assert client.get(path).status_code == 404


def agree_again(client, path):
    return post(client, f"{path}/agreement", {"seen": "x"})


def test_an_export_that_comes_back_says_that_it_changes_nothing(world, client, editor):
    out = client.get("/studio/sunlit-bench/listings.csv")
    assert (out.mimetype, out.data) == ("text/csv", file_of(world.sunlit_bench))
    html = page(client, send_in(client, out.data).location)
    assert "changes nothing" in html
    assert "agreement" not in html


def test_bad_rows_are_named_and_left_out_only_when_asked(world, client, editor):
    path = send_in(client, sheet(row(price="1.000"), row(product="b", sku="B"))).location
    html = page(client, path)
    for words in ("Row 2, price", "says “1.000”", "This could be two amounts. Write 1000"):
        assert words in html
    assert agree(client, path).status_code == 422
    assert drafts() == 0
    assert agree(client, path, skip_bad="1").status_code == 303
    assert drafts() == 1


def test_a_file_with_photographs_waits_for_the_worker_and_says_how_far_it_is(world, client, editor, tmp_path):
    pack = zipped(tmp_path / "p.zip", tin=photograph(), spare=photograph()).read_bytes()
    path = send_in(client, sheet(row(image_1="tin.jpg", alt_1="A tin")), pack).location
    waiting = client.get(path)
    assert waiting.headers["Refresh"] == "5"
    assert "Look again" in waiting.get_data(as_text=True)
    chores.CHORES[uploads.CHORE]()
    assert "photos/spare.jpg" in page(client, path)
    agree(client, path)
    assert (drafts(), "Being imported" in page(client, path)) == (0, True)
    chores.CHORES[uploads.CHORE]()
    assert (drafts(), "Imported" in page(client, path)) == (1, True)
    assert chores.CHORES[uploads.CHORE]() == 0


def test_what_changed_since_the_check_is_shown_before_anything_is_imported(world, client, editor, monkeypatch):
    path = send_in(client, sheet({"product": "drip-coffee", "sku": "COFFEE", "title": "Slow coffee"})).location
    change(start(world.coffee), title="Slow coffee", care="Dry")
    agree(client, path)
    html = page(client, path)
    assert "The listings changed since this file was checked" in html
    assert "changes nothing" in html


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04", "choose Save as, CSV"),
        (b"sku,titel\r\n", "Did you mean"),
        (b"\xff\xfe\x00", "could be read in several ways"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(world, client, editor, data, words):
    assert words in page(client, send_in(client, data).location)
    assert not list(current().sheets_dir.glob("*"))


def test_no_file_is_answered_at_once(world, client, editor):
    response = post(client, HOME)
    assert (response.status_code, "Choose a CSV file first" in response.get_data(as_text=True)) == (422, True)


def test_another_groups_file_is_not_found(world, client, editor):
    path = send_in(client, sheet(row())).location
    other = add_member(world.weavers, "weaver@example.org", name="Sita")
    post(client, "/sign-out")
    sign_in(client, other.email)
    theirs = path.replace("sunlit-bench", "tehrathum-weavers")
    assert client.get(path).status_code == client.get(theirs).status_code == 404
    assert post(client, f"{theirs}/agreement", {"seen": "x"}).status_code == 404
    assert post(client, f"{theirs}/removal").status_code == 404
    assert post(client, f"{theirs}/sending").status_code == 404


def test_a_worker_that_died_is_followed_by_another_and_old_files_are_forgotten(world, client, editor, tmp_path):
    pack = zipped(tmp_path / "p.zip", tin=photograph()).read_bytes()
    path = send_in(client, sheet(row()), pack).location
    set_all(taken_at=uploads.clock.now())
    assert chores.CHORES[uploads.CHORE]() == 0
    set_all(taken_at=uploads.clock.now() - uploads.timedelta(minutes=11))
    assert chores.CHORES[uploads.CHORE]() == 1
    assert "Garden balm" in page(client, path)
    set_all(created_at=uploads.clock.now() - uploads.timedelta(days=8))
    assert chores.CHORES[uploads.CHORE]() == 1
    assert client.get(path).status_code == 404
    assert not list(current().sheets_dir.glob("*"))


def set_all(**values):
    session().rollback()
    with unit_of_work() as here:
        here.execute(update(ListingSheet).values(**values))


def test_a_fault_of_ours_is_said_and_nothing_is_half_done(world, client, editor, monkeypatch, tmp_path):
    pack = zipped(tmp_path / "p.zip", tin=photograph()).read_bytes()
    path = send_in(client, sheet(row()), pack).location

    def fail(*_args, **_named):
        raise ZeroDivisionError

    monkeypatch.setattr(uploads.planning, "plan", fail)
    with pytest.raises(ZeroDivisionError):
        chores.CHORES[uploads.CHORE]()
    assert "Something went wrong on our side" in page(client, path)


def imported(client, *rows):
    path = send_in(client, sheet(*rows)).location
    assert agree(client, path).status_code == 303
    return path


def complete(*titles):
    """Answer what a spreadsheet can't: the photographs, and who is in the story."""
    ref = add_picture()
    for draft in session().scalars(select(ListingRevision)).all():
        if draft.content["title"] in titles:
            change(draft, pictures=filled(ref)["pictures"], story={**draft.content["story"], "consents": []})


def states():
    session().rollback()
    return {one.content["title"]: one.state for one in session().scalars(select(ListingRevision))}


def test_all_complete_drafts_of_a_file_are_sent_at_once_and_the_others_named(world, client, editor):
    path = imported(client, row(), row(product="b", sku="B", title="Nettle soap"))
    assert "2 drafts of this file have not been sent" in page(client, path)
    complete("Garden balm")
    assert post(client, f"{path}/sending").status_code == 303
    assert states() == {"Garden balm": "sent", "Nettle soap": "draft"}
    html = page(client, path)
    for words in ("1 listing was sent", "1 is not complete", "Nettle soap", ">Photographs</a>", "1 draft of this file"):
        assert words in html
    (missing,) = re.findall(r'href="([^"]+/photos)"', html)
    assert client.get(missing).status_code == 200
    complete("Nettle soap")
    assert post(client, f"{path}/sending").status_code == 303
    assert set(states().values()) == {"sent"}
    html = page(client, path)
    assert "1 listing was sent" in html
    assert "have not been sent" not in html
    assert "is not complete" not in html
    sent = session().scalars(select(JournalEntry).where(JournalEntry.act == "listing sent")).all()
    assert len(sent) == 2
    assert all(one.actor.startswith(f"user:{editor.ref}") for one in sent)


def test_what_was_sent_dropped_or_approved_meanwhile_is_left_alone(world, client, editor):
    path = imported(client, row(), row(product="b", sku="B", title="Nettle soap"))
    complete("Garden balm", "Nettle soap")
    one, _two = session().scalars(select(ListingRevision).order_by(ListingRevision.id)).all()
    send(one)
    approve(one)
    assert post(client, f"{path}/sending").status_code == 303
    assert states() == {"Garden balm": "approved", "Nettle soap": "sent"}
    assert post(client, f"{path}/sending").status_code == 303
    assert states() == {"Garden balm": "approved", "Nettle soap": "sent"}


def test_a_draft_that_the_file_did_not_bring_in_is_not_sent(world, client, editor):
    other = draft_of(world)
    path = imported(client, row(sku="OTHER"))
    post(client, f"{path}/sending")
    session().refresh(other)
    assert other.state == "draft"


def test_nothing_is_sent_before_the_import(world, client, editor):
    path = send_in(client, sheet(row())).location
    refused = post(client, f"{path}/sending")
    assert refused.status_code == 422
    assert "Nothing of this file was imported yet" in refused.get_data(as_text=True)


def test_a_large_file_is_sent_in_rounds_that_end(world, client, editor, monkeypatch):
    monkeypatch.setattr(sending, "AT_ONCE", 2)
    rows = [row(product=f"p{at}", sku=f"S{at}", title=f"Soap {at}") for at in range(5)]
    path = imported(client, *rows)
    complete("Soap 0", "Soap 2", "Soap 3")
    post(client, f"{path}/sending")
    assert "Send the next ones" in page(client, path)
    post(client, f"{path}/sending")
    post(client, f"{path}/sending")
    html = page(client, path)
    assert "3 listings were sent" in html
    assert "2 are not complete" in html
    assert "Send the next ones" not in html
    assert sorted(states().values()) == ["draft", "draft", "sent", "sent", "sent"]
    post(client, f"{path}/sending")
    assert "None could be sent yet" in page(client, path)


def test_two_clicks_send_each_listing_once(world, client, app, editor):
    path = imported(client, *(row(product=f"p{at}", sku=f"S{at}", title=f"Soap {at}") for at in range(6)))
    complete(*(f"Soap {at}" for at in range(6)))
    other = app.test_client()
    sign_in(other, editor.email)

    def press(browser, stamp):
        return lambda: browser.post(f"{path}/sending", data={"csrf_token": stamp}).status_code

    assert at_once(app, press(client, token(client)), press(other, token(other))) == [303, 303]
    assert set(states().values()) == {"sent"}
    assert len(session().scalars(select(JournalEntry).where(JournalEntry.act == "listing sent")).all()) == 6
