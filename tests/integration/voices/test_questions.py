"""Questions: from anyone, passed on to the group, answered once, and public with the answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from listings import add_member
from people import letters, post, sign_in
from questions import (
    MEI,
    PAGE,
    STUDIO,
    admin_of_shop,
    answer,
    answered,
    ask,
    found,
    show,
    text_of,
    writer,
)
from sqlalchemy import select
from statements import counting_statements

from storefront import noticing
from storefront.catalog.models import OldSlug, ProductStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.producers.models import MemberRole, ProducerStatus
from storefront.voices import asking
from storefront.voices.models import Question
from storefront.voices.moderating import OwnGroup
from storefront.web.shop import questions as pages


def test_a_guest_asks_it_is_passed_on_answered_once_and_everybody_reads_both(world, client, app):
    assert f'href="{PAGE}/new"' in text_of(client, "/products/drip-coffee")
    form = text_of(client, f"{PAGE}/new")
    assert "What happens next" in form
    sent = client.post(PAGE, data=MEI)
    assert sent.location == f"{PAGE}?asked=1"
    assert "Set-Cookie" not in sent.headers
    assert "We have your question" in text_of(client, sent.location)
    admin, group = app.test_client(), app.test_client()
    sign_in(admin, admin_of_shop().email)
    ref = session().scalars(select(Question.ref)).one()
    writer(world)
    sign_in(group, "owner@example.org")
    assert "Is the lid of tin?" in text_of(admin, "/admin/questions")
    for early in (text_of(client, PAGE), text_of(client, "/products/drip-coffee"), text_of(group, STUDIO)):
        assert "Is the lid of tin?" not in early
    assert post(admin, f"/admin/questions/{ref}/decisions", {"decision": "show", "seen": "1"}).status_code == 303
    assert "Is the lid of tin?" not in text_of(client, PAGE), "it shows with its answer"
    assert letters("answer") == [], "nothing goes to a typed address before there is an answer"
    dashboard = text_of(group, "/studio/sunlit-bench")
    assert "1 to answer" in dashboard
    assert f'big-row-waits" href="{STUDIO}#waiting"' in dashboard
    home = f"{STUDIO}/questions/{ref}/answer"
    assert post(group, home, {"text": " ", "seen": "2"}).status_code == 422
    assert post(group, home, {"text": "Of tin, says the bench.", "seen": "2"}).status_code == 303
    again = post(group, home, {"text": "And more.", "seen": "2"})
    assert again.status_code == 422
    assert "has an answer already" in again.get_data(as_text=True)
    assert "no answer of yours" not in text_of(group, "/studio/sunlit-bench")
    for page in (text_of(client, PAGE), text_of(client, "/products/drip-coffee")):
        assert "Is the lid of tin?\nOr of steel?" in page
        assert "Of tin, says the bench." in page
    (letter,) = letters("answer")
    assert letter.recipient == "mei@example.org"
    for part in (letter.text, letter.html):
        assert "/products/drip-coffee#questions" in part
        assert "tin" not in part, "nobody has read the answer, and the address may be a stranger's"
    assert letter.unsubscribe_url in letter.text
    acts = select(JournalEntry.act).where(JournalEntry.act.like("question%")).order_by(JournalEntry.sequence)
    assert list(session().scalars(acts)) == ["question asked", "question shown", "question answered"]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"text": " \n\x00 "}, "Write your question"),
        ({"text": "x" * 2001}, "Write at most 2000 characters"),
        ({"email": ""}, "Enter your e-mail address"),
        ({"email": "mei at example"}, "Enter an e-mail address like"),
        ({"email": "x" * 250 + "@example.org"}, "at most 254 characters"),
    ],
)
def test_what_does_not_do_is_said_beside_its_field_and_nothing_is_lost(world, client, answers, message):
    told = client.post(PAGE, data={**MEI, **answers})
    assert told.status_code == 422
    page = told.get_data(as_text=True)
    assert message in page
    assert ("Is the lid of tin?" in page) == ("text" not in answers)
    assert ("Mei@example.org" in page) == ("email" not in answers)
    assert session().scalars(select(Question)).all() == []


def test_a_question_of_2000_characters_with_scripts_and_controls_stays_harmless_words(world, client, app):
    evil = "<script>alert(1)</script> & \x07\x1b[31m{{ 7*7 }} \u202e" + "नमस्ते"
    words = (evil + "é" * 2000)[:2000].replace("\x07", "").replace("\x1b", "").replace("\u202e", "")
    client.post(PAGE, data={**MEI, "text": evil[:30] + "\x07" + words})
    client.post(PAGE, data={**MEI, "text": words})
    question = session().scalars(select(Question)).one()
    assert question.text == words.strip()
    show(question.ref)
    answer(world, question.ref, "<img src=x onerror=alert(2)>")
    admin = app.test_client()
    sign_in(admin, admin_of_shop().email)
    shown = text_of(admin, "/admin/questions?state=shown")
    for page in (text_of(client, PAGE), text_of(client, "/products/drip-coffee"), shown):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "{{ 7*7 }}" in page


def test_asking_twice_is_asking_once_and_another_may_ask_the_same(world, client):
    for _ in range(2):
        client.post(PAGE, data=MEI)
    assert len(session().scalars(select(Question)).all()) == 1
    client.post(PAGE, data={**MEI, "email": "otto@example.org"})
    assert len(session().scalars(select(Question)).all()) == 2


def test_a_member_does_not_ask_their_own_group(world, client):
    writer(world)
    sign_in(client, "owner@example.org")
    told = client.post(PAGE, data={"text": "Why are we so good?"})
    assert told.status_code == 422
    assert "Why are we so good?" in told.get_data(as_text=True)
    assert "You act for this group" in told.get_data(as_text=True)
    with pytest.raises(OwnGroup):
        ask(by=writer(world).user)
    assert client.post("/products/dhaka-scarf/questions", data={"text": "And you?"}).status_code == 303


def test_only_questions_of_the_own_group_that_were_passed_on_are_there_to_be_answered(world, client):
    ref = ask("Not read yet").ref
    writer(world)
    add_member(world.weavers, "weaver@example.org", MemberRole.OWNER)
    for email, slug in (("owner@example.org", "sunlit-bench"), ("weaver@example.org", "tehrathum-weavers")):
        sign_in(client, email)
        assert "Not read yet" not in text_of(client, f"/studio/{slug}/voices")
        path = f"/studio/{slug}/voices/questions/{ref}/answer"
        assert post(client, path, {"text": "Hm"}).status_code == 404
        post(client, "/sign-out")
    show(ref)
    sign_in(client, "weaver@example.org")
    path = f"/studio/tehrathum-weavers/voices/questions/{ref}/answer"
    assert post(client, path, {"text": "Hm"}).status_code == 404
    assert found(ref).answer is None


@pytest.mark.parametrize("status", [ProductStatus.PAUSED, ProductStatus.ARCHIVED])
def test_what_is_not_sold_any_more_but_has_its_page_can_be_asked_about(world, client, status):
    with unit_of_work():
        world.coffee.status = status
    assert client.get(f"{PAGE}/new").status_code == 200
    assert client.post(PAGE, data=MEI).status_code == 303


@pytest.mark.parametrize("hidden", ["draft", "applying", "suspended", "unknown"])
def test_what_has_no_page_has_no_questions_and_gets_none(world, client, hidden):
    with unit_of_work():
        if hidden == "draft":
            world.coffee.status = ProductStatus.DRAFT
        elif hidden != "unknown":
            world.sunlit_bench.status = ProducerStatus(hidden)
    page = PAGE.replace("drip-coffee", "no-such-thing") if hidden == "unknown" else PAGE
    for path in (page, f"{page}/new"):
        assert client.get(path).status_code == 404
    assert client.post(page, data=MEI).status_code == 404
    with pytest.raises(asking.NothingToAskAbout):
        ask(slug=page.split("/")[2])


def test_a_suspended_group_answers_nobody_until_it_is_back(world, app):
    ref = ask().ref
    show(ref)
    with unit_of_work():
        world.sunlit_bench.status = ProducerStatus.SUSPENDED
    writer(world)
    client = app.test_client()
    sign_in(client, "owner@example.org")
    path = f"{STUDIO}/questions/{ref}/answer"
    assert post(client, path, {"text": "Write to me privately!", "seen": "2"}).status_code == 422
    assert letters("answer") == []
    with unit_of_work():
        world.sunlit_bench.status = ProducerStatus.APPROVED
    assert post(client, path, {"text": "It is.", "seen": "2"}).status_code == 303
    assert len(letters("answer")) == 1


def test_questions_are_counted_for_each_network(world, client):
    got = [client.post(PAGE, data={**MEI, "text": f"Question {n}"}).status_code for n in range(22)]
    assert got == [303] * 20 + [429] * 2


def test_the_groups_page_has_what_waits_for_an_answer_first(world, client):
    answered(world, "An answered question")
    show(ask("An open question").ref)
    sign_in(client, "owner@example.org")
    page = text_of(client, STUDIO)
    assert page.index("An open question") < page.index("An answered question")


def test_a_product_page_has_the_newest_answers_and_the_others_stand_a_page_at_a_time(world, client, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    now = clock.now()
    for n in range(5):
        with clock.at(now - timedelta(days=9 - n)):
            answered(world, f"Question {n}?", f"Answer {n}.")
    page = text_of(client, "/products/drip-coffee")
    assert re.findall(r"Question (\d)\?", page) == ["4", "3", "2"]
    assert "All 5 questions" in page
    assert re.findall(r"Question (\d)\?", text_of(client, PAGE)) == ["4", "3"]
    assert re.findall(r"Question (\d)\?", text_of(client, f"{PAGE}?page=3")) == ["0"]
    assert client.get(f"{PAGE}?page=4").status_code == 404
    assert "Question" not in text_of(client, "/products/garden-soap").split('id="questions-title"')[1].split("grid")[1]


def test_a_product_page_with_answers_takes_no_statement_more(world, client):
    answered(world)
    client.get("/products/garden-soap")
    with counting_statements() as seen:
        client.get("/products/garden-soap")
    assert len(seen) <= 6, seen
    with counting_statements() as list_page:
        client.get(PAGE)
    assert len(list_page) <= 2, list_page


def test_an_old_address_of_the_product_leads_to_its_questions_and_keeps_what_was_typed(world, client):
    with unit_of_work() as current:
        current.add(OldSlug(kind="product", slug="old-coffee", target_id=world.coffee.id))
    for path in ("", "/new"):
        moved = client.get(f"/products/old-coffee/questions{path}")
        assert (moved.status_code, moved.location) == (301, PAGE + path)
    assert client.post("/products/old-coffee/questions", data=MEI, follow_redirects=True).status_code == 200
    assert session().scalars(select(Question)).one().product_id == world.coffee.id


def test_those_who_may_answer_are_told_of_questions_that_wait_for_one(world):
    for role in (MemberRole.OWNER, MemberRole.FULFILMENT):
        add_member(world.sunlit_bench, f"{role}@example.org", role)
    now = clock.now()
    assert noticing.tell() == 0
    with clock.at(now + timedelta(minutes=1)):
        ref, done = ask("Is it organic?").ref, ask("Is it sweet?").ref
        show(ref)
        show(done)
        answer(world, done)
        ask("Nobody has read this one")
    with clock.at(now + timedelta(days=2)):
        assert noticing.tell() == 1
    (letter,) = letters("digest")
    assert letter.recipient == "owner@example.org"
    assert "New questions" in letter.text
    assert letter.text.count("Sunlit drip coffee") == 1
    assert "/studio/sunlit-bench/voices#waiting" in letter.text


def test_what_waits_for_an_answer_comes_before_everything_that_has_one(world, client):
    answered(world, "Is it organic?")
    show(ask("Is the tin lined?").ref)
    sign_in(client, writer(world).user.email)
    html = text_of(client, "/studio/sunlit-bench/voices")
    waiting, rest = html.split('id="questions"')
    assert 'id="waiting"' in waiting
    assert "Is the tin lined?" in waiting
    assert "Is it organic?" in rest
    assert "Is the tin lined?" not in rest
    assert 'href="/studio/sunlit-bench/voices#waiting"' in text_of(client, "/studio/sunlit-bench")


def test_every_question_and_review_of_a_group_is_on_a_page(world, client):
    sign_in(client, writer(world).user.email)
    for number in range(21):
        show(ask(f"Is it {number}?").ref)
    first, second = text_of(client, STUDIO), text_of(client, f"{STUDIO}?page=2")
    for number in range(21):
        assert (f"Is it {number}?" in first) != (f"Is it {number}?" in second)
    assert "No review yet" in first
    assert "No review yet" not in second
    last = re.search(r'action="([^"]+/answer\?page=2)"', second)[1]
    refused = post(client, last, {"text": "", "seen": "2"})
    assert refused.status_code == 422
    assert 'href="#text-' in refused.text, "its form is on the page that tells what is wrong"
    assert post(client, last, {"text": "It is.", "seen": "2"}).status_code == 303
    late = post(client, last.partition("?")[0], {"text": "It is not at all.", "seen": "2"})
    assert late.status_code == 422
    assert "It is not at all." in late.text, "no word is lost where the form is gone"


def test_only_where_a_letter_goes_is_one_promised(world, client):
    sign_in(client, writer(world).user.email)
    for email, promised in (("mei@example.org", True), (None, False)):
        ref = show_and_ref(email)
        post(client, f"{STUDIO}/questions/{ref}/answer", {"text": "Of tin.", "seen": "2"})
        assert ("goes by letter" in text_of(client, STUDIO)) == promised


def show_and_ref(email):
    ref = ask(f"Is it for {email}?").ref
    show(ref)
    with unit_of_work():
        session().scalars(select(Question).where(Question.ref == ref)).one().email = email
    return ref
