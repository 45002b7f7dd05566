"""Every address and form of the studio, tried with what is there and belongs to another group: 404, unchanged."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from applying_made import applied, approved, reviewers
from batches import begun, paper, step
from cast import World
from flask import Flask
from listings import add_member, add_reviewer, start
from ordering import order_of
from people import add_user, post, sign_in
from selling import sell, send_off
from sqlalchemy import select

from storefront.accounts.models import User
from storefront.catalog import revising
from storefront.catalog.sheets.models import ListingSheet, SheetState
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.documents import check
from storefront.core.journal import JournalEntry
from storefront.core.money import Money
from storefront.core.refs import new_ref
from storefront.giving import paying_out, statements
from storefront.payments import returning
from storefront.payments.finding import hold_sold
from storefront.payments.return_models import ReturnReason
from storefront.producers import closing, inviting, members, payout_accounts
from storefront.producers.models import MemberRole, PayoutWay
from storefront.provenance import consenting
from storefront.provenance.consenting import NewConsent
from storefront.provenance.models import Given, Use
from storefront.updates import writing
from storefront.updates.writing import Words
from storefront.vetting import applying
from storefront.voices import asking, moderating, reviewing
from storefront.voices.models import Question

PAPER = b"%PDF-1.7\nx\n%%EOF\n"
STUDIO, APPLICATION = "/studio/<producer_slug>", "/studio/application"


def owner_of(world: World) -> User:
    return add_member(world.sunlit_bench, "ana@example.org", MemberRole.OWNER, name="Ana")


def belongings(world: World, owner: User) -> dict[str, dict[str, str]]:
    """What Sunlit Bench has, by the part of the studio and the name that it has in addresses."""
    now, mine = clock.now(), members.of_user_in(owner.id, "sunlit-bench")
    editor = add_member(world.sunlit_bench, "ed@example.org", MemberRole.EDITOR)
    start(world.coffee)
    slip = paper()
    batch = begun(world.coffee, S1=step(document="Slip", document_ref=slip))
    reviewer = add_reviewer()
    order = sell({"COFFEE": 2})
    dispatch = send_off(order, units={"COFFEE": 1})
    parcel = order_of(order.ref).parcels[0]
    with unit_of_work() as current:
        wanted = {parcel.lines[0].ref: returning.Wanted(1, ReturnReason.BROKEN)}
        asked = returning.ask(hold_sold(order.id), parcel, wanted, actor="guest", now=now)
        invitation = inviting.invite(mine, "new@example.org", MemberRole.EDITOR, now)
        closure = closing.close(world.sunlit_bench, now.date(), now.date(), actor="user:A", now=now)
        account = payout_accounts.enter(
            world.sunlit_bench.id, PayoutWay.BANK, "Ana", "First Bank", "DE89370400440532013000", now
        )
        owed = statements.owed("sunlit-bench", "USD")
        payout = paying_out.record(
            world.sunlit_bench, Money(100, "USD"), "REF 1", owed_seen=owed.minor, actor="user:A", now=now
        )
        sheet = ListingSheet(
            ref=new_ref(), producer_id=world.sunlit_bench.id, state=SheetState.WAITING, actor="user:A",
            with_images=False, report={}, created_at=now,
        )  # fmt: skip
        current.add(sheet)
        current.flush()
        today = now.date()
        told = NewConsent(
            person="Zenobia", uses=(Use.STORY,), asked_in="zh", given=Given.WRITTEN, witness="", given_on=today,
            expires_on=today + timedelta(days=99),
        )  # fmt: skip
        consent = consenting.record(world.sunlit_bench, told, check(PAPER), actor="user:A", now=now)
        review = reviewing.write(parcel.lines[0], by=None, stars=4, text="Good.", signed_as="", now=now)
        moderating.show(review, seen=review.version, by=reviewer, now=now)
        asking.ask("drip-coffee", "Is it organic?", by=None, email="mei@example.org", now=now)
        question = current.scalars(select(Question)).one()
        moderating.show(question, seen=question.version, by=reviewer, now=now)
        update = writing.begin(Words("Rain", "It rained.", [], []), by=mine, now=now)
        return {
            "updates": {"ref": update.ref},
            "consents": {"ref": consent.ref},
            "voices/reviews": {"ref": review.ref},
            "voices/questions": {"ref": question.ref},
            "listings": {
                "slug": world.coffee.slug,
                "task": "title",
                "ref": batch.ref,
                "step": "S1",
                "document": slip,
            },
            "orders": {"ref": parcel.ref, "dispatch": dispatch},
            "returns": {"ref": asked.ref},
            "invitations": {"ref": invitation.ref},
            "members": {"ref": editor.ref},
            "holidays": {"ref": closure.ref},
            "payout-account": {"ref": account.ref},
            "payouts": {"ref": payout.ref},
            "spreadsheets": {"ref": sheet.ref},
            "statements": {"month": str(statements.Month.of(now))},
        }


def ways(app: Flask, under: str) -> list[tuple[str, str]]:
    """Methods and rules of the studio that name something of a group's."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(f"{under}/")]
    return sorted(
        (method, rule.rule)
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if "<" in rule.rule.removeprefix(under)
    )


def filled(rule: str, group: str, refs: dict[str, dict[str, str]]) -> str:
    """The address for what the other group has; KeyError for a rule that nobody thought of."""
    part = rule.removeprefix(STUDIO).partition("/<")[0].strip("/")
    known = refs.get(part) or refs[part.split("/")[0]]
    return re.sub(r"<(\w+)>", lambda found: {"producer_slug": group, **known}[found[1]], rule)


def journal() -> int:
    session().rollback()
    return len(session().scalars(select(JournalEntry.sequence)).all())


def open_as(client: Any, method: str, path: str) -> int:
    return (client.get(path) if method == "GET" else post(client, path)).status_code


def test_nothing_of_another_group_is_there_under_ones_own_address(world: World, app: Flask):
    refs = belongings(world, owner_of(world))
    client = app.test_client()
    sign_in(client, add_member(world.weavers, "wanda@example.org", MemberRole.OWNER, name="Wanda").email)
    before = journal()
    got = {f"{method} {rule}": open_as(client, method, filled(rule, "tehrathum-weavers", refs)) for method, rule in
           ways(app, STUDIO)}  # fmt: skip
    assert {name: status for name, status in got.items() if status != 404} == {}
    assert journal() == before


def test_nothing_of_another_group_is_there_below_what_is_ones_own(world: World, app: Flask):
    """Every address that names one thing below another: one's own group and listing, another's batch, and so on."""
    theirs = belongings(world, owner_of(world))
    wanda = add_member(world.weavers, "wanda@example.org", MemberRole.OWNER, name="Wanda")
    start(world.scarf)
    slip = paper()
    batch = begun(world.scarf, S2=step(document="Slip", document_ref=slip))
    order = sell({"SCARF-RED": 2})
    dispatch = send_off(order, "tehrathum-weavers", units={"SCARF-RED": 1})
    mine = {
        "listings": {"slug": world.scarf.slug, "ref": batch.ref, "step": "S2", "document": slip},
        "orders": {"ref": order_of(order.ref).parcels[0].ref, "dispatch": dispatch},
    }
    client = app.test_client()
    sign_in(client, wanda.email)
    before, got = journal(), {}
    for method, rule in ways(app, STUDIO):
        part = rule.removeprefix(STUDIO).split("/")[1]
        names = [name for name in re.findall(r"<(\w+)>", rule)[1:] if name != "task"]  # that is the name of a page
        for own in range(1, len(names)):
            mixed = {name: (mine if at < own else theirs)[part][name] for at, name in enumerate(names)}
            path = filled(rule, "tehrathum-weavers", {part: theirs[part] | mixed})
            got[f"{method} {path}"] = open_as(client, method, path)
    assert len(got) > 8
    assert {name: status for name, status in got.items() if status != 404} == {}
    assert journal() == before


def test_the_same_addresses_are_there_for_their_own_group(world: World, app: Flask):
    """The control: what was tried above is real."""
    owner = owner_of(world)
    refs = belongings(world, owner)
    client = app.test_client()
    sign_in(client, owner.email)
    got = {rule: open_as(client, method, filled(rule, "sunlit-bench", refs)) for method, rule in ways(app, STUDIO)
           if method == "GET"}  # fmt: skip
    assert {rule: status for rule, status in got.items() if status not in (200, 303)} == {}
    sent = {rule: open_as(client, method, filled(rule, "sunlit-bench", refs)) for method, rule in ways(app, STUDIO)
            if method == "POST"}  # fmt: skip
    gone = {rule for rule, status in sent.items() if status == 404}
    # Whoever was removed a moment before has no role, and a spreadsheet that waits has no drafts to send.
    assert gone <= {f"{STUDIO}/members/<ref>/role", f"{STUDIO}/spreadsheets/<ref>/sending"}


@pytest.mark.parametrize("who", ["a stranger", "the owner of another group"])
def test_nothing_of_another_application_is_there(world: World, app: Flask, who: str):
    maya, staff = add_user("maya@example.org", name="Maya"), reviewers()
    case = approved(applied(maya), *staff)
    with unit_of_work():
        renewal = applying.start(maya, case.kind, clock.now(), producer=case.producer)
        applying.attach(renewal, maya, "fair_pay", check(PAPER), "Wages", clock.now())
        (document,) = (row.document.ref for row in session().scalars(select(applying.CaseDocument)))
        refs = {"ref": renewal.ref, "key": "fair_pay", "document_ref": document}
    client = app.test_client()
    other = add_member(world.weavers, "wanda@example.org", MemberRole.OWNER)
    sign_in(client, other.email if who != "a stranger" else add_user("sam@example.org").email)
    before = journal()
    for method, rule in ways(app, APPLICATION):
        path = re.sub(r"<(\w+)>", lambda found: refs[found[1]], rule)
        assert open_as(client, method, path) == 404, f"{method} {rule}"
    assert post(client, APPLICATION, {"again": renewal.ref}).status_code == 400
    assert journal() == before


def test_a_form_of_ones_own_moves_nothing_of_another_group(world: World, app: Flask):
    add_member(world.sunlit_bench, "ana@example.org", MemberRole.OWNER)
    order = sell({"COFFEE": 1, "SCARF-RED": 1})
    mine, theirs = sorted(order.parcels, key=lambda parcel: parcel.producer_slug != "tehrathum-weavers")
    client = app.test_client()
    sign_in(client, add_member(world.weavers, "wanda@example.org", MemberRole.OWNER).email)
    home = "/studio/tehrathum-weavers"
    form = {f"quantity-{theirs.lines[0].ref}": "1", "carrier": "Post"}
    assert post(client, f"{home}/orders/{mine.ref}/dispatches", form).status_code == 422
    assert [parcel.status for parcel in order_of(order.ref).parcels] == ["waiting", "waiting"]

    draft = start(world.scarf)
    before = draft.content["pictures"]
    foreign = start(world.coffee).content["pictures"][0]["ref"]
    seen = revising.seen(draft, ("pictures",))
    form = {"seen": seen, "act": f"remove-{foreign}", f"alt-{foreign}": "Ours now"}
    assert post(client, f"{home}/listings/{world.scarf.slug}/photos", form).status_code == 303
    session().rollback()
    session().refresh(draft)
    assert draft.content["pictures"] == before
