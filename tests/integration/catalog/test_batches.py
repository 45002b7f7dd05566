"""Batches: shoppers read what a reviewer approved, to the byte, and a printed code keeps its batch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from batches import approve, batch_of, begun, day, facts, paper, published, put, reopened, send, step
from listings import EDITOR, REVIEWER, add_member, ask
from paying import at_once
from people import letters
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from storefront.catalog import content as contents
from storefront.catalog import revising
from storefront.catalog.batches import checking, content, deciding, staging
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.models import ProductStatus
from storefront.config import current
from storefront.core import clock, documents
from storefront.core.db import session, unit_of_work
from storefront.provenance import consenting
from storefront.provenance.consenting import NewConsent
from storefront.provenance.models import Batch, Given, Use


def trace(client, code):
    return client.get(f"/trace/{code}")


def agreed(world):
    told = NewConsent(
        person="Zenobia", uses=(Use.STORY,), asked_in="zh-Hant", given=Given.SPOKEN, witness="Ana",
        given_on=clock.today(), expires_on=clock.today() + timedelta(days=99),
    )  # fmt: skip
    with unit_of_work():
        return consenting.record(world.sunlit_bench, told, None, actor=EDITOR, now=clock.now())


def codes(revision):
    return [(one.task, one.code) for one in checking.problems(revision)]


def test_a_new_batch_is_nowhere_until_it_is_approved(world, client):
    revision = begun(world.coffee, "SB-1", S1=step(title="Dried on racks"))
    for act in (None, send):
        if act:
            act(revision)
        assert trace(client, "SB-1").status_code == 404
        assert "Dried on racks" not in client.get("/products/drip-coffee").get_data(as_text=True)
        assert batch_of("SB-1") is None, "no order can pick what is not there"
    approve(revision)
    assert "Dried on racks" in trace(client, "SB-1").get_data(as_text=True)
    assert "Dried on racks" in client.get("/products/drip-coffee").get_data(as_text=True)


def test_what_is_shown_is_what_was_approved_to_the_byte(world):
    batch = published(world.coffee, S1=step(), S2=step(kind="checked", level="verified", verifier="Audit", on=day(2)))
    last = staging.approved(batch)
    assert contents.digest(content.shown(batch_of(batch.code))) == last.digest
    assert sorted(deciding.unapproved()) == ["B-DHAKA-SCARF", "B-DRIP-COFFEE", "B-GARDEN-SOAP"], "never approved"
    with unit_of_work() as current:
        current.execute(text("UPDATE batch_event SET title = 'Else' WHERE ref = 'S1'"))
    assert batch.code in set(deciding.unapproved())


def test_a_change_waits_while_shoppers_read_the_approved_version(world, client):
    batch = published(world.coffee, "SB-1", S1=step(title="Poured by hand"))
    revision = reopened(batch)
    put(revision, "S1", step(title="Poured by machine"))
    put(revision, "S2", step(title="Cut", on=day(4)))
    send(revision)
    page = trace(client, "SB-1").get_data(as_text=True)
    assert "Poured by hand" in page
    assert "machine" not in page
    approve(revision)
    page = trace(client, "SB-1").get_data(as_text=True)
    assert page.index("Poured by machine") < page.index("Cut")
    assert "by hand<" not in page


def test_a_batch_from_before_the_studio_keeps_its_first_version_on_record(world):
    batch = batch_of("B-DRIP-COFFEE")
    revision = reopened(batch)
    put(revision, staging.FACTS, {**revision.content["facts"], "quantity": 200})
    send(revision)
    approve(revision)
    assert (revision.number, batch_of("B-DRIP-COFFEE").quantity) == (2, 200)


def test_a_published_code_can_be_neither_changed_nor_removed(world):
    revision = reopened(published(world.coffee, "SB-1"))
    with pytest.raises(staging.CodeIsPrinted):
        put(revision, staging.FACTS, facts("SB-2"))
    with unit_of_work():
        revising.drop(revision, actor=EDITOR, now=clock.now())
    assert batch_of("SB-1") is not None


def test_each_suggested_code_is_new(world):
    one, two = begun(world.coffee), begun(world.soap)
    assert one.content["facts"]["code"] != two.content["facts"]["code"]
    assert one.content["facts"]["code"].startswith("SB-")


def test_of_two_batches_with_one_code_the_second_is_told(world):
    first, second = begun(world.coffee, "SB-1"), begun(world.soap, "SB-1")
    send(first)
    send(second)
    approve(first)
    with pytest.raises(revising.NotReady, match="facts: code_taken"):
        approve(second)
    assert codes(begun(world.soap, "B-DRIP-COFFEE")) == [("facts", "code_taken")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "x"}, "no_code"),
        ({"code": "SB 1/2"}, "no_code"),
        ({"maker": ""}, "no_maker"),
        ({"people": 0}, "no_people"),
        ({"quantity": None}, "no_quantity"),
        ({"made_from": ""}, "no_days"),
        ({"made_from": day(1)}, "days_in_disorder"),
        ({"made_to": day(-3)}, "days_in_disorder"),
        ({"maker": "x" * 201}, "too_long"),
    ],
)
def test_a_batch_is_not_sent_before_its_facts_make_sense(world, change, code):
    revision = begun(world.coffee, "SB-1")
    put(revision, staging.FACTS, facts("SB-1") | change)
    assert codes(revision) == [("facts", code)]
    with pytest.raises(revising.NotReady):
        send(revision)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": ""}, "no_title"),
        ({"kind": "sung"}, "no_title"),
        ({"on": ""}, "no_day"),
        ({"on": day(-2)}, "day_ahead"),
        ({"level": "expired"}, "no_level"),
        ({"level": "verified"}, "no_verifier"),
        ({"level": "documented"}, "no_document"),
        ({"document_open": True}, "nothing_to_open"),
        ({"expires_on": day(8)}, "no_expiry"),
        ({"consents": ["NOBODY"]}, "no_consent"),
        ({"text": "x" * 4001}, "too_long"),
    ],
)
def test_a_batch_is_not_sent_before_its_steps_make_sense(world, change, code):
    assert codes(begun(world.coffee, S1=step(**change))) == [("S1", code)]


def test_a_step_is_not_sent_before_it_was_asked_who_can_be_recognised(world):
    asked = step()
    del asked["consents"]
    assert codes(begun(world.coffee, S1=asked)) == [("S1", "people_unasked")]


def test_two_editors_of_one_step_lose_nothing_and_of_two_steps_dont_meet(world):
    revision = begun(world.coffee, S1=step(), S2=step(on=day(3)))
    read = {part: staging.seen(revision, part) for part in ("S1", "S2")}
    put(revision, "S1", step(title="Bo's words"), by="user:BO")
    with pytest.raises(revising.EditedMeanwhile) as met, unit_of_work():
        staging.edit(revision, "S1", step(title="Mine"), seen_digest=read["S1"], actor=EDITOR, now=clock.now())
    assert (met.value.theirs["title"], met.value.by) == ("Bo's words", "user:BO")
    with unit_of_work():
        staging.edit(revision, "S2", step(title="Mine"), seen_digest=read["S2"], actor=EDITOR, now=clock.now())
    assert [one["title"] for one in revision.content["steps"].values()] == ["Bo's words", "Mine"]


def test_a_version_is_approved_as_it_was_seen_and_by_somebody_else(world):
    revision = begun(world.coffee)
    send(revision)
    member = add_member(world.sunlit_bench, "ana@example.org")
    who = {"stamp": revision.stamp, "reviewer_id": 0, "actor": REVIEWER, "now": clock.now()}
    for change, refusal in (
        ({"stamp": "old"}, revising.EditedMeanwhile),
        ({"reviewer_id": member.id}, revising.OwnGroup),
        ({"actor": EDITOR}, revising.OwnGroup),
    ):
        with pytest.raises(refusal), unit_of_work():
            deciding.approve(revision, **{**who, **change})
    world.sunlit_bench.status = "suspended"
    session().commit()
    with pytest.raises(revising.ProducerNotApproved), unit_of_work():
        deciding.approve(revision, **who)
    assert batch_of(revision.content["facts"]["code"]) is None


def test_the_group_hears_what_was_decided(world):
    add_member(world.sunlit_bench, "ana@example.org")
    revision = begun(world.coffee, "SB-1")
    send(revision)
    ask(revision, "Which field?")
    letter = letters("listing_decided", "ana@example.org")[-1]
    assert "SB-1" in letter.subject
    assert "Which field?" in letter.text
    assert f"/listings/drip-coffee/batches/{revision.ref}" in letter.text


def test_nothing_new_is_begun_for_what_was_archived_but_a_published_batch_is_corrected(world):
    batch = published(world.coffee, "SB-1")
    session().refresh(world.coffee)
    with unit_of_work():
        world.coffee.status = ProductStatus.ARCHIVED
    with pytest.raises(revising.ProductArchived):
        begun(world.coffee)
    revision = reopened(batch)
    put(revision, staging.FACTS, facts("SB-1", quantity=99))
    send(revision)
    approve(revision)
    assert batch_of("SB-1").quantity == 99


def test_a_step_is_hidden_the_moment_a_consent_to_it_ends(world, client):
    consent, ref = agreed(world), paper()
    told = step(title="Zenobia stirs", text="She is 70.", document="Slip", document_ref=ref, document_open=True)
    published(world.coffee, "SB-1", S1={**told, "consents": [consent.ref]}, S2=step(title="Packed", on=day(3)))
    assert client.get(f"/trace/SB-1/documents/{ref}").status_code == 200
    with unit_of_work():
        consenting.end(consent, "She asked", actor="user:A", now=clock.now())
    page = trace(client, "SB-1").get_data(as_text=True)
    history = client.get("/trace/SB-1/history").get_data(as_text=True)
    assert "Zenobia" not in page + history + client.get("/products/drip-coffee").get_data(as_text=True)
    assert "The consent of a person in this step has ended" in page
    assert "Packed" in page
    assert client.get(f"/trace/SB-1/documents/{ref}").status_code == 404
    assert "SB-1" not in set(deciding.unapproved())


def test_a_version_that_rests_on_an_ended_consent_is_not_published(world):
    consent = agreed(world)
    revision = begun(world.coffee, S1=step(consents=[consent.ref]))
    send(revision)
    with unit_of_work():
        consenting.end(consent, "She asked", actor="user:A", now=clock.now())
    with pytest.raises(revising.NotReady, match="S1: no_consent"):
        approve(revision)


def test_evidence_counts_up_to_the_day_before_it_expires(world, client):
    published(world.coffee, "SB-1", S1=step(level="verified", verifier="Audit", expires_on=day(-1)))
    assert "Verified" in trace(client, "SB-1").get_data(as_text=True)
    with clock.at(clock.now() + timedelta(days=1)):
        page = trace(client, "SB-1").get_data(as_text=True)
    assert "Verified" not in page
    assert "Expired" in page


def test_an_approved_version_cannot_be_changed_by_anybody(world):
    published(world.coffee)
    for statement in ("UPDATE batch_revision SET reason = 'x'", "DELETE FROM batch_revision"):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as current:
            current.execute(text(statement))


def test_two_who_approve_one_code_at_once_publish_one_batch(world, app):
    """Of two products, so no lock of one keeps them apart: the database does."""
    both = [begun(world.coffee, "SB-1"), begun(world.soap, "SB-1")]
    for one in both:
        send(one)
    ids = [one.id for one in both]

    def approval(id_):
        return lambda: approve(session().get_one(BatchRevision, id_))

    ended = at_once(app, *map(approval, ids))
    assert None in ended
    assert [type(one) for one in ended if one is not None] == [revising.NotReady]
    session().rollback()
    assert len(session().scalars(select(Batch).where(Batch.code == "SB-1")).all()) == 1


def test_words_of_a_person_are_withheld_also_where_nobody_had_asked_for_them(world, client):
    consent = agreed(world)
    batch = published(world.coffee, "SB-1", S1=step(title="Zenobia poured it", consents=[]), S2=step(title="Cut"))
    for told in (step(title="Zenobia poured it twice", consents=[consent.ref]), step(title="Poured by hand")):
        revision = reopened(batch)
        put(revision, "S1", told)
        send(revision)
        approve(revision)
    with unit_of_work():
        consenting.end(consent, "She asked", actor="user:A", now=clock.now())
    told = client.get("/trace/SB-1/history").text
    assert "Zenobia" not in told
    assert "Poured by hand" in told, "what was told anew since stays"


def document_withdrawn(world, client, *, told_again=False):
    """A step whose document rested on a consent once; the batch, and the document's reference."""
    consent, slip = agreed(world), paper()
    named = step(title="Weighed", document="Slip", document_ref=slip, document_open=True, consents=[consent.ref])
    batch = published(world.coffee, "SB-1", S1=named, S2=step(title="Cut"))
    revision = reopened(batch)
    if told_again:
        put(revision, "S1", {**named, "consents": []})
        send(revision)
        approve(revision)
    with unit_of_work():
        consenting.end(consent, "She asked", actor="user:A", now=clock.now())
    return batch, slip, named, revision


def test_a_withdrawn_document_does_not_stay_with_a_step_that_names_nobody_any_more(world, client):
    _batch, slip, _named, _revision = document_withdrawn(world, client, told_again=True)
    assert client.get(f"/trace/SB-1/documents/{slip}").status_code == 404
    page = trace(client, "SB-1").text
    assert "Weighed" not in page
    assert "Cut" in page
    assert "Weighed" not in client.get("/trace/SB-1/history").text
    assert "SB-1" not in set(deciding.unapproved())


def test_a_withdrawn_document_does_not_come_back_by_a_draft_nor_sent_again(world, client):
    batch, slip, named, revision = document_withdrawn(world, client)
    for ref in (slip, paper()):
        put(revision, "S1", {**named, "document_ref": ref, "consents": []})
        assert ("S1", "document_withdrawn") in codes(revision)
        with pytest.raises(revising.NotReady):
            send(revision)
    put(revision, "S1", step(title="Weighed again"))
    send(revision)
    approve(revision)
    assert "Weighed again" in trace(client, batch.code).text


def test_a_document_without_its_file_is_not_there(world, client):
    slip = paper()
    published(world.coffee, "SB-1", S1=step(document="Slip", document_ref=slip, document_open=True))
    (current().documents_dir / slip).unlink()
    assert client.get(f"/trace/SB-1/documents/{slip}").status_code == 404


def test_the_public_history_names_no_file(world, client):
    revision, slip = reopened(published(world.coffee, "SB-1", S1=step())), paper()
    put(revision, "S1", step(document="Weighing slip", document_ref=slip))
    send(revision)
    approve(revision)
    told = client.get("/trace/SB-1/history").text
    assert "Weighing slip" in told
    assert slip[:6] not in told


@pytest.mark.parametrize("code", ["日本", "X" * 41, "###"])
def test_what_can_be_no_code_is_said_to_be_none(world, client, code):
    answer = client.get("/trace", query_string={"code": code})
    assert answer.status_code == 404
    assert "Check the code" in answer.text
    assert code in answer.text


def test_a_withdrawn_document_is_handed_out_by_no_step_that_is_published_just_then(world, client):
    slip = paper()
    published(world.coffee, "SB-1", S1=step(document="Slip", document_ref=slip, document_open=True))
    with unit_of_work():
        assert documents.withdraw({slip}, "producer:sunlit-bench", clock.now()) == {slip}
    assert client.get(f"/trace/SB-1/documents/{slip}").status_code == 404
