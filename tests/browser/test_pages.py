"""Every type of page: accessible in light and dark, whole on a small phone, no cookie for guests, nothing foreign."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from browsing import SECURE, add_to_cart, agree_and_go_to_stripe, answer_questions, fill_card, row_of, sign_in
from playwright.sync_api import BrowserContext, Page, expect

from storefront.demo.people import PASSWORD, SHOPPER

from .conftest import Shop, assert_accessible, assert_fits

GUEST_PAGES = {
    "home": "/",
    "about": "/about",
    "terms": "/terms",
    "list": "/products",
    "second filter": "/products?cause=women&material=cotton",
    "search": "/products?q=soap",
    "empty search": "/products?q=qqqqqq",
    "product": "/products/palpa-dhaka-scarf",
    "product with a kind sold out": "/products/block-print-lokta-notebook",
    "questions": "/products/palpa-dhaka-scarf/questions",
    "producers": "/producers",
    "producer": "/producers/tehrathum-weavers",
    "charity": "/charities/her-own-account",
    "cause": "/causes/women",
    "trace": "/trace/TW-2608-R",
    "trace history": "/trace/TW-2608-R/history",
    "trace search": "/trace",
    "unknown trace code": "/trace/NOT-A-CODE",
    "verify": "/verify",
    "not found": "/products/no-such-thing",
}


def look_at(page: Page, what: str) -> None:
    """The page as it stands: axe in light, contrast in dark, and no scrolling sideways at 320 px."""
    # Colours that are still changing from light to dark would be measured half-way.
    page.emulate_media(reduced_motion="reduce")
    assert_accessible(page, f"{what}, light")
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, f"{what}, dark", ["color-contrast", "link-in-text-block"])
    page.emulate_media(color_scheme="light")
    assert_fits(page, what)


@pytest.mark.parametrize("what", GUEST_PAGES)
def test_a_page_for_guests_is_accessible_fits_a_phone_and_sets_no_cookie(page: Page, what: str) -> None:
    page.goto(GUEST_PAGES[what])
    look_at(page, what)
    assert page.context.cookies() == []


def test_receipts_and_their_verification_are_accessible_and_set_no_cookie(shop: Shop, page: Page) -> None:
    (revised,) = row_of(
        shop.data,
        "SELECT public_id FROM receipt JOIN revision ON receipt.id = receipt_id WHERE number = 2 ORDER BY receipt.id",
    )
    for what, address in {
        "receipt": f"/receipts/{revised}",
        "replaced revision": f"/receipts/{revised}?revision=1",
        "verified": f"/verify/{revised}",
    }.items():
        page.goto(address)
        look_at(page, what)
    page.goto("/verify")
    page.get_by_label("The receipt's text").fill("not a receipt")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("alert")).to_be_focused()
    look_at(page, "verify with an error")
    assert page.context.cookies() == []


def test_the_cart_is_accessible_empty_full_and_with_notices(page: Page) -> None:
    page.goto("/cart")
    look_at(page, "empty cart")
    add_to_cart(page, "palpa-dhaka-scarf", "Black", quantity=40)
    expect(page.get_by_text("You asked for 40.")).to_be_visible()
    add_to_cart(page, "miombo-gold-forest-honey")
    look_at(page, "cart with notices")
    page.get_by_role("button", name="Save Miombo Gold forest honey for later").click()
    page.locator("summary", has_text="Voucher").click()
    page.get_by_label("Code").fill("NO-SUCH-CODE")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("We know no voucher with this code.")).to_be_visible()
    look_at(page, "cart with a refused voucher and something saved")


def test_the_checkout_is_accessible_step_by_step_and_when_answers_are_missing(page: Page) -> None:
    add_to_cart(page, "miombo-gold-forest-honey")
    page.get_by_role("link", name="Check out").click()
    look_at(page, "contact")
    page.get_by_label("E-mail address").fill("not an address")
    page.get_by_role("button", name="Go on to delivery").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("E-mail address")).to_have_value("not an address")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_label("E-mail address")).to_be_focused()
    look_at(page, "contact with errors")
    page.goto("/cart")
    answer_questions(page)
    look_at(page, "payment")
    page.get_by_role("button", name="at Stripe").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box")
    look_at(page, "payment with an error")
    page.get_by_role("link", name="Change delivery").click()
    look_at(page, "delivery")
    page.get_by_label("Postcode").fill("")
    page.get_by_label("Town or city").fill("")
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(2)
    look_at(page, "delivery with errors")


def test_stripe_s_page_of_the_sandbox_and_the_order_are_accessible(page: Page) -> None:
    add_to_cart(page, "miombo-gold-forest-honey")
    answer_questions(page)
    agree_and_go_to_stripe(page)
    look_at(page, "paying")
    fill_card(page, SECURE)
    look_at(page, "the bank's question")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Thank you. Your order is paid.")).to_be_visible()
    look_at(page, "order")


def test_the_door_is_accessible_with_errors_too(page: Page) -> None:
    page.goto("/sign-in")
    look_at(page, "sign-in")
    sign_in(page, "nobody@example.org", "wrong")
    expect(page.get_by_role("alert")).to_be_focused()
    look_at(page, "sign-in with an error")
    page.goto("/sign-up")
    look_at(page, "sign-up")
    page.get_by_role("button", name="Create account").click()
    look_at(page, "sign-up with errors")
    page.goto("/password-reset")
    look_at(page, "password reset")
    page.goto("/password-reset/not-a-link")
    look_at(page, "dead link")
    page.goto("/mail")
    look_at(page, "letters")
    page.locator("tbody a", has_text="Your order").first.click()
    look_at(page, "letter")


def test_the_account_s_pages_are_accessible(page: Page) -> None:
    sign_in(page, SHOPPER, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    look_at(page, "account")
    for what, address in {"orders": "/account/orders", "devices": "/account/security"}.items():
        page.goto(address)
        look_at(page, what)


def test_a_wrong_key_shows_no_order(shop: Shop, page: Page) -> None:
    (ref,) = row_of(shop.data, 'SELECT ref FROM "order" ORDER BY id LIMIT 1')
    for address in (f"/orders/{ref}", f"/orders/{ref}?key=wrong"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("."))


@pytest.mark.parametrize("address", ["/", "/products", "/products/palpa-dhaka-scarf", "/cart"])
def test_text_at_twice_its_size_needs_no_scrolling_sideways(
    new_context: Callable[..., BrowserContext], address: str
) -> None:
    page = new_context(viewport={"width": 640, "height": 900}).new_page()
    page.goto(address)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert_fits(page, f"{address} at 200 %", width=640)


def test_no_line_of_the_breadcrumb_begins_with_its_stroke(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(viewport={"width": 360, "height": 780}).new_page()
    page.goto("/products/block-print-lokta-notebook")
    before = """one => getComputedStyle(one, "::before").content"""
    items = page.locator(".breadcrumb li")
    assert {item.evaluate(before) for item in items.all()} == {"none"}
    after = """one => getComputedStyle(one, "::after").content"""
    assert [item.evaluate(after) for item in items.all()] == ['"/"'] * (items.count() - 1) + ["none"]


def test_fields_in_a_panel_have_room_between_them_and_short_ones_stand_side_by_side(page: Page) -> None:
    sign_in(page, "sunlit-bench@example.org", PASSWORD)
    page.wait_for_url("**/studio/**")
    page.goto("/studio/sunlit-bench/listings")
    page.get_by_role("button", name="New listing").click()
    page.wait_for_url("**/photos")
    page.goto(page.url.replace("/photos", "/kinds"))
    panel = page.locator("fieldset.panel").first
    boxes = [one.bounding_box() for one in panel.locator("> *").all()]
    around = panel.bounding_box()
    assert around
    assert around["y"] + 8 < boxes[0]["y"]  # type: ignore[index]
    for upper, lower in pairwise(boxes):
        assert upper
        assert lower
        assert lower["y"] - upper["y"] - upper["height"] >= 8
    price, weight, stock = (panel.locator(f"#{name}-0").bounding_box() for name in ("price", "weight", "stock"))
    assert price
    assert weight
    assert stock
    assert price["y"] == weight["y"] == stock["y"]
