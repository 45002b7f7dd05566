"""The door: accounts, letters, forgotten passwords, and what comes along when a guest signs in."""

from __future__ import annotations

from browsing import PASSWORD, add_to_cart, buy, cart_lines, follow_letter, sign_in
from playwright.sync_api import Page, expect

from storefront.demo.people import PASSWORD as DEMO_PASSWORD
from storefront.demo.people import SHOPPER

NEWCOMER = "new.shopper@example.org"


def sign_up(page: Page, email: str) -> None:
    """Create an account, follow the letter and prove the address."""
    page.goto("/sign-up")
    page.get_by_label("Your name").fill("Mei Lin")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    follow_letter(page, email, "Open your account", "/email-proof/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open my account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_signing_up_keeps_the_guest_cart_and_brings_in_guest_orders(page: Page) -> None:
    ref = buy(page, "felt-ball-garland", NEWCOMER)
    add_to_cart(page, "kilifi-kikoy-towel")
    sign_up(page, NEWCOMER)
    page.goto("/account/orders")
    expect(page.get_by_role("link", name=f"Order {ref}")).to_be_visible()
    assert cart_lines(page) == ["Kilifi kikoy towel"]
    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[data-cart-count]")).to_be_hidden()
    page.goto("/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    add_to_cart(page, "taanga-shea-butter")
    sign_in(page, NEWCOMER, PASSWORD)
    assert sorted(cart_lines(page)) == ["Kilifi kikoy towel", "Taanga raw shea butter"]
    expect(page.get_by_text("What you had put in before you signed in is in this cart now.")).to_be_visible()


def test_guest_orders_are_claimed_by_a_letter_to_the_same_address(page: Page) -> None:
    ref = buy(page, "aruvel-garden-soap", SHOPPER)
    sign_in(page, SHOPPER, DEMO_PASSWORD)
    page.goto("/account/orders")
    expect(page.get_by_role("link", name=f"Order {ref}")).to_have_count(0)
    page.get_by_role("button", name="Send the link").click()
    follow_letter(page, SHOPPER, "Bring your orders", "/account/")
    page.get_by_role("button", name="Bring them in").click()
    expect(page.get_by_role("link", name=f"Order {ref}")).to_be_visible()


def test_a_forgotten_password_is_set_anew_by_letter_and_the_old_one_is_dead(page: Page) -> None:
    email = "reviewer.two@example.org"
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the link").click()
    follow_letter(page, email, "A new password", "/password-reset/")
    link = page.url
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your new password is set")).to_be_visible()
    sign_in(page, email, DEMO_PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("open no account")
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Admin")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work any more")


def test_an_account_works_without_scripts(plain_page: Page) -> None:
    add_to_cart(plain_page, "kilifi-kikoy-towel")
    sign_up(plain_page, "no.scripts@example.org")
    assert cart_lines(plain_page) == ["Kilifi kikoy towel"]
