"""Favourites: kept by the heart on a public page, with or without an account, and shown to others by a link."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from people import add_user, post, sign_in
from sqlalchemy import func, select

from storefront.catalog import favourites
from storefront.catalog.models import Favourite, FavouriteLink, FavouriteList, ProductStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work

HEART = "/products/drip-coffee/favourite"
GUESTS, USERS = "/favourites", "/account/favourites"
ALL = ("drip-coffee", "dhaka-scarf", "garden-soap")


@pytest.fixture
def shopper(world, client):
    user = add_user()
    sign_in(client)
    return user


@pytest.fixture(params=["guest", "user"])
def list_path(request, world, client):
    """A visitor of each kind, and where their favourites stand."""
    if request.param == "user":
        request.getfixturevalue("shopper")
    return GUESTS if request.param == "guest" else USERS


def beat(client, *slugs, keep="1"):
    for slug in slugs:
        client.post(f"/products/{slug}/favourite", data={"keep": keep})


def page(client, path=GUESTS):
    return client.get(path).get_data(as_text=True)


def listed(client, path=GUESTS):
    return re.findall(r'<h2 class="product-card-title"><a href="/products/([^"]+)"', page(client, path))


def test_a_product_is_kept_once_and_let_go_of(list_path, client):
    for _ in range(2):
        assert client.post(HEART).location == f"{list_path}?added=drip-coffee"
    assert "“Sunlit drip coffee” is one of your favourites." in page(client, f"{list_path}?added=drip-coffee")
    assert listed(client, list_path) == ["drip-coffee"]
    assert client.get(HEART).json == {"kept": True}
    away = client.post(HEART, data={"keep": "0"}).location
    assert "“Sunlit drip coffee” is no favourite any more." in page(client, away)
    assert "Put it back" in page(client, away)
    assert "No favourites yet" in page(client, list_path)
    assert client.get(HEART).json == {"kept": False}


def test_the_latest_favourite_comes_first(list_path, client):
    beat(client, *ALL)
    assert listed(client, list_path) == [*reversed(ALL)]


def test_each_kind_of_visitor_is_led_to_their_own_list(world, client):
    assert client.get(USERS).location == GUESTS
    add_user()
    sign_in(client)
    assert client.get(GUESTS).location == USERS


def test_a_guest_gets_a_cookie_by_the_heart_alone_and_nobody_can_read_it(world, client):
    for path in ("/products/drip-coffee", GUESTS, HEART):
        assert "Set-Cookie" not in client.get(path).headers
    cookies = client.post(HEART).headers.getlist("Set-Cookie")
    key, count = (next(one for one in cookies if one.startswith(name)) for name in ("favourites=", "favourites_count="))
    assert "HttpOnly" in key
    assert "SameSite=Lax" in key
    assert "HttpOnly" not in count
    assert count.startswith("favourites_count=1;")
    stored = session().scalars(select(FavouriteList)).one()
    assert stored.key_hash not in key, "only a hash of the key is stored"
    assert "Set-Cookie" not in client.get("/products/drip-coffee").headers, "public pages stay the same for everybody"


def test_a_guests_list_is_kept_thirty_days_after_the_last_visit(world, client):
    beat(client, "drip-coffee")
    with clock.at(clock.now() + timedelta(days=29)):
        assert listed(client) == ["drip-coffee"]
    with clock.at(clock.now() + timedelta(days=58)):
        assert favourites.drop_expired() == 0
    with clock.at(clock.now() + timedelta(days=60)):
        assert favourites.drop_expired() == 1
        assert listed(client) == []
        beat(client, "drip-coffee")
        assert listed(client) == ["drip-coffee"], "the dead key is replaced"
    assert session().scalar(select(func.count(Favourite.id))) == 1


def test_what_a_guest_kept_comes_along_when_they_sign_in(world, client, app):
    add_user()
    before = app.test_client()
    sign_in(before)
    beat(before, "drip-coffee", "garden-soap")
    beat(client, "drip-coffee", "dhaka-scarf")
    client.post("/favourites/link")
    link = re.search(r"/favourites/[\w-]{43}", page(client))[0]
    answer = sign_in(client)
    assert any(one.startswith("favourites=;") for one in answer.headers.getlist("Set-Cookie")), "the key has no use now"
    assert "favourites_count=3" in str(answer.headers)
    assert sorted(listed(client, USERS)) == sorted(ALL)
    assert app.test_client().get(link).status_code == 404, "it was never meant to show what the account keeps"
    assert session().scalar(select(func.count(FavouriteList.id))) == 1
    assert session().scalar(select(func.count(Favourite.id))) == 3


def test_a_guest_s_link_goes_on_where_the_account_kept_nothing(world, client, app):
    add_user()
    beat(client, "dhaka-scarf")
    client.post("/favourites/link")
    link = re.search(r"/favourites/[\w-]{43}", page(client))[0]
    sign_in(client)
    assert "Palpa Dhaka scarf" in page(app.test_client(), link)


def test_where_there_is_no_room_for_both_lists_the_latest_stay_and_it_is_said(world, client, app, monkeypatch):
    monkeypatch.setattr(favourites, "MAX_FAVOURITES", 2)
    add_user()
    before = app.test_client()
    sign_in(before)
    beat(before, "garden-soap", "dhaka-scarf")
    beat(client, "drip-coffee")
    sign_in(client)
    assert "There is room for 2 favourites; the latest stay, and 1 older one found none." in page(client, USERS)
    assert listed(client, USERS) == ["drip-coffee", "dhaka-scarf"]


def test_a_full_list_says_so_and_stays_as_it_is(list_path, client, monkeypatch):
    monkeypatch.setattr(favourites, "MAX_FAVOURITES", 1)
    monkeypatch.setattr("storefront.web.shop.favourites.MAX_FAVOURITES", 1)
    beat(client, "drip-coffee")
    refused = client.post("/products/garden-soap/favourite")
    assert refused.status_code == 422
    assert "There is room for 1 favourites, and yours are as many." in refused.get_data(as_text=True)
    assert listed(client, list_path) == ["drip-coffee"]


def test_the_lists_key_does_not_open_another_guests_or_a_users_list(shopper, client, app):
    beat(client, "drip-coffee")
    for key in ("", "nothing", "0" * 43):
        guest = app.test_client()
        guest.set_cookie("favourites", key)
        assert listed(guest) == []
        beat(guest, "drip-coffee", keep="0")
    assert listed(client, USERS) == ["drip-coffee"]


def test_a_product_that_is_no_page_is_no_favourite(world, client):
    assert client.post("/products/nothing/favourite").status_code == 404
    with unit_of_work():
        world.coffee.status = ProductStatus.DRAFT
    assert client.post(HEART).status_code == 404


def test_what_is_not_on_sale_stays_on_the_list_by_name_and_what_is_hidden_does_not(list_path, client, world):
    beat(client, *ALL[:2])
    with unit_of_work():
        world.coffee.status = ProductStatus.PAUSED
        world.weavers.status = "suspended"
    shown = page(client, list_path)
    assert "Not on sale just now" in shown
    assert '<a href="/products/drip-coffee">Sunlit drip coffee</a>' in shown
    assert "Palpa Dhaka scarf" not in shown


def test_a_link_shows_them_to_anybody_without_a_name_and_ends(list_path, client, app):
    beat(client, "drip-coffee")
    assert "Make a link" in page(client, list_path)
    client.post("/favourites/link")
    link = re.search(r"/favourites/[\w-]{43}", page(client, list_path))[0]
    client.post("/favourites/link")
    assert link in page(client, list_path), "a second press makes no second link"
    other = app.test_client()
    shown = other.get(link)
    assert shown.status_code == 200
    assert "Set-Cookie" not in shown.headers
    assert "Sunlit drip coffee" in shown.get_data(as_text=True)
    assert "noindex" in shown.get_data(as_text=True)
    assert "Ming" not in shown.get_data(as_text=True)
    assert "The link opens nothing any more." in page(client, client.post("/favourites/link/end").location)
    assert other.get(link).status_code == 404


def test_who_has_no_list_gets_no_link(world, client):
    assert client.post("/favourites/link").status_code == 303
    assert client.post("/favourites/link/end").status_code == 303
    assert session().scalar(select(func.count(FavouriteLink.id))) == 0


def test_signing_out_leaves_nothing_behind(shopper, client):
    beat(client, "drip-coffee")
    gone = post(client, "/sign-out").headers.getlist("Set-Cookie")
    assert any(one.startswith("favourites_count=;") for one in gone)
    assert listed(client) == []
