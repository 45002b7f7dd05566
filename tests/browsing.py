"""The steps of a visitor with a browser: finding, filling the cart, checking out, paying, reading letters.

Each step uses what a person sees (roles, labels, the words on buttons) and works with scripts and without.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from storefront.core.refs import new_ref

CARD, DECLINED, SECURE = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0027 6000 3155"
BUYER = "mei@example.org"
PASSWORD = "seven quiet looms"


def add_to_cart(page: Page, slug: str, kind: str = "", quantity: int = 1) -> None:
    """Put a product in from its own page, `kind` being the words on one of its pills."""
    page.goto(f"/products/{slug}")
    if kind:
        page.locator("label.pill", has_text=kind).click()
    if quantity != 1:
        page.locator("#buy").get_by_label("Quantity").fill(str(quantity))
    page.locator("#buy").get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart")


def answer_questions(page: Page, email: str = BUYER) -> None:
    """From the cart through contact and delivery to the step before paying."""
    page.get_by_role("link", name="Check out").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Name", exact=True).fill("Mei Lin")
    page.get_by_role("button", name="Go on to delivery").click()
    page.get_by_label("Country").select_option("US")
    page.get_by_label("Street, house number, flat").fill("1 Long Road")
    page.get_by_label("Town or city").fill("Portland")
    page.get_by_label("State or province").fill("Oregon")
    page.get_by_label("Postcode").fill("97201")
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment")


def agree_and_go_to_stripe(page: Page) -> None:
    """Accept the terms and leave for Stripe's page."""
    page.get_by_label("I accept the terms of sale").check()
    page.get_by_role("button", name="at Stripe").click()
    expect(page).to_have_title(re.compile("payment sandbox"))


def go_to_stripe(page: Page, email: str = BUYER) -> None:
    """From the cart to Stripe's page."""
    page.goto("/cart")
    answer_questions(page, email)
    agree_and_go_to_stripe(page)


def fill_card(page: Page, card: str = CARD) -> None:
    """Fill in Stripe's page and press its button."""
    page.get_by_label("Name").fill("Mei Lin")
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry date").fill("12 / 34")
    page.get_by_label("Security code (CVC)").fill("123")
    page.get_by_role("button", name="Pay").click()


def pay(page: Page, card: str = CARD) -> str:
    """Pay on Stripe's page and come back to the paid order; returns its reference."""
    fill_card(page, card)
    return expect_paid(page)


def expect_paid(page: Page) -> str:
    """The page is that of a paid order; returns its reference."""
    expect(page.get_by_text("Thank you. Your order is paid.")).to_be_visible()
    return urlsplit(page.url).path.rpartition("/")[2]


def buy(page: Page, slug: str, email: str = BUYER, kind: str = "") -> str:
    """A whole purchase of one product; returns the order's reference."""
    add_to_cart(page, slug, kind)
    go_to_stripe(page, email)
    return pay(page)


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in by the form."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def read_letter(page: Page, to: str, subject: str) -> None:
    """Open the newest letter to somebody on the page where the demo keeps them."""
    page.goto(f"/mail?words={to}")
    row = page.get_by_role("row").filter(has_text=to).filter(has_text=subject)
    row.first.get_by_role("link").click()


def follow_letter(page: Page, to: str, subject: str, address: str) -> None:
    """Open the newest such letter and follow its link to an address that contains `address`."""
    read_letter(page, to, subject)
    page.locator(f".letter a[href*='{address}']").click()


def press(page: Page | Locator, name: str) -> None:
    """A button."""
    page.get_by_role("button", name=name, exact=True).click()


def go(page: Page | Locator, name: str | re.Pattern[str]) -> None:
    """A link."""
    page.get_by_role("link", name=name).first.click()


def one_of_its_own(name: str) -> str:
    """A name that no other journey in this shop has."""
    return f"{name} {new_ref(4)}"


def cart_lines(page: Page) -> list[str]:
    """The titles in the cart as it stands."""
    page.goto("/cart")
    return page.locator(".cart-line-title").all_inner_texts()


def row_of(data: Path, statement: str, *values: object) -> tuple[object, ...]:
    """One row of the demo's database, for what no page tells."""
    connection = sqlite3.connect(f"file:{data / 'shop.sqlite'}?mode=ro", uri=True, timeout=10)
    try:
        row = connection.execute(statement, values).fetchone()
    finally:
        connection.close()
    assert row is not None, statement
    return tuple(row)


def stock_of(data: Path, sku: str) -> int:
    """How many of a variant are left on the shelf."""
    (stock,) = row_of(data, "SELECT stock FROM variant WHERE sku = ?", sku)
    assert isinstance(stock, int)
    return stock
