"""A return at a phone's width: seen beforehand, asked, agreed, received, refunded, and on receipt and statement."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import add_to_cart, follow_letter, go_to_stripe, pay, row_of, sign_in
from playwright.sync_api import BrowserContext, expect

from storefront.core import clock
from storefront.demo.people import PASSWORD

from .conftest import Shop, assert_accessible, assert_fits

GROUP = "kaduro"


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_a_line_goes_back_and_everyone_sees_the_same(
    shop: Shop, new_context: Callable[..., BrowserContext], scripts: bool
) -> None:
    shopper, group, desk = (
        new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 780}).new_page() for _ in range(3)
    )
    email = f"return.{'with' if scripts else 'without'}@example.org"
    add_to_cart(shopper, "kaduro-chocolate-trio", "Trio", quantity=2)
    go_to_stripe(shopper, email)
    ref = pay(shopper)
    order = shopper.url
    shopper.get_by_role("link", name="Open the receipt").click()
    receipt = shopper.url

    sign_in(group, f"{GROUP}@example.org", PASSWORD)
    (parcel,) = row_of(
        shop.data, 'SELECT parcel.ref FROM parcel JOIN "order" ON "order".id = order_id WHERE "order".ref = ?', ref
    )
    group.goto(f"/studio/{GROUP}/orders/{parcel}")
    group.get_by_label("Carrier (or “by hand”)").fill("Post")
    group.get_by_role("button", name="Mark as sent").click()

    shopper.goto(order)
    shopper.get_by_role("link", name="Return something").click()
    shopper.get_by_label("How many go back").fill("1")
    shopper.get_by_role("button", name="See what changes").click()
    expect(shopper.get_by_role("link", name="Choose why it goes back")).to_be_visible()
    shopper.get_by_label("Why", exact=True).select_option("It came broken or spoilt")
    shopper.get_by_role("button", name="See what changes").click()
    expect(shopper.get_by_text("$1.26, then $0.63")).to_be_visible()
    expect(shopper.get_by_text("revision 2 of the impact receipt")).to_be_visible()
    if not scripts:
        assert_fits(shopper, "what a return changes")
    else:
        assert_accessible(shopper, "what a return changes")
    shopper.get_by_role("button", name="Ask for this return").click()
    expect(shopper.get_by_text("Waits for an answer")).to_be_visible()

    group.goto(f"/studio/{GROUP}/returns")
    group.get_by_role("listitem").filter(has_text="waits for your answer").last.get_by_role("link").click()
    group.get_by_label("Where it is to be sent").fill("Kaduro\n1 Cocoa Road\nKaduro")
    group.get_by_role("button", name="Agree to the return").click()
    expect(group.get_by_text("Agreed, not here yet")).to_be_visible()
    group.get_by_label("No", exact=True).check()
    group.get_by_role("button", name="It has come back").click()
    expect(group.get_by_text("The shop gives the money back.")).to_be_visible()

    sign_in(desk, "admin@example.org", PASSWORD)
    desk.goto(f"/admin/returns?state=received&producer={GROUP}")
    desk.get_by_role("row").filter(has_text=ref).get_by_role("rowheader").get_by_role("link").click()
    desk.get_by_role("button", name="Give $21.00 back").click()
    expect(desk.get_by_text("Money given back").first).to_be_visible()

    shopper.goto(receipt)
    expect(shopper.get_by_text("Revision 2, current")).to_be_visible()
    expect(shopper.get_by_text("$0.63").first).to_be_visible()
    shopper.get_by_role("link", name="Revision 1").click()
    expect(shopper.get_by_text("Revision 1, replaced")).to_be_visible()
    follow_letter(shopper, email, "Send it back", "/orders/")
    expect(shopper.get_by_text("Money given back", exact=True)).to_be_visible()

    group.goto(f"/studio/{GROUP}/statements/{clock.now():%Y-%m}")
    carried = group.get_by_role("row").filter(has_text="Left for").get_by_role("cell").inner_text()
    (owed,) = row_of(shop.data, "SELECT -SUM(minor) FROM entry WHERE account = ?", f"producer:{GROUP}:payable")
    assert int(re.sub(r"\D", "", carried)) == owed
    assert shop.command("ledger", "check").returncode == 0
