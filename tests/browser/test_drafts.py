"""What someone writes in the studio survives a dropped line, and is never put over what was saved since."""

from __future__ import annotations

from collections.abc import Callable

from backstage import Backstage, photograph
from browsing import sign_in
from people import PASSWORD as SECRET
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from storefront.demo.people import PASSWORD

LISTINGS = "/studio/sunlit-bench/listings"


def kept(page: Page) -> int:
    """How many forms this device keeps the words of."""
    return int(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('kept-draft:')).length"))


def enter(context: BrowserContext) -> Page:
    page = context.new_page()
    sign_in(page, "sunlit-bench@example.org", PASSWORD)
    page.wait_for_url("**/studio/**")
    return page


def save(page: Page, title: str) -> None:
    page.get_by_label("What do you call it?").fill(title)
    page.get_by_role("button", name="Save and go on").click()


def test_words_survive_a_dropped_line_and_are_forgotten_when_saved_or_signed_out(
    new_context: Callable[..., BrowserContext],
) -> None:
    context = new_context(reduced_motion="reduce")
    page = enter(context)
    page.goto(LISTINGS)
    page.get_by_role("button", name="New listing").click()
    page.wait_for_url("**/photos")
    listing = page.url.removesuffix("/photos")
    offer, title = page.locator("[data-kept-offer]"), page.get_by_label("What do you call it?")

    page.goto(f"{listing}/title")
    context.set_offline(True)
    save(page, "Balm of the hills")
    page.wait_for_url("chrome-error://**")
    context.set_offline(False)
    page.goto(f"{listing}/title")
    expect(title).to_have_value("")
    expect(offer).to_be_visible()
    page.get_by_role("button", name="Put them into the form").click()
    expect(title).to_have_value("Balm of the hills")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/description")
    assert kept(page) == 0, "what the shop has is not kept here"

    page.goto(f"{listing}/title")
    title.fill("Balm of the valley")
    page.goto(listing)
    assert kept(page) == 1
    other = enter(new_context(java_script_enabled=False))
    other.goto(f"{listing}/title")
    save(other, "Balm of the river")
    other.wait_for_url("**/description")
    page.goto(f"{listing}/title")
    expect(title).to_have_value("Balm of the river")
    expect(page.get_by_text("The answer was saved anew since then")).to_be_visible()

    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: not url.endswith("/account"))
    assert kept(page) == 0


def test_words_beside_photographs_outlive_the_line_the_session_and_another_editor(
    new_context: Callable[..., BrowserContext],
) -> None:
    context = new_context(reduced_motion="reduce")
    page = enter(context)
    page.goto(LISTINGS)
    page.get_by_role("button", name="New listing").click()
    page.wait_for_url("**/photos")
    photos, words = page.url, page.get_by_label("What does it show?")
    offer, save = page.locator("[data-kept-offer]"), page.get_by_role("button", name="Save and go on").last
    page.get_by_label("Add photographs").set_input_files([as_file(photograph())])
    words.fill("A tin on a bench")

    page.route("**/uploads", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("Add photographs").set_input_files([as_file(photograph("#c02020"))])
    expect(page.get_by_text("The line dropped at photograph 1 of 1.")).to_be_visible()
    save.click()  # held back until the photograph is there
    page.unroute("**/uploads")
    page.goto(f"{photos}?added=1")
    expect(offer).to_be_visible()
    page.get_by_role("button", name="Put them into the form").click()
    expect(words).to_have_value("A tin on a bench")

    cookies = context.cookies()
    context.clear_cookies()
    save.click()
    page.wait_for_url("**/photos/uploads")
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(photos)
    page.get_by_role("button", name="Put them into the form").click()
    expect(words).to_have_value("A tin on a bench")

    other = enter(new_context(java_script_enabled=False))
    other.goto(photos)
    other.get_by_label("What does it show?").fill("Theirs")
    other.get_by_role("button", name="Save and go on").last.click()
    save.click()
    expect(page.get_by_text("changed this answer while you wrote yours")).to_be_visible()
    page.goto(photos)
    expect(words).to_have_value("Theirs")
    page.get_by_role("button", name="Put them into the form").click()
    expect(words).to_have_value("A tin on a bench")
    save.click()
    page.wait_for_url("**/title")
    assert kept(page) == 0, "the shop has them"


def as_file(data: bytes) -> FilePayload:
    return {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": data}


def test_days_choices_and_ticks_come_back_too(new_context: Callable[..., BrowserContext]) -> None:
    page = enter(new_context(reduced_motion="reduce"))
    page.goto(LISTINGS)
    page.get_by_role("button", name="New listing").click()
    page.wait_for_url("**/photos")
    listing = page.url.removesuffix("/photos")
    for task, fill, check in (
        ("claims", fill_claim, claim_is_filled),
        ("story", fill_story, story_is_filled),
    ):
        page.goto(f"{listing}/{task}")
        fill(page)
        page.goto(listing)
        page.goto(f"{listing}/{task}")
        page.get_by_role("button", name="Put them into the form").click()
        check(page)


def fill_claim(page: Page) -> None:
    page.get_by_label("It holds since").first.fill("2026-01-05")
    page.get_by_label("What backs it?").first.select_option("verified")


def claim_is_filled(page: Page) -> None:
    expect(page.get_by_label("It holds since").first).to_have_value("2026-01-05")
    expect(page.get_by_label("What backs it?").first).to_have_value("verified")


def fill_story(page: Page) -> None:
    page.get_by_label("What does the work pay for?").fill("School")
    page.locator("label.pill", has_text="Yes").click()


def story_is_filled(page: Page) -> None:
    expect(page.get_by_label("What does the work pay for?")).to_have_value("School")
    expect(page.get_by_role("radio", name="Yes")).to_be_checked()


def test_answers_by_question_come_back_beside_a_story_that_another_began(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = enter(new_context(reduced_motion="reduce"))
    page.goto(LISTINGS)
    page.get_by_role("button", name="New listing").click()
    page.wait_for_url("**/photos")
    story = page.url.replace("/photos", "/story")
    page.goto(story)
    fill_story(page)
    page.goto(story.removesuffix("/story"))
    other = enter(new_context(java_script_enabled=False))
    other.goto(story)
    other.get_by_label("Who makes it, and where?").fill("Seven women")
    other.get_by_role("button", name="Save and go on").last.click()
    page.goto(story)
    expect(page.get_by_label("The story", exact=True)).to_have_value("Seven women")
    expect(page.get_by_label("What does the work pay for?")).to_be_hidden()
    page.get_by_role("button", name="Put them into the form").click()
    story_is_filled(page)
    expect(page.get_by_label("What does the work pay for?")).to_be_visible()


def test_no_kept_word_lands_in_another_row_or_in_a_choice_that_is_gone(
    backstage: Backstage, new_context: Callable[..., BrowserContext]
) -> None:
    owner = backstage.person("Owner")
    group = backstage.group(owner, f"Rows {owner.email[6:11]}")
    kinds = f"/studio/{group}/listings/{backstage.listing(group, 'Balm of rows')}/kinds"
    page = new_context(reduced_motion="reduce").new_page()
    sign_in(page, owner.email, SECRET)
    page.wait_for_url("**/studio/**")
    page.goto(kinds.removesuffix("/kinds"))
    page.get_by_role("button", name="Change this listing").click()
    page.goto(kinds)
    code = page.get_by_label("Article code").first.input_value()
    page.get_by_label("Price in USD").first.fill("77.00")
    page.goto(kinds.removesuffix("/kinds"))
    large = {"sku": f"{code}-L", "name": "Large", "price_minor": 900, "weight_g": 90}
    backstage.fill(group, variants=[large, {**large, "sku": code, "name": "Small", "price_minor": 1200}])
    page.goto(kinds)
    page.get_by_role("button", name="Put them into the form").click()
    rows = page.get_by_role("group", name="Kind ")
    for at, (sku, price) in enumerate(((large["sku"], "9.00"), (code, "77.00"))):
        expect(rows.nth(at).get_by_label("Article code")).to_have_value(str(sku))
        expect(rows.nth(at).get_by_label("Price in USD")).to_have_value(price)

    claims = kinds.replace("/kinds", "/claims")
    page.goto(claims)
    level = page.get_by_label("What backs it?").last
    level.evaluate("one => one.add(new Option('Gone since', 'gone'))")
    level.select_option("gone")
    page.get_by_label("The claim").last.fill("Paid above the wage floor")
    page.goto(claims.removesuffix("/claims"))
    page.goto(claims)
    page.get_by_role("button", name="Put them into the form").click()
    expect(page.get_by_label("The claim").last).to_have_value("Paid above the wage floor")
    expect(level).to_have_value("declared")
