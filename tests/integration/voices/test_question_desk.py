"""Questions are looked at before the group gets them: by nobody whom they concern, and on the version that was read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from people import add_user, letters, post, sign_in
from questions import (
    PAGE,
    STUDIO,
    admin_of_shop,
    answer,
    answered,
    ask,
    found,
    found_inside,
    refuse,
    show,
    text_of,
)

from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.producers import members
from storefront.producers.models import MemberRole
from storefront.voices import moderating
from storefront.voices.answering import NotToBeAnswered
from storefront.voices.models import WordsState
from storefront.voices.moderating import ChangedMeanwhile


def enter_admin(client):
    admin = admin_of_shop()
    sign_in(client, admin.email)
    return admin


def decide(client, ref, decision, seen=1, **more):
    return post(client, f"/admin/questions/{ref}/decisions", {"decision": decision, "seen": str(seen), **more})


def test_a_decision_on_a_page_that_is_out_of_date_is_refused_and_its_reason_kept(world, client):
    ref = ask().ref
    enter_admin(client)
    refuse(ref, by=add_user("other@example.org", Role.ADMIN))
    late = decide(client, ref, "show", seen=1)
    assert late.status_code == 422
    assert "Look at it again" in late.get_data(as_text=True)
    assert found(ref).state == WordsState.REFUSED
    show(ref)
    late = decide(client, ref, "refuse", seen=2, reason="My careful words")
    assert late.status_code == 422
    assert "My careful words" in late.get_data(as_text=True)
    assert found(ref).state == WordsState.SHOWN
    with pytest.raises(ChangedMeanwhile), unit_of_work():
        moderating.show(found_inside(ref), seen=3, by=admin_of_shop(), now=clock.now())


@pytest.mark.parametrize("form", [{}, {"decision": "burn"}, {"decision": "show", "seen": "x"}, {"decision": "refuse"}])
def test_a_decision_that_makes_no_sense_changes_nothing(world, client, form):
    ref = ask().ref
    enter_admin(client)
    assert post(client, f"/admin/questions/{ref}/decisions", form).status_code == 422
    assert found(ref).state == WordsState.WAITING


def test_what_was_shown_can_still_be_refused_and_is_gone_for_everybody(world, client, app):
    ref = answered(world, "Is it organic?")
    assert "Is it organic?" in text_of(client, PAGE)
    refuse(ref)
    group = app.test_client()
    sign_in(group, "owner@example.org")
    for page in (text_of(client, PAGE), text_of(client, "/products/drip-coffee"), text_of(group, STUDIO)):
        assert "Is it organic?" not in page
    assert len(letters()) == 1, "the answer; none is written to a guest again"


def test_nobody_decides_on_their_own_question_or_on_one_to_their_own_group(world, client):
    admin = enter_admin(client)
    mine, typed, other = ask("A", by=admin).ref, ask("B", email=admin.email).ref, ask("C", slug="dhaka-scarf").ref
    with unit_of_work() as current:
        current.add(
            members.Member(producer_id=world.weavers.id, user_id=admin.id, role=MemberRole.FINANCE, since=clock.now())
        )
    for ref, why in (
        (mine, "You wrote this yourself"),
        (typed, "You wrote this yourself"),
        (other, "You have to do with"),
    ):
        for decision in ("show", "refuse"):
            told = decide(client, ref, decision, reason="Because")
            assert told.status_code == 422
            assert why in told.get_data(as_text=True)
        assert found(ref).state == WordsState.WAITING


def test_an_answer_can_be_hidden_with_a_reason_that_the_group_gets(world, client):
    ref = answered(world, "Is it organic?", "None of your business.")
    enter_admin(client)
    path = f"/admin/questions/{ref}/answer/hiding"
    assert "Hide the answer" in text_of(client, "/admin/questions?state=shown")
    assert post(client, path).status_code == 422
    assert post(client, path, {"reason": "It is rude.", "seen": "1"}).status_code == 422, "not this version"
    assert post(client, path, {"reason": "It is rude.", "seen": "2"}).status_code == 303
    page = text_of(client, PAGE)
    assert "None of your business." not in page
    assert "Is it organic?" not in page
    letter = letters("words_refused", "owner@example.org")[0]
    assert "It is rude." in letter.text
    assert letter.subject == "The answer to a question about Sunlit drip coffee is not shown any more"
    assert post(client, path, {"reason": "It is rude."}).status_code == 422
    with pytest.raises(NotToBeAnswered):
        answer(world, ref, "Sorry.")


def test_the_queue_narrows_down_by_state_and_group_the_longest_waiting_first(world, client):
    with clock.at(clock.now() - timedelta(days=3)):
        ref = ask("An old question").ref
    ask("A young question", slug="dhaka-scarf")
    enter_admin(client)
    page = text_of(client, "/admin/questions")
    assert "waits for 3 days" in page
    assert page.index("An old question") < page.index("A young question")
    assert "A young question" not in text_of(client, "/admin/questions?producer=sunlit-bench")
    assert "A young question" in text_of(client, "/admin/questions?producer=Tehrathum"), "a part of its name will do"
    assert "A young question" in text_of(client, "/admin/questions?stars=3&page=-1"), "a question has no stars"
    show(ref)
    assert "An old question" not in text_of(client, "/admin/questions")
    assert "An old question" in text_of(client, "/admin/questions?state=shown")
    assert "An old question" in text_of(client, "/admin/questions?state=all&page=x")
