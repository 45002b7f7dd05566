"""The whole way of a purchase: finding, cart, checkout, payment, order, receipt, verification."""

from __future__ import annotations

import re
from pathlib import Path

from browsing import add_to_cart, agree_and_go_to_stripe, answer_questions, cart_lines, pay
from playwright.sync_api import Page, expect


def find_by_search_and_filter(page: Page) -> None:
    """Search for a scarf by words with a typing error, then narrow all products down by filters."""
    page.goto("/")
    page.get_by_role("searchbox").fill("dhaka scraf")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("link", name="Palpa Dhaka scarf").first).to_be_visible()
    page.goto("/products")


def verify_receipt(page: Page, folder: Path) -> None:
    """From the order to its receipt; its signed file verifies, and with one letter altered it does not."""
    page.get_by_role("link", name="Open the receipt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Impact receipt")
    expect(page.get_by_text("no money moved")).to_be_visible()
    address = page.get_by_role("link", name="Signed file (.jwt)").get_attribute("href")
    answer = page.request.get(address or "")
    assert answer.headers["content-type"].startswith("application/vc+jwt")
    token = answer.text()
    file = folder / "receipt.jwt"
    file.write_text(token)

    page.goto("/verify")
    page.get_by_label("The receipt's text").fill(token)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This receipt is unchanged")

    page.goto("/verify")
    page.get_by_label("Or its file").set_input_files(file)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This receipt is unchanged")

    head, body, signature = token.split(".")
    altered = f"{head}.{body[:40]}{'A' if body[40] != 'A' else 'B'}{body[41:]}.{signature}"
    page.goto("/verify")
    page.get_by_label("The receipt's text").fill(altered)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("alert")).to_contain_text("Not verified.")
    expect(page.get_by_label("The receipt's text")).to_have_value(re.compile(re.escape(altered[:60])))


def buy_two_and_verify(page: Page, folder: Path) -> None:
    """The rest of the way, the same with scripts and without."""
    add_to_cart(page, "palpa-dhaka-scarf", "Off-white")
    add_to_cart(page, "aruvel-garden-soap", quantity=2)
    expect(page.get_by_role("status")).to_contain_text("Added: 2 × Aruvel garden soap")
    assert sorted(cart_lines(page)) == ["Aruvel garden soap", "Palpa Dhaka scarf"]
    expect(page.get_by_role("region", name="Parcel from Tehrathum Weavers")).to_be_visible()
    expect(page.get_by_role("region", name="Parcel from Sunlit Bench")).to_be_visible()
    total = page.locator(".order-summary-total dd").inner_text()

    answer_questions(page)
    expect(page.locator(".order-summary-total dd")).to_have_text(total)
    agree_and_go_to_stripe(page)
    expect(page.locator("tfoot")).to_contain_text(re.sub(r"[^\d.,]", "", total))
    pay(page)
    expect(page.locator(".order-summary-total dd")).to_have_text(total)
    expect(page.get_by_role("region", name="Impact receipt")).to_contain_text("Her Own Account")
    expect(page.get_by_role("region", name="Impact receipt")).to_contain_text("Open Bench Foundation")
    page.reload()
    expect(page.get_by_text("Thank you. Your order is paid.")).to_be_visible()
    verify_receipt(page, folder)
    assert cart_lines(page) == []


def test_a_guest_finds_two_things_buys_them_and_verifies_the_receipt(page: Page, tmp_path: Path) -> None:
    find_by_search_and_filter(page)
    page.get_by_role("group", name="Cause").get_by_label("Women").check()
    page.wait_for_url("**cause=women**")
    expect(page.get_by_role("status")).to_have_text("4 products")
    page.locator("summary", has_text="Material").click()
    page.get_by_role("group", name="Material").get_by_label("Cotton").check()
    page.wait_for_url("**material=**")
    expect(page.get_by_role("status")).to_have_text("1 product")
    page.locator(".chip", has_text="Cotton").click()
    expect(page.get_by_role("status")).to_have_text("4 products")
    page.get_by_label("Sort by").select_option(label="Price, high to low")
    page.wait_for_url("**sort=**")
    buy_two_and_verify(page, tmp_path)


def test_the_same_way_works_without_scripts_on_a_small_phone(plain_page: Page, tmp_path: Path) -> None:
    page = plain_page
    find_by_search_and_filter(page)
    page.locator("summary", has_text="Filter").click()
    page.get_by_role("group", name="Cause").get_by_label("Women").check()
    page.get_by_role("button", name=re.compile("^Show ")).click()
    expect(page.get_by_role("status")).to_have_text("4 products")
    page.get_by_label("Sort by").select_option(label="Price, high to low")
    page.get_by_role("button", name="Sort").click()
    expect(page).to_have_url(re.compile("sort="))
    buy_two_and_verify(page, tmp_path)


def test_the_header_counts_what_is_in_the_cart_on_pages_that_know_no_session(page: Page) -> None:
    add_to_cart(page, "kuyani-white-quinoa", quantity=3)
    page.goto("/products")
    expect(page.locator("[data-cart-count]")).to_have_text("3")
    page.goto("/cart")
    page.get_by_role("button", name="One less: Kuyani white quinoa").click()
    expect(page.locator("[data-cart-count]")).to_have_text("2")
    page.get_by_role("button", name="Remove Kuyani white quinoa").click()
    expect(page.get_by_text("Your cart is empty")).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    assert cart_lines(page) == ["Kuyani white quinoa"]


def test_a_quantity_typed_into_the_cart_is_sent_by_itself(page: Page) -> None:
    add_to_cart(page, "miombo-gold-forest-honey")
    page.get_by_label("Quantity: Miombo Gold forest honey").fill("4")
    page.get_by_label("Quantity: Miombo Gold forest honey").press("Tab")
    expect(page.locator("[data-cart-count]")).to_have_text("4")
    expect(page.locator(".cart-line-total")).to_contain_text("$56.00")


def test_choosing_another_kind_tells_its_price_at_once(page: Page) -> None:
    page.goto("/products/palpa-dhaka-scarf")
    page.locator("label.pill", has_text="Black").click()
    expect(page.locator(".product-panel .price-amount")).to_have_text("$54.00")
    expect(page.locator(".split-table tfoot td")).to_have_text("$54.00")
    expect(page.locator(".donation-label-head")).to_contain_text("$2.70 of each goes to")
    expect(page.get_by_role("heading", name="Where your $54.00 goes")).to_be_visible()
    expect(page).to_have_url(re.compile("variant=TW-DHAKA-BLK$"))


def test_without_scripts_another_kind_s_split_is_a_link_away(plain_page: Page) -> None:
    plain_page.goto("/products/palpa-dhaka-scarf")
    plain_page.locator("#split").get_by_role("link", name="Black, full field").click()
    expect(plain_page.locator(".price-amount")).to_have_text("$54.00")
    expect(plain_page.locator(".split-table tfoot td")).to_have_text("$54.00")
    expect(plain_page.locator("label.pill", has_text="Black").locator("input")).to_be_checked()
