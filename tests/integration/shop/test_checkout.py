"""The way from the cart to a paid order, as a guest without JavaScript goes it, beside a Stripe sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from cast import add_pledge
from paying import KEY, SECRET, Stripe, payment_of
from sqlalchemy import delete, func, select, update
from statements import counting_statements

from storefront.catalog.models import PriceShare, Variant
from storefront.checkout import expiring
from storefront.checkout.models import Order, OrderStatus, Voucher
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.mail import OutgoingMail
from storefront.payments import gateway
from storefront.stripe_sandbox import Options, Sandbox, run_in_thread

CONTACT = {"email": "ada@example.org", "name": "Ada Lark"}
ADDRESS = {"street": "12 Long Lane", "city": "Ghent", "region": "", "postcode": "9000", "country": "BE"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    options = Options(port=0, settle_seconds=86400, dispute_seconds=86400, tick_seconds=0.05)
    with run_in_thread(options) as running:
        yield running
    gateway.forget_clients()


@pytest.fixture
def app_settings(sandbox: Sandbox) -> dict[str, Any]:
    return {"stripe_api_base": sandbox.url, "stripe_secret_key": KEY, "stripe_webhook_secret": SECRET}


@pytest.fixture
def stripe(sandbox: Sandbox) -> Stripe:
    return Stripe(sandbox.url)


def fill(client, **wanted: int) -> None:
    for sku, quantity in (wanted or {"COFFEE": 1}).items():
        client.post("/cart/lines", data={"sku": sku.replace("_", "-"), "quantity": quantity})


def answer(client, **address: str) -> None:
    client.post("/checkout", data=CONTACT)
    client.post("/checkout/delivery", data={**ADDRESS, **address})


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of the last page, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in found}


def seen(client) -> dict[str, str]:
    return {**hidden(client.get("/checkout/payment").get_data(as_text=True)), "terms": "1"}


def pay(client, saw: dict[str, str] | None = None):
    return client.post("/checkout/payment", data=saw or seen(client))


def the_order() -> Order:
    session().rollback()
    return session().scalars(select(Order).order_by(Order.id.desc())).first()


def orders() -> int:
    session().rollback()
    return session().scalar(select(func.count(Order.id)))


def stock(sku: str) -> int:
    session().rollback()
    return session().scalar(select(Variant.stock).where(Variant.sku == sku))


def set_variant(sku: str, **values: int) -> None:
    with unit_of_work() as current:
        current.execute(update(Variant).where(Variant.sku == sku).values(**values))


def come_back(client, order: Order):
    return client.get(f"/checkout/return?session_id={payment_of(order.ref).session_id}")


def test_a_shopper_is_told_what_can_not_be_sold_for_want_of_a_price_split(client, world):
    fill(client, COFFEE=1, SOAP=1)
    answer(client)
    saw = seen(client)
    with unit_of_work() as current:
        current.execute(delete(PriceShare).where(PriceShare.product_id == world.soap.id))
    refused = pay(client, saw)
    assert refused.status_code == 409
    assert "where its price goes: Aruvel garden soap. Nothing was charged." in refused.get_data(as_text=True)
    assert orders() == 0


def test_a_guest_goes_from_the_cart_to_a_paid_order(client, world, stripe):
    fill(client, COFFEE=2, SCARF_RED=1)
    assert client.post("/checkout", data=CONTACT).location == "/checkout/delivery"
    assert client.post("/checkout/delivery", data=ADDRESS).location == "/checkout/payment"
    html = client.get("/checkout/payment").get_data(as_text=True)
    for text in ("12 Long Lane", "Belgium", "$111.40", "$2.40 to Open Bench Foundation", "Pay $111.40 at Stripe"):
        assert text in html
    answered = pay(client)
    assert answered.status_code == 303
    order = the_order()
    assert answered.location == payment_of(order.ref).session_url
    assert "COFFEE" not in answered.location
    stripe.pay(payment_of(order.ref))
    back = come_back(client, order)
    assert (back.status_code, back.location) == (303, f"/orders/{order.ref}?key={order.key}")
    assert client.get_cookie("cart_count").value == "0"
    html = client.get(back.location).get_data(as_text=True)
    assert "Thank you. Your order is paid." in html
    assert "Open the receipt" in html
    assert "Your cart is empty" in client.get("/cart").get_data(as_text=True)
    letter = session().scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_confirmation")).one()
    assert letter.recipient == "ada@example.org"
    for text in ("$111.40", "$2.40", "$15.40", f"/orders/{order.ref}?key={order.key}", "/receipts/", "Hill Schools"):
        assert text in letter.text
        assert text in letter.html


def test_no_step_can_be_left_out(client, world):
    assert client.get("/checkout").location == "/cart"
    fill(client)
    assert client.get("/checkout/delivery").location == "/checkout"
    assert client.get("/checkout/payment").location == "/checkout"
    client.post("/checkout", data=CONTACT)
    assert client.get("/checkout/payment").location == "/checkout/delivery"
    assert client.post("/checkout/payment", data={"terms": "1"}).location == "/checkout/delivery"


def test_everything_may_be_answered_in_one_post(client, world):
    fill(client)
    answered = client.post("/checkout", data={**CONTACT, **ADDRESS, "gift_message": "For you"})
    assert answered.location == "/checkout/payment"
    assert "For you" in client.get("/checkout/payment").get_data(as_text=True)
    wrong = client.post("/checkout", data={**CONTACT, **ADDRESS, "city": ""})
    assert wrong.status_code == 422
    assert "Enter the town or city" in wrong.get_data(as_text=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": ""}, "Enter your e-mail address"),
        ({"email": "ada"}, "Enter an e-mail address like"),
        ({"email": "a" * 300 + "@example.org"}, "at most 254 characters"),
        ({"name": " "}, "Enter the name that goes on the parcel"),
    ],
)
def test_a_wrong_contact_is_told_on_top_and_at_the_field_and_every_answer_kept(client, world, given, said):
    fill(client)
    answered = client.post("/checkout", data={**CONTACT, **given})
    html = answered.get_data(as_text=True)
    assert answered.status_code == 422
    assert html.count(said) == 2
    assert f'href="#{next(iter(given))}"' in html
    kept = {**CONTACT, **given}
    other = "name" if "email" in given else "email"
    assert f'value="{kept[other]}"' in html


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"country": "XX"}, "Choose the country"),
        ({"country": ""}, "Choose the country"),
        ({"country": "US"}, "Enter the state or province"),
        ({"postcode": ""}, "Enter the postcode"),
        ({"street": ""}, "Enter the street"),
        ({"gift_message": "x" * 501}, "at most 500 characters"),
    ],
)
def test_a_wrong_address_is_told_and_every_answer_kept(client, world, given, said):
    fill(client)
    client.post("/checkout", data=CONTACT)
    answered = client.post("/checkout/delivery", data={**ADDRESS, **given})
    assert answered.status_code == 422
    html = answered.get_data(as_text=True)
    assert html.count(said) == 2
    assert 'value="Ghent"' in html


def test_a_country_without_postcodes_needs_none(client, world):
    fill(client)
    client.post("/checkout", data=CONTACT)
    sent = client.post("/checkout/delivery", data={**ADDRESS, "country": "HK", "postcode": ""})
    assert sent.location == "/checkout/payment"


def test_the_answers_are_there_when_one_goes_back(client, world):
    fill(client)
    answer(client)
    assert 'value="ada@example.org"' in client.get("/checkout").get_data(as_text=True)
    assert '<option value="BE" selected>Belgium' in client.get("/checkout/delivery").get_data(as_text=True)


def test_at_most_nine_answers_are_asked_for(client, world):
    fill(client)
    answer(client)
    fields = 0
    for path in ("/checkout", "/checkout/delivery", "/checkout/payment"):
        html = client.get(path).get_data(as_text=True)
        form = html[html.index("<form") : html.index("</form>")]
        fields += len(re.findall(r"<(?:input|select|textarea)(?! type=\"hidden\")", form))
    assert fields <= 9


def test_the_terms_are_a_link_away_before_paying(client, world):
    fill(client)
    answer(client)
    assert 'href="/terms"' in client.get("/checkout/payment").get_data(as_text=True)


def test_the_terms_must_be_accepted(client, world):
    fill(client)
    answer(client)
    answered = pay(client, {**seen(client), "terms": ""})
    assert answered.status_code == 422
    assert answered.get_data(as_text=True).count("Tick the box") == 2
    assert orders() == 0


def test_a_price_that_changed_meanwhile_is_shown_and_asked_about(client, world, stripe):
    fill(client)
    answer(client)
    saw = seen(client)
    set_variant("COFFEE", price_minor=2500)
    answered = pay(client, saw)
    html = answered.get_data(as_text=True)
    assert answered.status_code == 409
    assert "Sunlit drip coffee costs $25.00 each instead of $24.00." in html
    assert orders() == 0
    again = {**hidden(html), "terms": "1"}
    assert pay(client, again).status_code == 303
    assert the_order().total_minor == 2500 + 690


def test_a_tampered_total_buys_nothing_cheaper(client, world):
    fill(client)
    answer(client)
    saw = seen(client)
    forged = {**saw, "fingerprint": saw["fingerprint"].replace("2400", "1"), "total": "1", "price": "1"}
    assert pay(client, forged).status_code == 409
    assert pay(client, {"terms": "1"}).status_code == 409
    assert orders() == 0


def test_a_pledge_that_reached_its_cap_meanwhile_is_told_before_paying(client, world):
    with unit_of_work() as current:
        pledge = add_pledge(world.soap, world.open_bench, clock.now(), amount_minor=200, cap_minor=200)
        current.flush()
        pledge_id = pledge.id
    fill(client, SOAP=1)
    answer(client)
    saw = seen(client)
    assert saw["giving"] == "200"
    with unit_of_work() as current:
        from storefront.giving.models import Pledge

        current.get_one(Pledge, pledge_id).cap_minor = 50
    answered = pay(client, saw)
    assert answered.status_code == 409
    assert "The charities get $0.50 instead of $2.00" in answered.get_data(as_text=True)
    assert orders() == 0
    assert stock("SOAP") == 3


def test_what_sold_out_meanwhile_sends_back_to_the_cart(client, world):
    fill(client, SOAP=2)
    answer(client)
    saw = seen(client)
    set_variant("SOAP", stock=1)
    assert pay(client, saw).location == "/cart"
    assert "Only 1 left now." in client.get("/cart").get_data(as_text=True)


def test_two_clicks_are_one_order_and_one_session(client, world, stripe):
    fill(client, SCARF_RED=2)
    answer(client)
    saw = seen(client)
    first, second = pay(client, saw), pay(client, saw)
    assert first.location == second.location
    assert (orders(), stock("SCARF-RED")) == (1, 0)


def test_the_back_button_finds_the_cart_and_the_held_goods(client, world, stripe):
    fill(client, SCARF_RED=2)
    answer(client)
    pay(client)
    html = client.get("/checkout/payment").get_data(as_text=True)
    assert f"Order {the_order().ref} is placed and waits for its payment" in html
    assert "Sold out" not in client.get("/cart").get_data(as_text=True)


def test_a_changed_cart_ends_the_old_order_first(client, world, stripe):
    fill(client, SCARF_RED=2)
    answer(client)
    pay(client)
    old = the_order()
    client.post("/checkout/delivery", data={**ADDRESS, "street": "1 Short Lane"})
    assert pay(client).status_code == 303
    new = the_order()
    assert new.ref != old.ref
    session().rollback()
    assert session().get_one(Order, old.id).status == OrderStatus.EXPIRED
    assert payment_of(old.ref).status == "expired"
    assert stock("SCARF-RED") == 0


def test_a_changed_cart_whose_old_order_was_paid_meanwhile_leads_to_that_order(client, world, stripe):
    fill(client, SCARF_RED=1)
    answer(client)
    pay(client)
    old = the_order()
    saw_before = seen(client)
    client.post("/checkout/delivery", data={**ADDRESS, "street": "1 Short Lane"})
    stripe.pay(payment_of(old.ref))
    assert pay(client, saw_before).location == f"/orders/{old.ref}?key={old.key}"
    assert orders() == 1


def test_stripe_out_of_reach_is_told_and_can_be_tried_again(client, world, stripe):
    fill(client)
    answer(client)
    stripe.fault("rate_limit", times=20)
    answered = pay(client)
    assert answered.status_code == 503
    assert "Nothing was charged" in answered.get_data(as_text=True)
    stripe("faults/clear")
    assert pay(client).status_code == 303
    assert orders() == 1


def test_a_voucher_used_up_meanwhile_is_told(client, world, stripe):
    with unit_of_work() as current:
        yesterday = clock.now() - timedelta(days=1)
        current.add(Voucher(code="SPRING", amount_minor=500, max_uses=1, starts_at=yesterday))
    fill(client)
    client.post("/cart/voucher", data={"code": "SPRING"})
    answer(client)
    saw = seen(client)
    with unit_of_work() as current:
        current.execute(update(Voucher).values(uses=1))
    answered = pay(client, saw)
    assert answered.status_code == 409
    assert "The voucher takes off $0.00 instead of $5.00." in answered.get_data(as_text=True)


def test_a_return_with_an_unknown_session_is_no_page(client, world):
    assert client.get("/checkout/return?session_id=cs_guess").status_code == 404


def test_coming_back_without_having_paid_does_not_pay(client, world, stripe):
    fill(client)
    answer(client)
    pay(client)
    back = come_back(client, the_order())
    html = client.get(back.location).get_data(as_text=True)
    assert "The payment is not confirmed yet" in html
    assert "Pay $30.90 at Stripe" in html
    assert the_order().status == OrderStatus.PENDING
    assert "Sunlit drip coffee" in client.get("/cart").get_data(as_text=True)


def test_what_was_put_in_after_placing_stays_in_the_cart(client, world, stripe):
    fill(client)
    answer(client)
    pay(client)
    order = the_order()
    fill(client, COFFEE=2, SOAP=1)
    stripe.pay(payment_of(order.ref))
    come_back(client, order)
    html = client.get("/cart").get_data(as_text=True)
    assert "$48.00" in html
    assert "Aruvel garden soap" in html


def test_an_expired_order_is_placed_anew(client, world, stripe):
    fill(client)
    answer(client)
    pay(client)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert expiring.expire_orders() == 1
    assert pay(client).status_code == 303
    assert orders() == 2


def test_a_step_takes_at_most_eight_statements(client, world):
    fill(client, COFFEE=1, SOAP=1, SCARF_RED=1)
    with counting_statements() as contact:
        client.post("/checkout", data=CONTACT)
    with counting_statements() as delivery:
        client.post("/checkout/delivery", data=ADDRESS)
    assert max(len(contact), len(delivery)) <= 8


def test_personal_pages_are_kept_by_no_cache(client, world):
    fill(client)
    answer(client)
    for path in ("/checkout", "/checkout/delivery", "/checkout/payment"):
        assert client.get(path).headers["Cache-Control"] == "private, no-store"
