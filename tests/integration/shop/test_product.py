"""A product's page: what is sold, what it costs, who gets what, where it comes from and how sure that is."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from cast import add_pledge
from sqlalchemy import text
from statements import counting_statements

from storefront.catalog import listing
from storefront.catalog.listing import NewShare, SplitDoesNotSum
from storefront.catalog.models import OldSlug
from storefront.core import clock
from storefront.core.db import session, unit_of_work


def get(client, slug="drip-coffee"):
    return client.get(f"/products/{slug}").get_data(as_text=True)


def data_of(page):
    scripts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    return {thing["@type"]: thing for script in scripts for thing in json.loads(script)["@graph"]}


def test_the_page_says_price_stock_delivery_return_and_donation_next_to_the_button(world, client):
    page = get(client)
    assert "$24.00" in page
    assert "In stock." in page
    assert "$6.90" in page
    assert "free from $100.00" in page
    assert "30 days to return it" in page
    assert "$1.20 of each goes to" in page
    assert "5% of the price paid, after discount, before tax and delivery" in page
    assert 'name="sku" value="COFFEE"' in page
    assert 'action="/cart/lines"' in page


def test_the_parts_of_the_price_sum_to_it(world, client):
    page = get(client)
    amounts = [int(one.replace(".", "")) for one in re.findall(r"<td>\$(\d+\.\d\d)</td>", page)]
    assert len(amounts) == 6  # charity, four shares, and the price itself
    assert sum(amounts[:-1]) == amounts[-1] == 2400


def test_a_wrong_split_cannot_be_saved(world, client):
    shares = [NewShare("makers", "Makers", "prepaid", 6000), NewShare("shop", "Shop", "cost", 3999)]
    with pytest.raises(SplitDoesNotSum), unit_of_work():
        listing.save_split(world.coffee, shares)
    session().expire_all()
    assert sum(share.basis_points for share in world.coffee.shares) == 10_000
    with unit_of_work():
        listing.save_split(world.coffee, [*shares[:1], NewShare("shop", "Shop", "cost", 4000)])
    assert "$13.68" in get(client)  # 60 % of what is left after 5 %


def test_a_variant_that_is_sold_out_is_shown_and_explained(world, client):
    page = get(client, "dhaka-scarf")
    assert re.search(r'value="SCARF-BLACK"[^>]* disabled', page)
    assert "sold out" in page
    assert re.search(r'value="SCARF-RED"[^>]* checked', page)
    assert "2 left." in page


def test_another_variant_shows_its_own_price_split_and_donation(world, client):
    page = client.get("/products/drip-coffee?variant=COFFEE-DARK").text
    amounts = [int(one.replace(".", "")) for one in re.findall(r"<td>\$(\d+\.\d\d)</td>", page)]
    assert sum(amounts[:-1]) == amounts[-1] == 2600
    assert "Where your $26.00 goes" in page
    assert "$1.30 of each goes to" in page
    assert re.search(r'value="COFFEE-DARK"[^>]* checked', page)
    assert 'href="/products/drip-coffee?variant=COFFEE#split"' in page
    assert 'rel="canonical" href="http://localhost/products/drip-coffee"' in page


def test_a_variant_that_is_unknown_or_sold_out_is_not_chosen(world, client):
    for sku in ("NO-SUCH", "SCARF-BLACK"):
        page = client.get(f"/products/dhaka-scarf?variant={sku}").text
        assert re.search(r'value="SCARF-RED"[^>]* checked', page)


def test_a_sold_out_product_says_so_and_cannot_be_added(world, client):
    with unit_of_work():
        session().execute(text("UPDATE variant SET stock = 0 WHERE sku = 'SOAP'"))
    page = get(client, "garden-soap")
    assert "Sold out" in page
    assert "Add to cart" not in page
    assert data_of(page)["Product"]["offers"][0]["availability"].endswith("/OutOfStock")


def test_a_paused_product_keeps_its_story_and_sells_nothing(world, client):
    with unit_of_work():
        listing.pause(world.coffee)
    page = get(client)
    assert "has paused this product" in page
    assert "Where it comes from" in page
    assert 'action="/cart/lines"' not in page


def test_a_product_without_a_pledge_claims_none(world, client):
    page = get(client, "garden-soap")
    assert "No part of this price is pledged" in page
    assert "of each goes to" not in page


def test_a_pledge_to_a_charity_that_is_not_approved_any_more_has_stopped(world, client):
    with unit_of_work():
        world.open_bench.status = "suspended"
    page = get(client)
    assert "The pledge to Open Bench Foundation has stopped" in page
    assert "/charities/open-bench-foundation" not in page
    assert "$24.00" in page


def test_a_capped_pledge_says_what_is_left_and_when_it_is_used_up(world, client):
    with unit_of_work():
        add_pledge(world.soap, world.hill_schools, clock.now(), amount_minor=100, cap_minor=5000)
    assert "$50.00 of $50.00 is left" in get(client, "garden-soap")


@pytest.mark.parametrize("day", [0, 1])
def test_evidence_shows_as_expired_on_the_very_day_it_expires(world, client, day):
    today = clock.today()
    with unit_of_work():
        session().execute(
            text("UPDATE claim SET expires_on = :day"), {"day": (today + timedelta(days=day)).isoformat()}
        )
    page = get(client)
    claims = page[page.index("What is claimed") :]
    assert ("badge-expired" in claims) == (day == 0)
    assert ("badge-verified" in claims) == (day == 1)


def test_the_timeline_has_dates_places_levels_verifiers_and_what_is_not_known(world, client):
    page = get(client)
    for words in ("Beans bought", "Yuli", "Roasted and packed", "Fair Bench Audit (fictional)", "Visit report"):
        assert words in page
    assert "What we don&#39;t know yet" in page or "What we don't know yet" in page
    assert "Which field the beans came from." in page
    assert "/trace/B-DRIP-COFFEE" in page


def test_an_old_address_leads_to_the_new_one_for_good(world, client):
    with unit_of_work():
        session().add(OldSlug(kind="product", slug="gift-box", target_id=world.coffee.id))
    response = client.get("/products/gift-box")
    assert response.status_code == 301
    assert response.headers["Location"].endswith("/products/drip-coffee")


def test_strangers_drafts_and_the_suspended_are_not_found(world, client):
    assert client.get("/products/nothing").status_code == 404
    with unit_of_work():
        world.coffee.status = "draft"
        world.weavers.status = "suspended"
    assert client.get("/products/drip-coffee").status_code == 404
    assert client.get("/products/dhaka-scarf").status_code == 404


def test_machines_read_the_same_offers(world, client):
    page = get(client, "dhaka-scarf")
    product = data_of(page)["Product"]
    offers = {offer["sku"]: offer for offer in product["offers"]}
    assert offers["SCARF-RED"]["price"] == "48.00"
    assert offers["SCARF-RED"]["priceCurrency"] == "USD"
    assert offers["SCARF-RED"]["availability"].endswith("/InStock")
    assert offers["SCARF-BLACK"]["availability"].endswith("/OutOfStock")
    assert data_of(page)["BreadcrumbList"]["itemListElement"][-1]["item"] == "http://localhost/products/dhaka-scarf"
    image = re.search(r'<meta property="og:image" content="([^"]+)"', page)[1]
    assert image.startswith("http://localhost/media/")
    assert image == product["image"][0]


def test_words_cannot_break_out_of_the_data_for_machines(world, client):
    with unit_of_work():
        world.coffee.title = 'Coffee </script><script>alert(1)</script> & "more"'
        world.coffee.description = "<!-- <script> \u2028"
    page = get(client)
    assert "<script>alert" not in page
    assert data_of(page)["Product"]["name"] == world.coffee.title


def test_a_product_page_takes_at_most_six_statements(world, client):
    client.get("/products/drip-coffee")
    with counting_statements() as seen:
        client.get("/products/drip-coffee")
    assert len(seen) <= 6, seen


def test_a_guest_reads_without_a_cookie_and_never_an_old_stock(world, client):
    first = client.get("/products/garden-soap")
    assert "Set-Cookie" not in first.headers
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/products/garden-soap", headers=tag).status_code == 304
    with unit_of_work():
        session().execute(text("UPDATE variant SET stock = 1 WHERE sku = 'SOAP'"))
    again = client.get("/products/garden-soap", headers=tag)
    assert again.status_code == 200
    assert "1 left." in again.get_data(as_text=True)
