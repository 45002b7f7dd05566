"""A pledge's cap holds when two orders are placed at the same moment, because the pledge is locked while it is read."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from flask import Flask
from ordering import place_order
from paying import at_once
from receipts_made import buy, refund
from sqlalchemy import Select, text

from storefront import reactions
from storefront.checkout.events import OrderPlaced
from storefront.core import events
from storefront.core.db import session, unit_of_work
from storefront.giving import checking, pledges


@pytest.fixture
def capped(world):
    """The coffee's pledge of 1.20 an item stops at 1.50."""
    with unit_of_work() as current:
        current.execute(text("UPDATE pledge SET cap_minor = 150 WHERE rate IS NOT NULL"))
    return world


def owed() -> list[int]:
    session().rollback()
    return [int(minor) for minor in session().scalars(text("SELECT pledge_minor FROM order_line ORDER BY id"))]


def place_two_that_look_before_either_commits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each order waits, with its pledge frozen and nothing committed, until the other has frozen its own."""
    both_looked = threading.Barrier(2)

    def wait_for_the_other(_event: OrderPlaced) -> None:
        # A broken barrier means that the other is kept out until we commit, as it should be.
        with suppress(threading.BrokenBarrierError):
            both_looked.wait(1)

    monkeypatch.setitem(reactions.REACTIONS, OrderPlaced, [pledges.freeze, wait_for_the_other])
    events.connect(reactions.REACTIONS)
    try:
        refs = at_once(app, lambda: place_order({"COFFEE": 1}), lambda: place_order({"COFFEE-DARK": 1}))
    finally:
        monkeypatch.undo()
        events.connect(reactions.REACTIONS)
    assert all(isinstance(ref, str) for ref in refs), refs


def test_two_orders_at_once_share_what_is_left_of_a_cap(capped, app, monkeypatch):
    place_two_that_look_before_either_commits(app, monkeypatch)
    assert sum(owed()) == 150


def test_without_the_lock_two_orders_at_once_pass_the_cap(capped, app, monkeypatch, database):
    """The control. SQLite has one writer at a time, and with it no such moment."""
    if database == "sqlite":
        pytest.skip("SQLite takes the write lock before anything is read")
    monkeypatch.setattr(Select, "with_for_update", lambda self, **_facts: self)
    place_two_that_look_before_either_commits(app, monkeypatch)
    assert sum(owed()) > 150


def test_what_a_refund_takes_back_makes_room_under_the_cap(capped):
    first = buy({"COFFEE": 1})
    buy({"COFFEE": 1})
    assert owed() == [120, 30]
    refund(first)
    buy({"COFFEE": 1})
    assert owed() == [120, 30, 120]
    buy({"COFFEE": 1})
    assert owed() == [120, 30, 120, 0]
    assert checking.check() == []
