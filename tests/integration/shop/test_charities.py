"""Causes and charities: the register, the ledger and who pledges."""

from __future__ import annotations

from datetime import timedelta

from ordering import order_of, place_order

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import accounts
from storefront.giving.ended import to_charity
from storefront.giving.models import Pledge
from storefront.giving.posting import Posting, post
from storefront.web.rendering import day_text


def test_a_cause_shows_its_goods_and_charities(world, client):
    page = client.get("/causes/poverty").get_data(as_text=True)
    assert "Open Bench Foundation" in page
    assert "Hill Schools Trust" not in page
    assert page.count('class="product-card"') == 2


def test_an_unknown_cause_is_not_found(world, client):
    assert client.get("/causes/wealth").status_code == 404


def test_a_charity_shows_register_projects_vetting_and_products(world, client):
    page = client.get("/charities/hill-schools-trust").get_data(as_text=True)
    for words in ("FICT-1", "https://register.example/1", "A first project", "version 2026.1", "Palpa Dhaka scarf"):
        assert words in page
    assert page.count('class="product-card"') == 1


def test_what_is_owed_is_told_by_state_and_from_the_ledger(world, client):
    slug = "open-bench-foundation"
    moves = {
        "sale": [Posting(accounts.STRIPE, 500), Posting(accounts.pledged(slug), -500)],
        "mature": [Posting(accounts.pledged(slug), 200), Posting(accounts.payable(slug), -200)],
    }
    with unit_of_work():
        for kind, postings in moves.items():
            post(kind, "test", currency="USD", at=clock.now(), postings=postings)
    page = client.get(f"/charities/{slug}").get_data(as_text=True)
    assert "$3.00" in page
    assert "$2.00" in page
    assert "$5.00" in page


def test_an_ended_pledge_shows_what_it_raised_after_refunds(world, client):
    today, pledged = clock.today(), accounts.pledged("hill-schools-trust")
    line = order_of(place_order({"SCARF-RED": 2})).lines[0]
    moves = {
        "sale": [Posting(accounts.STRIPE, 200), Posting(pledged, -200, line)],
        "refund": [Posting(accounts.STRIPE, -60), Posting(pledged, 60, line)],
        "mature": [Posting(pledged, 140), Posting(accounts.payable("hill-schools-trust"), -140)],
    }
    with unit_of_work():
        for kind, postings in moves.items():
            post(kind, "test", currency="USD", at=clock.now(), postings=postings)
    assert "Pledges that have ended" not in client.get("/charities/hill-schools-trust").text
    with unit_of_work():
        session().get_one(Pledge, line.pledge_id).ends_on = today - timedelta(days=1)
    label = client.get("/products/dhaka-scarf").text.partition('class="donation-label')[2].partition("</section>")[0]
    assert f"The pledge to Hill Schools Trust ended on {day_text(today - timedelta(days=1))} and raised $1.40" in label
    assert "No part of this price is pledged to a charity now" in label
    section = client.get("/charities/hill-schools-trust").text.partition("Pledges that have ended")[2]
    assert "Palpa Dhaka scarf" in section
    assert '<td class="number">$1.40</td>' in section
    with unit_of_work():
        session().get_one(Pledge, line.pledge_id).superseded_at = clock.now() - timedelta(days=3)
    ended = to_charity(world.hill_schools.id, today, 5)
    assert [one.ended_on for one in ended] == [today - timedelta(days=3)]


def test_a_charity_that_is_not_approved_has_no_page(world, client):
    with unit_of_work():
        world.hill_schools.status = "pending"
    assert client.get("/charities/hill-schools-trust").status_code == 404
    assert "Hill Schools" not in client.get("/causes/education").get_data(as_text=True)
    assert "hill-schools" not in client.get("/sitemap.xml").get_data(as_text=True)
