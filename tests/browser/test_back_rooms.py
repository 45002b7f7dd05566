"""Every type of page behind the counter: accessible in light and dark, whole at 320 px, within reach of the Tab key."""

from __future__ import annotations

import re

import pytest
from backstage import Backstage
from browsing import row_of
from playwright.sync_api import Page, expect
from sheets import row, sheet

from storefront.accounts.models import Role
from storefront.catalog.checking import TASKS
from storefront.core.refs import new_ref
from storefront.producers.models import MemberRole

from .conftest import Shop
from .test_keyboard import skip_to_content, tab_to
from .test_pages import look_at


@pytest.fixture(scope="module")
def room(backstage: Backstage) -> dict[str, str]:
    """A group in the middle of its work; the references of what it has."""
    owner, packer = backstage.person("Olga Owner"), backstage.person("Pim Packer")
    group = backstage.group(owner, "Back Room Makers")
    backstage.join(group, packer, MemberRole.FULFILMENT)
    listing = backstage.listing(group, "Back room balm")
    order = backstage.sell(group, "back.room@example.org", 2)
    backstage.stage(group, title="Another name for it")
    backstage.question(listing, "What does it smell of?")
    batch = backstage.batch(group)
    return {
        "owner": owner.email, "group": group, "listing": listing, "order": order, "name": owner.name, "batch": batch,
    }  # fmt: skip


@pytest.fixture
def studio(backstage: Backstage, room: dict[str, str], page: Page) -> Page:
    """A page of the group's owner."""
    from backstage import Person

    Person(room["owner"], room["name"]).enter(page)
    page.goto(f"/studio/{room['group']}")
    return page


def open_and_look(page: Page, pages: dict[str, str], base: str = "") -> None:
    """Go through pages, each of which there must be."""
    for what, address in pages.items():
        answer = page.goto(base + address)
        assert answer is not None
        assert answer.status == 200, f"{what}: {answer.status}"
        look_at(page, what)


def test_the_studio_s_pages_are_accessible(shop: Shop, studio: Page, room: dict[str, str]) -> None:
    (parcel,) = row_of(
        shop.data, 'SELECT parcel.ref FROM parcel JOIN "order" o ON o.id = order_id WHERE o.ref = ?', room["order"]
    )
    (packer,) = row_of(shop.data, "SELECT ref FROM user WHERE name = ? ORDER BY id DESC", "Pim Packer")
    home = f"/studio/{room['group']}"
    look_at(studio, "dashboard")
    pages = {
        "listings": "/listings",
        "listing": f"/listings/{room['listing']}",
        "preview": f"/listings/{room['listing']}/preview",
        "batches": f"/listings/{room['listing']}/batches",
        "batch": f"/listings/{room['listing']}/batches/{room['batch']}",
        "batch: facts": f"/listings/{room['listing']}/batches/{room['batch']}/facts",
        "batch: reason": f"/listings/{room['listing']}/batches/{room['batch']}/reason",
        "batch: step": f"/listings/{room['listing']}/batches/{room['batch']}/steps/S1",
        "batch: new step": f"/listings/{room['listing']}/batches/{room['batch']}/steps/NEW?kind=packed",
        "spreadsheets": "/spreadsheets",
        "orders": "/orders?state=all",
        "order": f"/orders/{parcel}",
        "returns": "/returns",
        "statements": "/statements",
        "payout account": "/payout-account",
        "holidays": "/holidays",
        "consents": "/consents",
        "a new consent": "/consents/new",
        "questions and reviews": "/voices",
        "updates": "/updates",
        "a new update": "/updates/new",
        "notices": "/notices",
        "one pledge for many": "/pledges",
        "members": "/members",
        "member": f"/members/{packer}",
    }
    open_and_look(studio, pages, home)
    studio.goto(f"{home}/statements")
    studio.get_by_role("link", name=re.compile(r" 20\d\d.* earned")).click()
    look_at(studio, "statement")
    studio.goto("/studio")
    look_at(studio, "groups")


def test_what_became_of_a_spreadsheet_is_accessible(studio: Page, room: dict[str, str]) -> None:
    studio.goto(f"/studio/{room['group']}/spreadsheets")
    table = {"name": "listings.csv", "mimeType": "text/csv", "buffer": sheet(row(title="Balm " * 30, sku=new_ref(5)))}
    studio.get_by_label("Table").set_input_files(table)  # type: ignore[arg-type]
    studio.get_by_role("button", name="Check the file").click()
    look_at(studio, "a spreadsheet that was checked")
    studio.get_by_role("button", name="Import", exact=True).click()
    studio.get_by_role("button", name="Send them for check").click()
    expect(studio.get_by_text("1 is not complete.")).to_be_visible()
    look_at(studio, "a spreadsheet of which not all could be sent")


def test_every_question_of_a_listing_is_accessible(studio: Page, room: dict[str, str]) -> None:
    pages = {f"question: {task}": f"/{task}" for task in TASKS}
    open_and_look(studio, pages, f"/studio/{room['group']}/listings/{room['listing']}")


def test_the_studio_s_refusals_are_accessible(studio: Page, room: dict[str, str]) -> None:
    home = f"/studio/{room['group']}"
    studio.goto(f"{home}/members")
    studio.get_by_role("button", name="Send the invitation").click()
    expect(studio.get_by_role("alert")).to_be_visible()
    look_at(studio, "members with an error")
    studio.goto(f"{home}/holidays")
    studio.get_by_role("button", name="Take no orders on these days").click()
    expect(studio.get_by_role("alert")).to_be_visible()
    look_at(studio, "holidays with an error")
    studio.goto(f"{home}/voices")
    studio.get_by_role("button", name="Answer the question").click()
    expect(studio.get_by_role("alert")).to_be_visible()
    look_at(studio, "an answer with an error")
    studio.goto(f"{home}/orders")
    studio.locator(".big-rows a").first.click()
    studio.get_by_role("button", name="Mark as sent").click()
    expect(studio.get_by_role("alert")).to_be_visible()
    look_at(studio, "order with an error")
    studio.goto(f"{home}/listings/{room['listing']}/kinds")
    studio.get_by_label("Price in USD").first.fill("cheap")
    studio.get_by_role("button", name="Save and go on").click()
    expect(studio.get_by_role("alert")).to_be_visible()
    look_at(studio, "kinds with an error")
    studio.goto(f"{home}/listings/{room['listing']}/batches/{room['batch']}/facts")
    studio.get_by_label("How many people?").fill("many")
    studio.get_by_role("button", name="Save and go on").click()
    expect(studio.get_by_role("alert")).to_be_visible()
    look_at(studio, "a batch's facts with an error")
    studio.goto(f"{home}/listings/{room['listing']}")
    studio.get_by_role("button", name="Send for check").click()
    expect(studio.get_by_role("alert")).to_be_visible()
    look_at(studio, "listing with an error")


def test_an_application_is_accessible_question_by_question_and_decided(
    shop: Shop, backstage: Backstage, studio: Page, page: Page
) -> None:
    page.goto("/studio/application")
    look_at(page, "applications")
    page.get_by_role("link", name="Back Room Makers").click()
    look_at(page, "an approved application")
    page.get_by_role("button", name="Renew it").click()
    page.wait_for_url("**/application/*")
    draft = page.url
    look_at(page, "a renewal")
    for key in ("name", "country", "story", "consent", "fair_pay"):
        page.goto(f"{draft}/questions/{key}")
        look_at(page, f"question {key}")
    page.goto(f"{draft}/questions/founded")
    page.get_by_label("In which year did you begin?").fill("long ago")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(page, "question with an error")


def test_the_admin_s_pages_are_accessible(shop: Shop, backstage: Backstage, room: dict[str, str], page: Page) -> None:
    (order,) = row_of(shop.data, 'SELECT ref FROM "order" WHERE status = ? ORDER BY id LIMIT 1', "paid")
    (waiting,) = row_of(shop.data, "SELECT ref FROM vetting_case WHERE state = ? ORDER BY id", "submitted")
    (letter,) = row_of(shop.data, "SELECT ref FROM outgoing_mail ORDER BY id DESC")
    (returned,) = row_of(shop.data, "SELECT ref FROM return_request ORDER BY id")
    (person,) = row_of(shop.data, "SELECT ref FROM user ORDER BY id")
    (revision,) = row_of(
        shop.data, "SELECT ref FROM listing_revision WHERE state = 'approved' AND sent_at IS NOT NULL ORDER BY id DESC"
    )
    (batch,) = row_of(
        shop.data, "SELECT ref FROM batch_revision WHERE state = 'approved' AND sent_at IS NOT NULL ORDER BY id DESC"
    )
    admin = backstage.person("Ada Admin", Role.ADMIN)
    admin.enter(page)
    pages = {
        "admin": "/admin",
        "orders": "/admin/orders",
        "order": f"/admin/orders/{order}",
        "returns": "/admin/returns",
        "money to look at": "/admin/money",
        "return": f"/admin/returns/{returned}",
        "questions": "/admin/questions?state=all",
        "reviews": "/admin/reviews",
        "updates": "/admin/updates",
        "concerns": "/admin/concerns",
        "consents": "/admin/consents",
        "applications": "/admin/vetting",
        "case": f"/admin/vetting/{waiting}",
        "listings to check": "/admin/listings?state=approved",
        "listing": f"/admin/listings/{revision}",
        "batches to check": "/admin/batches?state=approved",
        "batch": f"/admin/batches/{batch}",
        "payouts": "/admin/payouts",
        "payouts to a group": f"/admin/payouts/{room['group']}",
        "people": "/admin/people",
        "person": f"/admin/people/{person}",
        "journal": "/admin/journal",
        "letters": "/mail",
        "letter": f"/mail/{letter}",
    }
    open_and_look(page, pages)
    page.goto(f"/admin/vetting/{waiting}")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(page, "case with an error")
    page.get_by_label("Reason").fill("To see it first.")
    page.get_by_role("button", name="Show the letter first").click()
    look_at(page, "case with its letter")
    page.goto(f"/admin/payouts/{room['group']}")
    page.get_by_role("button", name="Record the payout").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(page, "payouts with an error")


def test_a_listing_is_changed_by_keyboard_alone(studio: Page) -> None:
    studio.emulate_media(reduced_motion="reduce")
    skip_to_content(studio)
    tab_to(studio, "^Listings")
    studio.keyboard.press("Enter")
    studio.wait_for_url("**/listings")
    skip_to_content(studio)
    tab_to(studio, "^Another name for it$")
    studio.keyboard.press("Enter")
    studio.wait_for_url("**/listings/back-room-balm*")
    skip_to_content(studio)
    tab_to(studio, "^Its name$")
    studio.keyboard.press("Enter")
    studio.wait_for_url("**/title")
    question = studio.url
    skip_to_content(studio)
    tab_to(studio, "A few words below the name")
    studio.keyboard.press("Control+A")
    studio.keyboard.type("Written without a mouse")
    tab_to(studio, "Save and go on")
    studio.keyboard.press("Enter")
    expect(studio.get_by_label("A few words below the name")).to_have_count(0)
    studio.goto(question)
    expect(studio.get_by_label("A few words below the name")).to_have_value("Written without a mouse")
