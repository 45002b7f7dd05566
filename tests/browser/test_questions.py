"""A question on a phone, with scripts and without: asked, passed on, answered, and read by whoever comes next."""

from __future__ import annotations

from collections.abc import Callable

from backstage import Backstage
from browsing import go, one_of_its_own, press, read_letter
from playwright.sync_api import Page, expect

from storefront.accounts.models import Role
from storefront.core.refs import new_ref

from .conftest import assert_fits
from .test_pages import look_at

WORDS = "Is it made with beeswax, or with something from plants?"


def test_a_guest_s_question_is_passed_on_answered_and_read_by_everybody(
    backstage: Backstage, phone: Callable[..., Page]
) -> None:
    owner, admin = backstage.person("Olga Owner"), backstage.person("Ada Admin", Role.ADMIN, second=True)
    group = backstage.group(owner, one_of_its_own("Wax Works"))
    title, asker = one_of_its_own("Lip balm"), f"asker.{new_ref(5).lower()}@example.org"
    slug = backstage.listing(group, title)

    shopper = phone()
    shopper.goto(f"/products/{slug}")
    go(shopper, "Ask a question")
    shopper.get_by_label("Your question").fill(WORDS)
    press(shopper, "Send the question")
    expect(shopper.get_by_role("alert")).to_contain_text("Enter your e-mail address")
    expect(shopper.get_by_label("Your question")).to_have_value(WORDS)
    assert_fits(shopper, "the form with an error")
    shopper.get_by_label("E-mail address").fill(asker)
    press(shopper, "Send the question")
    expect(shopper.get_by_text("We have your question")).to_be_visible()
    assert shopper.context.cookies() == []

    desk = phone(admin)
    desk.goto("/admin")
    go(desk, "Questions")
    expect(desk.get_by_text(WORDS)).to_be_visible()
    press(desk, f"Pass it on: {title}")
    expect(desk.get_by_text("The question is with the group")).to_be_visible()

    bench = phone(owner)
    bench.goto(f"/studio/{group}")
    expect(bench.get_by_text("1 to answer")).to_be_visible()
    go(bench, "Questions and reviews")
    assert_fits(bench, "the studio's questions")
    bench.get_by_label("Your answer", exact=True).fill("With beeswax, from hives on the roof.")
    press(bench, f"Answer the question about {title}")
    expect(bench.get_by_text("Your answer is on the product's page")).to_be_visible()

    read_letter(shopper, asker, "has answered you")
    expect(shopper.locator(".letter")).not_to_contain_text(WORDS)  # the address was only typed
    shopper.locator(f".letter a[href*='/products/{slug}']").click()
    expect(shopper.locator("#questions")).to_contain_text("With beeswax, from hives on the roof.")
    assert asker not in shopper.content()


def test_asking_is_accessible_with_errors_and_for_who_is_signed_in(backstage: Backstage, page: Page) -> None:
    page.goto("/products/palpa-dhaka-scarf/questions/new")
    look_at(page, "asking")
    press(page, "Send the question")
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(page, "asking with errors")
    person = backstage.person("Robin")
    person.enter(page)
    page.goto("/products/palpa-dhaka-scarf/questions/new")
    expect(page.get_by_label("E-mail address")).to_have_count(0)
    page.get_by_label("Your question").fill("Who spins the yarn?")
    press(page, "Send the question")
    expect(page.get_by_text("We have your question")).to_be_visible()
    look_at(page, "asked")
