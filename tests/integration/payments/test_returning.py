"""Goods sent back: asked for with open eyes, answered and received by the group, refunded by an admin, once."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
from listings import add_member
from ordering import order_of
from paying import at_once, fresh, give_back, stock
from people import add_user, letters, post, sign_in
from selling import send_off
from sqlalchemy import select
from statements import counting_statements

from storefront.accounts.models import Role
from storefront.checkout import dispatching
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.giving import checking
from storefront.payments import refunding, return_settling, returning, to_send
from storefront.payments.finding import hold_sold, lock_refund, payment_of
from storefront.payments.models import RefundStatus
from storefront.payments.return_models import RETURN_TRANSITIONS, Return, ReturnReason, ReturnStatus
from storefront.payments.returning import IllegalStep, TooManyToReturn, Wanted
from storefront.producers.models import MemberRole
from storefront.receipts import checking as receipt_checking
from storefront.receipts import reading
from storefront.receipts.foreseeing import foresee

STUDIO = "/studio/sunlit-bench/returns"
ADDRESS = "Sunlit Bench\n4 Bench Lane\nHualien\nTaiwan"


@pytest.fixture
def packer(world):
    return add_member(world.sunlit_bench, "packer@example.org", MemberRole.FULFILMENT)


@pytest.fixture
def admin(world):
    return add_user("admin@example.org", Role.ADMIN)


@pytest.fixture
def sent(paid):
    """An order of three coffees and a soap, of which all has left."""
    order = paid({"COFFEE": 3, "SOAP": 1}).order
    send_off(order)
    return order_of(order.ref)


def page(order, key=None):
    return f"/orders/{order.ref}/parcels/{order.parcels[0].ref}/return?key={key or order.key}"


def fields(order, reason="changed_mind", words="", **units):
    lines = {line.sku: line.ref for line in order.parcels[0].lines}
    filled = {}
    for sku, quantity in units.items():
        ref = lines[sku]
        filled |= {f"quantity-{ref}": str(quantity), f"reason-{ref}": reason, f"words-{ref}": words}
    return filled


def ask_on_the_page(client, order, **answers):
    """Look, then ask; the answer to asking."""
    html = client.post(page(order), data=fields(order, **answers)).get_data(as_text=True)
    seen = re.search(r'name="seen" value="(\w+)"', html)
    assert seen, html
    return client.post(page(order), data=fields(order, **answers) | {"seen": seen[1]})


def ask(order, **units):
    """The wish alone; returns its ref."""
    lines = {line.sku: line.ref for line in order.parcels[0].lines}
    wanted = {lines[sku]: Wanted(quantity, ReturnReason.BROKEN) for sku, quantity in units.items()}
    with unit_of_work():
        payment = hold_sold(order.id)
        return returning.ask(payment, payment.order.parcels[0], wanted, actor="guest", now=clock.now()).ref


def step(act, ref, **facts):
    with unit_of_work():
        return act(returning.hold(ref), actor="user:X", now=clock.now(), **facts)


def received(order, *, sellable=True, **units):
    ref = ask(order, **units)
    step(returning.agree, ref, send_to=ADDRESS, words="")
    step(returning.receive, ref, sellable=sellable, words="")
    return ref


def found(ref):
    session().rollback()
    return session().scalars(select(Return).where(Return.ref == ref)).one()


def the_return():
    session().rollback()
    return session().scalars(select(Return)).one()


def left(order):
    """Units of each SKU that can be asked back now."""
    order = order_of(order.ref)
    skus = {line.ref: line.sku for line in order.lines}
    units = returning.returnable(payment_of(order.id), order.parcels[0], clock.now())
    return {skus[ref]: quantity for ref, quantity in units.items()}


def test_a_line_goes_the_whole_way_back(client, sent, packer, admin):
    html = client.get(f"/orders/{sent.ref}?key={sent.key}").get_data(as_text=True)
    assert f"/orders/{sent.ref}/parcels/{sent.parcels[0].ref}/return" in html
    look = client.post(page(sent), data=fields(sent, COFFEE=2, reason="broken", words="Crushed"))
    for words in ("$48.00", "$3.60, then $1.20", "revision 2", "$48.00 of $96.90", "Ask for this return"):
        assert words in look.get_data(as_text=True), words
    assert session().scalars(select(Return)).all() == [], "looking asks for nothing"
    coffee = next(line for line in sent.lines if line.sku == "COFFEE")
    payment = payment_of(sent.id)
    foreseen = foresee(payment, returning.allocation(payment, {coffee.ref: 2}), clock.now())

    assert ask_on_the_page(client, sent, COFFEE=2, reason="broken", words="Crushed").status_code == 303
    ref = the_return().ref
    assert "Waits for an answer" in client.get(f"/orders/{sent.ref}?key={sent.key}").get_data(as_text=True)
    (letter,) = letters("return_asked", packer.email)
    assert "It came broken or spoilt – Crushed" in letter.text
    assert f"{STUDIO}/{ref}" in letter.text

    sign_in(client, packer.email)
    assert "1 return waits" in client.get("/studio/sunlit-bench").get_data(as_text=True)
    assert "2 × Sunlit drip coffee" in client.get(STUDIO).get_data(as_text=True)
    assert "Crushed" in client.get(f"{STUDIO}/{ref}").get_data(as_text=True)
    answer = {"verdict": "agree", "send_to": ADDRESS, "words": "By post, we pay"}
    assert post(client, f"{STUDIO}/{ref}/decisions", answer).status_code == 303
    agreed = letters("return_news", sent.email)[1]
    assert "4 Bench Lane" in agreed.text
    assert "By post, we pay" in agreed.text
    assert post(client, f"{STUDIO}/{ref}/arrival", {"sellable": "yes"}).status_code == 303
    assert stock("COFFEE") == 7, "only the refund puts it back"

    sign_in(client, admin.email)
    html = client.get("/admin/returns?state=received&producer=sunlit-bench").get_data(as_text=True)
    assert ref in html
    html = client.get(f"/admin/returns/{ref}").get_data(as_text=True)
    assert "Give $48.00 back" in html
    assert post(client, f"/admin/returns/{ref}/refund").status_code == 303
    assert post(client, f"/admin/returns/{ref}/refund").status_code == 422, "a second click gives nothing"
    (refund,) = fresh(payment).refunds
    assert (refund.status, refund.amount_minor, refund.delivery_minor) == (RefundStatus.DONE, 4800, 0)
    assert refund.amount_minor == foreseen.money.minor
    chain = reading.revisions(reading.by_order(sent.id))
    assert reading.said(chain[-1])["credentialSubject"] == foreseen.would_say
    assert (stock("COFFEE"), found(ref).status) == (9, ReturnStatus.REFUNDED)
    who = [(one.status, one.actor) for one in found(ref).steps]
    packer_, admin_ = f"user:{packer.ref}", f"user:{admin.ref}"
    assert who == [("asked", "guest"), ("agreed", packer_), ("received", packer_), ("refunded", admin_)]
    said = select(JournalEntry.act).where(JournalEntry.act.like("return %")).order_by(JournalEntry.sequence)
    acts = session().scalars(said).all()
    assert acts == ["return asked", "return agreed", "return received", "return refunded"]
    assert len(letters("return_news", sent.email)) == 3
    assert len(letters("refund_notice", sent.email)) == 1, "the letter about the money is the last one"
    assert checking.check() + receipt_checking.check() == []


def test_nothing_is_asked_that_was_not_shown(client, sent):
    for seen in ({}, {"seen": "0" * 32}):
        answer = client.post(page(sent), data=fields(sent, COFFEE=1) | seen)
        assert (answer.status_code, "Ask for this return" in answer.get_data(as_text=True)) == (200, True)
    html = client.post(page(sent), data=fields(sent, COFFEE=1)).get_data(as_text=True)
    seen = {"seen": re.search(r'name="seen" value="(\w+)"', html)[1]}
    more = client.post(page(sent), data=fields(sent, COFFEE=2) | seen)
    assert "$48.00" in more.get_data(as_text=True), "other answers are shown first"
    again = client.post(page(sent), data=fields(sent, COFFEE=1) | seen | {"look": "1"})
    assert again.status_code == 200
    assert session().scalars(select(Return)).all() == []


@pytest.mark.parametrize(
    ("units", "reason", "words", "said"),
    [
        ({"COFFEE": 4}, "broken", "KEPT", "from 0 to 3"),
        ({"COFFEE": "-1"}, "broken", "KEPT", "from 0 to 3"),
        ({"COFFEE": "1.5"}, "broken", "KEPT", "from 0 to 3"),
        ({"COFFEE": "٣"}, "broken", "KEPT", "from 0 to 3"),
        ({"COFFEE": 0}, "broken", "KEPT", "at least one thing"),
        ({"COFFEE": 1}, "", "KEPT", "Choose why"),
        ({"COFFEE": 1}, "nonsense", "KEPT", "Choose why"),
        ({"COFFEE": 1}, "other", "", "in a few words"),
        ({"COFFEE": 1}, "broken", "KEPT" * 200, "at most 500"),
    ],
)
def test_what_makes_no_sense_is_told_and_kept(client, sent, units, reason, words, said):
    answer = client.post(page(sent), data=fields(sent, reason=reason, words=words, **units))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in html
    assert words in html
    assert f'value="{next(iter(units.values()))}"' in html
    assert session().scalars(select(Return)).all() == []


def test_an_empty_form_and_what_was_never_sent(client, sent, paid):
    assert client.post(page(sent)).status_code == 422
    waiting = order_of(paid({"COFFEE": 1}).order.ref)
    html = client.get(page(waiting)).get_data(as_text=True)
    assert "Nothing of this parcel can be returned" in html
    assert "Ask for this return" not in client.post(page(waiting), data=fields(waiting, COFFEE=1)).get_data(
        as_text=True
    )


def test_strangers_find_nothing(client, world, sent, packer):
    ref = ask(sent, COFFEE=1)
    sign_in(client, add_member(world.weavers, "weaver@example.org", MemberRole.OWNER).email)
    assert client.get(page(sent, key="wrong")).status_code == 404
    assert post(client, page(sent, key="wrong"), fields(sent, COFFEE=1)).status_code == 404
    assert post(client, f"/orders/{sent.ref}/returns/{ref}/withdrawal").status_code == 404
    assert client.get(f"/orders/{sent.ref}/parcels/NONE/return?key={sent.key}").status_code == 404
    assert client.post(f"/orders/{sent.ref}/returns/NONE/withdrawal?key={sent.key}").status_code in (400, 404)
    theirs = f"/studio/tehrathum-weavers/returns/{ref}"
    assert client.get(theirs).status_code == 404
    answer = {"verdict": "agree", "send_to": ADDRESS, "sellable": "yes"}
    for end in ("/decisions", "/arrival"):
        assert post(client, theirs + end, answer).status_code == 404
    assert found(ref).status == ReturnStatus.ASKED


def test_units_are_asked_back_once(app, sent):
    assert left(sent) == {"COFFEE": 3, "SOAP": 1}
    ask(sent, COFFEE=2)
    assert left(sent) == {"COFFEE": 1, "SOAP": 1}
    with pytest.raises(TooManyToReturn) as refused:
        ask(sent, COFFEE=2)
    assert refused.value.left == 1
    order = order_of(sent.ref)
    ended = at_once(app, *[partial(ask, order, SOAP=1)] * 3)
    assert sorted(type(one).__name__ for one in ended) == ["TooManyToReturn", "TooManyToReturn", "str"]


def test_without_the_look_at_what_is_left_units_would_be_asked_back_twice(sent, monkeypatch):
    """The control: whoever decides on what was left before the other asked asks for the same again."""
    before = {line.ref: line.quantity for line in sent.lines}
    monkeypatch.setattr(returning, "returnable", lambda payment, parcel, now: before)
    assert ask(sent, SOAP=1) != ask(sent, SOAP=1)


def test_what_was_given_back_counts_once(sent):
    give_back(payment_of(sent.id), {"COFFEE": 1})
    assert left(sent) == {"COFFEE": 2, "SOAP": 1}
    ref = received(sent, COFFEE=1)
    assert left(sent) == {"COFFEE": 1, "SOAP": 1}
    refund_ref = step(returning.refund, ref).ref
    assert left(sent) == {"COFFEE": 1, "SOAP": 1}, "on its way: neither counted twice nor forgotten"
    with pytest.raises(IllegalStep):
        step(returning.refund, ref)
    refunding.send(refund_ref)
    assert left(sent) == {"COFFEE": 1, "SOAP": 1}
    assert stock("COFFEE") == 7 + 1, "sellable goods alone"


def test_what_is_refused_or_withdrawn_can_be_asked_again(client, sent, packer):
    ref = ask(sent, COFFEE=3)
    sign_in(client, packer.email)
    post(client, f"{STUDIO}/{ref}/decisions", {"verdict": "refuse", "reason": "It was opened"})
    assert "It was opened" in letters("return_news", sent.email)[-1].text
    assert found(ref).status == ReturnStatus.REFUSED
    assert left(sent)["COFFEE"] == 3
    again = ask(sent, COFFEE=3)
    address = f"/orders/{sent.ref}/returns/{again}/withdrawal?key={sent.key}"
    assert post(client, address).status_code == 303
    assert post(client, address).status_code == 303, "and once more changes nothing"
    assert [one.status for one in found(again).steps] == ["asked", "withdrawn"]
    assert left(sent)["COFFEE"] == 3


def test_the_window_closes_thirty_days_after_it_came(sent):
    parcel = sent.parcels[0]
    due = clock.now() + (parcel.arrives_to - clock.today())
    with clock.at(due + timedelta(days=29)):
        assert left(sent) == {"COFFEE": 3, "SOAP": 1}
    with clock.at(due + timedelta(days=31)):
        assert left(sent) == {}


def delivered(order, now):
    with unit_of_work():
        parcel = order_of_now(order)
        dispatching.deliver(parcel, parcel.dispatches[0].ref, given_back=to_send.units_back, actor="user:X", now=now)


@pytest.mark.parametrize("days", [-9, 0, 12], ids=["on the day of sending", "as promised", "late"])
def test_a_group_that_says_too_soon_that_it_came_takes_no_day_of_the_window(sent, days):
    due = clock.now() + (sent.parcels[0].arrives_to - clock.today())
    delivered(sent, due + timedelta(days=days))
    closes = due + timedelta(days=30 + max(days, 0))
    with clock.at(closes - timedelta(days=1)):
        assert left(sent) == {"COFFEE": 3, "SOAP": 1}
    with clock.at(closes + timedelta(days=1)):
        assert left(sent) == {}


def test_the_group_sees_the_address_while_goods_go_to_and_fro(client, sent, packer):
    parcel = order_of(sent.ref).parcels[0]
    due = clock.now() + (parcel.arrives_to - clock.today())
    shown = f"/studio/sunlit-bench/orders/{parcel.ref}"

    def sees(days):
        with clock.at(due + timedelta(days=days)):
            sign_in(client, packer.email)
            return "1 Long Road" in client.get(shown).get_data(as_text=True)

    with clock.at(due + timedelta(days=28)):
        ref = ask(sent, COFFEE=1)
    assert sees(40)
    with clock.at(due + timedelta(days=40)):
        step(returning.refuse, ref, reason="It was used")
    assert sees(53)
    assert not sees(55)


def order_of_now(order):
    return hold_sold(order.id).order.parcels[0]


def test_no_step_is_made_out_of_turn(sent):
    acts = {
        ReturnStatus.AGREED: partial(returning.agree, send_to=ADDRESS, words=""),
        ReturnStatus.REFUSED: partial(returning.refuse, reason="No"),
        ReturnStatus.WITHDRAWN: returning.withdraw,
        ReturnStatus.RECEIVED: partial(returning.receive, sellable=False, words=""),
    }
    ref = ask(sent, COFFEE=1)
    for status in ReturnStatus:
        with unit_of_work() as current:
            one = returning.hold(ref)
            if status == ReturnStatus.REFUNDED:
                one.refund = refunding.ask_whole(payment_of(sent.id), reason="x", asked_by="x", now=clock.now())
            one.status = status
            current.flush()
        for after, act in acts.items():
            if after not in RETURN_TRANSITIONS[status]:
                with pytest.raises(IllegalStep):
                    step(act, ref)
        if status != ReturnStatus.RECEIVED:
            with pytest.raises(IllegalStep):
                step(returning.refund, ref)
    assert [one.status for one in found(ref).steps] == ["asked"]


def test_the_group_answers_whole_and_only_where_it_stands(client, sent, packer):
    ref = ask(sent, COFFEE=1)
    sign_in(client, packer.email)
    for fields_, said in (
        ({"verdict": "agree", "words": "KEPT"}, "whole address"),
        ({"verdict": "refuse", "send_to": "KEPT"}, "the shopper reads it"),
        ({"verdict": "agree", "send_to": "KEPT" * 200}, "at most 500"),
    ):
        answer = post(client, f"{STUDIO}/{ref}/decisions", fields_)
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)
        assert "KEPT" in answer.get_data(as_text=True)
    assert post(client, f"{STUDIO}/{ref}/arrival", {"sellable": "yes"}).status_code == 422, "nobody agreed yet"
    step(returning.agree, ref, send_to=ADDRESS, words="")
    answer = post(client, f"{STUDIO}/{ref}/arrival", {"sellable": "perhaps", "remark": "KEPT"})
    assert (answer.status_code, "KEPT" in answer.get_data(as_text=True)) == (422, True)
    step(returning.receive, ref, sellable=False, words="")
    answer = post(client, f"{STUDIO}/{ref}/decisions", {"verdict": "refuse", "reason": "Too late"})
    assert (answer.status_code, found(ref).status) == (422, ReturnStatus.RECEIVED), "now it is the shop's to judge"
    assert ref in client.get(f"{STUDIO}?state=all").get_data(as_text=True)
    assert ref not in client.get(STUDIO).get_data(as_text=True)
    second = ask(sent, SOAP=1)
    assert "4 Bench Lane" in client.get(f"{STUDIO}/{second}").get_data(as_text=True), "as the last time"


def test_an_admin_answers_in_the_groups_place_and_may_refuse_what_has_come(client, sent, admin):
    ref = ask(sent, COFFEE=1)
    sign_in(client, admin.email)
    html = client.get("/admin/returns").get_data(as_text=True)
    assert ref in html
    assert ref not in client.get("/admin/returns?producer=tehrathum-weavers").get_data(as_text=True)
    desk = f"/admin/returns/{ref}"
    assert post(client, f"{desk}/decisions", {"verdict": "agree", "send_to": ADDRESS}).status_code == 303
    remark = "All\0 empty \r\n\r\n and <b>torn</b>"
    assert post(client, f"{desk}/arrival", {"sellable": "no", "remark": remark}).status_code == 303
    assert found(ref).steps[-1].words == "All empty\nand <b>torn</b>"
    assert "&lt;b&gt;torn" in client.get(desk).get_data(as_text=True)
    assert ref in client.get(f"/admin/orders/{sent.ref}").get_data(as_text=True)
    assert post(client, f"{desk}/decisions", {"verdict": "refuse"}).status_code == 422
    assert post(client, f"{desk}/decisions", {"verdict": "refuse", "reason": "All were empty"}).status_code == 303
    assert post(client, f"{desk}/refund").status_code == 422
    assert ref in client.get("/admin/returns?state=refused").get_data(as_text=True)
    assert payment_of(sent.id).refunds == []


def test_a_refused_refund_can_be_tried_again(client, sent, admin):
    ref = received(sent, COFFEE=1)
    refund_ref = step(returning.refund, ref).ref
    with pytest.raises(IllegalStep):
        step(returning.refuse, ref, reason="Too late: its money is on its way")
    with unit_of_work():
        refunding.states.move_refund(lock_refund(refund_ref), RefundStatus.FAILED)
    sign_in(client, admin.email)
    assert post(client, f"/admin/returns/{ref}/refund").status_code == 303
    assert found(ref).status == ReturnStatus.REFUNDED
    assert checking.check() == []


def test_what_was_refunded_meanwhile_is_not_refunded_again(client, sent, admin):
    ref = received(sent, COFFEE=3)
    give_back(payment_of(sent.id), {"COFFEE": 1})
    sign_in(client, admin.email)
    assert "something was refunded meanwhile" in client.get(f"/admin/returns/{ref}").get_data(as_text=True)
    answer = post(client, f"/admin/returns/{ref}/refund")
    assert (answer.status_code, "only 2 are left" in answer.get_data(as_text=True)) == (422, True)


def test_the_lists_ask_the_same_number_of_questions_for_any_number_of_returns(client, sent, packer, admin):
    def asked(path):
        with counting_statements() as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    def counts():
        for user, path in ((packer, STUDIO), (admin, "/admin/returns")):
            sign_in(client, user.email)
            client.get(path)
            yield asked(path)

    ask(sent, COFFEE=1)
    one = list(counts())
    ask(sent, COFFEE=1, SOAP=1)
    ask(sent, COFFEE=1)
    assert list(counts()) == one


@pytest.mark.parametrize(("units", "offered"), [({"COFFEE": 2}, True), ({"COFFEE": 1}, False), (None, True)])
def test_a_return_that_was_paid_on_the_orders_page_is_closed_as_settled(client, sent, admin, units, offered):
    ref = received(sent, COFFEE=2)
    give_back(payment_of(sent.id), units)
    sign_in(client, admin.email)
    page = f"/admin/returns/{ref}"
    assert ("Close it: its price went back with that" in client.get(page).get_data(as_text=True)) == offered
    assert post(client, f"{page}/settlement").status_code == (303 if offered else 422)
    assert found(ref).status == (ReturnStatus.REFUNDED if offered else ReturnStatus.RECEIVED)
    if offered:
        assert post(client, f"{page}/settlement").status_code == 422
    assert to_send.count(sent.parcels[0].producer_id) == 0
    assert checking.check() == []


def test_a_unit_that_was_refunded_as_if_it_were_unsent_is_sent_once_its_return_is_settled(paid):
    order = paid({"COFFEE": 2}).order
    send_off(order, units={"COFFEE": 1})
    ref = received(order_of(order.ref), COFFEE=1)
    give_back(payment_of(order.id), {"COFFEE": 1})
    producer = order_of(order.ref).parcels[0].producer_id
    assert to_send.count(producer) == 0
    step(return_settling.settle, ref)
    assert to_send.count(producer) == 1


def closes(client, ref):
    """Whether the page offers to close the return, and does."""
    page = f"/admin/returns/{ref}"
    offered = "Close it: its price went back with that" in client.get(page).text
    assert post(client, f"{page}/settlement").status_code == (303 if offered else 422)
    return found(ref).status == ReturnStatus.REFUNDED


def test_a_return_whose_refund_failed_is_closed_once_the_orders_page_gave_it_back(client, sent, admin):
    ref = received(sent, COFFEE=2)
    refund_ref = step(returning.refund, ref).ref
    sign_in(client, admin.email)
    assert "Its refund is on its way" in client.get(f"/admin/returns/{ref}").text
    with unit_of_work():
        refunding.states.move_refund(lock_refund(refund_ref), RefundStatus.FAILED)
    assert not closes(client, ref)
    paid_by = give_back(payment_of(sent.id), {"COFFEE": 2}).ref
    assert "Its refund is on its way" not in client.get(f"/admin/returns/{ref}").text
    assert closes(client, ref)
    assert found(ref).refund.ref == paid_by
    assert left(sent) == {"COFFEE": 1, "SOAP": 1}


def test_a_return_is_closed_where_a_refund_gave_back_what_had_not_left_too(client, paid, admin):
    order = paid({"COFFEE": 2, "SCARF-RED": 1}).order
    send_off(order)
    ref = received(order_of(order.ref), COFFEE=2)
    give_back(payment_of(order.id))
    sign_in(client, admin.email)
    before = to_send.units_dropped(order_of(order.ref))
    assert closes(client, ref)
    assert to_send.units_dropped(order_of(order.ref)) == before, "the scarf is not to be sent after all"
    assert checking.check() == []


def test_a_return_that_was_given_back_in_steps_is_closed_and_no_other_with_it(client, sent, admin):
    first, second = received(sent, COFFEE=2), received(sent, COFFEE=1)
    sign_in(client, admin.email)
    for closed in (False, True):
        give_back(payment_of(sent.id), {"COFFEE": 1}, had_left=True)
        if not closed:
            assert not closes(client, first)
    assert closes(client, first)
    assert not closes(client, second), "those refunds are spent"
    assert left(sent) == {"SOAP": 1}
    give_back(payment_of(sent.id), {"COFFEE": 1}, had_left=True)
    assert closes(client, second)
    assert checking.check() + receipt_checking.check() == []
