"""Digests: each member is told what concerns their role, as often as they chose, once, and nothing of nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from listings import add_member
from people import letters, post, sign_in
from selling import sell, take_back
from sqlalchemy import select, text

from storefront import noticing
from storefront.accounts.models import User
from storefront.core import clock, refusing
from storefront.core.db import session, unit_of_work
from storefront.producers.models import Member, Pace
from storefront.vetting.models import Approval, ApprovalReminder
from storefront.voices.models import Review, WordsState

PAGE = "/studio/sunlit-bench/notices"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def group(world):
    """Sunlit Bench with three members, who begin to be told at noon."""
    with clock.at(NOON):
        for role in ("owner", "fulfilment", "finance"):
            add_member(world.sunlit_bench, f"{role}@example.org", role, name=role.title())
        assert noticing.tell() == 0
    return world.sunlit_bench


def at(hours: float) -> int:
    with clock.at(NOON + timedelta(hours=hours)):
        return noticing.tell()


def sell_at(hours: float, **units: int) -> str:
    with clock.at(NOON + timedelta(hours=hours)):
        return sell(units).ref


def test_one_letter_each_morning_to_whom_it_concerns_and_none_twice(group):
    ref = sell_at(1, COFFEE=2)
    assert at(2) == 0, "not before the morning"
    assert at(18.5) == 2, "the owner and who packs; money is another's"
    assert at(18.6) == 0
    assert at(42.5) == 0, "a day without news"
    owner, packer = letters("digest")
    assert {owner.recipient, packer.recipient} == {"owner@example.org", "fulfilment@example.org"}
    assert f"Order {ref}, 2 pieces" in owner.text
    assert "/studio/sunlit-bench/orders/" in owner.text
    assert owner.subject == "Sunlit Bench Workshop: one thing is new"
    assert "Mei Lin" not in owner.text + owner.html, "no customer's name or address in a letter"
    assert "1 Long Road" not in owner.text + owner.html


def test_what_was_given_back_before_the_letter_is_no_new_order(group):
    sell_at(1, COFFEE=1)
    with clock.at(NOON + timedelta(hours=2)):
        take_back(sell({"COFFEE": 2, "SCARF-RED": 1}), {"COFFEE": 2})
    assert at(18.5) == 2
    assert letters("digest")[0].subject == "Sunlit Bench Workshop: one thing is new"


def test_a_letter_that_could_not_be_queued_is_tried_again_and_then_sent_once(group, monkeypatch):
    sell_at(1, COFFEE=1)
    with monkeypatch.context() as broken:
        broken.setattr(noticing.mail, "queue", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            at(18.5)
    assert at(18.6) == 2
    assert at(18.7) == 0


@pytest.mark.parametrize(("margin", "told_of"), [(noticing.SETTLED, 2), (timedelta(0), 0)], ids=["", "control"])
def test_an_order_that_commits_while_a_digest_reads_is_told_later(group, database, monkeypatch, margin, told_of):
    if database == "sqlite":
        pytest.skip("where one writes at a time, nothing commits meanwhile")
    monkeypatch.setattr(noticing, "SETTLED", margin)
    ref = sell_at(-1, COFFEE=1)
    unseen = sell_at(-1, COFFEE=2)
    at(18.5)
    pay = text('UPDATE "order" SET paid_at = :paid_at WHERE ref = :ref')
    with noticing.session().get_bind().connect() as other, other.begin():
        other.execute(pay, {"paid_at": NOON + timedelta(hours=41.999), "ref": ref})
        assert at(42) == 0, "not committed yet: nobody can know of it"
    assert at(66) == told_of, "and nobody was told before that they know of that moment"
    assert all(ref in letter.text and unseen not in letter.text for letter in letters("digest"))


def test_another_groups_news_and_unpaid_orders_are_told_to_nobody(group):
    sell_at(1, **{"SCARF-RED": 1})
    assert at(18.5) == 0


def test_things_nearly_sold_out_and_reviews_are_told_to_those_who_write_listings(group, world):
    ref = sell_at(1, SOAP=2)
    with clock.at(NOON + timedelta(hours=2)), unit_of_work() as current:
        order = session().query(noticing.Order).filter_by(ref=ref).one()
        now = clock.now()
        current.add(
            Review(ref="R", state=WordsState.SHOWN, product_id=world.soap.id, order_line_id=order.lines[0].id, stars=4,
                   text="Good", signed_as="M",
                   decided_at=now, changed_at=now, created_at=now)
        )  # fmt: skip
    at(18.5)
    (owner,) = letters("digest", "owner@example.org")
    assert "Aruvel garden soap: 1 left" in owner.text
    assert "Aruvel garden soap: 4 stars" in owner.text
    (packer,) = letters("digest", "fulfilment@example.org")
    assert "garden soap" not in packer.text
    at(42.5)
    assert len(letters("digest")) == 2, "what is low is not told again each day"


def test_each_kind_is_told_at_once_daily_or_never_as_the_member_chose(group, client):
    sign_in(client, "owner@example.org")
    shown = client.get(PAGE).get_data(as_text=True)
    assert "New orders" in shown
    post(client, PAGE, {"order": "at_once", "low_stock": "never", "review": "hourly"})
    assert 'name="order" value="at_once" required checked' in client.get(PAGE).get_data(as_text=True)
    sell_at(1, SOAP=3)
    assert at(1.1) == 1
    (letter,) = letters("digest", "owner@example.org")
    assert "Nearly sold out" not in letter.text
    assert at(1.2) == 0
    at(18.5)
    assert len(letters("digest", "owner@example.org")) == 1, "nothing is told again in the morning"


def test_a_role_is_offered_what_it_may_be_told_and_nothing_else(group, client):
    sign_in(client, "finance@example.org")
    shown = client.get(PAGE).get_data(as_text=True)
    assert 'name="approval"' in shown
    assert 'name="order"' not in shown


def test_the_link_in_a_letter_ends_them_and_the_page_begins_them_again(group, client):
    sell_at(1, COFFEE=1)
    at(18.5)
    (letter,) = letters("digest", "owner@example.org")
    assert letter.unsubscribe_url in letter.text
    client.post(letter.unsubscribe_url.removeprefix("http://localhost"))
    sell_at(20, COFFEE=1)
    assert at(42.5) == 1, "the other member alone"
    sign_in(client, "owner@example.org")
    assert "ended by the link" in client.get(PAGE).get_data(as_text=True)
    post(client, PAGE, {"order": "daily"})
    owner = session().query(Member).filter(Member.role == "owner").one()
    assert not refusing.refused(noticing.letters(owner))


def test_everyone_hears_that_the_approval_ends_unless_they_wish_not_to(group):
    approval = session().scalars(select(Approval).where(Approval.producer_id == group.id)).one()
    with clock.at(NOON), unit_of_work() as current:
        member = current.scalars(select(Member).join(Member.user).where(User.email == "finance@example.org")).one()
        noticing.choose(member, {"approval": Pace.NEVER}, clock.now())
        current.add(ApprovalReminder(approval_id=approval.id, days=30, at=NOON + timedelta(hours=1)))
        current.get_one(Approval, approval.id).review_due_on = (NOON + timedelta(days=30)).date()
    assert at(18.5) == 2
    told = {letter.recipient: letter.text for letter in letters("digest")}
    assert set(told) == {"owner@example.org", "fulfilment@example.org"}
    assert "The approval of Sunlit Bench Workshop ends in 30 days" in told["fulfilment@example.org"]
