"""A producer's month, by hand, and payouts: recorded once, told, confirmed.

A coffee of 24.00 gives 5 % (1.20); of the other 22.80 the shop keeps 15 % (3.42). Delivery of 6.90 is the group's.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from listings import add_member
from paying import at_once
from people import add_user, letters, post, sign_in
from selling import sell, take_back
from sqlalchemy import select

from storefront import config
from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.core.money import Money
from storefront.giving import checking, paying_out, statements, totals
from storefront.giving.models import Payout
from storefront.giving.statements import Month
from storefront.producers import members, payout_accounts
from storefront.producers.models import Member, MemberRole, Producer

HOME = "/studio/sunlit-bench"
MAY = datetime(2027, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def treasurer(world, client):
    user = add_member(world.sunlit_bench, "money@example.org", MemberRole.FINANCE)
    sign_in(client, user.email)
    return user


def of(month="2027-05", *, returned=False):
    session().rollback()
    group = session().scalars(select(Producer).where(Producer.slug == "sunlit-bench")).one()
    found = statements.statement(group, Month.read(month), "USD")
    names = ("carried_in", "gross", "donation", "commission", "refunds", "fees", "payouts", "other", "carry_over")
    names += ("earned", "payouts_returned") if returned else ()
    return {name: getattr(found, name).minor for name in names if getattr(found, name)}


def pay_out(minor, *, seen=None, reference="BANK-1", now=None, sent_on=None):
    group = session().scalars(select(Producer).where(Producer.slug == "sunlit-bench")).one()
    seen = statements.owed("sunlit-bench", "USD").minor if seen is None else seen
    with unit_of_work():
        return paying_out.record(
            group, Money(minor, "USD"), reference, owed_seen=seen, actor="user:ADMIN", now=now or clock.now(),
            sent_on=sent_on,
        ).ref  # fmt: skip


def test_a_month_by_hand(world, app):
    app.extensions["storefront.settings"] = replace(config.current(), fee_bearer="producer")
    with clock.at(MAY):
        order = sell({"COFFEE": 2, "SCARF-RED": 1}, fee_minor=353)
        assert of() == {"gross": 5490, "donation": 240, "commission": 684, "fees": -174, "carry_over": 4392}
        take_back(order, {"COFFEE": 1})
        pay_out(1000)
    # Half of what was sold is prepaid to the makers, so of 19.38 for one coffee only 7.98 is taken back.
    month = of()
    assert month["refunds"] == -(2280 - 342 - 1140)
    assert month["payouts"] == -1000
    assert month["carry_over"] == 4392 - 798 + month["fees"] + 174 - 1000
    assert of("2027-06") == {"carried_in": month["carry_over"], "carry_over": month["carry_over"]}
    assert statements.owed("sunlit-bench", "USD").minor == month["carry_over"]
    assert checking.check() == []


def test_a_voucher_is_the_shops_gift_and_in_no_figure_of_the_group(world):
    with clock.at(MAY):
        sell({"SOAP": 2}, discount_minor=1000)
    # 36.00 and 6.90; the shop's part is 15 % of 36.00 whatever the voucher was.
    assert of() == {"gross": 4290, "commission": 540, "carry_over": 3750}


def test_a_month_ends_at_midnight_in_the_shops_time_zone(world, app):
    app.extensions["storefront.settings"] = replace(config.current(), time_zone="Asia/Taipei")
    with clock.at(datetime(2027, 5, 31, 15, 59, tzinfo=UTC)):
        sell({"SOAP": 1})
    with clock.at(datetime(2027, 5, 31, 16, 1, tzinfo=UTC)):
        sell({"SOAP": 1})
    assert of()["gross"] == of("2027-06")["gross"] == 1800 + 690


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "0000-01", "26-05", "2026-5", "٢٠٢٦-٠٥", "2026-05-01"]
)
def test_a_month_is_written_in_one_way(context, text):
    with pytest.raises(ValueError):
        Month.read(text)


def test_the_group_reads_prints_and_downloads_its_month(world, client, treasurer):
    order = sell({"COFFEE": 1})
    month = Month.of(clock.now())
    assert str(month) in client.get(f"{HOME}/statements").get_data(as_text=True)
    html = client.get(f"{HOME}/statements/{month}").get_data(as_text=True)
    for text in ("$30.90", "−$1.20", "−$3.42", "$26.28", "USD", order.ref):
        assert text in html
    answer = client.get(f"{HOME}/statements/{month}.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[6] for row in rows[1:]] == ["0.00", "26.28", "26.28"]
    assert rows[2][3:6] == ["30.90", "-1.20", "-3.42"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    for odd in ("2020-01", "2026-13", "x", "%00"):
        assert client.get(f"{HOME}/statements/{odd}").status_code == 404
        assert client.get(f"{HOME}/statements/{odd}.csv").status_code == 404


def test_the_list_says_of_each_month_what_it_brought_and_what_was_paid(world, client, treasurer):
    with clock.at(MAY):
        sell({"COFFEE": 1})
        sell({"SOAP": 1})
    with clock.at(MAY + timedelta(days=40)):
        pay_out(1000)
        sign_in(client, treasurer.email)  # the first one has run out by then
        html = client.get(f"{HOME}/statements").get_data(as_text=True)
        rows = re.findall(r'statements/(\d{4}-\d\d)".*?"small muted">([^<]*)<', html)
        assert rows == [("2027-06", "$0.00 earned, $10.00 paid out"), ("2027-05", "$48.48 earned, $0.00 paid out")]
        assert html.index("payout-account") > html.index("2027-05"), "the account is no month"
        june = client.get(f"{HOME}/statements/2027-06").get_data(as_text=True)
        lines = re.findall(r'<th scope="row">([^<]*)</th><td class="number">(?:<strong>)?([^<]*)', june)
    assert lines[0] == ("Left from May 2027", "$48.48")
    assert lines[-3:] == [("Earned this month", "$0.00"), ("Paid out", "−$10.00"), ("Left for July 2027", "$38.48")]
    assert Month(2027, 1).previous == Month(2026, 12)


def test_an_order_of_a_statement_is_a_link_for_those_who_may_open_it(world, client, treasurer, app):
    order, month = sell({"COFFEE": 1}), Month.of(clock.now())
    there = f'href="{HOME}/orders/{order.parcels[0].ref}">{order.ref}</a>'
    shown = client.get(f"{HOME}/statements/{month}").text
    assert order.ref in shown
    assert there not in shown, "who keeps the books sees no address"
    owner = app.test_client()
    sign_in(owner, add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER).email)
    assert there in owner.get(f"{HOME}/statements/{month}").text


def test_a_text_in_the_file_is_never_a_formula(world, client, treasurer):
    sell({"COFFEE": 1})
    pay_out(100, reference='=HYPERLINK("http://evil")')
    text = client.get(f"{HOME}/statements/{Month.of(clock.now())}.csv").get_data(as_text=True)
    cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert any("HYPERLINK" in cell for cell in cells)


def test_a_balance_below_zero_is_explained(world, client, treasurer):
    order = sell({"COFFEE": 1})
    assert "Why there is a minus" not in client.get(f"{HOME}/statements").get_data(as_text=True)
    pay_out(statements.owed("sunlit-bench", "USD").minor)
    take_back(order)
    for path in ("", f"/{Month.of(clock.now())}"):
        html = client.get(f"{HOME}/statements{path}").get_data(as_text=True)
        assert "Why there is a minus" in html
        assert "nothing to pay" in html


def test_a_payout_is_told_and_confirmed_by_the_group(world, client, treasurer):
    add_member(world.sunlit_bench, "editor@example.org")
    sell({"COFFEE": 1})
    ref = pay_out(2000, reference="TT-88")
    assert [letter.recipient for letter in letters("payout_sent")] == ["money@example.org"]
    assert "TT-88" in letters("payout_sent")[0].text
    assert "1 payout to confirm" in client.get(HOME).get_data(as_text=True)
    assert post(client, f"{HOME}/payouts/{ref}/confirmation").status_code == 303
    when = session().scalars(select(Payout.confirmed_at)).one()
    assert post(client, f"{HOME}/payouts/{ref}/confirmation").status_code == 303
    session().rollback()
    assert session().scalars(select(Payout.confirmed_at)).one() == when, "the first word stands"
    said = session().scalars(select(JournalEntry).where(JournalEntry.act == "payout confirmed")).one()
    assert said.actor == f"user:{treasurer.ref}"
    assert totals.by_producer("sunlit-bench", "USD").minor == 2628, "earned, whether it was paid out or not"


def test_another_groups_payout_is_unknown(world, client, treasurer):
    sell({"SCARF-RED": 1})
    with unit_of_work() as current:
        weavers = current.merge(world.weavers)
        seen = statements.owed("tehrathum-weavers", "USD").minor
        ref = paying_out.record(
            weavers, Money(100, "USD"), "X", owed_seen=seen, actor="user:ADMIN", now=clock.now()
        ).ref
    assert post(client, f"{HOME}/payouts/{ref}/confirmation").status_code == 404


def test_an_admin_records_a_payout_once(world, client):
    sell({"COFFEE": 1})
    sign_in(client, add_user("admin@example.org", Role.ADMIN).email)
    assert "$26.28" in client.get("/admin/payouts").get_data(as_text=True)
    page = "/admin/payouts/sunlit-bench"
    sent = {"amount": "20.00", "reference": "TT-1", "owed_seen": "2628"}
    for wrong, words in (
        ({"amount": "99"}, "Only $26.28"), ({"amount": "0"}, "like 120.50"), ({"amount": "much"}, "like 120.50"),
        ({"reference": " "}, "reference"), ({"owed_seen": "1"}, "has changed"), ({"owed_seen": "x"}, "has changed"),
    ):  # fmt: skip
        answer = post(client, page, {**sent, **wrong})
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    assert post(client, page, sent).status_code == 303
    assert post(client, page, sent).status_code == 422, "a second click finds that something has changed"
    assert statements.owed("sunlit-bench", "USD").minor == 628
    assert checking.check() == []


def test_a_payout_bears_the_day_on_which_it_left(world, client):
    with clock.at(clock.now() - timedelta(days=5)):
        sell({"COFFEE": 1})
    today = clock.today()
    sign_in(client, add_user("admin@example.org", Role.ADMIN).email)
    page, sent = "/admin/payouts/sunlit-bench", {"amount": "20.00", "reference": "TT-1", "owed_seen": "2628"}
    for wrong in (today + timedelta(days=1), today - timedelta(days=61), "yesterday", "9" * 30):
        refused = post(client, page, {**sent, "sent_on": str(wrong)})
        assert refused.status_code == 422
        assert "Give the day on which the money left" in refused.text
        assert 'value="TT-1"' in refused.text
    left = today - timedelta(days=3)
    assert post(client, page, {**sent, "sent_on": left.isoformat()}).status_code == 303
    (one,) = session().scalars(select(Payout)).all()
    assert one.sent_at.date() == left
    group = session().scalars(select(Producer).where(Producer.slug == "sunlit-bench")).one()
    *_, movement = statements.statement(group, Month.of(clock.now()), "USD").movements
    assert movement.memo == f"Paid out: TT-1, sent on {left}"
    assert checking.check() == []


def test_nothing_can_have_been_sent_that_was_owed_only_later(world, client):
    with clock.at(clock.now() - timedelta(days=5)):
        sell({"COFFEE": 1})
    sell({"COFFEE": 1})
    sign_in(client, add_user("admin@example.org", Role.ADMIN).email)
    page = "/admin/payouts/sunlit-bench"
    sent = {"amount": "30.00", "reference": "TT-1", "owed_seen": "5256"}
    day = (clock.today() - timedelta(days=3)).isoformat()
    refused = post(client, page, {**sent, "sent_on": day})
    assert refused.status_code == 422
    assert "Only $26.28" in refused.text
    assert post(client, page, sent).status_code == 303


def taken_back(client, ref, **fields):
    return post(client, f"/admin/payouts/sunlit-bench/{ref}/return", fields)


def test_a_payout_that_bounced_is_taken_back_once_and_owed_again(world, app, client, treasurer):
    sell({"COFFEE": 1})
    ref = pay_out(2000)
    admin = app.test_client()
    sign_in(admin, add_user("admin@example.org", Role.ADMIN).email)
    for reason in ("", "x" * 201):
        assert taken_back(admin, ref, reason=reason).status_code == 422
    assert taken_back(admin, "NONE", reason="It bounced").status_code == 404
    for _twice in range(2):
        assert taken_back(admin, ref, reason="The bank sent it back").status_code == 303
    assert statements.owed("sunlit-bench", "USD").minor == 2628
    assert totals.by_producer("sunlit-bench", "USD").minor == 2628
    month = Month.of(clock.now())
    figures = of(str(month), returned=True)
    assert (figures["payouts_returned"], figures["earned"], figures["carry_over"]) == (2000, 2628, 2628)
    assert not {"payouts", "other"} & figures.keys()
    html = client.get(f"{HOME}/statements/{month}").text
    for words in ("Payouts taken back", "−$20.00", "Payout taken back", "BANK-1: The bank sent it back"):
        assert words in html
    html = client.get(f"{HOME}/statements").text
    assert "and owed again: The bank sent it back" in html
    assert "It has arrived" not in html
    (letter,) = letters("payout_returned")
    assert letter.recipient == treasurer.email
    assert "Why: The bank sent it back" in letter.text
    assert checking.check() == []


def take_back_payout(ref):
    with unit_of_work() as current:
        payout = current.scalars(select(Payout).where(Payout.ref == ref)).one()
        paying_out.take_back(payout, "Mistyped", although_confirmed=False, actor="user:ADMIN", now=clock.now())


def test_a_payout_that_was_mistyped_is_recorded_again_with_its_true_day(world):
    with clock.at(MAY):
        sell({"COFFEE": 1})
        ref = pay_out(2600)
    with clock.at(MAY + timedelta(days=3)):
        take_back_payout(ref)
        pay_out(2628, sent_on=MAY.date())
    assert statements.owed("sunlit-bench", "USD").minor == 0
    assert checking.check() == []


def test_payouts_sent_on_one_day_are_no_more_together_than_was_owed_then(world):
    with clock.at(MAY):
        sell({"COFFEE": 1})
    with clock.at(MAY + timedelta(days=3)):
        sell({"COFFEE": 1})
        pay_out(2628, sent_on=MAY.date())
        with pytest.raises(paying_out.MoreThanOwed):
            pay_out(2628, sent_on=MAY.date())
        pay_out(2628)


def test_what_was_sold_once_is_earned_once_though_its_payout_was_taken_back_later(world):
    with clock.at(MAY):
        sell({"COFFEE": 1})
        ref = pay_out(2628)
    later = MAY + timedelta(days=30)
    with clock.at(later):
        take_back_payout(ref)
    assert of("2027-06", returned=True) == {"payouts": 2628, "payouts_returned": 2628, "carry_over": 2628}
    listed = statements.by_month("sunlit-bench", "USD", later)
    assert [(str(of), earned.minor, paid.minor) for of, earned, paid in listed] == [
        ("2027-06", 0, -2628), ("2027-05", 2628, 2628),
    ]  # fmt: skip


def test_a_payout_that_the_group_has_is_taken_back_only_knowingly(world, client):
    sell({"COFFEE": 1})
    ref = pay_out(2000)
    with unit_of_work() as current:
        paying_out.confirm(current.scalars(select(Payout)).one(), actor="user:X", now=clock.now())
    sign_in(client, add_user("admin@example.org", Role.ADMIN).email)
    refused = taken_back(client, ref, reason="A mistake")
    assert refused.status_code == 422
    assert "The group has said that it came" in refused.text
    assert statements.owed("sunlit-bench", "USD").minor == 628
    assert taken_back(client, ref, reason="A mistake", although_confirmed="1").status_code == 303
    assert statements.owed("sunlit-bench", "USD").minor == 2628


def test_the_check_finds_a_payout_taken_back_without_its_entries(world):
    sell({"COFFEE": 1})
    ref = pay_out(2000)
    with unit_of_work() as current:
        current.scalars(select(Payout)).one().returned_at = clock.now()
    assert checking.check() == [f"taken back of payout {ref} was 2000, the ledger says 0"]


def test_an_admin_with_a_stake_in_a_group_does_not_pay_it(world, client):
    sell({"COFFEE": 1})
    insider = add_member(world.sunlit_bench, "inside@example.org", MemberRole.EDITOR)
    with unit_of_work():
        insider.role = Role.ADMIN
    add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
    with unit_of_work():
        members.leave(session().scalars(select(Member).where(Member.user_id == insider.id)).one(), clock.now())
    sign_in(client, insider.email)
    page = "/admin/payouts/sunlit-bench"
    assert "Record the payout" not in client.get(page).text
    refused = post(client, page, {"amount": "20.00", "reference": "TT-1", "owed_seen": "2628"})
    assert refused.status_code == 422
    assert "another admin records" in refused.text
    assert session().scalars(select(Payout)).all() == []


def test_two_payouts_at_once_are_one(world, app):
    sell({"COFFEE": 1})
    results = at_once(app, *[lambda: pay_out(2628, seen=2628)] * 2)
    assert sorted(type(one).__name__ for one in results) == ["OwedDiffers", "str"]
    session().rollback()
    assert statements.owed("sunlit-bench", "USD").minor == 0


def test_the_check_finds_a_payout_that_was_not_entered(world):
    sell({"COFFEE": 1})
    with unit_of_work() as current:
        current.add(
            Payout(
                ref="LOST", producer_id=world.sunlit_bench.id, currency="USD", amount_minor=5, reference="x",
                sent_at=clock.now() - timedelta(days=1),
                account=payout_accounts.in_use(world.sunlit_bench.id, clock.now()),
            )
        )  # fmt: skip
    assert checking.check() == ["payout LOST was 5, the ledger says 0"]
