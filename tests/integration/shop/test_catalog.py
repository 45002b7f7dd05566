"""The catalogue: filters that combine, counts that are right, addresses that keep the state."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from cast import add_producer, add_product
from sqlalchemy import text
from statements import counting_statements

from storefront.catalog import browsing, listing, stock
from storefront.catalog.filters import Filters, Sort
from storefront.catalog.shelf import prune_changes, shelf
from storefront.core import clock
from storefront.core.db import db, unit_of_work


@pytest.fixture
def street(world):
    """More goods, so that filters have something to choose from."""
    now = clock.now()
    with unit_of_work():
        coast = add_producer("jug-and-tide", "Jug & Tide", "KE", "East Africa", now, delivery_minor=500)
        for number in range(30):
            cause, material = [("environment", "wood"), ("youth", "paper"), ("women", "cotton")][number % 3]
            stocked = 0 if number % 5 == 0 else 4
            add_product(
                coast, f"toy-{number}", f"Toy {number:02}", cause, [material], now,
                [(f"TOY-{number}", "", 1000 + 100 * number, stocked)],
            )  # fmt: skip
    return world


def count_of(page, label):
    found = re.search(rf"<span>{label}</span><span class=\"facet-count\">(\d+)</span>", page)
    return int(found[1]) if found else None


def test_every_live_product_is_listed_and_others_are_not(world, client):
    with unit_of_work():
        listing.pause(world.soap)
    page = client.get("/products").get_data(as_text=True)
    assert "Sunlit drip coffee" in page
    assert "Palpa Dhaka scarf" in page
    assert "Aruvel garden soap" not in page


def test_products_of_a_suspended_producer_are_hidden_at_once(world, client):
    client.get("/products")
    with unit_of_work():
        world.sunlit_bench.status = "suspended"
    page = client.get("/products").get_data(as_text=True)
    assert "drip coffee" not in page
    assert "1 product<" in page


def test_filters_combine_and_each_facet_counts_with_all_the_others(street, client):
    page = client.get("/products?cause=women").get_data(as_text=True)
    assert "11 products" in page  # ten toys and the scarf
    assert count_of(page, "Youth") == 10  # its own kind does not narrow a facet
    assert count_of(page, "Cotton") == 11
    assert count_of(page, "Jug &amp; Tide") == 10
    page = client.get("/products?cause=women&producer=jug-and-tide&in_stock=1").get_data(as_text=True)
    assert "8 products" in page
    assert count_of(page, "South Asia") is None
    assert count_of(page, "Youth") == 8


def brute(filters, everything):
    def fits(one, without):
        return all(
            name == without or not wanted or (one[name] & wanted)
            for name, wanted in [
                ("cause", filters.causes), ("producer", filters.producers), ("region", filters.regions),
                ("material", filters.materials), ("stock", {True} if filters.in_stock else set()),
            ]
        ) and (filters.min_minor is None or one["price"] >= filters.min_minor) and (
            filters.max_minor is None or one["price"] <= filters.max_minor
        )  # fmt: skip

    found = {id_ for id_, one in everything.items() if fits(one, "")}
    counts = {
        name: {
            value: count
            for value in {value for one in everything.values() for value in one[name]}
            if (count := sum(value in one[name] and fits(one, name) for one in everything.values()))
        }
        for name in ("cause", "producer", "region", "material")
    }
    return found, counts


def test_counts_and_pages_are_the_same_as_counting_each_product(street, monkeypatch):
    rows = db.session.execute(
        text(
            "SELECT product.id, cause, producer.slug, region, price_from_minor, in_stock, material FROM product "
            "JOIN producer ON producer.id = producer_id JOIN product_material ON product_id = product.id"
        )
    ).all()
    everything = {}
    for row in rows:
        one = everything.setdefault(row.id, {"material": set()})
        one.update(
            cause={row.cause}, producer={row.slug}, region={row.region}, price=row.price_from_minor,
            stock={bool(row.in_stock)},
        )  # fmt: skip
        one["material"].add(row.material)
    questions = itertools.product(
        [frozenset(), frozenset({"women"}), frozenset({"women", "youth"})],
        [frozenset(), frozenset({"jug-and-tide"})],
        [frozenset(), frozenset({"South Asia", "East Africa"})],
        [frozenset(), frozenset({"cotton", "paper"})],
        [(None, None), (1500, 3000), (None, 1200)],
        [False, True],
    )
    for causes, producers, regions, materials, (low, high), stocked in questions:
        filters = Filters("", causes, producers, regions, materials, low, high, stocked, Sort.PRICE)
        found, counts = brute(filters, everything)
        got = browsing.browse(filters)
        assert got.found == len(found)
        assert {name: {v: n for v, n in values.items() if n} for name, values in got.matches.counts.items()} == counts
        # The database is asked in two ways, by ids and by conditions; both must name the same products.
        monkeypatch.setattr(browsing, "FEW", 0)
        other = browsing.browse(filters)
        monkeypatch.undo()
        assert [card.id for card in got.cards] == [card.id for card in other.cards]
        assert {card.id for card in got.cards} <= found
        assert len(got.cards) == min(len(found), 24)


def test_the_shelf_follows_every_change_without_being_made_anew(street):
    women = Filters(causes=frozenset({"women"}))
    assert browsing.browse(women).found == 11
    with unit_of_work():
        street.soap.cause = "women"
        street.scarf.price_from_minor = 99
    assert browsing.browse(women).found == 12
    assert browsing.browse(replace(women, max_minor=100)).found == 1
    with unit_of_work() as session:
        session.execute(text("DELETE FROM product_material WHERE material = 'soap'"))
    assert browsing.browse(Filters(materials=frozenset({"soap"}))).found == 0
    with unit_of_work():
        listing.archive(street.soap)
    assert browsing.browse(women).found == 11


def test_stock_that_runs_out_leaves_the_in_stock_filter(world):
    variant = world.soap.variants[0]
    only = Filters(in_stock=True)
    assert browsing.browse(only).found == 3
    with unit_of_work() as session:
        session.execute(text("UPDATE variant SET stock = 0 WHERE id = :id"), {"id": variant.id})
        stock.refresh_in_stock([variant.id])
    assert browsing.browse(only).found == 2
    with unit_of_work() as session:
        session.execute(text("UPDATE variant SET stock = 2 WHERE id = :id"), {"id": variant.id})
        stock.refresh_in_stock([variant.id])
    assert browsing.browse(only).found == 3


def test_the_log_of_changes_is_pruned_and_nobody_is_left_behind(world, monkeypatch):
    from storefront.catalog import shelf as module

    shelf()
    monkeypatch.setattr(module, "KEPT", 3)
    monkeypatch.setattr(module, "TOO_MANY", 2)
    with unit_of_work():
        for number in range(12):
            world.coffee.price_from_minor = 3000 + number
            db.session.flush()
    assert prune_changes() > 0
    assert browsing.browse(Filters(min_minor=3011, max_minor=3011)).found == 1


@pytest.mark.parametrize(
    ("sort", "first"), [("price", "Toy 00"), ("-price", "Palpa Dhaka scarf"), ("name", "Aruvel garden soap")]
)
def test_lists_are_sorted_as_the_address_says(street, client, sort, first):
    page = client.get(f"/products?sort={sort}").get_data(as_text=True)
    assert re.search(r'product-card-title"><a href="[^"]+">([^<]+)</a>', page)[1] == first
    assert f'<option value="{sort}" selected>' in page


def test_pages_are_links_that_keep_the_filters(street, client):
    page = client.get("/products?producer=jug-and-tide&sort=name").get_data(as_text=True)
    assert "30 products" in page
    assert "/products?producer=jug-and-tide&amp;sort=name&amp;page=2" in page
    second = client.get("/products?producer=jug-and-tide&sort=name&page=2").get_data(as_text=True)
    assert "Toy 24" in second
    assert "Toy 23" not in second


def test_a_page_beyond_the_last_shows_the_last_one_and_says_which_it_is(street, client):
    page = client.get("/products?page=999").get_data(as_text=True)
    assert '<link rel="canonical" href="http://localhost/products?page=2">' in page


@pytest.mark.parametrize(
    "query",
    [
        "min=abc", "max=-5", "min=1e9", "cause=wealth", "producer=nobody", "region=atlantis", "material=gold",
        "sort=magic", "min=%F0", "cause=%3Cscript%3E", "min=99999999999999999999",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_left_out_with_a_notice(world, client, query):
    response = client.get(f"/products?{query}")
    assert response.status_code == 200
    page = response.get_data(as_text=True)
    assert "3 products" in page
    assert "notice-warning" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "query", ["page=-1", "page=x", "page=0", "page=99999999999", "in_stock=maybe", "min=&max=", "x=y"]
)
def test_rubbish_that_means_nothing_changes_nothing(world, client, query):
    page = client.get(f"/products?{query}").get_data(as_text=True)
    assert "3 products" in page
    assert "notice-warning" not in page


def test_prices_in_the_address_are_major_units_and_may_stand_in_either_order(world, client):
    assert "1 product<" in client.get("/products?min=20&max=25.50").get_data(as_text=True)
    page = client.get("/products?min=25,5&max=%2420").get_data(as_text=True)
    assert "1 product<" in page
    assert "swapped" in page


def test_with_nothing_left_the_last_filter_can_be_taken_off(world, client):
    page = client.get("/products?cause=women&material=soap").get_data(as_text=True)
    assert "Nothing matches all of this" in page
    assert 'href="/products?cause=women"' in page


def test_a_list_takes_at_most_five_statements(street, client):
    for address in ("/products", "/products?cause=women&material=cotton&min=5&sort=price", "/products?page=2"):
        client.get(address)
        with counting_statements() as seen:
            client.get(address)
        assert len(seen) <= 5, seen


def test_a_guest_page_sets_no_cookie_and_is_not_sent_twice(world, client):
    first = client.get("/products")
    assert "Set-Cookie" not in first.headers
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in first.headers.get("Vary", "")
    again = client.get("/products", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    with unit_of_work():
        listing.pause(world.soap)
    assert client.get("/products", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
