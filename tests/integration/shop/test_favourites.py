"""Favourites: kept by the heart on a public page, listed in the account, shown to others by a link."""

from __future__ import annotations

import re

import pytest
from people import add_user, post, sign_in

from storefront.catalog import favourites
from storefront.catalog.models import ProductStatus
from storefront.core.db import unit_of_work

HEART = "/products/drip-coffee/favourite"
LIST = "/account/favourites"


@pytest.fixture
def shopper(world, client):
    user = add_user()
    sign_in(client)
    return user


def page(client, path=LIST):
    return client.get(path).get_data(as_text=True)


def test_a_shopper_keeps_a_product_once_and_lets_go_of_it(shopper, client):
    for _ in range(2):
        assert client.post(HEART).location == LIST
    assert "“Sunlit drip coffee” is one of your favourites." in page(client)
    assert page(client).count('href="/products/drip-coffee"') == 1
    assert client.get(f"{LIST}/drip-coffee").json == {"kept": True}
    client.post(HEART, data={"keep": "0"})
    assert "“Sunlit drip coffee” is no favourite any more." in page(client)
    assert "No favourites yet" in page(client)
    assert client.get(f"{LIST}/drip-coffee").json == {"kept": False}


def test_the_latest_favourite_comes_first(shopper, client):
    for slug in ("drip-coffee", "dhaka-scarf", "garden-soap"):
        client.post(f"/products/{slug}/favourite")
    shown = re.findall(r'<h2 class="product-card-title"><a href="/products/([^"]+)"', page(client))
    assert shown == ["garden-soap", "dhaka-scarf", "drip-coffee"]


def test_a_guest_signs_in_and_is_asked_again_for_what_they_chose(world, client):
    add_user()
    door = client.post(HEART)
    assert door.location == "/sign-in?next=/account/favourites?keep%3Ddrip-coffee"
    form = client.get(door.location).get_data(as_text=True)
    back = re.search(r'name="next"[^>]* value="([^"]+)"', form)[1]
    back = sign_in(client, next=back).location
    assert back == "/account/favourites?keep=drip-coffee"
    assert "You have chosen “Sunlit drip coffee”." in page(client, back)
    assert f'action="{HEART}"' in page(client, back)
    client.post(HEART)
    assert "You have chosen" not in page(client, back)


def test_the_heart_stands_on_the_public_page_and_works_as_a_form(world, client):
    answer = client.get("/products/drip-coffee")
    assert "Set-Cookie" not in answer.headers
    assert f'action="{HEART}" method="post" data-favourite="{LIST}/drip-coffee"' in answer.get_data(as_text=True)


def test_scripts_ask_for_favourites_only_while_somebody_is_signed_in_who_has_some(shopper, client):
    assert client.get_cookie("favourites") is None
    client.post(HEART)
    assert client.get_cookie("favourites").value == "1"
    post(client, "/sign-out")
    assert client.get_cookie("favourites") is None
    sign_in(client)
    assert client.get_cookie("favourites").value == "1"


def test_another_sites_page_can_not_press_the_heart(shopper, client):
    answer = client.post(HEART, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "No favourites yet" in page(client)


def test_what_is_not_on_sale_stays_in_the_list_and_what_is_hidden_does_not(world, shopper, client):
    for slug in ("drip-coffee", "dhaka-scarf"):
        client.post(f"/products/{slug}/favourite")
    with unit_of_work():
        world.coffee.status = ProductStatus.PAUSED
        world.weavers.status = "suspended"
    shown = page(client)
    assert "Not on sale just now" in shown
    assert 'aria-label="Remove Sunlit drip coffee"' in shown
    assert "dhaka-scarf" not in shown
    assert client.post("/products/dhaka-scarf/favourite").status_code == 404


def test_favourites_are_shown_to_others_by_a_link_that_can_be_ended(shopper, client, app):
    client.post(HEART)
    post(client, f"{LIST}/link")
    link = re.search(r"/favourites/[\w-]{43}", page(client))[0]
    post(client, f"{LIST}/link")
    assert link in page(client), "a second press makes no second link"
    guest = app.test_client()
    shown = guest.get(link)
    assert shown.status_code == 200
    assert "Set-Cookie" not in shown.headers
    assert "Sunlit drip coffee" in shown.get_data(as_text=True)
    assert "noindex" in shown.get_data(as_text=True)
    assert "Ming" not in shown.get_data(as_text=True)
    assert "ming@example.org" not in shown.get_data(as_text=True)
    post(client, f"{LIST}/link/end")
    assert guest.get(link).status_code == 404


def test_one_shoppers_favourites_are_not_anothers(shopper, client, app):
    client.post(HEART)
    other = app.test_client()
    add_user("otto@example.org")
    sign_in(other, "otto@example.org")
    assert "No favourites yet" in page(other)
    other.post(HEART, data={"keep": "0"})
    assert "drip-coffee" in page(client)


def test_a_list_has_its_limit_and_says_so(shopper, client, monkeypatch):
    monkeypatch.setattr(favourites, "MAX_FAVOURITES", 1)
    client.post(HEART)
    client.post("/products/garden-soap/favourite")
    shown = page(client)
    assert "There is room for" in shown
    assert "garden-soap" not in shown
