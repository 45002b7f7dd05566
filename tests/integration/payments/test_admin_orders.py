"""The page on which an admin sees an order's money and gives it back."""

from __future__ import annotations

import pytest
from ordering import order_of
from paying import fresh, stock
from people import add_user, post, sign_in

from storefront.accounts.models import Role
from storefront.checkout.models import OrderStatus


@pytest.fixture
def admin(client, world):
    add_user("admin@example.org", Role.ADMIN)
    sign_in(client, "admin@example.org")
    return client


def form(payment, /, **fields):
    return {"payment": payment.ref, "left": str(payment.amount_minor), "reason": "The box was wet", **fields}


def line(payment, sku):
    return next(line for line in payment.order.lines if line.sku == sku)


def give_back(admin, payment, /, **fields):
    page = f"/admin/orders/{payment.order.ref}"
    return post(admin, f"{page}/refunds", form(payment, **fields), page=page)


def test_only_an_admin_sees_orders(client, paid):
    payment = paid()
    for path in ("/admin/orders", f"/admin/orders/{payment.order.ref}"):
        assert client.get(path).status_code == 303
    add_user("shopper@example.org")
    sign_in(client, "shopper@example.org")
    for path in ("/admin/orders", f"/admin/orders/{payment.order.ref}"):
        assert client.get(path).status_code == 403
    assert post(client, f"/admin/orders/{payment.order.ref}/refunds", form(payment, whole="1")).status_code == 403


def test_orders_are_found_by_number_address_and_status(admin, paid, buy):
    payment, waiting = paid({"COFFEE": 1}), buy({"COFFEE": 1})
    paid_ref, waiting_ref = payment.order.ref, waiting.order.ref
    both = {paid_ref, waiting_ref}
    expected = {
        "": both,
        "status=paid": {paid_ref},
        f"words={waiting_ref}": {waiting_ref},
        "words=mei@EXAMPLE.org": both,
        "words=nobody": set(),
        "status=nonsense&page=x": both,
    }
    for query, found in expected.items():
        text = admin.get(f"/admin/orders?{query}").get_data(as_text=True)
        assert {ref for ref in (paid_ref, waiting_ref) if f"/admin/orders/{ref}" in text} == found, query


def test_the_page_shows_payment_refunds_and_ledger(admin, paid):
    payment = paid({"COFFEE": 2})
    text = admin.get(f"/admin/orders/{payment.order.ref}").get_data(as_text=True)
    for words in (payment.session_id, "Sunlit drip coffee", "charity:open-bench-foundation:pledged", "Give money back"):
        assert words in text
    assert "no-store" in admin.get(f"/admin/orders/{payment.order.ref}").headers["Cache-Control"]


def test_some_units_of_a_line_go_back_and_into_stock(admin, paid):
    payment = paid({"COFFEE": 3})
    answer = give_back(
        admin, payment, **{f"quantity-{line(payment, 'COFFEE').ref}": "2", "restock": "1", "delivery": "1"}
    )
    assert answer.status_code == 303
    assert "The refund is done" in admin.get(answer.location).get_data(as_text=True)
    (refund,) = fresh(payment).refunds
    assert (refund.lines[0].quantity, refund.delivery_minor) == (2, payment.order.delivery_minor)
    assert refund.asked_by.startswith("user:")
    assert stock("COFFEE") == 9


def test_all_that_is_left_goes_back(admin, paid):
    payment = paid()
    assert give_back(admin, payment, whole="1").status_code == 303
    assert order_of(payment.order.ref).status == OrderStatus.CANCELLED
    text = admin.get(f"/admin/orders/{payment.order.ref}").get_data(as_text=True)
    assert "Give money back" not in text


def test_the_same_form_twice_gives_back_once(admin, paid):
    payment = paid({"COFFEE": 3})
    fields = {f"quantity-{line(payment, 'COFFEE').ref}": "1"}
    assert give_back(admin, payment, **fields).status_code == 303
    again = give_back(admin, payment, **fields)
    assert again.status_code == 422
    assert "since you opened this page" in again.get_data(as_text=True)
    assert len(fresh(payment).refunds) == 1


@pytest.mark.parametrize("quantity", ["-1", "1.5", "4", "1000000000", "two", "٣", ""])
def test_a_quantity_that_makes_no_sense_is_refused_with_words(admin, paid, quantity):
    payment = paid({"COFFEE": 3})
    answer = give_back(admin, payment, **{f"quantity-{line(payment, 'COFFEE').ref}": quantity})
    assert answer.status_code == 422
    assert fresh(payment).refunds == []


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": " ", "whole": "1"},
        {"payment": "ANOTHER", "whole": "1"},
        {"left": "x", "whole": "1"},
        {"quantity-NOLINE": "1"},
    ],
)
def test_a_form_with_something_missing_is_refused(admin, paid, fields):
    payment = paid({"COFFEE": 1})
    assert give_back(admin, payment, **fields).status_code == 422
    assert fresh(payment).refunds == []


def test_an_order_that_does_not_exist_is_not_found(admin):
    assert admin.get("/admin/orders/NONE").status_code == 404
