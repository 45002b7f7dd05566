"""A shopper cancels what has not left: all of it goes back, its producer reads it, and nobody sends it."""

from __future__ import annotations

import re

import pytest
from listings import add_member
from ordering import order_of
from paying import at_once, fresh, give_back, stock
from people import add_user, letters, post, sign_in
from selling import send_off
from sqlalchemy import select

from storefront.checkout import dispatching
from storefront.checkout.models import Order, OrderStatus, Parcel, ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.giving import accounts, checking
from storefront.giving.posting import balance
from storefront.payments import cancelling, matters, refunding
from storefront.payments.finding import hold_sold, payment_of
from storefront.payments.matters import MatterKind
from storefront.payments.models import RefundStatus
from storefront.producers.models import MemberRole
from storefront.receipts import checking as receipt_checking
from storefront.receipts import reading
from storefront.receipts.foreseeing import foresee

BENCH, WEAVERS = accounts.producer("sunlit-bench"), accounts.producer("tehrathum-weavers")


def parcel_of(order, group):
    return next(parcel for parcel in order_of(order.ref).parcels if parcel.producer_slug == group)


def page(order, **args):
    address = f"/orders/{order.ref}/cancellation?key={order.key}"
    return address + "".join(f"&{name}={value}" for name, value in args.items())


def seen_on(client, order, *refs):
    html = client.get(page(order) + "".join(f"&parcel={ref}" for ref in refs)).get_data(as_text=True)
    return {"seen": re.search(r'name="seen" value="(\w+)"', html)[1], "parcel": list(refs)}, html


def cancel(order, group):
    """The act alone, as the page does it after the shopper looked."""
    with unit_of_work():
        payment = hold_sold(order.id)
        parcels = [one for one in cancelling.cancellable(payment.order) if one.producer_slug == group]
        parcels = cancelling.choose(payment.order, [one.ref for one in parcels])
        return cancelling.cancel(
            payment, parcels, reason="Too late for the day", title="Cancelled", actor="guest", now=clock.now()
        ).ref


def sound():
    session().rollback()
    return checking.check() + receipt_checking.check()


def test_a_parcel_of_which_something_has_left_is_not_cancelled(world, paid):
    order = paid({"COFFEE": 2, "SCARF-RED": 1}).order
    send_off(order, units={"COFFEE": 1})
    assert [one.producer_slug for one in cancelling.cancellable(order_of(order.ref))] == ["tehrathum-weavers"]


def test_a_guest_cancels_one_parcel_and_gets_its_goods_and_delivery_back(client, world, paid):
    add_member(world.weavers, "packer@example.org", MemberRole.FULFILMENT)
    add_member(world.weavers, "editor@example.org", MemberRole.EDITOR)
    order = paid({"COFFEE": 2, "SCARF-RED": 1}).order
    bench = balance(BENCH, "USD")
    html = client.get(f"/orders/{order.ref}?key={order.key}").get_data(as_text=True)
    assert "Cancel the parcel from Tehrathum Weavers" in html
    form, html = seen_on(client, order, parcel_of(order, "tehrathum-weavers").ref)
    for words in ("$56.50", "Delivery from Tehrathum Weavers", "$1.00, then $0.00", "stays $2.40", "revision 2"):
        assert words in html
    payment = payment_of(order.id)
    back = cancelling.allocation(payment, [parcel_of(order, "tehrathum-weavers")])
    foreseen = foresee(payment, back, clock.now())
    assert client.post(page(order), data=form | {"reason": "Found another"}).status_code == 303
    (refund,) = fresh(payment).refunds
    assert (refund.status, refund.amount_minor, refund.delivery_minor) == (RefundStatus.DONE, 4800 + 850, 850)
    assert refund.amount_minor == foreseen.money.minor
    receipt = reading.by_order(order.id)
    assert reading.said(reading.revisions(receipt)[-1])["credentialSubject"] == foreseen.would_say
    # The other group's delivery is not touched; half of the scarf's price stays with makers who were paid before.
    assert (balance(BENCH, "USD"), stock("SCARF-RED")) == (bench, 2)
    assert parcel_of(order, "tehrathum-weavers").status == ParcelStatus.CANCELLED
    assert order_of(order.ref).status == OrderStatus.PAID
    (letter,) = letters("cancellation_notice")
    assert (letter.recipient, "Found another" in letter.text) == ("packer@example.org", True)
    assert "$56.50" in letters("refund_notice", order.email)[0].subject
    acts = session().scalars(select(JournalEntry).where(JournalEntry.act == "parcel cancelled")).one()
    assert (acts.actor, acts.facts["reason"]) == ("guest", "Found another")
    assert "Cancelled" in client.get(f"/orders/{order.ref}?key={order.key}").get_data(as_text=True)
    sign_in(client, "packer@example.org")
    ref = parcel_of(order, "tehrathum-weavers").ref
    html = client.get(f"/studio/tehrathum-weavers/orders/{ref}").get_data(as_text=True)
    assert "Do not send it" in html
    assert "Found another" in html
    assert "Mark as sent" not in html
    assert sound() == []


def test_the_other_parcel_can_follow_and_then_the_order_is_cancelled(client, paid):
    order = paid({"COFFEE": 1, "SCARF-RED": 1}).order
    for group in ("tehrathum-weavers", "sunlit-bench"):
        form, _ = seen_on(client, order, parcel_of(order, group).ref)
        assert client.post(page(order), data=form).status_code == 303
    assert order_of(order.ref).status == OrderStatus.CANCELLED
    assert balance(accounts.pledged("open-bench-foundation"), "USD") == 0
    assert sound() == []


def test_the_shopper_whose_order_it_is_cancels_all_of_it(client, paid):
    user = add_user("mei@example.org")
    payment = paid({"COFFEE": 1, "SCARF-RED": 1})
    with unit_of_work() as current:
        current.get_one(Order, payment.order_id).user_id = user.id
    sign_in(client, user.email)
    address = f"/orders/{payment.order.ref}/cancellation"
    html = client.get(address).get_data(as_text=True)
    form = {
        "seen": re.search(r'name="seen" value="(\w+)"', html)[1],
        "parcel": re.findall(r'name="parcel" value="(\w+)"', html),
    }
    assert post(client, address, form).status_code == 303
    assert order_of(payment.order.ref).status == OrderStatus.CANCELLED
    assert fresh(payment).refunds[0].asked_by == f"user:{user.ref}"
    assert sound() == []


def test_nobody_cancels_what_they_have_not_seen_or_may_not_open(client, paid):
    order = paid({"COFFEE": 1}).order
    ref = parcel_of(order, "sunlit-bench").ref
    for seen in ({}, {"seen": "0" * 32}):
        answer = client.post(page(order), data={"parcel": ref, **seen})
        assert answer.status_code == 409
        assert "Something has changed" in answer.get_data(as_text=True)
    form, _ = seen_on(client, order, ref)
    long = client.post(page(order), data=form | {"reason": "x" * 301})
    assert (long.status_code, "x" * 301 in long.get_data(as_text=True)) == (422, True)
    stranger = f"/orders/{order.ref}/cancellation?key=wrong"
    sign_in(client, add_user("other@example.org").email)
    assert client.get(stranger).status_code == 404
    assert post(client, stranger, form).status_code == 404
    assert payment_of(order.id).refunds == []


def test_what_has_left_cannot_be_cancelled_nor_twice_what_has_not(client, paid):
    order = paid({"COFFEE": 1, "SCARF-RED": 1}).order
    form, _ = seen_on(client, order, parcel_of(order, "sunlit-bench").ref)
    send_off(order, "sunlit-bench")
    answer = client.post(page(order), data=form)
    assert (answer.status_code, payment_of(order.id).refunds) == (409, [])
    form, _ = seen_on(client, order, parcel_of(order, "tehrathum-weavers").ref)
    assert client.post(page(order), data=form).status_code == 303
    assert client.post(page(order), data=form).status_code == 409
    assert len(payment_of(order.id).refunds) == 1


def test_sent_and_cancelled_at_once_ends_in_exactly_one_of_the_two(app, paid):
    for _ in range(6):
        order = paid({"COFFEE": 1}).order
        order_of(order.ref)
        results = at_once(
            app, lambda order=order: send_off(order, "sunlit-bench"), lambda order=order: cancel(order, "sunlit-bench")
        )
        sent, cancelled = (isinstance(one, str) for one in results)
        assert sent != cancelled, results
        parcel = parcel_of(order, "sunlit-bench")
        assert (len(parcel.dispatches), parcel.status == ParcelStatus.CANCELLED) == (int(sent), cancelled)
    assert sound() == []


def test_without_the_second_look_a_parcel_would_be_sent_and_cancelled(app, paid, monkeypatch):
    """The control: whoever decides on what they saw before the other acted does both."""
    order = paid({"COFFEE": 1}).order
    before = cancelling.cancellable(order)
    send_off(order, "sunlit-bench")
    monkeypatch.setattr(cancelling, "cancellable", lambda order: before)
    cancel(order, "sunlit-bench")
    parcel = parcel_of(order, "sunlit-bench")
    assert (len(parcel.dispatches), parcel.status) == (1, ParcelStatus.CANCELLED)


def test_a_cancelled_parcel_is_not_sent_even_where_stripe_refused_the_refund(client, paid):
    order = paid({"COFFEE": 1}).order
    ref = cancel(order, "sunlit-bench")
    with unit_of_work():
        refunding.states.move_refund(refunding.lock_refund(ref), RefundStatus.FAILED)
    with pytest.raises(dispatching.NotToBeSent):
        send_off(order, "sunlit-bench")
    assert [(one.kind, one.order_ref) for one in matters.open_ones()] == [(MatterKind.REFUND_FAILED, order.ref)]
    html = client.get(f"/orders/{order.ref}?key={order.key}").get_data(as_text=True)
    assert "A person sees to it" in html
    assert session().scalars(select(Parcel.status)).one() == ParcelStatus.CANCELLED


def test_a_failed_cancellation_that_is_asked_for_again_gives_the_delivery_back_too(paid):
    payment = paid({"COFFEE": 1, "SCARF-RED": 1})
    ref = cancel(payment.order, "sunlit-bench")
    with unit_of_work():
        refund = refunding.lock_refund(ref)
        refunding.states.move_refund(refund, RefundStatus.FAILED)
        asked = refund.amount_minor
    again = give_back(payment, {"COFFEE": 1})
    assert (again.status, again.amount_minor, again.delivery_minor) == (RefundStatus.DONE, asked, 690)
    assert sound() == []
