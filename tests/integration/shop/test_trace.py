"""A batch's code opens its timeline, however it is typed."""

from __future__ import annotations

import pytest

from storefront.core.db import unit_of_work


@pytest.mark.parametrize("code", ["B-DRIP-COFFEE", "b-drip-coffee", "B–DRIP–COFFEE", " b-drip-coffee "])
def test_a_code_opens_the_batch_in_any_writing(world, client, code):
    page = client.get(f"/trace/{code}").get_data(as_text=True)
    assert "Beans bought" in page
    assert "Which field the beans came from." in page
    assert 'href="/products/drip-coffee"' in page
    assert '<link rel="canonical" href="http://localhost/trace/B-DRIP-COFFEE">' in page


def test_an_unknown_code_says_what_a_code_looks_like_and_offers_a_form(world, client):
    response = client.get("/trace/XX-1")
    assert response.status_code == 404
    page = response.get_data(as_text=True)
    assert "SB-2609-D" in page
    assert 'value="XX-1"' in page
    assert 'action="/trace"' in page


def test_the_form_leads_to_the_batch(world, client):
    assert client.get("/trace").status_code == 200
    response = client.get("/trace?code=b-drip-coffee")
    assert (response.status_code, response.headers["Location"]) == (303, "/trace/B-DRIP-COFFEE")


@pytest.mark.parametrize("code", ["%00", "%F0%9F%99%82", "a" * 500, "..%2F..", "%3Cscript%3E", "'", "%25"])
def test_hostile_codes_are_not_found(world, client, code):
    assert client.get(f"/trace/{code}").status_code == 404
    assert client.get(f"/trace?code={code}").status_code in {200, 303, 404}


def test_a_batch_of_a_suspended_producer_offers_nothing_to_buy(world, client):
    with unit_of_work():
        world.sunlit_bench.status = "suspended"
    page = client.get("/trace/B-DRIP-COFFEE").get_data(as_text=True)
    assert "not on sale any more" in page
    assert "suspended while we look into something" in page
    assert "/products/drip-coffee" not in page
