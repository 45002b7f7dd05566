"""Two people press a button in the same moment: each is heard once, or told why not, and no sum is doubled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from applying_made import applied, fresh, judge, reviewers
from listings import add_reviewer, change, explain, send, start
from ordering import order_of
from paying import at_once
from people import add_user, letters
from selling import sell, send_off, take_back
from sqlalchemy import select

from storefront.accounts.models import User
from storefront.catalog import revising
from storefront.catalog.models import ListingRevision
from storefront.checkout.dispatching import NotToBeSent, TooManyToSend
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import checking, paying_out, statements
from storefront.giving.models import Payout
from storefront.payments import to_send
from storefront.producers.models import Producer
from storefront.vetting import deciding, finding
from storefront.vetting.models import Act, Decision

ROUNDS = 4


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


def test_one_reviewer_in_two_windows_is_still_one(world, app):
    one, _two = reviewers()
    case = applied(add_user("maya@example.org", name="Maya"))
    judge(case, one)
    at_once(app, voter(case.ref, one), voter(case.ref, one))
    assert fresh(case).state == "submitted"


def test_a_version_is_decided_once(world, app):
    staff = [add_reviewer(f"{n}@example.org").id for n in "ab"]
    revision = start(world.coffee)
    change(revision, title="A name of its own")
    explain(revision)
    send(revision)
    ref, seen = revision.ref, revision.digest

    def decide(place: int) -> None:
        with unit_of_work() as current:
            found = current.scalars(select(ListingRevision).where(ListingRevision.ref == ref)).one()
            who = {"reviewer_id": staff[place], "actor": f"user:{place}", "now": clock.now()}
            if place:
                revising.ask_for_changes(found, "Say more.", **who)
            else:
                revising.approve(found, seen_digest=seen, **who)

    results = at_once(app, lambda: decide(0), lambda: decide(1))
    assert sorted(type(one).__name__ for one in results) == ["IllegalMove", "NoneType"]
    session().rollback()
    session().refresh(revision)
    assert revision.state == ("approved" if results[0] is None else "changes_asked")


def test_two_payouts_at_once_pay_once(world, app):
    sell({"COFFEE": 3})
    producer_id, owed = world.sunlit_bench.id, statements.owed("sunlit-bench", "USD").minor

    def pay() -> None:
        with unit_of_work() as current:
            group = current.get_one(Producer, producer_id)
            facts = {"owed_seen": owed, "actor": "user:A", "now": clock.now()}
            paying_out.record(group, Money(owed, "USD"), "REF 1", **facts)

    results = at_once(app, pay, pay, pay)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "OwedDiffers", "OwedDiffers"]
    session().rollback()
    assert len(session().scalars(select(Payout)).all()) == 1
    assert statements.owed("sunlit-bench", "USD").minor == 0


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
