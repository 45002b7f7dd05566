"""An address that a guest types for the answer may be a stranger's: it is used once, shown to nobody, and erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from people import add_user, letters, link_in, sign_in
from questions import (
    MEI,
    PAGE,
    STUDIO,
    admin_of_shop,
    answer,
    answered,
    ask,
    found,
    refuse,
    show,
    text_of,
    writer,
)
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from storefront.chores import CHORES
from storefront.core import clock, refusing
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.voices import emails
from storefront.voices.models import Question


def test_who_is_signed_in_types_no_address_and_has_the_answer_in_their_own_mailbox(world, client):
    add_user("ming@example.org")
    sign_in(client)
    form = text_of(client, f"{PAGE}/new")
    assert 'name="email"' not in form
    assert "ming@example.org" in form
    assert client.post(PAGE, data={"text": "Is it sweet?", "email": "stranger@example.org"}).status_code == 303
    question = session().scalars(select(Question)).one()
    assert question.email is None
    assert question.user.email == "ming@example.org"
    show(question.ref)
    answer(world, question.ref)
    assert [letter.recipient for letter in letters("answer")] == ["ming@example.org"]


def test_a_refused_question_writes_to_an_account_and_to_no_typed_address(world, client):
    ming = add_user("ming@example.org")
    theirs, typed = ask("You crooks?", by=ming).ref, ask("You crooks!").ref
    refuse(theirs)
    refuse(typed)
    (letter,) = letters("words_refused")
    assert letter.recipient == "ming@example.org"
    assert letter.subject == "Your question about Sunlit drip coffee is not passed on"
    assert "Not about the coffee." in letter.text
    assert "crooks" not in letter.text
    assert link_in(letter) == f"{PAGE}/new"
    assert found(typed).email is None
    assert "You crooks!" not in text_of(client, PAGE)


def everywhere(app, ref):
    """Every page, file and record that others than the asker can read, as one text."""
    admin, group = app.test_client(), app.test_client()
    sign_in(admin, admin_of_shop().email)
    sign_in(group, "owner@example.org")
    paths = {
        app.test_client(): (PAGE, "/products/drip-coffee", "/producers/sunlit-bench", f"{PAGE}/new"),
        admin: ("/admin/questions?state=all", "/admin/journal", "/admin/journal.csv"),
        group: (STUDIO, "/studio/sunlit-bench", "/studio/sunlit-bench/listings.csv"),
    }
    pages = [text_of(client, path) for client, some in paths.items() for path in some]
    session().rollback()
    entries = session().scalars(select(JournalEntry)).all()
    pages += [f"{one.subject} {one.actor} {one.facts}" for one in entries]
    return "\n".join(pages).lower()


def test_the_address_stands_nowhere_but_in_its_row_and_is_erased_from_there(world, app):
    writer(world)
    ref = ask("Is it organic?", email="mei@example.org").ref
    for step in ("waiting", "shown", "answered"):
        if step == "shown":
            show(ref)
        elif step == "answered":
            answer(world, ref)
        assert "mei@example.org" not in everywhere(app, ref), step
        assert (found(ref).email is None) == (step == "answered"), step
    assert "is it organic?" in everywhere(app, ref), "the control: the question is there"


def test_an_address_that_waited_for_90_days_is_erased_and_the_answer_still_shows(world, client):
    old = ask("An old one").ref
    show(old)
    with clock.at(clock.now() + timedelta(days=89)):
        new = ask("A new one", email="otto@example.org").ref
        assert CHORES["forget_askers"]() == 0
    with clock.at(clock.now() + timedelta(days=90, minutes=1)):
        assert CHORES["forget_askers"]() == 1
        assert CHORES["forget_askers"]() == 0
    assert found(old).email is None
    assert found(new).email == "otto@example.org"
    answer(world, old)
    assert letters("answer") == []
    assert "An old one" in text_of(client, PAGE)


def test_the_database_keeps_no_address_that_is_not_needed(world):
    ming, ref = add_user("ming@example.org"), ask().ref
    for change in ("answer = 'Yes'", "state = 'refused', reason = 'No'", f"user_id = {ming.id}"):
        with pytest.raises(IntegrityError), unit_of_work() as current:
            current.execute(text(f"UPDATE question SET {change} WHERE ref = :ref"), {"ref": ref})


def test_who_ended_such_letters_gets_none_and_nothing_tells_it(world, client):
    first = answered(world, "First?")
    link = letters("answer")[0].unsubscribe_url.removeprefix("http://localhost")
    assert "your questions and reviews" in text_of(client, link)
    client.post(link)
    assert client.post(PAGE, data=MEI).location == f"{PAGE}?asked=1"
    second = session().scalars(select(Question).where(Question.ref != first)).one()
    assert second.email is None
    show(second.ref)
    answer(world, second.ref)
    assert letters("answer") == [], "the first had not left the outbox, and stays there"


def test_an_answer_that_was_refused_between_asking_and_answering_is_not_sent(world):
    ref = ask().ref
    show(ref)
    with unit_of_work():
        refusing.refuse(emails.answers("mei@example.org"), clock.now())
    answer(world, ref)
    assert letters("answer") == []


def test_a_stranger_can_cause_only_so_many_letters_to_one_mailbox(world, app):
    for n in range(8):
        client = app.test_client()
        assert client.post(PAGE, data={"text": f"Question {n}", "email": "mei@example.org"}).status_code == 303
    kept = [one.email for one in session().scalars(select(Question).order_by(Question.id))]
    assert kept == ["mei@example.org"] * 5 + [None] * 3
    add_user("mei@example.org")
    client.post("/password-reset", data={"email": "mei@example.org"})
    assert len(letters("password_reset")) == 1, "nobody's reset is used up by questions in their name"
