"""How the pages behind the counter look on a phone: what acts, what is chosen, and what fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from backstage import Backstage
from playwright.sync_api import BrowserContext, Page, expect

from storefront.accounts.models import Role


@pytest.fixture
def studio(backstage: Backstage, new_context: Callable[..., BrowserContext]) -> Page:
    """A phone of a group's owner who has two orders to pack."""
    owner = backstage.person("Lena Looks")
    group = backstage.group(owner, f"Looks of {owner.email[11:16]}")
    backstage.listing(group, "Balm to look at")
    backstage.sell(group, "looks@example.org")
    page = new_context(viewport={"width": 360, "height": 780}).new_page()
    owner.enter(page)
    page.wait_for_url(f"**/studio/{group}")
    return page


def looks(page: Page, selector: str, name: str, part: str = "") -> str:
    """The computed value of a property of the first such element, or of a part of it such as `::before`."""
    return str(
        page.locator(selector).first.evaluate(
            "(one, [name, part]) => getComputedStyle(one, part).getPropertyValue(name)", [name, part]
        )
    )


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]


def height(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["height"]


def test_a_choice_has_a_ring_and_a_button_has_none(studio: Page) -> None:
    studio.get_by_role("link", name="Notices").click()
    studio.wait_for_url("**/notices")
    face, chosen = ".pill input:not(:checked) + .pill-face", ".pill input:checked + .pill-face"
    assert looks(studio, face, "border-radius", "::before") == "50%"
    assert looks(studio, face, "border-top-width", "::before") == "1px"
    assert looks(studio, chosen, "border-top-width", "::before") == "5px", "it is filled once chosen"
    assert looks(studio, chosen, "background-color") != looks(studio, face, "background-color")


def test_a_list_of_the_studio_begins_high_on_the_phone_under_tabs_of_one_row(studio: Page) -> None:
    studio.goto(f"{studio.url}/orders")
    tabs = studio.get_by_role("navigation", name="State").get_by_role("link")
    assert len({top(studio, f".tab:nth-child({n})") for n in range(1, 5)}) == 1
    assert top(studio, ".big-rows") < 330
    expect(tabs.first).to_have_attribute("aria-current", "page")
    assert studio.locator(".button-primary").count() == 0, "there is nothing to do but to choose an order"
    current, other = (
        looks(studio, tab, "background-color") for tab in (".tab[aria-current]", ".tab:not([aria-current])")
    )
    assert current != other


def test_what_stands_in_a_row_keeps_its_own_distance_within_a_wide_stack(studio: Page) -> None:
    studio.goto(f"{studio.url}/orders")
    studio.locator(".big-row").first.click()
    expect(studio.get_by_role("heading", name="Goes to")).to_be_visible()
    assert looks(studio, "main .cluster", "row-gap") == "12.75px"


def test_tables_of_the_admin_fit_a_phone_with_the_column_s_name_before_each_cell(
    backstage: Backstage, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(viewport={"width": 360, "height": 780}).new_page()
    backstage.person("Ada Fits", Role.ADMIN).enter(page)
    page.wait_for_url("**/admin")
    for address in ("/admin/orders", "/admin/returns?state=all", "/admin/people", "/admin/journal", "/mail"):
        page.goto(address)
        region = page.locator(".scroll-x")
        assert region.evaluate("(one) => one.scrollWidth <= one.clientWidth"), f"{address} scrolls sideways"
        assert looks(page, "td[data-label]", "content", "::before") != "none"
    page.goto("/admin/orders")
    expect(page.get_by_label("Status")).to_be_hidden()
    page.get_by_text("Filter", exact=True).click()
    expect(page.get_by_label("Status")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/admin/orders")
    expect(page.get_by_label("Status")).to_be_visible()
    expect(page.get_by_text("Filter", exact=True)).to_be_hidden()


def test_links_that_stand_alone_are_large_enough_to_hit(studio: Page, plain_page: Page) -> None:
    studio.goto(f"{studio.url}/orders")
    studio.locator(".big-row").first.click()
    expect(studio.get_by_role("heading", name="Goes to")).to_be_visible()
    for link in (".page-head a", "main .link-button[href$='.pdf']", ".site-footer a"):
        assert height(studio, link) >= 48, link
    plain_page.goto("/about")
    assert height(plain_page, ".site-footer li a") >= 44
