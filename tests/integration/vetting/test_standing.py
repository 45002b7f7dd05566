"""What a suspension, its end, and an approval that runs out do to the shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from applying_made import reviewers, vote
from cast import World
from listings import add_member
from ordering import order_of, place_order
from people import add_user, letters, sign_in
from sqlalchemy import select

from storefront.cart import filling, viewing
from storefront.catalog import browsing, searching
from storefront.catalog.filters import Filters
from storefront.catalog.models import Product
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import pledges
from storefront.producers.models import Member, Producer
from storefront.vetting import applying, deciding, expiring, finding
from storefront.vetting.models import Act, Approval, Case, Kind


def case_of(**party) -> Case:
    return finding.admitting(**party)


def suspend(case: Case, reviewer, why="A report of unpaid wages.") -> None:
    with unit_of_work():
        deciding.suspend(finding.by_ref(case.ref, lock=True), reviewer, why, clock.now())


def listed() -> set[str]:
    session().rollback()
    return {card.slug for card in browsing.browse(Filters()).cards}


@pytest.fixture
def staff(world: World):
    return reviewers()


def test_a_suspended_producer_is_hidden_and_not_sold_at_once(world: World, client, staff):
    pages = ("/producers/sunlit-bench", "/products/drip-coffee")
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert listed() == {"drip-coffee", "garden-soap", "dhaka-scarf"}
    with unit_of_work():
        cart = filling.open_cart(None, None, clock.now()).cart
        filling.add(cart, "COFFEE", 1, clock.now())
    suspend(case_of(producer_id=world.sunlit_bench.id), staff[0])
    assert [client.get(page).status_code for page in pages] == [404, 404]
    assert listed() == {"dhaka-scarf"}
    assert "sunlit" not in client.get("/producers").get_data(as_text=True).lower()
    assert "drip-coffee" not in client.get("/sitemap-0.xml").get_data(as_text=True)
    (line,) = viewing.view(cart).lines
    assert not line.on_sale
    with pytest.raises(filling.NotOnSale), unit_of_work():
        filling.add(cart, "SOAP", 1, clock.now())


def test_reinstating_shows_what_was_live_and_publishes_no_draft(world: World, staff, client):
    with unit_of_work() as current:
        current.get_one(Product, world.soap.id).status = "draft"
    case = case_of(producer_id=world.sunlit_bench.id)
    suspend(case, staff[0])
    vote(case, staff[0], Act.REINSTATE)
    assert listed() == {"dhaka-scarf"}
    vote(case, staff[1], Act.REINSTATE)
    assert listed() == {"dhaka-scarf", "drip-coffee"}
    assert client.get("/products/garden-soap").status_code == 404


def test_a_producer_is_found_again_after_a_suspension_and_not_during_it(world: World, staff):
    def found() -> list[str]:
        session().rollback()
        return [one.slug for one in searching.find("sunlit").producers]

    case = case_of(producer_id=world.sunlit_bench.id)
    assert found() == []  # the cast is not indexed by itself
    suspend(case, staff[0])
    assert found() == []
    vote(case, staff[0], Act.REINSTATE)
    vote(case, staff[1], Act.REINSTATE)
    assert found() == ["sunlit-bench"]


def test_a_lapsed_producer_keeps_its_pages_and_sells_nothing_new(world: World, client, staff):
    with unit_of_work() as current:
        for approval in current.scalars(select(Approval).where(Approval.producer_id == world.sunlit_bench.id)):
            approval.review_due_on = clock.today()
    assert expiring.end_approvals() == 1
    assert expiring.end_approvals() == 0
    page = client.get("/producers/sunlit-bench").get_data(as_text=True)
    assert "has run out" in page
    product = client.get("/products/drip-coffee").get_data(as_text=True)
    assert "approval has run out" in product
    assert "Add to cart" not in product
    assert listed() == {"dhaka-scarf"}
    with pytest.raises(filling.NotOnSale), unit_of_work():
        filling.add(filling.open_cart(None, None, clock.now()).cart, "COFFEE", 1, clock.now())


def test_an_approval_that_ran_out_during_a_suspension_has_lapsed_after_it(world: World, staff):
    case = case_of(producer_id=world.sunlit_bench.id)
    suspend(case, staff[0])
    with unit_of_work() as current:
        for approval in current.scalars(select(Approval).where(Approval.producer_id == world.sunlit_bench.id)):
            approval.review_due_on = clock.today()
    assert expiring.end_approvals() == 0, "a suspended party is not told that it lapsed"
    vote(case, staff[0], Act.REINSTATE)
    vote(case, staff[1], Act.REINSTATE)
    session().rollback()
    assert session().get_one(Producer, world.sunlit_bench.id).status == "lapsed"


def test_reminders_come_once_each_at_60_30_and_7_days(world: World):
    owner = add_user("owner@example.org", name="Ming")
    with unit_of_work() as current:
        current.add(Member(producer_id=world.sunlit_bench.id, user_id=owner.id, role="owner", since=clock.now()))
    due = session().scalars(
        select(Approval.review_due_on).where(Approval.producer_id == world.sunlit_bench.id)
    ).one()  # fmt: skip
    sent = []
    for left in (61, 60, 59, 30, 29, 8, 7, 1):
        with clock.at(clock.now() + (due - clock.today()) - timedelta(days=left)):
            expiring.end_approvals()
            expiring.end_approvals()
        written = letters("vetting_reminder", "owner@example.org")
        sent.append(len(written))
    assert sent == [0, 1, 1, 2, 2, 2, 3, 3]
    assert "runs out in 7 days" in letters("vetting_reminder")[-1].subject
    case = case_of(producer_id=world.sunlit_bench.id)
    assert f"/studio/application/{case.ref}#renewal" in letters("vetting_reminder")[-1].text
    with clock.at(clock.now() + (due - clock.today())):
        expiring.end_approvals()
    assert "has run out" in letters("vetting_decision", "owner@example.org")[-1].text


def test_a_worker_that_slept_sends_only_the_reminder_that_still_helps(world: World):
    owner = add_user("owner@example.org", name="Ming")
    with unit_of_work() as current:
        current.add(Member(producer_id=world.weavers.id, user_id=owner.id, role="owner", since=clock.now()))
    due = session().scalars(select(Approval.review_due_on).where(Approval.producer_id == world.weavers.id)).one()
    with clock.at(clock.now() + (due - clock.today()) - timedelta(days=5)):
        expiring.end_approvals()
    assert [letter.subject for letter in letters("vetting_reminder")] == [
        "The approval of Tehrathum Weavers runs out in 5 days"
    ]


def test_a_pledge_to_a_suspended_charity_stops_and_its_label_says_so(world: World, client, staff):
    before = client.get("/products/drip-coffee").get_data(as_text=True)
    assert "$1.20 of each goes to" in before
    suspend(case_of(charity_id=world.open_bench.id), staff[0])
    after = client.get("/products/drip-coffee").get_data(as_text=True)
    assert "The pledge to Open Bench Foundation has stopped" in after
    assert "of each goes to" not in after
    assert client.get("/charities/open-bench-foundation").status_code == 404
    ref = place_order({"COFFEE": 1})
    (line,) = order_of(ref).lines
    assert (line.pledge, line.pledge_minor) == (None, 0)
    assert session().get_one(Product, world.coffee.id).donation_minor == 0


def test_a_charity_that_is_not_approved_cannot_be_chosen(world: World, staff):
    suspend(case_of(charity_id=world.hill_schools.id), staff[0])
    with pytest.raises(pledges.CharityNotApproved), unit_of_work():
        pledges.pledge(
            world.soap.id, world.hill_schools, now=clock.now(), starts_on=clock.today(), currency="USD", rate=0.05
        )


def test_a_lapsed_charity_keeps_its_page_and_is_owed_nothing_new(world: World, client):
    with unit_of_work() as current:
        for approval in current.scalars(select(Approval).where(Approval.charity_id == world.open_bench.id)):
            approval.review_due_on = clock.today()
    assert expiring.end_approvals() == 1
    assert "has run out" in client.get("/charities/open-bench-foundation").get_data(as_text=True)
    assert pledges.terms_for([world.coffee.id], clock.today()) == {}


def test_an_owner_finds_the_approval_and_its_thread_on_the_dashboard(world: World, app, staff):
    case = case_of(producer_id=world.sunlit_bench.id)
    page, where = "/studio/sunlit-bench", f'href="/studio/application/{case.ref}'
    clients = {}
    for role in ("owner", "fulfilment"):
        add_member(world.sunlit_bench, f"{role}@example.org", role)
        clients[role] = app.test_client()
        sign_in(clients[role], f"{role}@example.org")
    assert "holds until" in clients["owner"].get(page).text
    assert where not in clients["fulfilment"].get(page).text, "what they may not open they are not led to"
    due = session().scalar(select(Approval.review_due_on).where(Approval.producer_id == world.sunlit_bench.id))
    with clock.at(clock.now() + (due - clock.today()) - timedelta(days=59)):
        assert f"{where}#renewal" in browsed(app, "owner@example.org", page)
    owner = session().scalars(select(Member).where(Member.role == "owner")).one().user
    with unit_of_work():
        applying.start(owner, Kind.PRODUCER, clock.now(), producer=world.sunlit_bench)
    assert "Renewal" in clients["owner"].get(page).text
    suspend(case, staff[0])
    shown = clients["owner"].get(page).text
    assert "Read why you are suspended" in shown
    assert where in shown


def browsed(app, email: str, page: str) -> str:
    """A page as somebody reads it who signs in now."""
    client = app.test_client()
    sign_in(client, email)
    return client.get(page).text
