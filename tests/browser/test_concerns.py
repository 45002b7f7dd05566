"""A worry told in confidence, at a phone's width: money held, an answer read by its link, money released, closed."""

from __future__ import annotations

from collections.abc import Callable

from backstage import Backstage
from browsing import go, one_of_its_own, press
from playwright.sync_api import Page, expect

from storefront.accounts.models import Role

from .conftest import assert_accessible, assert_fits


def look_at(page: Page, what: str) -> None:
    """Accessible where scripts can look, and never wider than a small phone."""
    if page.evaluate("() => !matchMedia('(scripting: none)').matches"):
        assert_accessible(page, what)
    assert_fits(page, what)


def test_a_concern_is_told_looked_into_and_closed(backstage: Backstage, phone: Callable[..., Page]) -> None:
    name = one_of_its_own("Wage Bench")
    group = backstage.group(backstage.person("Owner"), name)
    backstage.listing(group, one_of_its_own("Wage balm"))
    backstage.sell(group, "wages@example.org")
    admin = backstage.person("Ada", Role.ADMIN)

    reporter = phone()
    reporter.goto(f"/producers/{group}")
    reporter.locator("main").get_by_role("link", name="Tell us what worries you").click()
    press(reporter, "Send it in confidence")
    expect(reporter.get_by_role("alert")).to_be_visible()
    look_at(reporter, "a concern with an error")
    reporter.get_by_label("What happened?").fill("Nobody was paid in spring.")
    press(reporter, "Send it in confidence")
    heading = reporter.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Case ")
    look_at(reporter, "a case, for its reporter")
    number = heading.inner_text().removeprefix("Case ").strip()

    desk = phone(admin)
    desk.goto("/admin")
    go(desk, "Concerns")
    look_at(desk, "concerns")
    go(desk, number)
    desk.get_by_label("Looked after by").select_option(label="Ada")
    press(desk, "Hand it over")
    desk.get_by_label("Why?", exact=True).fill("The wage book is missing.")
    press(desk, "Hold it back")
    expect(desk.get_by_text("Nothing is paid to them until you lift it.")).to_be_visible()
    desk.get_by_label("Write", exact=True).fill("Which week was it?")
    press(desk, "Send it to the reporter")
    look_at(desk, "a case, for admins")
    case = desk.url
    desk.goto(f"/admin/payouts/{group}")
    expect(desk.get_by_text("Nothing is paid to the group while something is looked into")).to_be_visible()
    look_at(desk, "a payout that is held back")
    desk.get_by_label("The bank's reference").fill("WAGES 5")
    press(desk, "Record the payout")
    expect(desk.get_by_role("alert")).to_contain_text("Payments to the group are held back")

    reporter.reload()
    expect(reporter.get_by_text("Which week was it?")).to_be_visible()
    reporter.get_by_label("Write more").fill("The last of May.")
    press(reporter, "Send")
    desk.goto(case)
    expect(desk.get_by_text("The last of May.")).to_be_visible()
    desk.get_by_label("Why can they be paid again?").fill("The book was shown, and they were paid.")
    press(desk, "Lift it")
    expect(desk.get_by_role("button", name="Close the case")).to_be_hidden()
    desk.get_by_text("Close it").click()
    desk.get_by_label("What came of it?").select_option(label="The concern was right")
    desk.get_by_label("What did you find").fill("They were paid late, in June.")
    press(desk, "Close the case")
    desk.goto(f"/admin/payouts/{group}")
    desk.get_by_label("The bank's reference").fill("WAGES 6")
    press(desk, "Record the payout")
    expect(desk.get_by_text("Recorded, and the group has a letter.")).to_be_visible()
    reporter.reload()
    expect(reporter.get_by_text("They were paid late, in June.")).to_be_visible()
    expect(reporter.get_by_text("The concern was right")).to_be_visible()
