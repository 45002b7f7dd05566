"""Holidays of a group: orders stop and begin again by themselves, and carts are told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from listings import add_member
from ordering import order_of, place_order
from people import post, sign_in
from selling import sell
from sqlalchemy import select

from storefront.checkout.holding import OutOfStock
from storefront.checkout.models import OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.producers import closing
from storefront.producers.models import Closure, MemberRole

HOME = "/studio/sunlit-bench/holidays"
CLOSED = "The group takes no orders until"


def close(world, *, begins=0, lasts=7):
    now = clock.now()
    day = now.date() + timedelta(days=begins)
    with unit_of_work() as current:
        group = current.merge(world.sunlit_bench)
        return closing.close(group, day, day + timedelta(days=lasts), actor="user:OWNER", now=now).ref


def text_of(client, path):
    return client.get(path).get_data(as_text=True)


def test_orders_stop_on_the_first_day_and_begin_again_after_the_last(world, client):
    close(world, begins=2, lasts=3)
    for days, closed in ((0, False), (1, False), (2, True), (5, True), (6, False)):
        with clock.at(clock.now() + timedelta(days=days)):
            html = text_of(client, "/products/drip-coffee")
            assert (CLOSED in html) == closed, days
            assert ("Add to cart" in html) != closed, days
            assert CLOSED not in text_of(client, "/products/dhaka-scarf"), "other groups go on"


def test_a_cart_that_holds_the_item_is_told_and_takes_no_more(world, client):
    client.post("/cart/lines", data={"sku": "COFFEE", "quantity": "1"})
    client.post("/cart/lines", data={"sku": "SCARF-RED", "quantity": "1"})
    assert CLOSED not in text_of(client, "/cart")
    ref = close(world)
    html = text_of(client, "/cart")
    assert CLOSED in html
    assert "Dhaka scarf" in html
    answer = client.post("/cart/lines", data={"sku": "SOAP", "quantity": "1"}, follow_redirects=True)
    assert "not for sale at the moment" in answer.get_data(as_text=True)
    with clock.at(clock.now() + timedelta(days=8)):
        assert CLOSED not in text_of(client, "/cart")
    with unit_of_work() as current:
        closing.reopen(current.merge(world.sunlit_bench), ref, actor="user:OWNER", now=clock.now())
    assert CLOSED not in text_of(client, "/cart")


def test_nothing_is_placed_during_holidays_and_what_was_sold_before_goes_on(world):
    order = sell({"COFFEE": 1})
    close(world)
    with pytest.raises(OutOfStock):
        place_order({"SOAP": 1})
    assert order_of(order.ref).status == OrderStatus.PAID
    assert order_of(place_order({"SCARF-RED": 1})).status == OrderStatus.PENDING


def test_members_set_and_take_back_holidays(world, client):
    user = add_member(world.sunlit_bench, "packer@example.org", MemberRole.FULFILMENT)
    sign_in(client, user.email)
    today = clock.today()
    answer = post(client, HOME, {"starts_on": str(today), "ends_on": str(today + timedelta(days=3))})
    assert answer.status_code == 303
    assert "closed now" in text_of(client, HOME)
    assert "closed until" in text_of(client, "/studio/sunlit-bench")
    ref = session().scalars(select(Closure.ref)).one()
    assert post(client, f"{HOME}/{ref}/end").status_code == 303
    assert post(client, f"{HOME}/{ref}/end").status_code == 404
    acts = session().scalars(select(JournalEntry).where(JournalEntry.act.in_(["group closes", "group reopens"]))).all()
    assert [(entry.act, entry.actor) for entry in acts] == [
        ("group closes", f"user:{user.ref}"), ("group reopens", f"user:{user.ref}"),
    ]  # fmt: skip


@pytest.mark.parametrize(("starts", "ends"), [(5, 3), (-9, -1), (0, 181), (None, 3), (3, None)])
def test_days_that_make_no_sense_are_refused(world, client, starts, ends):
    sign_in(client, add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER).email)
    today = clock.today()
    days = {
        name: "x" if n is None else str(today + timedelta(days=n))
        for name, n in (("starts_on", starts), ("ends_on", ends))
    }
    told = post(client, HOME, days)
    assert told.status_code == 422
    wrong = "starts_on" if starts is None else "ends_on"
    assert f'<a href="#{wrong}">' in told.text
    assert re.search(rf'id="{wrong}"[^>]* aria-describedby="{wrong}-error" aria-invalid="true"', told.text)
    assert session().scalars(select(Closure)).all() == []


def test_another_groups_holidays_are_not_ours_to_end(world, client):
    ref = close(world)
    sign_in(client, add_member(world.weavers, "weaver@example.org", MemberRole.OWNER).email)
    assert post(client, f"/studio/tehrathum-weavers/holidays/{ref}/end").status_code == 404
    assert len(session().scalars(select(Closure)).all()) == 1
