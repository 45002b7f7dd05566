"""What an order's page and invoice say once something of it was given back."""

from __future__ import annotations

import re

import pytest
from ordering import order_of
from selling import sell, take_back

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.core.paper import Paper
from storefront.payments import refunded, refunding, remaining, states
from storefront.payments.finding import payment_of
from storefront.payments.models import RefundStatus


@pytest.fixture
def drawn(monkeypatch) -> list[str]:
    """What is written on sheets, as a row or a line each."""
    said: list[str] = []
    row, line = Paper.row, Paper.write_line

    def note_row(self, left, right, **look):
        said.append(f"{left} {right}")
        return row(self, left, right, **look)

    def note_line(self, text, **look):
        said.append(text)
        return line(self, text, **look)

    monkeypatch.setattr(Paper, "row", note_row)
    monkeypatch.setattr(Paper, "write_line", note_line)
    return said


def page(client, order) -> str:
    return client.get(f"/orders/{order.ref}?key={order.key}").get_data(as_text=True)


def owed_on(html: str) -> dict[str, str]:
    """Charities of the order's page with what they are owed."""
    return dict(re.findall(r'<a href="/charities/[^"]+">([^<]+)</a></dt><dd>([^<]+)<', html))


def test_the_page_claims_only_the_donation_that_is_left(client, world):
    order = sell({"COFFEE": 2, "SCARF-RED": 1})
    assert owed_on(page(client, order)) == {"Open Bench Foundation": "$2.40", "Hill Schools Trust": "$1.00"}
    take_back(order, {"COFFEE": 1})
    html = page(client, order)
    assert owed_on(html) == {"Open Bench Foundation": "$1.20", "Hill Schools Trust": "$1.00"}
    assert "$1.20 to Open Bench Foundation" in html
    assert "$2.40" not in html


def test_a_charity_is_owed_nothing_of_what_was_wholly_given_back(client, world):
    order = sell({"COFFEE": 2})
    take_back(order)
    html = page(client, order_of(order.ref))
    assert owed_on(html) == {"Open Bench Foundation": "$0.00"}
    assert "to Open Bench Foundation" not in html


@pytest.mark.parametrize(
    ("units", "rows", "gives"),
    [
        ({}, [], "$2.40 of this goes to charity."),
        ({"COFFEE": 1}, ["Given back -$24.00", "Left $30.90 USD"], "$1.20 of this goes to charity."),
        (None, ["Given back -$54.90", "Left $0.00 USD"], ""),
    ],
)
def test_the_invoice_says_what_was_given_back_and_what_is_left(client, world, drawn, units, rows, gives):
    order = sell({"COFFEE": 2})
    if units != {}:
        take_back(order, units)
    assert client.get(f"/orders/{order.ref}/invoice.pdf?key={order.key}").status_code == 200
    assert [text.replace("\u2212", "-") for text in drawn if text.startswith(("Given back", "Left "))] == rows
    assert [text for text in drawn if text.endswith("goes to charity.")] == ([gives] if gives else [])


def test_the_invoice_of_an_order_of_which_a_bank_took_more_than_was_left_goes_to_nothing(client, world, drawn):
    order = sell({"COFFEE": 2, "SOAP": 1})
    take_back(order, {"SOAP": 1})
    with unit_of_work():
        payment = payment_of(order.id)
        back = remaining.spread(remaining.left_of(payment), order.total_minor)
        refund = refunding.write(
            payment, back, reason="Taken back by the bank", asked_by=refunding.BANK, restock=False, now=clock.now()
        )
        states.move_refund(refund, RefundStatus.DONE)
        refunded.done(refund, clock.now(), paid_from="disputes")
    client.get(f"/orders/{order.ref}/invoice.pdf?key={order.key}")
    assert [text for text in drawn if text.startswith("Left ")] == ["Left $0.00 USD"]
