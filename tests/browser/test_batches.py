"""A batch on a phone: an editor writes it with a document, a reviewer reads both, and a label's code opens it."""

from __future__ import annotations

from collections.abc import Callable

from backstage import Backstage
from browsing import go, one_of_its_own, press
from playwright.sync_api import Page, expect

from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.refs import new_ref

from .conftest import assert_fits

PAPER = {"name": "slip.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nthe weighing slip\n%%EOF\n"}


def write_batch(page: Page, code: str) -> None:
    """From the list of batches to a batch with one step and its document."""
    today = clock.today().isoformat()
    press(page, "New batch")
    page.get_by_label("Code on the label").fill(code.lower())
    page.get_by_label("Who made it?").fill("Bench two")
    page.get_by_label("How many people?").fill("7")
    page.get_by_label("First day of making it").fill(today)
    page.get_by_label("Last day").fill(today)
    page.get_by_label("How many pieces?").fill("120")
    press(page, "Save and go on")
    go(page, "Material bought or gathered")
    page.get_by_label("On which day?").fill(today)
    page.get_by_label("What happened, in a few words?").fill("Wax weighed at the gate")
    page.get_by_label("What backs it?").select_option("documented")
    page.get_by_label("Name of the document").fill("Weighing slip")
    page.get_by_label("The document", exact=True).set_input_files([PAPER])
    page.get_by_label("Shoppers may open this document").check()
    page.get_by_role("group", name="Does it name somebody").get_by_label("No", exact=True).check()
    press(page, "Save and go on")


def test_a_batch_is_written_on_a_phone_reviewed_and_opened_by_its_code(
    backstage: Backstage, phone: Callable[..., Page]
) -> None:
    owner, reviewer = backstage.person("Owner"), backstage.person("Rosa", Role.REVIEWER, second=True)
    group, code = backstage.group(owner, one_of_its_own("Batch Bench")), f"BB-{new_ref(5)}"
    slug = backstage.listing(group, one_of_its_own("Batch balm"))
    page, shopper, desk = phone(owner), phone(), phone(reviewer)
    page.goto(f"/studio/{group}/listings/{slug}")
    go(page, "Batches")
    write_batch(page, code)
    assert_fits(page, "a batch", 360)
    expect(page.get_by_text("Wax weighed at the gate").first).to_be_visible()
    press(page, "Send for check")
    expect(page.get_by_text("A reviewer is looking at it.")).to_be_visible()

    shopper.goto(f"/trace/{code}")
    expect(shopper.get_by_role("heading", level=1)).to_have_text("We know no batch with this code")

    desk.goto(f"/admin/batches?producer={group}")
    go(desk, code)
    expect(desk.get_by_role("link", name="Weighing slip").first).to_be_visible()
    press(desk, "Approve this version")

    shopper.goto("/trace")
    shopper.get_by_label("Code on the label").fill(code.lower())
    press(shopper, "Show the batch")
    expect(shopper.get_by_role("heading", name="Wax weighed at the gate")).to_be_visible()
    paper = shopper.get_by_role("link", name="Weighing slip").get_attribute("href")
    answer = shopper.request.get(str(paper))
    assert answer.body() == PAPER["buffer"]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert_fits(shopper, "a batch's page", 360)
