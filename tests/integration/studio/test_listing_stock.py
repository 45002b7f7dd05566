"""The form of stock and lower prices: what is refused in it is shown again, and what is sold meanwhile stays sold."""

from __future__ import annotations

import re

import pytest
from listings import add_member
from people import post, sign_in
from selling import sell
from sqlalchemy import select

from storefront.catalog import adjusting
from storefront.catalog.models import ProductStatus, Variant
from storefront.core.db import session, unit_of_work

PATH = "/studio/sunlit-bench/listings/drip-coffee"
TOOK = {"COFFEE": 3}


@pytest.fixture
def editor(world, client):
    user = add_member(world.sunlit_bench, "editor@example.org")
    sign_in(client, user.email)
    return user


def form_of(html):
    """The fields of the form as a browser would send them."""
    fields = dict(re.findall(r'name="((?:seen|stock|price)-[^"]+|counted)"[^>]* value="([^"]*)"', html))
    assert {"counted", "seen-COFFEE", "stock-COFFEE", "seen-COFFEE-DARK", "stock-COFFEE-DARK"} <= fields.keys()
    return fields


def opened(client):
    return form_of(client.get(PATH).text)


def send(client, form, **changes):
    return post(client, f"{PATH}/stock", form | {name.replace("_", "-"): value for name, value in changes.items()})


def stocks():
    session().rollback()
    return {one.sku: one.stock for one in session().scalars(select(Variant))}


def error_of(html, field):
    """What stands beside a field, which is marked as wrong and has a line in the summary."""
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', html)
    assert f'<a href="#{field}">' in html
    return re.search(rf'id="{field}-error">.*?</span>(.*?)</p>', html)[1]


@pytest.mark.parametrize(
    ("wrong", "mended", "field", "said"),
    [
        ({"stock_COFFEE_DARK": "5O"}, {"stock_COFFEE_DARK": "5"}, "stock-2", "as a whole number"),
        ({"price_COFFEE": "abc"}, {"price_COFFEE": ""}, "lower-1", "as 12.50"),
        ({"price_COFFEE": "99"}, {"price_COFFEE": ""}, "lower-1", "Only a lower price"),
    ],
)
def test_a_refused_form_does_not_count_sold_goods_again(world, client, editor, wrong, mended, field, said):
    form = opened(client)
    before = stocks()
    sell(TOOK)
    told = send(client, form, **wrong)
    assert told.status_code == 422
    assert said in error_of(told.text, field)
    assert send(client, form_of(told.text), **mended).status_code == 303
    assert stocks()["COFFEE"] == before["COFFEE"] - 3
    assert stocks()["COFFEE-DARK"] == 5


def test_a_count_that_was_refused_for_another_field_still_loses_what_is_sold_meanwhile(world, client, editor):
    form = opened(client)
    sell(TOOK)
    told = send(client, form, stock_COFFEE="20", price_COFFEE="abc")
    assert send(client, form_of(told.text), price_COFFEE="").status_code == 303
    assert stocks()["COFFEE"] == 17


def test_a_refused_form_does_not_undo_what_another_editor_counted(world, app, client, editor):
    form = opened(client)
    other = app.test_client()
    sign_in(other, add_member(world.sunlit_bench, "bo@example.org").email)
    send(other, opened(other), stock_COFFEE="20")
    told = send(client, form, stock_COFFEE_DARK="2")
    assert told.status_code == 422
    assert "Somebody counted since you opened this page: 5 are there now" in error_of(told.text, "stock-2")
    again = form_of(told.text)
    assert again["stock-COFFEE"] == "20"
    assert again["stock-COFFEE-DARK"] == "2"
    assert send(client, again).status_code == 303
    assert stocks() | {"COFFEE": 20, "COFFEE-DARK": 2} == stocks()


def test_only_what_cannot_be_right_is_counted_again(world, client, editor):
    form = opened(client)
    sell({"COFFEE": 3, "COFFEE-DARK": 4})
    told = send(client, form, stock_COFFEE="12", stock_COFFEE_DARK="0")
    assert told.status_code == 422
    assert "1 are left now" in error_of(told.text, "stock-2")
    assert send(client, form_of(told.text), stock_COFFEE_DARK="1").status_code == 303
    assert stocks() | {"COFFEE": 9, "COFFEE-DARK": 1} == stocks()


def test_stock_stands_above_everything_else_and_fees_are_folded_behind_what_one_gets(world, client, editor):
    post(client, f"{PATH}/moves", {"move": "edit"})
    html = client.get(PATH).text
    places = [html.index(words) for words in ('<h2 id="stock"', '<h2 id="tasks"', "Send for check", "<summary>Of $")]
    assert places == sorted(places)
    assert re.search(r"<summary>Of \$[\d.]+ you get \$[\d.]+</summary>", html)


def test_nothing_of_an_archived_listing_is_said_to_be_saved(world, client, editor):
    form = opened(client)
    with unit_of_work():
        adjusting.archive(world.coffee, actor="user:a", now=world.coffee.created_at)
    assert world.coffee.status == ProductStatus.ARCHIVED
    for changes in ({}, {"stock_COFFEE": "20"}):
        told = send(client, form, **changes)
        assert told.status_code == 422
        assert "This product was archived" in told.text
    assert stocks()["COFFEE"] == 10
