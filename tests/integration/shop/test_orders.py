"""An order's page: who may open it, what it says in each state, the invoice, and the letters."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from ordering import order_of, place_order
from people import add_user, letters, sign_in

from storefront.accounts.models import Role, User
from storefront.checkout import dispatching, expiring, holding, states
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock, mail
from storefront.core.db import unit_of_work
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.payments import to_send
from storefront.payments.events import OrderPaid
from storefront.payments.models import Payment, PaymentStatus


@pytest.fixture
def placed(world) -> Order:
    return order_of(place_order({"COFFEE": 2, "SCARF-RED": 1}))


def pay(order: Order) -> Order:
    """What settling does once Stripe says that the money is there."""
    now = clock.now()
    with unit_of_work() as current:
        order = current.get_one(Order, order.id)
        payment = Payment(
            ref=new_ref(), order=order, attempt=1, status=PaymentStatus.PAID, amount_minor=order.total_minor,
            currency=order.currency, session_id="cs_1", intent_id="pi_1", expires_at=now, created_at=now,
            updated_at=now, paid_at=now, bought=True,
        )  # fmt: skip
        current.add(payment)
        holding.take(order)
        states.move(order, OrderStatus.PAID)
        order.paid_at = now
        current.flush()
        announce(OrderPaid(payment, now))
    return order_of(order.ref)


def page(client, order: Order, status: int = 200) -> str:
    answer = client.get(f"/orders/{order.ref}?key={order.key}")
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_a_letter_is_on_its_way_and_thanks_are_said_for_a_day_and_not_for_ever(client, placed):
    order = pay(placed)
    assert "A confirmation is on its way" in page(client, order)
    with clock.at(clock.now() + timedelta(days=20)):
        later = page(client, order)
    assert "Your order is paid" in later
    assert "on its way" not in later
    assert "Thank you" not in later
    assert later.count("paid <time") == 1, "the day is said once"


def test_whoever_is_signed_in_finds_back_to_their_orders_and_a_guest_is_shown_no_account(client, placed):
    assert 'href="/account/orders">Your orders' not in page(client, placed)
    sign_in(client, add_user().email)
    assert 'href="/account/orders">Your orders' in page(client, placed)


@pytest.mark.parametrize("query", ["", "?key=", "?key=guess", "?key=%00", "?key=é"])
def test_without_its_key_there_is_no_order(client, placed, query):
    assert client.get(f"/orders/{placed.ref}{query}").status_code == 404
    assert client.get(f"/orders/{placed.ref}/invoice.pdf{query}").status_code == 404
    assert client.post(f"/orders/{placed.ref}/payment{query}").status_code == 404


def test_one_orders_key_opens_no_other(client, world):
    one, other = order_of(place_order({"COFFEE": 1})), order_of(place_order({"COFFEE": 1}))
    assert client.get(f"/orders/{one.ref}?key={other.key}").status_code == 404


def test_the_page_is_kept_by_no_cache_and_tells_nobody_its_address(client, placed):
    headers = client.get(f"/orders/{placed.ref}?key={placed.key}").headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "same-origin"


def test_a_pending_order_says_that_nothing_is_confirmed_and_can_be_paid(client, placed):
    html = page(client, placed)
    assert "The payment is not confirmed yet" in html
    assert "Pay $111.40 at Stripe" in html
    assert "Invoice" not in html
    assert client.get(f"/orders/{placed.ref}/invoice.pdf?key={placed.key}").status_code == 404


def test_a_paid_order_shows_parcels_receipt_and_invoice(client, placed):
    order = pay(placed)
    html = page(client, order)
    for text in (
        "Thank you. Your order is paid.", "to be packed", "Sunlit Bench Workshop", "Tehrathum Weavers",
        "$2.40 to Open Bench Foundation", "$1.00", "$111.40", "/receipts/", "Invoice (PDF)", "Create an account",
        "1 Long Road", "Ask for help",
    ):  # fmt: skip
        assert text in html
    assert "Pay $111.40" not in html


def test_what_has_left_is_shown_with_its_carrier_and_tracking_number(client, placed):
    order = pay(placed)
    parcel = order.parcels[0]
    facts = {"given_back": to_send.units_back, "actor": "user:PACKER", "now": clock.now()}
    with unit_of_work():
        wanted = {parcel.lines[0].ref: 1}
        dispatching.send(parcel, wanted, carrier="Post", tracking="RR123456785TW", **facts)
    html = page(client, order)
    assert "partly on its way" in html
    assert "with Post: 1 × Sunlit drip coffee" in html
    assert "Tracking number RR123456785TW" in html
    with unit_of_work():
        ref = dispatching.send(parcel, wanted, carrier="Post", tracking="", **facts).ref
    assert ">on its way<" in page(client, order)
    with unit_of_work():
        dispatching.deliver(parcel, ref, **facts)
    assert "Delivered " in page(client, order)


def test_an_expired_order_says_that_nothing_was_charged(client, placed):
    with unit_of_work() as current:
        expiring.expire(current.get_one(Order, placed.id), clock.now())
    html = page(client, placed)
    assert "It was not paid in time" in html
    assert "at Stripe" not in html


@pytest.mark.parametrize(
    ("status", "words"), [(OrderStatus.FLAGGED, "Your payment is being checked"), (OrderStatus.PAID, "Thank you.")]
)
def test_each_state_has_its_words(client, placed, status, words):
    with unit_of_work() as current:
        states.move(current.get_one(Order, placed.id), status)
    assert words in page(client, placed)


def test_the_invoice_is_a_pdf_with_any_name(client, placed):
    with unit_of_work() as current:
        current.get_one(Order, placed.id).name = "陳 美玲 🧵 Łukasz"
    order = pay(placed)
    answer = client.get(f"/orders/{order.ref}/invoice.pdf?key={order.key}")
    assert answer.mimetype == "application/pdf"
    assert answer.get_data().startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_confirmation_has_every_sum_and_is_queued_once(client, placed):
    pay(placed)
    html = client.get("/mail").get_data(as_text=True)
    assert html.count(f"Your order {placed.ref}") == 1
    (ref,) = re.findall(r'"/mail/(\w{12})"', html)
    letter = client.get(f"/mail/{ref}").get_data(as_text=True)
    for text in ("mei@example.org", "$48.00", "$96.00", "$15.40", "$111.40", "Open Bench Foundation"):
        assert text in letter
    assert client.get(f"/mail/{ref}.html").status_code == 200
    assert client.get(f"/mail/{letters()[0].id}").status_code == 404


def test_letters_go_out_when_the_worker_sends(client, placed):
    pay(placed)
    assert mail.send_due("", "shop@example.org") == 1


@pytest.mark.parametrize("status", list(OrderStatus))
def test_an_order_moves_only_along_its_table(placed, status):
    with unit_of_work() as current:
        order = current.get_one(Order, placed.id)
        order.status = OrderStatus.CANCELLED
        with pytest.raises(states.IllegalTransition):
            states.move(order, status)


def test_the_owner_opens_an_order_without_its_key_and_another_user_does_not(app, placed):
    from storefront.checkout import finding

    with unit_of_work() as current:
        now = clock.now()
        users = [
            User(
                ref=new_ref(), email=f"{name}@example.org", name=name, password_hash="x", role=Role.SHOPPER,
                created_at=now,
            )
            for name in ("mei", "eve")
        ]  # fmt: skip
        current.add_all(users)
        current.flush()
        order = current.get_one(Order, placed.id)
        order.user_id = users[0].id
        assert finding.opens(order, "", users[0].id)
        assert not finding.opens(order, "", users[1].id)
        assert not finding.opens(order, "", None)


def test_the_hold_outlives_the_payment_by_ten_minutes(placed):
    assert placed.hold_until - placed.placed_at == timedelta(minutes=40)
