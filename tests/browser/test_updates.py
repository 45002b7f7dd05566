"""An update at a phone's width: written, seen as the letter will be, read by somebody else, public, and in the post."""

from __future__ import annotations

from collections.abc import Callable

from backstage import Backstage
from browsing import follow_letter, go, one_of_its_own, press, read_letter
from playwright.sync_api import Page, expect

from storefront.accounts.models import Role
from storefront.core.refs import new_ref

from .conftest import assert_fits


def test_a_group_tells_its_buyers_and_one_of_them_wants_no_more(
    backstage: Backstage, phone: Callable[..., Page]
) -> None:
    name, title, buyer = one_of_its_own("Told Bench"), one_of_its_own("New loom"), f"{new_ref(6).lower()}@example.org"
    owner, admin = backstage.person("Owner"), backstage.person("Ada", Role.ADMIN)
    group = backstage.group(owner, name)
    backstage.listing(group, one_of_its_own("Told balm"))
    backstage.sell(group, buyer)

    page = phone(owner)
    page.goto(f"/studio/{group}")
    go(page, "Updates to buyers")
    go(page, "Write an update")
    press(page, "Send for check")
    expect(page.get_by_role("link", name="Say it in a few words")).to_be_visible()
    page.get_by_label("In a few words").fill(title)
    page.get_by_label("What do you want to tell them?").fill("It came in May.\n\nWe like it.")
    press(page, "Send for check")
    expect(page.get_by_role("link", name="Say whether somebody can be recognised in it.")).to_be_visible()
    expect(page.get_by_label("What do you want to tell them?")).to_have_value("It came in May.\n\nWe like it.")
    page.get_by_role("group", name="can somebody be recognised in it?").get_by_label("No", exact=True).check()
    press(page, "Save and look at it")
    expect(page.get_by_text("It would go to 1 buyer at the most.")).to_be_visible()
    expect(page.get_by_text(f"{name}: {title}")).to_be_visible()
    assert_fits(page, "an update with its letter")
    press(page, "Send for check")

    desk = phone(admin)
    desk.goto("/admin")
    go(desk, "Updates to buyers")
    press(desk.get_by_role("article", name=title), f"Publish and send it: {title}")
    expect(desk.get_by_text("It is public, and goes to the buyers.")).to_be_visible()

    shopper = phone()
    shopper.goto(f"/producers/{group}")
    expect(shopper.get_by_role("heading", name=title)).to_be_visible()
    backstage.do("send_updates")
    read_letter(shopper, buyer, title)
    expect(shopper.get_by_text("It came in May.")).to_be_visible()
    follow_letter(shopper, buyer, title, "/unsubscribe/")
    expect(shopper.get_by_text(f"by {name}")).to_be_visible()
    press(shopper, "End these letters")
    expect(shopper.get_by_role("heading", name="These letters have ended")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 letter went out.")).to_be_visible()
