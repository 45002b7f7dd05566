"""The home page and how giving works."""

from __future__ import annotations

import re

from listings import add_picture
from sqlalchemy import select
from statements import counting_statements

from storefront.core.db import unit_of_work
from storefront.core.media import Picture


def test_the_home_page_has_causes_goods_a_price_in_parts_and_the_map(world, client):
    page = client.get("/").get_data(as_text=True)
    for slug in ("education", "poverty", "youth", "environment", "women"):
        assert f'href="/causes/{slug}"' in page
    assert page.count('class="product-card"') == 3
    assert "One price in parts" in page
    assert "Tehrathum Weavers" in page
    assert "set aside" in page


def test_featured_products_come_first(world, client):
    with unit_of_work():
        world.coffee.featured = True
    page = client.get("/").get_data(as_text=True)
    assert re.search(r'product-card-title"><a href="([^"]+)"', page)[1] == "/products/drip-coffee"


def test_a_group_with_a_picture_of_its_own_is_the_one_told_of(world, client):
    ref = add_picture()
    with unit_of_work() as current:
        current.merge(world.sunlit_bench).picture_id = current.scalar(select(Picture.id).where(Picture.ref == ref))
    for page in ("/", "/producers/sunlit-bench", "/producers"):
        assert (ref in client.get(page).get_data(as_text=True)) == (page != "/producers"), page


def test_an_empty_shop_has_a_home_page_all_the_same(context, client):
    assert client.get("/").status_code == 200
    assert client.get("/products").status_code == 200
    assert client.get("/producers").status_code == 200


def test_home_takes_at_most_five_statements(world, client):
    client.get("/")
    with counting_statements() as seen:
        response = client.get("/")
    assert len(seen) <= 5, seen
    assert "Set-Cookie" not in response.headers
    assert client.get("/", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_about_says_what_a_receipt_does_not_prove(context, client):
    page = client.get("/about").get_data(as_text=True)
    assert "It does not prove that a story is true" in page
    assert "not a tax receipt" in page
    assert "rendered demonstrations" in page


def test_the_terms_of_sale_are_a_page_that_every_footer_leads_to(context, client):
    page = client.get("/terms").get_data(as_text=True)
    for words in ("You buy from", "within 30 days of its arrival", "comes out of the price", "mailto:"):
        assert words in page
    assert '<a href="/terms">' in client.get("/").get_data(as_text=True)
