"""Money given back from the admin's page, as the buyer and the receipt see it."""

from __future__ import annotations

from browsing import add_to_cart, follow_letter, go_to_stripe, pay, sign_in
from playwright.sync_api import BrowserContext, Page, expect

from storefront.demo.people import PASSWORD

from .conftest import Shop, assert_accessible, wait_until

EMAIL = "refund@example.org"


def test_a_refund_of_one_line_makes_revision_2_on_the_old_link(shop: Shop, page: Page, new_context) -> None:
    add_to_cart(page, "kaduro-chocolate-trio", "Trio")
    add_to_cart(page, "miombo-gold-forest-honey")
    go_to_stripe(page, EMAIL)
    ref = pay(page)
    page.get_by_role("link", name="Open the receipt").click()
    receipt = page.url
    first = page.request.get(f"{receipt}.jwt").text()
    expect(page.get_by_text("Revision 1, current")).to_be_visible()

    office: BrowserContext = new_context()
    desk = office.new_page()
    sign_in(desk, "admin@example.org", PASSWORD)
    desk.goto(f"/admin/orders/{ref}")
    desk.get_by_label("Kaduro chocolate trio").fill("1")
    desk.get_by_label("Reason").fill("One bar had melted")
    desk.get_by_role("button", name="Refund these items").click()
    expect(desk.get_by_role("cell", name="One bar had melted")).to_be_visible()
    assert_accessible(desk, "the admin's page of an order")

    def revised() -> bool:
        page.goto(receipt)
        return page.get_by_text("Revision 2, current").is_visible()

    wait_until(revised, what="revision 2")
    expect(page.get_by_text("Wholly refunded.")).to_be_visible()
    page.get_by_role("link", name="Revision 1").click()
    expect(page.get_by_text("Revision 1, replaced")).to_be_visible()
    page.goto("/verify")
    page.get_by_label("The receipt's text").fill(first)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("It has been replaced by revision 2 after a refund.")).to_be_visible()

    follow_letter(page, EMAIL, f"goes back to you: order {ref}", "/orders/")
    expect(page.get_by_text("One bar had melted")).to_be_visible()
    assert shop.command("ledger", "check").returncode == 0
