"""Paying as it really goes: refused cards, the bank's question, changed minds, closed tabs, the last unit."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from browsing import (
    DECLINED,
    SECURE,
    add_to_cart,
    agree_and_go_to_stripe,
    answer_questions,
    cart_lines,
    expect_paid,
    fill_card,
    follow_letter,
    go_to_stripe,
    pay,
    row_of,
    stock_of,
)
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import Shop, wait_until


def orders_of(shop: Shop, email: str, status: str = "paid") -> int:
    """How many orders of this buyer have this status."""
    (count,) = row_of(shop.data, 'SELECT count(*) FROM "order" WHERE email = ? AND status = ?', email, status)
    assert isinstance(count, int)
    return count


def test_a_declined_card_can_be_followed_by_another_on_the_same_page(shop: Shop, page: Page) -> None:
    add_to_cart(page, "kilifi-kikoy-towel")
    go_to_stripe(page, "declined@example.org")
    address = page.url
    fill_card(page, DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("declined")
    assert urlsplit(page.url).path == urlsplit(address).path
    pay(page)
    assert orders_of(shop, "declined@example.org") == 1


def test_a_payment_that_the_bank_asks_about_is_made_when_approved(page: Page) -> None:
    add_to_cart(page, "lamp-and-leaf-candle")
    go_to_stripe(page)
    fill_card(page, SECURE)
    page.get_by_role("button", name="Approve").click()
    expect_paid(page)


def test_a_payment_that_the_bank_asks_about_is_not_made_when_refused(shop: Shop, page: Page) -> None:
    add_to_cart(page, "lamp-and-leaf-candle")
    go_to_stripe(page, "refused@example.org")
    fill_card(page, SECURE)
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert orders_of(shop, "refused@example.org") == 0
    assert cart_lines(page) == ["Lamp & Leaf candle"]


def test_cancelling_at_stripe_keeps_the_cart_and_another_try_buys_once(shop: Shop, page: Page) -> None:
    before = stock_of(shop.data, "CC-RING-5")
    add_to_cart(page, "confetti-stacking-rings")
    go_to_stripe(page, "changed.mind@example.org")
    page.get_by_role("link", name="Cancel and go back to the shop").click()
    assert urlsplit(page.url).netloc == urlsplit(shop.url).netloc
    assert cart_lines(page) == ["Confetti stacking rings"]
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_label("E-mail address")).to_have_value("changed.mind@example.org")
    page.goto("/checkout/payment")
    agree_and_go_to_stripe(page)
    pay(page)
    assert orders_of(shop, "changed.mind@example.org") == 1
    assert stock_of(shop.data, "CC-RING-5") == before - 1


def test_the_back_button_after_paying_buys_nothing_again(shop: Shop, page: Page) -> None:
    add_to_cart(page, "taanga-shea-butter")
    go_to_stripe(page, "back.button@example.org")
    paying = page.url
    pay(page)
    page.go_back()
    page.goto(paying)
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
    page.goto("/checkout/payment")
    expect(page.get_by_text("Your cart is empty")).to_be_visible()
    assert orders_of(shop, "back.button@example.org") == 1


def test_a_tab_closed_while_paying_loses_nothing(
    shop: Shop, page: Page, new_context: Callable[..., BrowserContext]
) -> None:
    add_to_cart(page, "olive-hills-salad-servers")
    go_to_stripe(page, "closed.tab@example.org")
    session_id = urlsplit(page.url).path.rpartition("/")[2]
    page.close()
    shop.stripe_control(f"sessions/{session_id}/pay", card="4242424242424242")
    wait_until(lambda: orders_of(shop, "closed.tab@example.org") == 1, what="the webhook")
    other = new_context().new_page()
    follow_letter(other, "closed.tab@example.org", "Your order", "/orders/")
    expect_paid(other)


def test_two_tabs_pay_one_order_once(shop: Shop, page: Page) -> None:
    add_to_cart(page, "haldu-mountain-tea")
    page.goto("/cart")
    answer_questions(page, "two.tabs@example.org")
    other = page.context.new_page()
    other.goto("/checkout/payment")
    agree_and_go_to_stripe(page)
    agree_and_go_to_stripe(other)
    assert urlsplit(other.url).path == urlsplit(page.url).path
    pay(page)
    other.reload()
    expect(other.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
    assert orders_of(shop, "two.tabs@example.org") == 1


def test_a_double_click_on_paying_places_one_order(shop: Shop, page: Page) -> None:
    add_to_cart(page, "kuyani-white-quinoa")
    page.goto("/cart")
    answer_questions(page, "double.click@example.org")
    page.get_by_label("I accept the terms of sale").check()
    page.get_by_role("button", name="at Stripe").dblclick()
    page.wait_for_url("**/c/pay/**")
    pay(page)
    (count,) = row_of(shop.data, 'SELECT count(*) FROM "order" WHERE email = ?', "double.click@example.org")
    assert count == 1


def test_the_last_unit_sold_to_somebody_else_is_told_before_any_payment(
    shop: Shop, page: Page, new_context: Callable[..., BrowserContext]
) -> None:
    with closing(sqlite3.connect(shop.data / "shop.sqlite", timeout=10)) as connection, connection:
        connection.execute("UPDATE variant SET stock = 1 WHERE sku = 'JT-BOAT-1'")
    add_to_cart(page, "harbour-tug-pull-boat")
    add_to_cart(page, "aruvel-garden-soap")
    page.goto("/cart")
    answer_questions(page, "too.late@example.org")
    other = new_context().new_page()
    add_to_cart(other, "harbour-tug-pull-boat")
    go_to_stripe(other, "in.time@example.org")
    pay(other)
    page.get_by_label("I accept the terms of sale").check()
    page.get_by_role("button", name="at Stripe").click()
    page.wait_for_url("**/cart")
    line = page.locator(".cart-line", has_text="Harbour tug pull boat")
    expect(line).to_contain_text("Sold out since you put it in")
    line.get_by_role("button", name="Remove Harbour tug pull boat").click()
    go_to_stripe(page, "too.late@example.org")
    pay(page)
    assert stock_of(shop.data, "JT-BOAT-1") == 0
