"""What becomes of parcels and of their groups when money goes back, or does not go back after all."""

from __future__ import annotations

import pytest
from listings import add_member
from ordering import order_of
from people import add_user, letters, post, sign_in
from selling import sell, send_off, take_back
from sqlalchemy import select

from storefront.accounts.models import Role
from storefront.checkout.models import OrderStatus, ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import checking
from storefront.payments import refunded, refunding, remaining, returning, states, to_send
from storefront.payments.answers import RefundState
from storefront.payments.finding import hold_sold, lock_refund, payment_of
from storefront.payments.models import Dispute, Refund, RefundStatus
from storefront.payments.return_models import ReturnReason
from storefront.producers.models import MemberRole


def parcel_of(order, group="sunlit-bench"):
    return next(parcel for parcel in order_of(order.ref).parcels if parcel.producer_slug == group)


def under_way(order, units, *, delivery=False, status=RefundStatus.PENDING, **facts):
    """A refund of so many of each SKU that Stripe has and has not finished; returns its ref."""
    facts = {"reason": "It broke", "asked_by": "user:ADMIN", "restock": False, "now": clock.now(), **facts}
    refs = {line.sku: line.ref for line in order_of(order.ref).lines}
    with unit_of_work():
        wanted = {refs[sku]: quantity for sku, quantity in units.items()}
        refund = refunding.ask(payment_of(order.id), wanted, delivery=delivery, **facts)
        states.move_refund(refund, status)
        return refund.ref


def stripe_says(ref, status):
    """Stripe's word on what became of the refund."""
    with unit_of_work():
        refund = lock_refund(ref)
        state = RefundState(f"re_{ref}", status, refund.amount_minor, "USD", None, ref, problem="closed account")
        refunding.apply(refund, state, clock.now())


def returned(order, units):
    """So many of the order's first line were sent back, and their refund is asked for; returns its ref."""
    facts = {"actor": "user:X", "now": clock.now()}
    with unit_of_work():
        payment = hold_sold(order.id)
        parcel = payment.order.parcels[0]
        wanted = {parcel.lines[0].ref: returning.Wanted(units, ReturnReason.BROKEN)}
        found = returning.ask(payment, parcel, wanted, **facts)
        returning.agree(found, send_to="4 Bench Lane", words="", **facts)
        returning.receive(found, sellable=False, words="", **facts)
        return returning.refund(found, **facts).ref


def refund_of(ref):
    session().rollback()
    return session().scalars(select(Refund).where(Refund.ref == ref)).one()


@pytest.mark.parametrize("end", ["failed", "given up"])
def test_a_unit_whose_refund_failed_after_the_rest_had_left_is_to_be_sent(world, end):
    order = sell({"SOAP": 3})
    ref = under_way(order, {"SOAP": 1}, status=RefundStatus.PENDING if end == "failed" else RefundStatus.UNKNOWN)
    send_off(order, units={"SOAP": 2})
    assert parcel_of(order).status == ParcelStatus.DISPATCHED
    assert to_send.count(world.sunlit_bench.id) == 0
    if end == "failed":
        stripe_says(ref, "failed")
    else:
        refunding.give_up(ref, clock.now(), clock.now())
    assert refund_of(ref).status == RefundStatus.FAILED
    assert parcel_of(order).status == ParcelStatus.PART_SENT
    assert to_send.count(world.sunlit_bench.id) == 1
    send_off(order, units={"SOAP": 1})
    assert parcel_of(order).status == ParcelStatus.DISPATCHED


def test_a_refund_that_was_done_after_all_ends_the_waiting_again(world):
    order = sell({"SOAP": 3})
    ref = under_way(order, {"SOAP": 1})
    send_off(order, units={"SOAP": 2})
    stripe_says(ref, "failed")
    stripe_says(ref, "succeeded")
    assert parcel_of(order).status == ParcelStatus.DISPATCHED
    assert checking.check() == []


@pytest.fixture
def packer(world, client):
    user = add_member(world.sunlit_bench, "packer@example.org", MemberRole.FULFILMENT)
    sign_in(client, user.email)
    return user


def studio_page(client, order):
    return client.get(f"/studio/sunlit-bench/orders/{parcel_of(order).ref}").get_data(as_text=True)


def test_a_group_is_told_what_it_need_not_send_any_more(world, client, packer):
    order = sell({"SOAP": 3, "COFFEE": 1, "SCARF-RED": 1})
    take_back(order, {"SOAP": 2})
    (letter,) = letters("given_back_notice")
    assert letter.recipient == packer.email
    for words in ("2 × Aruvel garden soap", "Why: It broke", "still to be sent"):
        assert words in letter.text
    assert "drip coffee" not in letter.text
    html = studio_page(client, order)
    assert "2 were given back" in html
    assert "How many leave now, of 1" in html
    take_back(order, {"SOAP": 1, "COFFEE": 1})
    *_, letter = letters("given_back_notice")
    assert letter.subject == f"Do not send: order {order.ref} was given back"
    assert "Nothing else of your parcel" in letter.text


def test_a_parcel_that_was_given_back_says_so_instead_of_a_delivery(world, client, packer):
    order = sell({"COFFEE": 1})
    take_back(order)
    html = studio_page(client, order)
    assert "All of this was given back to the shopper before it left." in html
    assert "30 days after a delivery" not in html


def test_units_that_have_left_and_those_of_a_return_are_no_news(world, packer):
    order = sell({"COFFEE": 6})
    send_off(order, units={"COFFEE": 3})
    stripe_says(under_way(order, {"COFFEE": 1}, had_left=True), "succeeded")
    stripe_says(returned(order, 1), "succeeded")
    assert letters("given_back_notice") == []
    assert to_send.count(world.sunlit_bench.id) == 1
    send_off(order, units={"COFFEE": 3})
    take_back(order, {"COFFEE": 1})
    assert letters("given_back_notice") == []


def test_what_need_not_be_sent_is_told_once_whatever_comes_back_later(world, packer):
    order = sell({"COFFEE": 4})
    send_off(order, units={"COFFEE": 2})
    take_back(order, {"COFFEE": 1})
    told = len(letters("given_back_notice"))
    assert told > 0
    stripe_says(under_way(order, {"COFFEE": 1}, had_left=True), "succeeded")
    assert len(letters("given_back_notice")) == told
    assert to_send.count(world.sunlit_bench.id) == 1


@pytest.mark.parametrize("closed", [False, True])
def test_an_open_dispute_is_said_where_the_parcel_is_packed(world, client, packer, closed):
    order = sell({"COFFEE": 1})
    with unit_of_work() as current:
        now = clock.now()
        current.add(
            Dispute(
                payment_id=payment_of(order.id).id, stripe_id="dp_1", status="won" if closed else "needs_response",
                amount_minor=3090, reason="fraudulent", opened_at=now, closed_at=now if closed else None,
            )
        )  # fmt: skip
    assert ("Ask us before you send anything" in studio_page(client, order)) != closed


@pytest.mark.parametrize(
    ("sent", "steps", "delivery"),
    [
        ({}, [{"COFFEE": 2, "SOAP": 1}], 690),
        ({}, [{"COFFEE": 2}, {"SOAP": 1}], 690),
        ({}, [{"COFFEE": 2}], 0),
        ({"SOAP": 1}, [{"COFFEE": 2}], 0),
    ],
    ids=["at once", "in steps", "not all", "some has left"],
)
def test_a_parcel_emptied_before_anything_left_gives_its_delivery_back(world, sent, steps, delivery):
    order = sell({"COFFEE": 2, "SOAP": 1, "SCARF-RED": 1})
    if sent:
        send_off(order, units=sent)
    refunds = [take_back(order, units) for units in steps]
    assert sum(one.delivery_minor for one in refunds) == delivery
    assert (parcel_of(order).status == ParcelStatus.CANCELLED) == bool(delivery)
    assert checking.check() == []


def test_a_bank_that_takes_more_than_is_left_leaves_nothing_to_pack(world):
    order = sell({"COFFEE": 2, "SOAP": 1})
    take_back(order, {"SOAP": 1})
    left = remaining.left_of(payment_of(order.id))
    back = remaining.spread(left, order.total_minor)
    assert {line.sku: units for line, units, _ in back.lines} == {"COFFEE": 2}
    assert (back.minor, back.delivery_minor, back.unassigned_minor) == (order.total_minor, 690, 1800)
    with unit_of_work():
        refund = refunding.write(
            payment_of(order.id), back, reason="Taken back by the bank", asked_by=refunding.BANK, restock=False,
            now=clock.now(),
        )  # fmt: skip
        states.move_refund(refund, RefundStatus.DONE)
        refunded.done(refund, clock.now(), paid_from="disputes")
    assert order_of(order.ref).status == OrderStatus.CANCELLED
    assert to_send.count(world.sunlit_bench.id) == 0


@pytest.mark.parametrize(("said", "waiting"), [({"had_left": "1"}, 1), ({}, 0)])
def test_a_refund_of_a_unit_that_had_left_leaves_those_that_have_not_to_be_sent(world, client, packer, said, waiting):
    order = sell({"SOAP": 2})
    payment = payment_of(order.id)
    boss = add_user("boss@example.org", Role.ADMIN)
    sign_in(client, boss.email)
    page, line = f"/admin/orders/{order.ref}", order_of(order.ref).lines[0]
    assert "These had left already" not in client.get(page).text
    send_off(order, units={"SOAP": 1})
    assert "These had left already" in client.get(page).text
    asked = {"payment": payment.ref, "left": str(payment.amount_minor), "reason": "It came broken", **said}
    if said:
        refused = post(client, f"{page}/refunds", {**asked, f"quantity-{line.ref}": "2"})
        assert refused.status_code == 422
        assert "only 1 have left" in refused.text
    assert post(client, f"{page}/refunds", {**asked, f"quantity-{line.ref}": "1"}).status_code == 303
    ref = session().scalars(select(Refund.ref)).one()
    stripe_says(ref, "succeeded")
    assert to_send.count(world.sunlit_bench.id) == waiting
    assert len(letters("given_back_notice")) == 1 - waiting
    assert checking.check() == []


def test_units_that_had_left_are_given_back_once(world):
    order = sell({"COFFEE": 4})
    send_off(order, units={"COFFEE": 2})
    first = under_way(order, {"COFFEE": 1}, had_left=True, status=RefundStatus.DONE)
    with pytest.raises(refunding.NeverLeft) as refused:
        under_way(order, {"COFFEE": 2}, had_left=True)
    assert refused.value.out == 1
    payment, parcel = payment_of(order.id), parcel_of(order)
    (line,) = parcel.lines
    assert returning.returnable(payment, parcel, clock.now()) == {line.ref: 1}
    assert refund_of(first).had_left
    under_way(order, {"COFFEE": 1}, had_left=True)
    assert returning.returnable(payment_of(order.id), parcel_of(order), clock.now()) == {}
    assert to_send.count(world.sunlit_bench.id) == 1
    send_off(order, units={"COFFEE": 2})
