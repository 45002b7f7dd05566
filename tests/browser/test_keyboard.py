"""A purchase by keyboard alone: what has the focus is always seen, and everything can be reached."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import CARD, expect_paid
from playwright.sync_api import BrowserContext, Page, expect

# What has the focus: its name, and whether a person can see that it has it.
FOCUSED = """() => {
  const it = document.activeElement;
  const name = it.getAttribute("aria-label") || it.labels?.[0]?.innerText || it.innerText || it.value || "";
  // A radio pill is drawn by what stands beside the input, a card by the whole of it.
  const drawn = [it, it.nextElementSibling, it.closest("label"), it.closest("form"), it.closest("[class$=-card]")]
    .filter(Boolean);
  const seen = drawn.some((one) => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  });
  const box = (it.matches("input[type=radio]") ? it.closest("label") ?? it : it).getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + Math.min(box.width / 2, 40), box.y + Math.min(box.height / 2, 20));
  const covered = !(middle && (it.contains(middle) || middle.contains(it) || it.closest("label")?.contains(middle)));
  return { name: name.trim().replace(/\\s+/g, " "), seen, covered, tag: it.tagName };
}"""


def tab_to(page: Page, name: str, most: int = 90) -> None:
    """Press Tab until the focus is on what is called so; on the way every stop must show its focus."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["tag"] == "BODY":
            continue
        assert stop["seen"], f"the focus on {stop} can't be seen"
        assert not stop["covered"], f"{stop} is covered or off the screen while it has the focus"
        if re.search(name, stop["name"]):
            return
        passed.append(stop["name"])
    raise AssertionError(f"{name!r} was not reached: {passed}")


def skip_to_content(page: Page) -> None:
    """The first stop of a page is the skip link, and it leads to the main part."""
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["name"] == "Skip to the content"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def write(page: Page, label: str, text: str) -> None:
    """Go to a field and type."""
    tab_to(page, label)
    page.keyboard.type(text)


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A desktop page that jumps instead of gliding, so that where the focus is can be looked at at once."""
    return new_context(reduced_motion="reduce").new_page()


def test_everything_is_bought_with_tab_enter_and_space(page: Page) -> None:
    page.goto("/")
    skip_to_content(page)
    tab_to(page, "Shop all products")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products")
    skip_to_content(page)
    tab_to(page, "Women")
    page.keyboard.press("Space")
    page.wait_for_url("**cause=women**")
    skip_to_content(page)
    tab_to(page, "Palpa Dhaka scarf")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/palpa-dhaka-scarf")
    skip_to_content(page)
    tab_to(page, "^Add to cart$")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cart")
    skip_to_content(page)
    tab_to(page, "^Check out$")
    page.keyboard.press("Enter")

    page.wait_for_url("**/checkout")
    skip_to_content(page)
    write(page, "E-mail address", "keyboard@example.org")
    write(page, "^Name$", "Mei Lin")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/delivery")
    skip_to_content(page)
    write(page, "Country", "United States")
    expect(page.get_by_label("Country")).to_have_value("US")
    write(page, "Street", "1 Long Road")
    write(page, "Town or city", "Portland")
    write(page, "State or province", "Oregon")
    write(page, "Postcode", "97201")
    tab_to(page, "Go on to payment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/payment")
    skip_to_content(page)
    tab_to(page, "I accept the terms of sale")
    page.keyboard.press("Space")
    tab_to(page, "at Stripe")
    page.keyboard.press("Enter")

    page.wait_for_url("**/c/pay/**")
    for label, text in {"^Name": "Mei Lin", "Card number": CARD, "Expiry": "12 / 34", "Security code": "123"}.items():
        write(page, label, text)
    page.keyboard.press("Enter")
    expect_paid(page)
    skip_to_content(page)
    tab_to(page, "Open the receipt")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Impact receipt")


def test_on_the_phone_the_buy_bar_never_covers_what_has_the_focus(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(viewport={"width": 360, "height": 640}, reduced_motion="reduce").new_page()
    page.goto("/products/palpa-dhaka-scarf")
    skip_to_content(page)
    tab_to(page, "What was checked")
