"""A producer group on a phone, with scripts and without: let in, on the shelf, changed, suspended, packing, paid."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal

from backstage import Backstage, Person, photograph
from browsing import add_to_cart, follow_letter, go, one_of_its_own, press, read_letter, row_of
from playwright.sync_api import Page, expect

from storefront.accounts.models import Role
from storefront.core.refs import new_ref
from storefront.producers.models import MemberRole

from .conftest import Shop

PDF = b"%PDF-1.7\nwages of 2026\n%%EOF\n"


def decide(page: Page, act: str, reason: str) -> None:
    """A reviewer's voice, on the page of a case."""
    page.get_by_label("What shall be done?").select_option(label=act)
    page.get_by_label("Reason").fill(reason)
    press(page, "Decide")
    expect(page.get_by_text("It is on record.")).to_be_visible()


def reviewers(backstage: Backstage) -> tuple[Person, Person]:
    """Two who sign in with two steps."""
    one, two = (backstage.person(f"Reviewer {name}", Role.REVIEWER, second=True) for name in ("One", "Two"))
    return one, two


def test_a_group_applies_answers_a_question_and_is_let_in_by_two(
    backstage: Backstage, phone: Callable[..., Page]
) -> None:
    maya, (one, two), name = backstage.person("Maya Gurung"), reviewers(backstage), one_of_its_own("Felt Circle")
    page = phone(maya)
    page.goto("/studio/application")
    press(page, "Apply as a producer group")
    go(page, "Begin")
    page.get_by_label("What is your group called?").fill(name)
    press(page, "Save and go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("How do you write your name yourselves?")
    page.context.close()

    page = phone(maya)
    page.goto("/studio/application")
    go(page, name)
    case = page.url
    expect(page.get_by_role("listitem").filter(has_text="What is your group called?")).to_contain_text("Answered")
    backstage.finish_application(maya, name, but="fair_pay")
    press(page, "Send it to the reviewers")
    expect(page.get_by_text("One question is still to be answered.")).to_be_visible()
    page.get_by_role("alert").get_by_role("link", name="Fair pay, paid on time").click()
    page.get_by_label("How is pay agreed").fill("By the piece, each Friday, never under the floor.")
    paper = {"name": "wages.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("A paper or a photograph").set_input_files(paper)
    press(page, "Save and go on")
    page.wait_for_url(case)
    press(page, "Send it to the reviewers")
    expect(page.get_by_text("Being looked at")).to_be_visible()

    desk = phone(one)
    desk.goto("/admin/vetting")
    go(desk, name)
    file = desk.get_by_role("link", name=re.compile(r"\.pdf$")).get_attribute("href")
    assert desk.request.get(str(file)).body() == PDF
    desk.get_by_label("Write to them").fill("Who keeps the wage book?")
    press(desk, "Send")
    expect(desk.get_by_text("Your message is on its way.")).to_be_visible()

    read_letter(page, maya.email, name)
    expect(page.get_by_text("Who keeps the wage book?")).to_be_visible()
    page.locator(".letter a[href*='/studio/application/']").click()
    page.get_by_label("Write to the reviewers").fill("Sunita does, and reads it out each Friday.")
    press(page, "Send")
    desk.reload()
    expect(desk.get_by_text("Sunita does, and reads it out each Friday.")).to_be_visible()

    backstage.judge(maya, one)
    decide(desk, "Approve", "The wage book is read out to everybody.")
    other = phone(two)
    other.goto(desk.url.partition("#")[0])
    decide(other, "Approve", "The wage book is read out: that is the point.")
    read_letter(page, maya.email, f"{name} is approved")
    expect(page.get_by_text("The wage book is read out: that is the point.")).to_be_visible()
    page.goto("/studio")
    go(page, name)
    expect(page.get_by_role("link", name="Listings")).to_be_visible()


def test_a_listing_goes_from_two_photographs_to_the_shopper(backstage: Backstage, phone: Callable[..., Page]) -> None:
    owner, title = backstage.person("Owner"), one_of_its_own("Hand balm")
    group = backstage.group(owner, one_of_its_own("Balm Bench"))
    page = phone(owner)
    page.goto(f"/studio/{group}")
    go(page, "Listings")
    press(page, "New listing")
    files = [{"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": photograph(colour)}
             for n, colour in enumerate(("#2040c0", "#c02020"))]  # fmt: skip
    page.get_by_label("Add photographs").set_input_files(files)
    press(page, "Upload")
    for n, words in enumerate(("A blue tin on a bench", "A red tin on a bench")):
        page.get_by_label("What does it show?").nth(n).fill(words)
        people = page.get_by_role("group", name="Can somebody be recognised in it?").nth(n)
        people.get_by_label("No", exact=True).check()
    press(page, "Move photograph 2 earlier")
    expect(page.get_by_label("What does it show?").first).to_have_value("A red tin on a bench")
    press(page, "Save and go on")
    page.get_by_label("What do you call it?").fill(title)
    press(page, "Save and go on")
    backstage.fill(group, title=title)
    go(page, "Back to the listing")
    press(page, "Send for check")
    expect(page.get_by_text("Sent. You get a letter when a reviewer has decided.")).to_be_visible()

    desk = phone(reviewers(backstage)[0])
    desk.goto("/admin/listings")
    go(desk, title)
    expect(desk.get_by_text("A blue tin on a bench")).to_be_visible()
    go(desk, "See the page as shoppers would")
    expect(desk.get_by_role("heading", level=1)).to_have_text(title)
    go(desk, "Back")
    press(desk, "Approve this version")
    expect(desk.get_by_text("Approved: shoppers see it now.")).to_be_visible()

    read_letter(page, owner.email, title)
    shopper = phone()
    shopper.goto("/products?sort=newest")
    go(shopper, title)
    expect(shopper.get_by_role("heading", level=1)).to_have_text(title)
    expect(shopper.get_by_role("img", name="A red tin on a bench").first).to_be_visible()
    expect(shopper.locator("#buy").get_by_role("button", name="Add to cart")).to_be_visible()


def test_shoppers_keep_the_approved_version_until_the_next_is_approved(
    backstage: Backstage, phone: Callable[..., Page]
) -> None:
    owner, editor, old = backstage.person("Owner"), backstage.person("Editor"), one_of_its_own("Old balm")
    new = old.replace("Old", "New")
    group = backstage.group(owner, one_of_its_own("Balm Bench"))
    backstage.join(group, editor, MemberRole.EDITOR)
    slug = backstage.listing(group, old)
    shopper, address = phone(), f"/products/{slug}"

    def shown() -> bytes:
        return shopper.request.get(address).body()

    before = shown()
    page, second = phone(owner), phone(editor)
    page.goto(f"/studio/{group}/listings/{slug}")
    press(page, "Change this listing")
    task = f"/studio/{group}/listings/{slug}/title"
    for one, words in ((page, new), (second, "What the other one wrote")):
        one.goto(task)
        one.get_by_label("What do you call it?").fill(words)
    press(page, "Save and go on")
    press(second, "Save and go on")
    expect(second.get_by_text("changed this answer while you wrote yours")).to_be_visible()
    expect(second.get_by_text(new, exact=True)).to_be_visible()
    expect(second.get_by_label("What do you call it?")).to_have_value("What the other one wrote")
    second.get_by_label("What do you call it?").fill(new)
    second.get_by_label("A few words below the name").fill("What the other one wrote")
    press(second, "Save and go on")
    page.goto(f"/studio/{group}/listings/{slug}/reason")
    page.get_by_label("Why does the listing change?").fill("The name was too plain")
    press(page, "Save and go on")
    assert shown() == before
    page.goto(f"/studio/{group}/listings/{slug}")
    press(page, "Send for check")
    expect(page.get_by_text("A reviewer is looking at it.")).to_be_visible()
    assert shown() == before

    desk = phone(reviewers(backstage)[0])
    desk.goto("/admin/listings")
    go(desk, new)
    expect(desk.locator("del").first).to_contain_text("Old")
    expect(desk.locator("ins").first).to_contain_text("New")
    expect(desk.get_by_text("The name was too plain")).to_be_visible()
    assert shown() == before
    press(desk, "Approve this version")
    shopper.goto(address)
    expect(shopper.get_by_role("heading", level=1)).to_have_text(new)
    expect(shopper.get_by_text("What the other one wrote")).to_be_visible()


def test_a_suspension_hides_and_unsells_at_once_and_its_end_publishes_no_draft(
    backstage: Backstage, phone: Callable[..., Page]
) -> None:
    owner, (one, two), title = backstage.person("Owner"), reviewers(backstage), one_of_its_own("Calm balm")
    name = one_of_its_own("Balm Bench")
    group = backstage.group(owner, name)
    slug, buyer = backstage.listing(group, title), f"{new_ref(6).lower()}@example.org"
    order = backstage.sell(group, buyer)
    shopper, desk = phone(), phone(one)
    add_to_cart(shopper, slug)
    backstage.stage(group, title="Words that nobody has read")

    desk.goto("/admin/vetting")
    desk.get_by_text("Filter", exact=True).click()
    desk.get_by_label("State").select_option(label="Approved")
    desk.get_by_label("Name").fill(name)
    press(desk, "Show")
    go(desk, name)
    decide(desk, "Suspend", "A report of unpaid wages.")
    gone = shopper.goto(f"/products/{slug}")
    assert gone is not None
    assert gone.status == 404
    shopper.goto("/cart")
    expect(shopper.locator(".cart-line", has_text=title)).to_contain_text("Not for sale at the moment")
    expect(shopper.get_by_role("link", name="Check out")).to_have_count(0)

    page = phone(owner)
    page.goto(f"/studio/{group}")
    expect(page.get_by_text("The group is suspended")).to_be_visible()
    go(page, "1 order to pack")
    page.get_by_role("listitem").filter(has_text=order).get_by_role("link").click()
    page.get_by_label("Carrier (or “by hand”)").fill("by hand")
    press(page, "Mark as sent")
    expect(page.get_by_text("Noted, and the shopper has a letter about it.")).to_be_visible()

    decide(desk, "End the suspension", "The wages are paid.")
    other = phone(two)
    other.goto(desk.url)
    decide(other, "End the suspension", "The wages are paid, by the book.")
    shopper.goto(f"/products/{slug}")
    expect(shopper.get_by_role("heading", level=1)).to_have_text(title)
    expect(shopper.get_by_text("Words that nobody has read")).to_have_count(0)
    shopper.goto("/cart")
    expect(shopper.get_by_role("link", name="Check out")).to_be_visible()


def figures(page: Page) -> dict[str, int]:
    """The sums of a statement's page, in cents; what was left from or for a month without its name."""
    rows = page.get_by_role("table").first.get_by_role("row").all()
    names = [re.sub(r"^(Left \w+) .*", r"\1", row.get_by_role("rowheader").inner_text()) for row in rows]
    return {name: cents(row.get_by_role("cell").inner_text()) for name, row in zip(names, rows, strict=True)}


def cents(text: str) -> int:
    """`-$1,234.50`, with whichever minus, in cents."""
    return int(re.sub("[^0-9]", "", text)) * (-1 if text.strip()[0] in "-\u2212" else 1)


def test_an_order_is_packed_and_paid_for_and_the_statement_is_the_ledger(
    shop: Shop, backstage: Backstage, phone: Callable[..., Page]
) -> None:
    owner, keeper, admin = backstage.person("Owner"), backstage.person("Keeper"), backstage.person("Ada", Role.ADMIN)
    group = backstage.group(owner, one_of_its_own("Balm Bench"))
    backstage.join(group, keeper, MemberRole.FINANCE)
    backstage.listing(group, one_of_its_own("Paid balm"))
    buyer = f"{new_ref(6).lower()}@example.org"
    backstage.sell(group, buyer, 1)
    order = backstage.sell(group, buyer, 3)
    backstage.give_back(order, 1)

    page, shopper = phone(owner), phone()
    page.goto(f"/studio/{group}")
    go(page, "2 orders to pack")
    page.get_by_role("listitem").filter(has_text=order).get_by_role("link").click()
    sheet = page.request.get(str(page.get_by_role("link", name="Packing list (PDF)").get_attribute("href")))
    assert sheet.body().startswith(b"%PDF-")
    page.get_by_label("How many leave now, of 2").fill("1")
    page.get_by_label("Carrier (or “by hand”)").fill("Hill Post")
    page.get_by_label("Tracking number").fill("HP-77-Ä")
    press(page, "Mark as sent")
    expect(page.get_by_text("partly sent")).to_be_visible()
    follow_letter(shopper, buyer, order, "/orders/")
    expect(shopper.get_by_text("HP-77-Ä")).to_be_visible()

    page = phone(keeper)
    page.goto(f"/studio/{group}/statements")
    go(page, re.compile(r" 20\d\d.* earned"))
    page.wait_for_url("**/statements/20*")
    address = page.url
    told, raw = figures(page), raw_figures(shop, group)
    assert told == raw
    assert told == backstage.statement(group)
    lines = page.request.get(f"{address}.csv").text().lstrip("\ufeff")
    _head, carried_in, *movements, carried_over = list(csv.reader(io.StringIO(lines)))
    in_file = [round(Decimal(row[6]) * 100) for row in movements]
    assert sum(in_file) == raw["Left for"] == round(Decimal(carried_over[6]) * 100)
    assert Decimal(carried_in[6]) == 0

    office = phone(admin)
    office.goto(f"/admin/payouts/{group}")
    office.get_by_label("Amount sent").fill("10")
    office.get_by_label("The bank's reference").fill("SEPA 2026-11-77")
    press(office, "Record the payout")
    expect(office.get_by_role("cell", name="not yet")).to_be_visible()
    page.goto(f"/studio/{group}")
    go(page, "1 payout to confirm")
    press(page, "$10.00 has arrived")
    expect(page.get_by_text("SEPA 2026-11-77, confirmed")).to_be_visible()
    office.reload()
    expect(office.get_by_role("cell", name="not yet")).to_have_count(0)
    page.goto(address)
    assert figures(page) == raw_figures(shop, group)
    assert figures(page)["Left for"] == raw["Left for"] - 1000


def raw_figures(shop: Shop, group: str) -> dict[str, int]:
    """What the statement must say, by sums over the rows themselves: no code of the shop's has a part in it."""

    def total(statement: str, *values: str) -> int:
        (found,) = row_of(shop.data, statement, *values)
        return int(str(found or 0))

    own = f"producer:{group}:payable"
    moved = "SELECT -sum(minor) FROM entry JOIN entry_group ON entry_group.id = group_id WHERE account = ?"
    lines = """FROM order_line JOIN parcel ON parcel.id = parcel_id JOIN producer ON producer.id = producer_id
               WHERE producer.slug = ?"""
    goods = total(f"SELECT sum(gross_minor) {lines}", group)
    delivery = total(
        "SELECT sum(parcel.delivery_minor) FROM parcel JOIN producer ON producer.id = producer_id WHERE slug = ?", group
    )
    given = total(
        f"""SELECT -sum(minor) FROM entry JOIN entry_group ON entry_group.id = group_id
            WHERE kind = 'sale' AND account LIKE 'charity:%' AND order_line_id IN (SELECT order_line.id {lines})""",
        group,
    )
    sold = total(f"{moved} AND kind = 'sale'", own)
    return {
        "Left from": 0,
        "Sold, with delivery": goods + delivery,
        "Donation to charities": -given,
        "The shop's part": sold - (goods + delivery) + given,
        "Taken back for refunds": total(f"{moved} AND kind = 'refund'", own),
        "Payment fees": total(f"{moved} AND kind IN ('fee', 'refund-fee')", own),
        "Earned this month": total(f"{moved} AND kind != 'payout'", own),
        "Paid out": total(f"{moved} AND kind = 'payout'", own),
        "Left for": total(moved, own),
    }
