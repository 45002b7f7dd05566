"""The cart as a shopper without JavaScript uses it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from statements import counting_statements

from storefront.accounts.models import User
from storefront.cart import filling, finding
from storefront.cart.models import MAX_LINES, Cart, CartLine
from storefront.catalog.models import Product, ProductStatus, Variant
from storefront.checkout.models import Voucher
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.refs import key_hash, new_ref
from storefront.web.shop import cart_words, sums


def put(client, sku="COFFEE", quantity="1"):
    return client.post("/cart/lines", data={"sku": sku, "quantity": quantity})


def page(client) -> str:
    return client.get("/cart").get_data(as_text=True)


def line_of(sku: str) -> str:
    session().rollback()
    return session().scalar(select(CartLine.ref).join(Variant).where(Variant.sku == sku))


def test_a_guest_finds_the_cart_again_by_a_cookie_of_thirty_days(client, world):
    answer = put(client, quantity="2")
    assert (answer.status_code, answer.location) == (303, "/cart")
    cookies = {cookie.split("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert "HttpOnly" in cookies["cart"]
    assert "SameSite=Lax" in cookies["cart"]
    assert "Max-Age=2592000" in cookies["cart"]
    assert cookies["cart_count"].startswith("cart_count=2;")
    assert "HttpOnly" not in cookies["cart_count"]
    key = client.get_cookie("cart").value
    assert session().scalar(select(Cart.key_hash)) == key_hash(key)
    assert "Sunlit drip coffee" in page(client)


def test_the_page_is_kept_by_no_cache(client, world):
    put(client)
    assert client.get("/cart").headers["Cache-Control"] == "private, no-store"


def test_an_empty_cart_says_what_to_do_and_sets_no_cookie(client, world):
    answer = client.get("/cart")
    assert "Your cart is empty" in answer.get_data(as_text=True)
    assert not answer.headers.getlist("Set-Cookie")


def test_lines_are_grouped_by_producer_with_delivery_and_donation_of_each(client, world):
    for sku in ("COFFEE", "SCARF-RED", "SOAP"):
        put(client, sku)
    html = page(client)
    assert html.index("Sunlit Bench Workshop") < html.index("Tehrathum Weavers")
    assert html.index("Aruvel garden soap") < html.index("Tehrathum Weavers")
    assert "$1.20 to Open Bench Foundation" in html
    assert "$1.00 to Hill Schools Trust" in html
    assert "$6.90" in html
    assert "free from $100.00" in html
    assert "$2.20 of this goes to charity" in html
    assert "$105.40" in html


def test_delivery_is_free_from_the_producers_threshold(client, world):
    put(client, "COFFEE", "5")
    html = page(client)
    assert "$120.00" in html
    assert "free from" not in html


@pytest.mark.parametrize("quantity", ["0", "-1", "many", "1.5", "", "１", " "])
def test_a_quantity_that_is_none_is_told_and_nothing_is_lost(client, world, quantity):
    put(client, "SOAP")
    answer = put(client, quantity=quantity)
    assert answer.status_code == 422
    assert "A quantity is a whole number" in answer.get_data(as_text=True)
    assert "Aruvel garden soap" in answer.get_data(as_text=True)


def test_an_unknown_sku_is_told_and_nothing_is_lost(client, world):
    put(client, "SOAP")
    answer = put(client, "NO-SUCH")
    assert answer.status_code == 422
    assert "no such thing" in answer.get_data(as_text=True)
    assert "Aruvel garden soap" in answer.get_data(as_text=True)


@pytest.mark.parametrize("quantity", ["50", "1000000000", "9" * 400])
def test_more_than_there_is_becomes_what_there_is_and_the_line_says_so(client, world, quantity):
    assert put(client, "SOAP", quantity).status_code == 303
    html = page(client)
    assert "There are 3 to be had, so the cart has 3." in html
    put(client, "SOAP", "1")
    assert "There are 3 to be had" in page(client)
    assert session().scalar(select(CartLine.quantity)) == 3


def test_what_is_sold_out_or_paused_cannot_be_put_in(client, world):
    assert "is sold out" in put(client, "SCARF-BLACK").get_data(as_text=True)
    with unit_of_work() as current:
        current.get_one(Product, world.soap.id).status = ProductStatus.PAUSED
    assert "not for sale at the moment" in put(client, "SOAP").get_data(as_text=True)


def test_the_stepper_sets_the_quantity_and_zero_removes_with_a_way_back(client, world):
    put(client, "COFFEE", "2")
    ref = line_of("COFFEE")
    assert client.post(f"/cart/lines/{ref}", data={"quantity": "3"}).status_code == 303
    assert "$72.00" in page(client)
    client.post(f"/cart/lines/{ref}", data={"quantity": "0"})
    html = page(client)
    assert "Removed: Sunlit drip coffee." in html
    assert "Put it back" in html
    assert put(client, "COFFEE", "3").status_code == 303
    assert "$72.00" in page(client)


@pytest.mark.parametrize("quantity", ["-1", "few", ""])
def test_a_line_keeps_its_quantity_when_the_new_one_is_none(client, world, quantity):
    put(client, "COFFEE", "2")
    answer = client.post(f"/cart/lines/{line_of('COFFEE')}", data={"quantity": quantity})
    assert answer.status_code == 422
    assert "$48.00" in answer.get_data(as_text=True)


def test_a_line_of_another_cart_cannot_be_touched(client, app, world):
    put(client, "COFFEE", "2")
    ref = line_of("COFFEE")
    other = app.test_client()
    put(other, "SOAP")
    assert "not in your cart any more" in other.post(f"/cart/lines/{ref}", data={"quantity": "0"}).get_data(
        as_text=True
    )
    assert line_of("COFFEE") == ref


def test_saved_for_later_is_not_bought_and_comes_back(client, world):
    put(client, "COFFEE", "2")
    put(client, "SOAP")
    ref = line_of("COFFEE")
    client.post(f"/cart/lines/{ref}/saving")
    html = page(client)
    assert html.index("Saved for later</h2>") < html.index("Move to the cart")
    saved = re.search(r'<li class="cart-line">((?:(?!</li>).)*Move to the cart.*?)</li>', html, re.S)
    assert saved is not None  # Its actions stand with its words, beside the picture on a phone too.
    assert "cart-line-edit" in saved[1].partition('class="cart-line-what"')[2].partition("cart-line-total")[0]
    assert "$24.90" in html
    assert client.get_cookie("cart_count").value == "1"
    client.post(f"/cart/lines/{ref}/return")
    assert "Back in the cart: Sunlit drip coffee." in page(client)
    assert client.get_cookie("cart_count").value == "3"


def test_a_changed_price_and_stock_are_told_at_the_line(client, world):
    put(client, "SOAP", "3")
    with unit_of_work() as current:
        soap = current.scalars(select(Variant).where(Variant.sku == "SOAP")).one()
        soap.price_minor, soap.stock = 2000, 2
    html = page(client)
    assert "The price has changed from $18.00 to $20.00." in html
    assert "Only 2 left now." in html
    assert "Check out" not in html


def test_what_sold_out_since_is_not_counted(client, world):
    put(client, "SOAP")
    put(client, "COFFEE")
    with unit_of_work() as current:
        current.scalars(select(Variant).where(Variant.sku == "SOAP")).one().stock = 0
    html = page(client)
    assert "Sold out since you put it in" in html
    assert "$30.90" in html


def test_a_voucher_is_taken_off_and_a_wrong_one_says_why(client, world):
    with unit_of_work() as current:
        now = clock.now() - timedelta(days=1)
        current.add(Voucher(code="SPRING", basis_points=1000, max_uses=5, starts_at=now, minimum_minor=2000))
    put(client, "COFFEE")
    client.post("/cart/voucher", data={"code": " spring "})
    html = page(client)
    assert "Voucher SPRING is taken off." in html
    assert "−$2.40" in html
    assert "$1.08 to Open Bench Foundation" in html
    client.post("/cart/voucher", data={"code": "NOPE"})
    assert "We know no voucher with this code" in page(client)
    client.post("/cart/voucher", data={"code": ""})
    assert "No voucher is used." in page(client)


def test_adding_takes_at_most_six_statements(client, world):
    with counting_statements() as first:
        put(client, "COFFEE")
    with counting_statements() as second:
        put(client, "SOAP")
    with counting_statements() as again:
        put(client, "SOAP")
    assert max(len(first), len(second), len(again)) <= 6


def test_a_cart_of_five_lines_takes_at_most_six_statements(client, world):
    with unit_of_work() as current:
        current.add(Variant(product_id=world.soap.id, sku="SOAP-2", price_minor=900, currency="USD", stock=9))
    for sku in ("COFFEE", "COFFEE-DARK", "SOAP", "SOAP-2", "SCARF-RED"):
        put(client, sku)
    client.post("/cart/voucher", data={"code": "NOPE"})
    with counting_statements() as seen:
        html = page(client)
    assert html.count('class="cart-line"') == 5
    assert len(seen) <= 6, "\n".join(seen)


def a_user() -> User:
    now = clock.now()
    with unit_of_work() as current:
        user = User(ref=new_ref(), email="ada@example.org", name="Ada", password_hash="x", created_at=now)
        current.add(user)
    return user


def test_merging_adds_quantities_up_to_the_stock_and_tells(client, world):
    user = a_user()
    with unit_of_work():
        mine = filling.open_cart(None, user.id, clock.now()).cart
        filling.add(mine, "SOAP", 2, clock.now())
    put(client, "SOAP", "2")
    put(client, "COFFEE", "1")
    key = client.get_cookie("cart").value
    with unit_of_work() as current:
        assert filling.merge(key, current.get_one(User, user.id), clock.now()) == 2
    session().expire_all()
    cart = finding.find(None, user.id)
    assert {line.variant.sku: line.quantity for line in cart.lines} == {"SOAP": 3, "COFFEE": 1}
    assert [note["kind"] for note in cart.notes] == ["merged", "trimmed"]
    assert finding.find(key, None) is None


def fill_up(cart: Cart, product_id: int, lines: int) -> None:
    """So many lines of variants that nobody sells otherwise."""
    now = clock.now()
    for at in range(lines):
        facts = {"price_minor": 100, "currency": "USD", "stock": 1, "position": 90, "weight_g": 1}
        one = Variant(product_id=product_id, sku=f"X{cart.id}-{at}", name=f"X{cart.id}-{at}", **facts)
        cart.lines.append(CartLine(ref=new_ref(), variant=one, quantity=1, seen_minor=100, added_at=now))
    session().flush()


def test_a_full_cart_takes_no_other_thing_and_says_so(client, world):
    put(client)
    with unit_of_work() as current:
        fill_up(current.scalars(select(Cart)).one(), world.coffee.id, MAX_LINES - 1)
    answer = put(client, "SOAP")
    assert answer.status_code == 422
    assert "A cart has room for 100 different things, and yours is full." in answer.get_data(as_text=True)
    assert put(client, "COFFEE").status_code == 303
    session().expire_all()
    assert sorted(line.quantity for line in session().scalars(select(Cart)).one().lines)[-2:] == [1, 2]


def test_merging_keeps_within_what_a_cart_takes_and_says_what_stayed_out(client, world):
    user = a_user()
    with unit_of_work():
        mine = filling.open_cart(None, user.id, clock.now()).cart
        filling.add(mine, "COFFEE", 1, clock.now())
        fill_up(mine, world.coffee.id, MAX_LINES - 2)
    for sku in ("SOAP", "SCARF-RED", "COFFEE"):
        put(client, sku)
    key = client.get_cookie("cart").value
    with unit_of_work() as current:
        assert filling.merge(key, current.get_one(User, user.id), clock.now()) == 2
    session().expire_all()
    cart = finding.find(None, user.id)
    has = {line.variant.sku: line.quantity for line in cart.lines}
    assert (len(has), has["COFFEE"], has["SOAP"], "SCARF-RED" in has) == (MAX_LINES, 2, 1, False)
    told = cart_words.on_top(cart.notes, sums.look(cart, clock.now()))
    assert [(one.kind, "but for 1 of it" in one.text) for one in told] == [("warning", True)]


def test_two_first_carts_of_one_user_are_one_cart(world):
    user = a_user()
    for _ in range(2):
        with unit_of_work():
            filling.add(filling.open_cart(None, user.id, clock.now()).cart, "COFFEE", 1, clock.now())
    assert [line.quantity for line in finding.find(None, user.id).lines] == [2]


def test_looking_at_a_cart_keeps_it_longer(client, world):
    put(client)
    with clock.at(clock.now() + timedelta(days=20)):
        page(client)
    session().expire_all()
    assert session().scalar(select(Cart.expires_at)) > clock.now() + timedelta(days=45)
