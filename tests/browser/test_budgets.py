"""What pages cost a visitor: bytes over the wire, as Chromium counts them, with nothing in its cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from browsing import add_to_cart, answer_questions, row_of
from playwright.sync_api import BrowserContext, Page

from .conftest import Shop

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
SCREENS = {"phone": PHONE, "desktop": DESKTOP}

KB = 1000
# The whole page, and each kind of file, compressed, in bytes.
WHOLE = {"home": 180, "list": 160, "product": 150, "cart": 100, "contact": 100, "payment": 100, "receipt": 100}
KINDS = {"Document": 20, "Stylesheet": 12, "Script": 8}


def weigh(page: Page, address: str) -> Counter[str]:
    """Open a page with an empty cache; bytes by kind of file, and of all of them as `all`."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    sizes: Counter[str] = Counter()

    def arrived(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def done(event: dict[str, Any]) -> None:
        sizes[kinds.get(event["requestId"], "Other")] += event["encodedDataLength"]
        sizes["all"] += event["encodedDataLength"]

    wire.on("Network.responseReceived", arrived)
    wire.on("Network.loadingFinished", done)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    wire.detach()
    return sizes


def assert_within_budget(what: str, sizes: Counter[str]) -> None:
    """Within what this type of page may cost, in all and by kind."""
    budget = {**KINDS, "all": WHOLE[what]}
    over = {kind: size for kind, size in sizes.items() if size > budget.get(kind, 1e9) * KB}
    assert over == {}, f"{what} is over its budget of {budget} kB: {dict(sizes)}"
    assert sizes["Document"] > 0


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_stay_within_their_budget_of_bytes(
    shop: Shop, new_context: Callable[..., BrowserContext], screen: str
) -> None:
    (receipt,) = row_of(shop.data, "SELECT public_id FROM receipt ORDER BY id LIMIT 1")
    page = new_context(**SCREENS[screen]).new_page()
    for what, address in {
        "home": "/",
        "list": "/products",
        "product": "/products/palpa-dhaka-scarf",
        "receipt": f"/receipts/{receipt}",
    }.items():
        assert_within_budget(what, weigh(page, address))
    add_to_cart(page, "palpa-dhaka-scarf")
    add_to_cart(page, "aruvel-garden-soap")
    assert_within_budget("cart", weigh(page, "/cart"))
    assert_within_budget("contact", weigh(page, "/checkout"))
    page.goto("/cart")
    answer_questions(page)
    assert_within_budget("payment", weigh(page, "/checkout/payment"))


def test_nothing_shifts_while_the_first_pages_load(page: Page) -> None:
    for address in ("/", "/products", "/products/palpa-dhaka-scarf"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        shift = page.evaluate(
            """() => new Promise((done) => {
                 let sum = 0;
                 new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value)))
                   .observe({ type: "layout-shift", buffered: true });
                 setTimeout(() => done(sum), 100);
               })"""
        )
        assert shift <= 0.01, f"{address} shifts by {shift}"
