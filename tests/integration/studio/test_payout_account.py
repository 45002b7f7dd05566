"""Where a group's money goes: an owner says so with the second step, it waits, everyone concerned is told."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from listings import add_member
from people import add_user, letters, post, sign_in
from selling import sell
from sqlalchemy import delete, func, select

from storefront.accounts import second_step
from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.giving.models import Payout
from storefront.producers import payout_accounts
from storefront.producers.models import MemberRole, PayoutAccount
from storefront.producers.payout_accounts import BadNumber

HOME = "/studio/sunlit-bench/payout-account"
IBAN = "GB29 NWBK 6016 1331 9268 19"
FORM = {"way": "bank", "holder": "Sunlit Bench Workshop", "provider": "Second Bank, SBANTWTP", "number": IBAN}


@pytest.fixture
def owner(world, client):
    user = add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
    sign_in(client, user.email)
    return user


@pytest.fixture
def app_of_owner(owner):
    """The owner's authenticator, set up a while ago so that the code of now is a new one."""
    secret, before = second_step.new_secret(), clock.now() - timedelta(minutes=2)
    with unit_of_work():
        second_step.set_up(owner, secret, pyotp.TOTP(secret).at(before), keep=None, now=before)
    return pyotp.TOTP(secret)


@pytest.fixture
def signed_in(client, owner, app_of_owner):
    """The owner again, who was signed out by setting up the app; a browser signs in with the next code."""
    with clock.at(clock.now() + timedelta(minutes=1)):
        sign_in(client, owner.email)
        client.post("/sign-in/code", data={"code": app_of_owner.at(clock.now())})
    return app_of_owner


def give(client, app, **changes):
    later = clock.now() + timedelta(minutes=2)
    with clock.at(later):
        return post(client, HOME, FORM | {"code": app.at(later)} | changes)


def accounts(world, days=0):
    now = clock.now() + timedelta(days=days, minutes=3)
    found = payout_accounts.in_use(world.sunlit_bench.id, now), payout_accounts.waiting(world.sunlit_bench.id, now)
    return tuple(one.number_end if one else None for one in found)


def test_another_account_waits_three_days_and_is_told_to_everyone_concerned(world, client, signed_in):
    add_member(world.sunlit_bench, "money@example.org", MemberRole.FINANCE)
    add_member(world.sunlit_bench, "editor@example.org", MemberRole.EDITOR)
    assert give(client, signed_in).status_code == 303
    assert accounts(world) == ("3000", "6819")
    assert accounts(world, days=3) == ("6819", None)
    told = letters("payout_account_changed")
    assert {letter.recipient for letter in told} == {"owner@example.org", "money@example.org"}
    assert "ends in 6819" in told[0].text
    stored = session().scalars(select(PayoutAccount).order_by(PayoutAccount.id.desc())).first()
    assert "6016" not in stored.number_sealed
    assert payout_accounts.number(stored) == "GB29NWBK60161331926819"
    entry = session().scalars(select(JournalEntry).where(JournalEntry.act == "payout account given")).one()
    assert "6016" not in str(entry.facts)


def test_the_first_account_is_used_at_once(world, client, signed_in):
    with unit_of_work() as current:
        current.execute(delete(PayoutAccount).where(PayoutAccount.producer_id == world.sunlit_bench.id))
    assert "Say where your money shall go" in client.get("/studio/sunlit-bench").get_data(as_text=True)
    give(client, signed_in)
    assert accounts(world) == ("6819", None)
    with clock.at(clock.now() + timedelta(minutes=3)):
        assert "Say where your money shall go" not in client.get("/studio/sunlit-bench").get_data(as_text=True)


def test_an_owner_takes_an_account_back_while_it_waits(world, client, signed_in):
    give(client, signed_in)
    ref = payout_accounts.waiting(world.sunlit_bench.id, clock.now()).ref
    assert post(client, f"{HOME}/{ref}/withdrawal").status_code == 303
    assert accounts(world, days=4) == ("3000", None)
    assert post(client, f"{HOME}/{ref}/withdrawal").status_code == 404
    assert "taken back" in letters("payout_account_changed")[-1].text


def test_without_the_second_step_nothing_is_changed(world, client, owner):
    assert "Set up the second step" in client.get(HOME).get_data(as_text=True)
    answer = post(client, HOME, FORM | {"code": "123456"})
    assert answer.status_code == 422
    assert accounts(world) == ("3000", None)


def test_a_code_serves_once(world, client, signed_in):
    later = clock.now() + timedelta(minutes=2)
    with clock.at(later):
        code = signed_in.at(later)
        assert post(client, HOME, FORM | {"code": code}).status_code == 303
        answer = post(client, HOME, FORM | {"code": code, "number": "99887766"})
    assert answer.status_code == 422
    assert accounts(world, days=4) == ("6819", None)


@pytest.mark.parametrize("field", ["way", "holder", "provider", "number"])
def test_what_is_missing_is_asked_for_and_the_rest_is_kept(world, client, signed_in, field):
    answer = give(client, signed_in, **{field: ""})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#{field}"' in html
    assert all(value in html for name, value in FORM.items() if name not in (field, "way"))
    assert accounts(world) == ("3000", None)


@pytest.mark.parametrize(
    "number",
    ["GB29 NWBK 6016 1331 9268 18", "DE89370400440532013001", "1234", "1234567890" * 4, "=1+1", "１２３４５"],
)
def test_numbers_that_no_account_has_are_refused(number):
    with pytest.raises(BadNumber):
        payout_accounts.read_number(number)


@pytest.mark.parametrize(("number", "plain"), [("+254 712 345 678", "+254712345678"), ("004-123456-7", "0041234567")])
def test_telephone_and_local_numbers_are_taken(number, plain):
    assert payout_accounts.read_number(number) == plain


def test_nothing_is_paid_out_before_there_is_an_account(world, client):
    sell({"SOAP": 2})
    add_user("admin@example.org", Role.ADMIN)
    sign_in(client, "admin@example.org")
    page = "/admin/payouts/sunlit-bench"
    assert "DE89370400440532013000" in client.get(page).get_data(as_text=True)
    with unit_of_work() as current:
        current.execute(delete(PayoutAccount).where(PayoutAccount.producer_id == world.sunlit_bench.id))
    form = {"amount": "1.00", "reference": "B-1", "owed_seen": "3750"}
    answer = post(client, page, form)
    assert answer.status_code == 422
    assert "has not said yet where its money goes" in answer.get_data(as_text=True)
    assert session().scalar(select(func.count(Payout.id))) == 0


def test_finance_sees_it_and_cannot_change_it(world, client):
    sign_in(client, add_member(world.sunlit_bench, "money@example.org", MemberRole.FINANCE).email)
    html = client.get(HOME).get_data(as_text=True)
    assert "number ends in 3000" in html
    assert "DE8937" not in html
    assert post(client, HOME, FORM | {"code": "1"}).status_code == 403
