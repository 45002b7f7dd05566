"""Batches in the studio and on the reviewers' desk: from the first step to `/trace/<code>`, without a script."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from batches import PAPER, approve, batch_of, begun, facts, paper, published, put, reopened, send, step
from cast import World
from listings import EDITOR, add_member, add_reviewer, ask
from people import post, sign_in
from selling import sell
from sqlalchemy import select

from storefront.catalog import revising
from storefront.catalog.batches import content, staging
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.models import RevisionState
from storefront.config import current
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.documents import Document
from storefront.core.journal import JournalEntry
from storefront.provenance import consenting
from storefront.provenance.consenting import NewConsent
from storefront.provenance.models import Given, Use

HOME = "/studio/sunlit-bench/listings/drip-coffee/batches"
FACTS = {"maker": "Bench two", "people": "7", "made_from": "2026-01-02", "made_to": "2026-01-09", "quantity": "120",
         "unknown": "Who dried the leaves."}  # fmt: skip
STEP = {"on": "2026-01-05", "title": "Roasted", "place": "Yuli", "people": "Bench two", "text": "In *iron* pans.",
        "level": "documented", "document": "Weighing slip", "people-in-it": "no"}  # fmt: skip


@pytest.fixture
def editor(world, client):
    user = add_member(world.sunlit_bench, "editor@example.org")
    sign_in(client, user.email)
    return user


def html_of(client, path):
    return client.get(path).get_data(as_text=True)


def hidden(html, name="seen"):
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def answer(client, path, **fields):
    """Open a page as a browser does, fill its form in and save it."""
    html = html_of(client, path)
    return post(client, path.partition("?")[0], {"seen": hidden(html[html.index('id="question"') :]), **fields})


def newest() -> BatchRevision:
    session().rollback()
    return session().scalars(select(BatchRevision).order_by(BatchRevision.id.desc())).first()


def move(client, revision, name):
    path = f"{HOME}/{revision.ref}"
    return post(client, f"{path}/moves", {"move": name, "seen": hidden(html_of(client, path))})


def written(client) -> BatchRevision:
    """A batch with a document, as an editor's browser writes it; not sent."""
    place = post(client, HOME).headers["Location"]
    answer(client, place, code="sb – 1", **FACTS)
    overview = place.removesuffix("/facts")
    new = re.search(rf'href="({overview}/steps/[^"]+kind=made)"', html_of(client, overview))[1]
    files = {"paper": (io.BytesIO(PAPER), "slip.pdf")}
    answer(client, new, kind="made", document_open="1", **STEP, **files)
    return newest()


def test_an_editor_writes_a_batch_and_a_reviewer_publishes_it(world, client, editor, app):
    revision = written(client)
    assert "SB-2" not in html_of(client, HOME)
    assert move(client, revision, "send").status_code == 303
    assert client.get("/trace/SB-1").status_code == 404
    desk = app.test_client()
    sign_in(desk, add_reviewer().email)
    assert "SB-1" in html_of(desk, "/admin/batches")
    page = html_of(desk, f"/admin/batches/{revision.ref}")
    for words in ("Bench two", "Roasted", "Who dried the leaves.", "Weighing slip", "shoppers may open it"):
        assert words in page
    decided = post(desk, f"/admin/batches/{revision.ref}/decisions", {"seen": hidden(page), "decision": "approve"})
    assert decided.status_code == 303
    page = html_of(client, "/trace/SB-1")
    assert "<em>iron</em>" in page
    file = client.get(re.search(r'href="(/trace/SB-1/documents/[^"]+)"', page)[1])
    assert file.data == PAPER
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Cache-Control"] == "no-store"


def test_a_reviewer_sends_it_back_with_a_reason_only(world, client):
    revision = begun(world.coffee)
    send(revision)
    sign_in(client, add_reviewer().email)
    path = f"/admin/batches/{revision.ref}/decisions"
    seen = {"seen": revision.stamp, "decision": "changes"}
    assert post(client, path, seen).status_code == 422
    assert post(client, path, {**seen, "note": "Which field?"}).status_code == 303
    assert (newest().state, newest().note) == ("changes_asked", "Which field?")
    sign_in(client, add_member(world.sunlit_bench, "ana@example.org").email)
    assert f'href="{HOME}/{revision.ref}"' in html_of(client, "/studio/sunlit-bench")


def test_a_reviewer_never_opens_a_draft_and_decides_only_on_what_they_saw(world, client):
    revision = begun(world.coffee)
    sign_in(client, add_reviewer().email)
    assert client.get(f"/admin/batches/{revision.ref}").status_code == 404
    send(revision)
    stale = {"decision": "approve", "seen": "0" * 64}
    assert post(client, f"/admin/batches/{revision.ref}/decisions", stale).status_code == 422
    assert newest().state == "sent"


def test_what_a_reviewer_sees_of_a_change_is_the_difference(world, client):
    batch = published(world.coffee, "SB-1", S1=step(title="Poured"), S2=step(title="Cut"))
    revision = reopened(batch, "The **count** was wrong")
    put(revision, "S1", step(title="Poured twice"))
    put(revision, "S2", None)
    send(revision)
    sign_in(client, add_reviewer().email)
    page = html_of(client, f"/admin/batches/{revision.ref}")
    assert "Step taken out: Cut" in page
    assert re.search(r"<ins>.*twice</ins>", page)
    assert "a correction" in page
    assert "Bench two" not in page.partition("As shoppers would read it")[0], "what stays isn't told again"


def test_a_second_editor_is_told_and_loses_nothing(world, client, editor):
    revision = begun(world.coffee, S1=step(title="Poured"))
    path = f"{HOME}/{revision.ref}/steps/S1"
    seen = hidden(html_of(client, path))
    put(revision, "S1", step(title="Bo's words"), by="user:BO")
    response = post(client, path, {"seen": seen, **STEP, "title": "My words"})
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "Bo&#39;s words" in page
    assert 'value="My words"' in page
    again = post(client, path, {"seen": hidden(page), **STEP, "title": "My words"})
    assert (again.status_code, newest().content["steps"]["S1"]["title"]) == (303, "My words")


def test_a_step_that_was_taken_out_meanwhile_can_be_saved_again(world, client, editor):
    revision = begun(world.coffee, S1=step(), S2=step())
    path = f"{HOME}/{revision.ref}/steps/S1"
    seen = hidden(html_of(client, path))
    put(revision, "S1", None, by="user:BO")
    response = post(client, path, {"seen": seen, "kind": "made", **STEP})
    assert response.status_code == 422
    again = post(client, path, {"seen": hidden(response.get_data(as_text=True)), "kind": "made", **STEP})
    assert (again.status_code, newest().content["steps"]["S1"]["title"]) == (303, "Roasted")


def test_a_new_step_that_is_sent_twice_is_one_step(world, client, editor):
    revision = begun(world.coffee, S1=step())
    path = f"{HOME}/{revision.ref}/steps/NEW"
    form = {"seen": hidden(html_of(client, f"{path}?kind=packed")), "kind": "packed", **STEP}
    assert [post(client, path, form).status_code for _ in range(2)] == [303, 303]
    assert sorted(newest().content["steps"]) == ["NEW", "S1"]


@pytest.mark.parametrize(
    "address", ["NEW", "NEW?kind=sung", "N+EW?kind=made", "%3Cb%3E?kind=made", f"{'N' * 21}?kind=made"]
)
def test_an_address_that_names_no_step_opens_none(world, client, editor, address):
    revision = begun(world.coffee)
    assert client.get(f"{HOME}/{revision.ref}/steps/{address}").status_code == 404


@pytest.mark.parametrize(
    "data", [b"<svg onload=alert(1)>", b"MZ\x90\x00", b"%PDF-1.7 without an end", b"\x89PNG\r\n\x1a\n..."]
)
def test_a_hostile_file_is_refused_and_the_words_are_kept(world, client, editor, data):
    revision = begun(world.coffee, S1=step())
    path = f"{HOME}/{revision.ref}/steps/S1"
    response = answer(client, path, **STEP, paper=(io.BytesIO(data), "slip.pdf"))
    assert response.status_code == 422
    assert newest().content["steps"]["S1"]["title"] == "Roasted"
    assert newest().content["steps"]["S1"]["document_ref"] == ""
    assert session().scalars(select(Document)).all() == []


def test_words_are_shown_as_words(world, client, editor, app):
    hostile = "<script>alert(1)</script>\"'>"
    told = step(title=hostile, place=hostile, people=hostile, verifier=hostile, document=hostile, text=hostile)
    batch = published(world.coffee, "SB-1", S1=told)
    put(reopened(batch), "facts", {**reopened(batch).content["facts"], "unknown": hostile})
    for path in ("/trace/SB-1", "/trace/SB-1/history", "/products/drip-coffee", HOME, f"{HOME}/{newest().ref}",
                 f"{HOME}/{newest().ref}/steps/S1", f"{HOME}/{newest().ref}/facts"):  # fmt: skip
        assert "<script>alert" not in html_of(client, path), path


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"people": "seven"}, "whole number"),
        ({"made_from": "2nd of May"}, "2026-11-30"),
        ({"maker": "x" * 201}, "Shorten this"),
        ({"quantity": "-1"}, "whole number"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_typed_is_lost(world, client, editor, fields, words):
    revision = begun(world.coffee)
    response = answer(client, f"{HOME}/{revision.ref}/facts", code="SB-9", **{**FACTS, **fields})
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert words in page
    assert 'value="SB-9"' in page


def test_a_printed_code_is_not_asked_for_again_and_not_taken_from_a_forged_form(world, client, editor):
    revision = reopened(published(world.coffee, "SB-1"))
    path = f"{HOME}/{revision.ref}/facts"
    assert 'name="code"' not in html_of(client, path)
    response = answer(client, path, code="SB-2", **FACTS)
    assert response.status_code == 422
    assert "labels and receipts" in response.get_data(as_text=True)
    assert answer(client, path, **FACTS).status_code == 303


def test_a_change_of_a_published_batch_is_begun_once(world, client, editor):
    published(world.coffee, "SB-1")
    places = {post(client, HOME, {"of": "SB-1"}).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert post(client, HOME, {"of": "B-GARDEN-SOAP"}).status_code == 404, "a batch of another product"


def test_an_order_carries_the_newest_approved_batch_and_keeps_it(world, client):
    begun(world.coffee, "SB-DRAFT")
    waiting = begun(world.coffee, "SB-SENT")
    send(waiting)
    assert [line.batch_code for line in sell({"COFFEE": 1}).lines] == ["B-DRIP-COFFEE"]
    approve(waiting)
    order = sell({"COFFEE": 1})
    assert [line.batch_code for line in order.lines] == ["SB-SENT"]
    revision = reopened(batch_of("SB-SENT"))
    put(revision, "S1", step(title="Anew"))
    send(revision)
    approve(revision)
    assert [line.batch_code for line in session().merge(order).lines] == ["SB-SENT"]


def test_a_private_document_is_for_reviewers_and_the_group_alone(world: World, client, app):
    slip = paper()
    revision = begun(world.coffee, "SB-1", S1=step(document="Slip", document_ref=slip))
    send(revision)
    approve(revision)
    assert client.get(f"/trace/SB-1/documents/{slip}").status_code == 404
    assert "Slip" in html_of(client, "/trace/SB-1")
    desk = app.test_client()
    sign_in(desk, add_reviewer().email)
    assert desk.get(f"/admin/batches/{revision.ref}/documents/{slip}").data == PAPER
    sign_in(client, add_member(world.sunlit_bench, "ana@example.org").email)
    assert client.get(f"{HOME}/{revision.ref}/documents/{slip}").data == PAPER


def test_a_document_is_opened_by_its_own_batch_and_only_while_the_group_is_shown(world, client):
    slip, other = paper(), paper()
    published(world.coffee, "SB-1", S1=step(document="Slip", document_ref=slip, document_open=True))
    assert client.get(f"/trace/sb-1/documents/{slip}").status_code == 200
    for path in (f"/trace/SB-1/documents/{other}", f"/trace/B-GARDEN-SOAP/documents/{slip}", "/trace/SB-1/documents/x"):
        assert client.get(path).status_code == 404
    with unit_of_work():
        world.coffee.status = "archived"
    assert client.get(f"/trace/SB-1/documents/{slip}").status_code == 200, "who holds the thing may read on"
    with unit_of_work():
        world.sunlit_bench.status = "suspended"
    assert client.get(f"/trace/SB-1/documents/{slip}").status_code == 404
    assert f"/documents/{slip}" not in html_of(client, "/trace/SB-1")


def test_a_document_is_closed_to_everybody_once_a_person_in_it_withdrew(world, client, app):
    told = NewConsent(
        person="Zenobia", uses=(Use.STORY,), asked_in="en", given=Given.SPOKEN, witness="Ana",
        given_on=clock.today(), expires_on=clock.today() + timedelta(days=99),
    )  # fmt: skip
    with unit_of_work():
        consent = consenting.record(world.sunlit_bench, told, None, actor=EDITOR, now=clock.now())
    slip = paper()
    revision = begun(world.coffee, S1=step(document="Slip", document_ref=slip, consents=[consent.ref]))
    send(revision)
    desk = app.test_client()
    sign_in(desk, add_reviewer().email)
    sign_in(client, add_member(world.sunlit_bench, "ana@example.org").email)
    pages = [(desk, f"/admin/batches/{revision.ref}"), (client, f"{HOME}/{revision.ref}")]
    assert [who.get(f"{path}/documents/{slip}").status_code for who, path in pages] == [200, 200]
    with unit_of_work():
        consenting.end(consent, "She asked", actor="user:A", now=clock.now())
    assert [who.get(f"{path}/documents/{slip}").status_code for who, path in pages] == [404, 404]
    assert "Poured" not in html_of(desk, f"/admin/batches/{revision.ref}")


@pytest.mark.parametrize("part", ["%00", "%F0%9F%99%82", "..%2F..%2Fshop.sqlite", "a" * 500, "%27%20OR%201=1"])
def test_hostile_addresses_open_nothing(world, client, editor, part):
    revision = begun(world.coffee, S1=step())
    for path in (
        f"/trace/B-DRIP-COFFEE/documents/{part}", f"/trace/{part}/documents/x", f"/trace/{part}/history",
        f"/trace/{part}/code.svg", f"{HOME}/{part}", f"{HOME}/{part}/facts", f"{HOME}/{revision.ref}/steps/{part}",
        f"{HOME}/{revision.ref}/documents/{part}",
    ):  # fmt: skip
        assert client.get(path).status_code in {400, 404}, path
    assert post(client, HOME, {"of": f"x{unquote(part)}"}).status_code == 404


def test_a_correction_stays_in_the_public_history_with_its_reason(world, client):
    batch = batch_of("B-DRIP-COFFEE")
    revision = reopened(batch, "It was a machine", correction=True)
    (first, *_others) = revision.content["steps"]
    put(revision, first, {**revision.content["steps"][first], "title": "Poured by machine"})
    send(revision)
    assert "It was a machine" not in html_of(client, "/trace/B-DRIP-COFFEE/history")
    approve(revision)
    page = html_of(client, "/trace/B-DRIP-COFFEE/history")
    for words in ("It was a machine", "Correction", "<del>", "<ins>", "Shown before versions were kept"):
        assert words in page
    assert "People in it" not in page, "who was asked is between the group and the shop"
    assert 'href="/trace/B-DRIP-COFFEE/history"' in html_of(client, "/trace/B-DRIP-COFFEE")
    assert "/trace/B-DRIP-COFFEE/history" in html_of(client, "/products/drip-coffee/history")


def test_the_code_for_a_label_opens_the_batch(world, client):
    response = client.get("/trace/b-drip-coffee/code.svg")
    assert response.mimetype == "image/svg+xml"
    assert client.get("/trace/NONE-1/code.svg").status_code == 404


def test_a_batch_that_is_with_the_reviewers_is_taken_back_before_it_changes(world, client, editor):
    revision = begun(world.coffee)
    path = f"{HOME}/{revision.ref}/facts"
    seen = hidden(html_of(client, path))
    send(revision)
    response = post(client, path, {"seen": seen, **FACTS, "maker": "Else"})
    assert response.status_code == 422
    assert 'value="Else"' in response.get_data(as_text=True)
    assert move(client, revision, "take_back").status_code == 303
    assert answer(client, path, **FACTS).status_code == 303
    with unit_of_work():
        revising.drop(newest(), actor=EDITOR, now=clock.now())
    assert newest().state == "dropped"
    assert revision.content["facts"]["code"] not in html_of(client, HOME)


def desk_of(app):
    desk = app.test_client()
    sign_in(desk, add_reviewer("desk@example.org").email)
    return desk


def taken_back(revision):
    with unit_of_work():
        revising.take_back(revision, actor=EDITOR, now=clock.now())


@pytest.mark.parametrize("name", ["facts", "reason", "steps", "listing", "s1", "A" * 21])
def test_a_step_bears_no_name_that_a_page_has(world, client, editor, name):
    revision = begun(world.coffee)
    before = revision.content
    seen = hidden(html_of(client, f"{HOME}/{revision.ref}/facts").partition('id="question"')[2])
    path = f"{HOME}/{revision.ref}/steps/{name}"
    assert client.get(f"{path}?kind=made").status_code == 404
    assert post(client, path, {"seen": seen, "kind": "made", **STEP}).status_code == 404
    assert newest().content == before


def test_what_is_being_rewritten_is_read_without_its_days_and_what_was_taken_back_not_at_all(world, app):
    revision, desk = begun(world.coffee), desk_of(app)
    send(revision)
    ask(revision, "Which day?")
    put(revision, "facts", facts("SB-1", made_from="", made_to=""))
    assert "As shoppers would read it" not in html_of(desk, f"/admin/batches/{revision.ref}")
    put(revision, "facts", facts("SB-1"))
    send(revision)
    page = html_of(desk, f"/admin/batches/{revision.ref}")
    assert re.search(r"Asked for last time</dt>\s*<dd>Which day\?", page)
    taken_back(revision)
    put(revision, "S1", step(title="A thought of ours"))
    assert desk.get(f"/admin/batches/{revision.ref}").status_code == 404
    with unit_of_work():
        revising.drop(revision, actor=EDITOR, now=clock.now())
    assert "SB-1" not in html_of(desk, "/admin/batches?state=dropped")


@pytest.mark.parametrize("decision", ["approve", "changes"])
def test_another_reason_is_another_version_for_whoever_decides(world, client, app, decision):
    revision = reopened(published(world.coffee, "SB-1"), "A typing error", correction=True)
    put(revision, "S1", step(title="Poured twice"))
    send(revision)
    desk = desk_of(app)
    page = html_of(desk, f"/admin/batches/{revision.ref}")
    taken_back(revision)
    seen = revising.seen_why(revision)
    with unit_of_work():
        revising.explain(revision, "Cures all", False, seen_digest=seen, actor=EDITOR, now=clock.now())
    send(revision)
    told = {"seen": hidden(page), "decision": decision, "note": "Hm."}
    refused = post(desk, f"/admin/batches/{revision.ref}/decisions", told)
    assert refused.status_code == 422
    assert "changed since you opened it" in refused.text
    assert "Cures all" not in html_of(client, "/trace/SB-1/history")


def test_the_second_editor_s_reason_does_not_fall_on_the_first_s(world, client, editor):
    revision = reopened(published(world.coffee, "SB-1"), reason="")
    path = f"{HOME}/{revision.ref}/reason"
    seen = hidden(html_of(client, path).partition('id="question"')[2])
    assert post(client, path, {"seen": seen, "reason": "It was Yuli"}).status_code == 303
    told = post(client, path, {"seen": seen, "reason": "It was Hualien"})
    assert told.status_code == 422
    assert "It was Yuli" in told.text
    assert 'value="It was Hualien"' in told.text
    assert newest().reason == "It was Yuli"
    long = post(client, path, {"seen": hidden(told.text.partition('id="question"')[2]), "reason": "x" * 301})
    assert long.status_code == 422
    assert "Shorten this to 300" in long.text


def test_a_file_that_does_not_open_leaves_the_one_before_as_private_as_it_was(world, client, editor):
    revision = begun(world.coffee, S1=step(document="Slip", document_ref=paper()))
    told = {**STEP, "title": "Roasted anew", "document": "Photograph", "document_open": "1"}
    broken = {"paper": (io.BytesIO(b"%PDF-1.7 no end"), "x.pdf")}
    seen = staging.seen(revision, "S1")
    assert post(client, f"{HOME}/{revision.ref}/steps/S1", {"seen": seen, **told, **broken}).status_code == 422
    saved = newest().content["steps"]["S1"]
    assert (saved["title"], saved["document"], saved["document_open"]) == ("Roasted anew", "Slip", False)


def test_enter_in_a_field_saves(world, client, editor):
    revision = begun(world.coffee, S1=step())
    form = html_of(client, f"{HOME}/{revision.ref}/steps/S1").partition('id="question"')[2]
    assert re.search(r"<button[^>]*>[^<]*", form)[0].endswith(">Save and go on")


def test_steps_of_one_day_keep_their_order(world, client):
    revision = reopened(published(world.coffee, "SB-1", A=step(title="First"), B=step(title="Second")))
    put(revision, "A", step(title="First, corrected"))
    assert [one.title for one in content.view(revision.content, clock.today()).events] == ["First, corrected", "Second"]
    send(revision)
    approve(revision)
    page = html_of(client, "/trace/SB-1")
    assert page.index("First, corrected") < page.index("Second")


def test_a_refused_save_leaves_no_file(world, client, editor):
    revision, folder = begun(world.coffee, S1=step()), current().documents_dir
    files = {"paper": (io.BytesIO(PAPER), "slip.pdf")}
    assert post(client, f"{HOME}/{revision.ref}/steps/S1", {"seen": "0" * 64, **STEP, **files}).status_code == 422
    assert list(folder.glob("*")) == []


def test_a_second_click_on_sending_is_no_error(world, client, editor):
    revision = begun(world.coffee)
    told = {"move": "send", "seen": revision.stamp}
    assert [post(client, f"{HOME}/{revision.ref}/moves", told).status_code for _ in range(2)] == [303, 303]
    assert len(journaled("batch sent")) == 1


def journaled(act):
    session().rollback()
    return session().scalars(select(JournalEntry).where(JournalEntry.act == act)).all()


def test_a_second_click_opens_the_batch_that_was_begun(world, client, editor):
    first, second = (post(client, HOME).location for _click in range(2))
    assert first == second
    revision = newest()
    put(revision, staging.FACTS, {**revision.content["facts"], "quantity": 20})
    assert post(client, HOME).location != first, "what was filled in is a batch of its own"


def test_a_draft_is_not_dropped_by_a_page_that_is_out_of_date(world, client, editor):
    post(client, HOME)
    revision = newest()
    page = f"{HOME}/{revision.ref}"
    seen = revision.stamp
    put(revision, staging.FACTS, {**revision.content["facts"], "quantity": 20})
    stale = post(client, f"{page}/moves", {"move": "drop", "seen": seen})
    assert stale.status_code == 422
    assert "Someone else changed this batch" in stale.text
    assert newest().state == RevisionState.DRAFT
    shown = client.get(page).text
    assert "All that was written in it is given up." in shown
    assert post(client, f"{page}/moves", {"move": "drop", "seen": newest().stamp}).status_code == 303
    assert newest().state == RevisionState.DROPPED


def test_a_document_that_a_draft_no_longer_has_is_gone_from_the_disk_too(world, client, editor):
    revision = written(client)
    (ref, before) = next(iter(revision.content["steps"].items()))
    place = f"{HOME}/{revision.ref}/steps/{ref}"
    kept = current().documents_dir
    assert (kept / before["document_ref"]).exists()
    files = {"paper": (io.BytesIO(b"%PDF-1.7\nanother slip\n%%EOF\n"), "other.pdf")}
    assert answer(client, place, kind="made", **STEP, **files).status_code == 303
    replaced = newest().content["steps"][ref]["document_ref"]
    assert replaced != before["document_ref"]
    assert [path.name for path in kept.iterdir()] == [replaced]
    send(newest())
    approve(newest())
    draft = reopened(batch_of(newest().content["facts"]["code"]))
    put(draft, ref, None)
    assert [path.name for path in kept.iterdir()] == [replaced], "shoppers' version rests on it"


def test_a_batch_that_is_not_ready_leads_to_each_part_that_lacks_something(world, client, editor):
    revision = begun(world.coffee, S1=step(title=""))
    put(revision, staging.FACTS, {**revision.content["facts"], "maker": ""})
    refused = post(client, f"{HOME}/{revision.ref}/moves", {"move": "send", "seen": revision.stamp})
    assert refused.status_code == 422
    assert "2 answers need your attention" in refused.text
    for part in ("facts", "steps/S1"):
        assert f'<li><a href="{HOME}/{revision.ref}/{part}">' in refused.text
    gone = post(client, f"{HOME}/{revision.ref}/moves", {"move": "take_back"})
    assert "This could not be done" in gone.text
