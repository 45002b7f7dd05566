"""Two press a button in the same moment: one question, one decision, one answer, one letter."""

from __future__ import annotations

import threading

import pytest
from paying import at_once
from people import add_user, letters
from questions import admin_of_shop, ask, found_inside, show, writer
from sqlalchemy import select

from storefront.accounts.models import Role, User
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers.models import Member
from storefront.voices import answering, asking, moderating
from storefront.voices.models import Question


@pytest.fixture
def let_go(database, monkeypatch):
    """For the controls: from when it is called nothing is held, and two have both read before either writes."""
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our locks")
    meet = threading.Barrier(2)

    def take_away():
        for module in (answering, moderating):
            monkeypatch.setattr(module, "hold", lambda _words: meet.wait(10))

    return take_away


def nothing():
    """The lock stays."""


def asked_at_once(app):
    """How many questions become of one form that is sent three times."""

    def press():
        with unit_of_work():
            asking.ask("drip-coffee", "Is it organic?", by=None, email="mei@example.org", now=clock.now())

    assert at_once(app, press, press, press) == [None] * 3
    session().rollback()
    return len(session().scalars(select(Question)).all())


def answered_at_once(world, app, before=nothing):
    """What becomes of the answers from two windows."""
    ref, by = ask().ref, writer(world).id
    show(ref)
    before()

    def say():
        with unit_of_work() as current:
            mine = current.get_one(Member, by)
            answering.answer(found_inside(ref), "It is.", seen=2, by=mine, now=clock.now())

    return sorted(type(one).__name__ for one in at_once(app, say, say))


def decided_at_once(app, before=nothing):
    """What becomes of an admin who passes a question on, and of another who refuses it."""
    ref, one, two = ask().ref, admin_of_shop().id, add_user("other@example.org", Role.ADMIN).id
    before()

    def decide(act, by, *reason):
        with unit_of_work() as current:
            act(found_inside(ref), *reason, seen=1, by=current.get_one(User, by), now=clock.now())

    results = at_once(
        app, lambda: decide(moderating.show, one), lambda: decide(moderating.refuse, two, "Not about the coffee.")
    )
    return sorted(type(one).__name__ for one in results)


def test_a_form_sent_several_times_in_one_moment_is_one_question(world, app):
    assert asked_at_once(app) == 1


def test_control_where_nobody_looks_for_the_same_question_there_are_several(world, app, monkeypatch):
    monkeypatch.setattr(asking, "_waits", lambda _asked: False)
    assert asked_at_once(app) == 3


def test_two_answers_in_one_moment_are_one_and_one_letter_goes_out(world, app):
    assert answered_at_once(world, app) == ["NoneType", "NotToBeAnswered"]
    assert len(letters("answer")) == 1


def test_control_a_question_that_nobody_holds_is_answered_twice(world, app, let_go):
    assert answered_at_once(world, app, let_go) == ["NoneType", "NoneType"]
    assert len(letters("answer")) == 2


def test_two_decisions_in_one_moment_are_one(world, app):
    assert decided_at_once(app) == ["ChangedMeanwhile", "NoneType"]


def test_control_a_question_that_nobody_holds_is_shown_and_refused(world, app, let_go):
    assert decided_at_once(app, let_go) == ["NoneType", "NoneType"]
