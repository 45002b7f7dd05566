"""Two people press a button in the same moment: each is heard once, or told why not, and no sum is doubled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from applying_made import applied, fresh, judge, reviewers
from cast import World
from listings import add_member, add_reviewer, change, draft_of, explain, send, start
from ordering import order_of
from paying import at_once
from people import add_user, letters
from selling import sell, send_off, take_back
from sqlalchemy import select

from storefront.accounts.models import User
from storefront.catalog import adjusting, revising
from storefront.catalog.models import ListingRevision, Product, ProductStatus
from storefront.catalog.revising import deciding as deciding_versions
from storefront.catalog.revising import moving
from storefront.checkout import dispatching
from storefront.checkout.dispatching import NotToBeSent, TooManyToSend
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import checking, paying_out, promising, statements
from storefront.giving.models import Payout
from storefront.payments import to_send
from storefront.producers import inviting, members
from storefront.producers.models import MemberRole, Producer
from storefront.vetting import deciding, finding
from storefront.vetting.models import Act, Decision

ROUNDS = 4


@pytest.fixture
def unguarded(database, monkeypatch):
    """For the controls, on the database where one who reads waits for nobody: takes guards away and lets two meet.

    `by` replaces a guard; after `where` returned, everybody waits for the other, so that both act on what was before.
    """
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our locks")

    def take_away(guard: tuple[Any, str], by: Callable[..., Any], where: tuple[Any, str]) -> None:
        monkeypatch.setattr(*guard, by)
        there, meet = getattr(*where), threading.Barrier(2)

        def read(*args: Any) -> Any:
            found = there(*args)
            meet.wait(10)
            return found

        monkeypatch.setattr(*where, read)

    return take_away


def voter(ref: str, user: User, act: Act = Act.APPROVE) -> Callable[[], Any]:
    user_id = user.id

    def vote() -> None:
        with unit_of_work() as current:
            case = finding.by_ref(ref, lock=True)
            assert case is not None
            deciding.vote(case, current.get_one(User, user_id), act, "Yes.", clock.now())

    return vote


def test_two_votes_at_once_are_one_decision(world, app):
    maya, (one, two) = add_user("maya@example.org", name="Maya"), reviewers()
    case = applied(maya)
    judge(case, one)
    assert at_once(app, voter(case.ref, one), voter(case.ref, two)) == [None, None]
    assert fresh(case).state == "approved"
    approvals = select(Decision).where(Decision.act == Act.APPROVE, Decision.case_id == case.id)
    assert len(session().scalars(approvals).all()) == 1
    assert len(session().scalars(select(Producer).where(Producer.name == case.name)).all()) == 1
    assert len(letters("vetting_decision", "maya@example.org")) == 1


def test_control_votes_that_nobody_counts_together_decide_nothing(world, app, unguarded):
    maya, (one, two) = add_user("maya@example.org", name="Maya"), reviewers()
    case, by_ref = applied(maya), finding.by_ref
    judge(case, one)
    unguarded((finding, "by_ref"), lambda ref, lock=False: by_ref(ref), (finding, "votes"))
    assert at_once(app, voter(case.ref, one), voter(case.ref, two)) == [None, None]
    assert fresh(case).state == "submitted", "each of the two saw only their own vote"


def test_one_reviewer_in_two_windows_is_still_one(world, app):
    one, _two = reviewers()
    case = applied(add_user("maya@example.org", name="Maya"))
    judge(case, one)
    at_once(app, voter(case.ref, one), voter(case.ref, one))
    assert fresh(case).state == "submitted"


def decide_twice(world, app) -> tuple[ListingRevision, list[Any]]:
    """One reviewer approves a version, another asks for changes."""
    staff = [add_reviewer(f"{n}@example.org").id for n in "ab"]
    revision = start(world.coffee)
    change(revision, title="A name of its own")
    explain(revision)
    send(revision)
    ref, stamp = revision.ref, revision.stamp

    def decide(place: int) -> None:
        with unit_of_work() as current:
            found = current.scalars(select(ListingRevision).where(ListingRevision.ref == ref)).one()
            who = {"reviewer_id": staff[place], "actor": f"user:{place}", "now": clock.now()}
            if place:
                revising.ask_for_changes(found, "Say more.", stamp=stamp, **who)
            else:
                revising.approve(found, stamp=stamp, **who)

    results = at_once(app, lambda: decide(0), lambda: decide(1))
    session().rollback()
    session().refresh(revision)
    return revision, results


def test_a_version_is_decided_once(world, app):
    revision, results = decide_twice(world, app)
    assert sorted(type(one).__name__ for one in results) == ["IllegalMove", "NoneType"]
    assert revision.state == ("approved" if results[0] is None else "changes_asked")


def test_control_a_version_that_is_not_locked_is_decided_twice(world, app, unguarded):
    unguarded((moving, "lock"), lambda *_ids: None, (deciding_versions, "check_reviewer"))
    assert decide_twice(world, app)[1] == [None, None]


def approve_twins(world, app, title: str) -> tuple[list[str], list[Any]]:
    """Two new listings of one name, approved in the same moment; their addresses, and what came of it."""
    drafts = [draft_of(world, f"{title} {letter}") for letter in "AB"]
    for one in drafts:
        change(one, title=title)
        send(one)

    def approver(revision_id: int) -> Callable[[], None]:
        def approve() -> None:
            with unit_of_work() as current:
                found = current.get_one(ListingRevision, revision_id)
                revising.approve(found, stamp=found.stamp, reviewer_id=0, actor="user:R", now=clock.now())

        return approve

    results = at_once(app, *[approver(one.id) for one in drafts])
    session().rollback()
    slugs = select(Product.slug).where(Product.id.in_([one.product_id for one in drafts]))
    return sorted(session().scalars(slugs)), results


def test_two_listings_of_one_name_approved_at_once_have_an_address_each(world, app):
    for number in range(ROUNDS):
        twins = approve_twins(world, app, f"Balm {number}")
        assert twins == ([f"balm-{number}", f"balm-{number}-2"], [None, None])


def test_control_an_address_that_is_not_looked_for_again_fails_the_second_approval(world, app, unguarded):
    def once(title: str, product: Product) -> None:
        product.slug = deciding_versions._slug(title, product)

    unguarded((deciding_versions, "_take_slug"), once, (deciding_versions, "_slug"))
    results = approve_twins(world, app, "Balm")[1]
    assert sorted(type(one).__name__ for one in results) == ["IntegrityError", "NoneType"]


def pay_often(world, app, times: int) -> list[Any]:
    """The same payout, from so many windows."""
    sell({"COFFEE": 3})
    producer_id, owed = world.sunlit_bench.id, statements.owed("sunlit-bench", "USD").minor

    def pay() -> None:
        with unit_of_work() as current:
            group = current.get_one(Producer, producer_id)
            facts = {"owed_seen": owed, "actor": "user:A", "now": clock.now()}
            paying_out.record(group, Money(owed, "USD"), "REF 1", **facts)

    results = at_once(app, *[pay] * times)
    session().rollback()
    return results


def test_two_payouts_at_once_pay_once(world, app):
    results = pay_often(world, app, 3)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "OwedDiffers", "OwedDiffers"]
    assert len(session().scalars(select(Payout)).all()) == 1
    assert statements.owed("sunlit-bench", "USD").minor == 0


def test_control_a_group_that_is_not_locked_is_paid_twice(world, app, unguarded):
    unguarded((paying_out.freezing, "lock"), lambda _party: None, (paying_out, "owed"))
    assert pay_often(world, app, 2) == [None, None]
    assert len(session().scalars(select(Payout)).all()) == 2
    assert statements.owed("sunlit-bench", "USD").minor < 0


def accept_twice(world, app) -> list[str]:
    """Two clicks on the link of one invitation."""
    owner = add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
    invited, now = add_user("new@example.org").id, clock.now()
    by = members.of_user_in(owner.id, "sunlit-bench")
    assert by is not None
    with unit_of_work():
        token = inviting.sign(inviting.invite(by, "new@example.org", MemberRole.EDITOR, now).ref)

    def accept() -> None:
        with unit_of_work() as current:
            inviting.accept(token, current.get_one(User, invited), now)

    results = sorted(type(one).__name__ for one in at_once(app, accept, accept))
    session().rollback()
    assert len(members.of_group(world.sunlit_bench.id)) == 2, "whatever was said: the database refuses a second row"
    return results


def test_two_clicks_on_an_invitation_are_one_member_and_a_clear_answer(world, app):
    assert accept_twice(world, app) == ["DeadInvitation", "NoneType"]


def test_control_without_the_lock_the_second_click_is_a_fault_of_ours(world, app, unguarded):
    unguarded((members, "lock"), lambda group: members.of_group(group.id), (inviting, "of_link"))
    assert accept_twice(world, app) != ["DeadInvitation", "NoneType"]


@pytest.mark.parametrize("units", [None, {"COFFEE": 2}], ids=["whole", "lines"])
def test_what_is_given_back_while_it_is_sent_is_one_or_the_other(world, app, units):
    for _round in range(ROUNDS):
        order = sell({"COFFEE": 2})
        sent, _back = at_once(app, lambda order=order: send_off(order), lambda order=order: take_back(order, units))
        assert isinstance(sent, str | TooManyToSend | NotToBeSent), sent
        assert not isinstance(_back, Exception), _back
        after = order_of(order.ref)
        left = isinstance(sent, str)
        assert len(after.parcels[0].dispatches) == left
        # What has left is no cancelled order, and what stays waits for nobody.
        assert not (left and after.status == "cancelled")
    assert to_send.count(world.sunlit_bench.id) == 0
    assert checking.check() == []


def given_back_in_between(world, app, monkeypatch) -> tuple[bool, str]:
    """All is given back after the packer has read what is left to send; whether it left, and the order's status."""
    order = sell({"COFFEE": 2})
    units_dropped, has_read, is_back = to_send.units_dropped, threading.Event(), threading.Event()

    def read(of: Any) -> Any:
        found = units_dropped(of)
        has_read.set()
        is_back.wait(2)  # in vain where whoever gives back waits for the packer
        return found

    def give_back() -> None:
        has_read.wait(10)
        take_back(order)
        is_back.set()

    monkeypatch.setattr(to_send, "units_dropped", read)
    at_once(app, lambda: send_off(order), give_back)
    after = order_of(order.ref)
    return bool(after.parcels[0].dispatches), after.status


def test_nothing_leaves_of_an_order_that_is_given_back_in_between(world, app, monkeypatch):
    assert given_back_in_between(world, app, monkeypatch) == (True, "paid")


def test_control_an_order_that_is_not_locked_leaves_though_it_was_cancelled(world, app, database, monkeypatch):
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our locks")
    monkeypatch.setattr(dispatching, "_lock", lambda parcel: parcel.order)
    assert given_back_in_between(world, app, monkeypatch) == (True, "cancelled")


@pytest.mark.parametrize("late", ["pause", "edit"])
def test_what_was_archived_for_good_stays_so_for_whoever_waited(world: World, app: Any, late: str) -> None:
    """Both pages showed a live product; the archive is done first, and the other one reads it again."""
    begun, product_id = Event(), world.coffee.id

    def archive() -> None:
        with unit_of_work() as current:
            adjusting.archive(current.get_one(Product, product_id), actor="user:A", now=clock.now())
            begun.set()
            time.sleep(0.5)

    def other() -> None:
        begun.wait(10)
        with unit_of_work() as current:
            product = current.get_one(Product, product_id)
            if late == "pause":
                adjusting.pause(product, actor="user:B", now=clock.now())
            else:
                revising.open_draft(product, promising.plain(product_id), actor="user:B", now=clock.now())

    results = at_once(app, archive, other)
    assert sorted(type(one).__name__ for one in results) in (
        ["IllegalMove", "NoneType"],
        ["NoneType", "ProductArchived"],
    )
    session().rollback()
    product = session().get_one(Product, product_id, populate_existing=True)
    assert product.status == ProductStatus.ARCHIVED
    assert revising.open_revision(product) is None
