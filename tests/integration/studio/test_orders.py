"""A group's own part of orders: packing, sending whole or in parts, delivery, and what is hidden afterwards."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from listings import add_member
from ordering import order_of, place_order
from people import letters, post, sign_in
from selling import sell, take_back
from sqlalchemy import select

from storefront.checkout import dispatching
from storefront.checkout.models import OrderStatus, ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.payments import refunded, returning, to_send
from storefront.payments import states as payment_states
from storefront.payments.finding import hold_sold
from storefront.payments.models import RefundStatus
from storefront.payments.return_models import ReturnReason
from storefront.producers.models import MemberRole

HOME = "/studio/sunlit-bench"


@pytest.fixture
def packer(world, client):
    user = add_member(world.sunlit_bench, "packer@example.org", MemberRole.FULFILMENT)
    sign_in(client, user.email)
    return user


def text_of(client, path):
    return client.get(path).get_data(as_text=True)


def parcel_of(order, group="sunlit-bench"):
    return next(parcel for parcel in order_of(order.ref).parcels if parcel.producer_slug == group)


def address(order, end=""):
    return f"{HOME}/orders/{parcel_of(order).ref}{end}"


def send(client, order, tracking="RR1TW", carrier="Post", **units):
    lines = {line.sku: line.ref for line in parcel_of(order).lines}
    fields = {f"quantity-{lines[sku.replace('_', '-')]}": str(quantity) for sku, quantity in units.items()}
    return post(client, address(order, "/dispatches"), {"carrier": carrier, "tracking": tracking, **fields})


def wrong_fields(html):
    """The fields that are marked, each linked from the summary and described by its message."""
    marked = re.findall(r'<input[^>]*id="([^"]*)"[^>]*aria-invalid="true"', html)
    assert [f'href="#{field}"' in html and f'id="{field}-error"' in html for field in marked] == [True] * len(marked)
    return marked


def test_a_group_sees_its_own_lines_of_paid_orders_and_nothing_else(world, client, packer):
    order, unpaid = sell({"COFFEE": 2, "SCARF-RED": 1}), order_of(place_order({"SOAP": 1}))
    html = text_of(client, f"{HOME}/orders")
    assert "2 × Sunlit drip coffee" in html
    assert "Dhaka scarf" not in html
    assert "soap" not in html
    html = text_of(client, address(order))
    assert "1 Long Road" in html
    assert "Dhaka scarf" not in html
    assert "mei@example.org" not in html, "a parcel needs no e-mail address"
    theirs = parcel_of(order, "tehrathum-weavers").ref
    for path in (theirs, f"{theirs}/label.pdf", f"{theirs}/packing-list.pdf", parcel_of(unpaid).ref):
        assert client.get(f"{HOME}/orders/{path}").status_code == 404
    assert post(client, f"{HOME}/orders/{theirs}/dispatches", {"carrier": "x"}).status_code == 404


def test_the_list_says_to_whom_what_waits_goes_and_no_more_once_it_has_left(world, client, packer):
    order = sell({"COFFEE": 2})
    assert "Mei Lin, United Kingdom" in text_of(client, f"{HOME}/orders")
    send(client, order, COFFEE=1)
    assert "Mei Lin, United Kingdom" in text_of(client, f"{HOME}/orders"), "some is still to be sent"
    send(client, order, COFFEE=1)
    html = text_of(client, f"{HOME}/orders?state=all")
    assert order.ref in html
    assert "Mei Lin" not in html


def test_the_front_page_says_how_many_wait(world, client, packer):
    assert "nothing waits to be packed" in text_of(client, HOME)
    first, _second = sell({"COFFEE": 1}), sell({"SOAP": 1})
    assert "2 orders to pack" in text_of(client, HOME)
    send(client, first, COFFEE=1)
    assert "1 order to pack" in text_of(client, HOME)


def test_an_order_is_sent_in_parts_and_the_shopper_is_told_of_each(world, client, packer):
    order = sell({"COFFEE": 3, "SOAP": 1})
    assert send(client, order, COFFEE=2).status_code == 303
    assert parcel_of(order).status == ParcelStatus.PART_SENT
    letter = letters("dispatch_notice", order.email)[0]
    assert "2 × Sunlit drip coffee, Medium roast" in letter.text
    assert "Tracking number: RR1TW" in letter.text
    assert re.search(r"Still to come from them:\s+1 × Sunlit drip coffee, Medium roast\s+1 × Aruvel", letter.text)
    assert f"/orders/{order.ref}?key={order.key}" in letter.text
    assert send(client, order, tracking="", COFFEE=1, SOAP=1).status_code == 303
    assert parcel_of(order).status == ParcelStatus.DISPATCHED
    last = letters("dispatch_notice", order.email)[1]
    assert "It has no tracking number" in last.text
    assert "Still to come" not in last.text
    html = text_of(client, f"{HOME}/orders?state=sent")
    assert "3 × Sunlit drip coffee" in html
    acts = session().scalars(select(JournalEntry).where(JournalEntry.act == "parcel sent")).all()
    assert [entry.actor for entry in acts] == [f"user:{packer.ref}"] * 2
    assert acts[0].facts["units"] == {"COFFEE": 2}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"COFFEE": 3}, "quantity", "only 2 are left"),
        ({"COFFEE": 0}, "quantity", "at least one thing"),
        ({}, "", "at least one thing"),
        ({"COFFEE": "-1"}, "quantity", "a whole number"),
        ({"COFFEE": "1.5"}, "quantity", "a whole number"),
        ({"COFFEE": "٣"}, "quantity", "a whole number"),
        ({"COFFEE": 1, "carrier": " "}, "carrier", "Say who carries it"),
        ({"COFFEE": 1, "carrier": "x" * 61}, "carrier", "at most 60 characters"),
        ({"COFFEE": 1, "tracking": "x" * 121}, "tracking", "at most 120 characters"),
    ],
)
def test_what_makes_no_sense_is_refused_marked_and_kept(world, client, packer, fields, field, words):
    order = sell({"COFFEE": 2})
    answer = send(client, order, **{"tracking": "KEPT-1", **fields})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in html
    if field:
        marked = {"quantity": f"quantity-{parcel_of(order).lines[0].ref}"}.get(field, field)
        assert wrong_fields(html) == [marked]
    assert fields.get("tracking", "KEPT-1") in html
    assert letters("dispatch_notice") == []


def test_all_that_is_wrong_with_what_leaves_is_told_at_once(world, client, packer):
    order = sell({"COFFEE": 2})
    html = send(client, order, carrier="", COFFEE="two").get_data(as_text=True)
    assert "2 answers need your attention" in html
    assert wrong_fields(html) == [f"quantity-{parcel_of(order).lines[0].ref}", "carrier"]


def test_a_correction_that_makes_no_sense_is_marked_where_it_was_written(world, client, packer):
    order = sell({"COFFEE": 2})
    send(client, order, COFFEE=1)
    ref = parcel_of(order).dispatches[0].ref
    refused = post(client, address(order, f"/dispatches/{ref}/tracking"), {"carrier": "", "tracking": "KEPT-1"})
    assert refused.status_code == 422
    assert wrong_fields(refused.text) == [f"carrier-{ref}"]
    assert "KEPT-1" in refused.text


def test_what_was_given_back_is_not_to_be_sent(world, client, packer):
    order = sell({"COFFEE": 2, "SCARF-RED": 1})
    take_back(order, {"COFFEE": 1})
    assert send(client, order, COFFEE=2).status_code == 422
    assert send(client, order, COFFEE=1).status_code == 303
    assert parcel_of(order).status == ParcelStatus.DISPATCHED


def test_a_parcel_wholly_given_back_waits_for_nobody(world, client, packer):
    order = sell({"COFFEE": 2, "SCARF-RED": 1})
    take_back(order, {"COFFEE": 2})
    assert order_of(order.ref).status == OrderStatus.PAID, "the scarf is still sold"
    assert "nothing waits to be packed" in text_of(client, HOME)
    assert send(client, order, COFFEE=1).status_code == 422


def test_nobody_needs_to_know_where_a_parcel_that_was_given_back_would_have_gone(world, client, packer):
    order = sell({"COFFEE": 2, "SCARF-RED": 1})
    take_back(order, {"COFFEE": 1})
    assert "1 Long Road" in text_of(client, address(order))
    take_back(order, {"COFFEE": 1})
    assert "1 Long Road" not in text_of(client, address(order))
    assert client.get(address(order, "/label.pdf")).status_code == 404
    assert order_of(order.ref).status == OrderStatus.PAID


def test_a_unit_that_came_back_is_none_of_those_still_to_be_sent(world, client, packer):
    order = sell({"COFFEE": 3})
    send(client, order, COFFEE=2)
    (line,) = parcel_of(order).lines
    with unit_of_work():
        wanted = {line.ref: returning.Wanted(1, ReturnReason.BROKEN)}
        ref = returning.ask(hold_sold(order.id), parcel_of(order), wanted, actor="guest", now=clock.now()).ref
    with unit_of_work():
        returning.agree(returning.hold(ref), send_to="Here", words="", actor="user:A", now=clock.now())
    with unit_of_work():
        returning.receive(returning.hold(ref), sellable=False, words="", actor="user:A", now=clock.now())
    with unit_of_work():
        back = returning.refund(returning.hold(ref), actor="user:A", now=clock.now())
        payment_states.move_refund(back, RefundStatus.DONE)
        refunded.done(back, clock.now())
    assert parcel_of(order).status == ParcelStatus.PART_SENT
    assert "1 order to pack" in text_of(client, HOME)
    with unit_of_work():
        left = returning.returnable(hold_sold(order.id), parcel_of(order), clock.now())
        assert left == {line.ref: 1}, "of two that came, one has gone back"
    assert send(client, order, COFFEE=1).status_code == 303
    assert parcel_of(order).status == ParcelStatus.DISPATCHED


def test_a_part_that_is_noted_twice_has_left_once(world, client, packer):
    order = sell({"COFFEE": 3})
    (line,) = parcel_of(order).lines
    form = {"carrier": "Post", "tracking": "RR1TW", f"quantity-{line.ref}": "1", "seen": "0"}
    assert 'name="seen" value="0"' in text_of(client, address(order))
    for _click in range(2):
        assert post(client, address(order, "/dispatches"), form).status_code == 303
    assert len(parcel_of(order).dispatches) == 1
    assert len(letters("dispatch_notice")) == 1
    other = post(client, address(order, "/dispatches"), form | {"tracking": "RR2TW"})
    assert other.status_code == 422
    assert "Something has left since you opened this page" in other.text
    assert 'value="RR2TW"' in other.text
    assert 'name="seen" value="1"' in other.text


def test_a_return_of_what_was_sent_leaves_the_rest_to_be_sent(world, client, packer):
    order = sell({"COFFEE": 1, "SOAP": 1})
    send(client, order, COFFEE=1)
    take_back(order, {"COFFEE": 1})
    assert "1 order to pack" in text_of(client, HOME)
    assert send(client, order, SOAP=1).status_code == 303


def test_when_the_rest_is_given_back_a_part_sent_parcel_is_on_its_way(world, client, packer):
    order = sell({"COFFEE": 2, "SCARF-RED": 1})
    send(client, order, COFFEE=1)
    take_back(order, {"COFFEE": 1})
    assert parcel_of(order).status == ParcelStatus.DISPATCHED


def test_an_order_of_which_a_part_has_left_is_not_cancelled_by_a_refund(world, client, packer):
    order = sell({"COFFEE": 2})
    send(client, order, COFFEE=1)
    take_back(order)
    assert order_of(order.ref).status == OrderStatus.PAID


def test_a_cancelled_order_is_not_sent(world, client, packer):
    order = sell({"COFFEE": 1})
    take_back(order)
    assert order_of(order.ref).status == OrderStatus.CANCELLED
    answer = send(client, order, COFFEE=1)
    assert answer.status_code == 422
    assert "Do not send it" in answer.get_data(as_text=True)
    assert "1 Long Road" not in text_of(client, address(order))


def test_a_parcel_is_delivered_when_all_of_it_is(world, client, packer):
    order = sell({"COFFEE": 2})
    send(client, order, COFFEE=1)
    first = parcel_of(order).dispatches[0].ref
    assert post(client, address(order, f"/dispatches/{first}/delivery")).status_code == 303
    assert parcel_of(order).status == ParcelStatus.PART_SENT
    send(client, order, COFFEE=1)
    second = parcel_of(order).dispatches[1].ref
    assert post(client, address(order, f"/dispatches/{second}/delivery")).status_code == 303
    assert parcel_of(order).status == ParcelStatus.DELIVERED
    assert post(client, address(order, f"/dispatches/{second}/delivery")).status_code == 303, "twice is once"
    assert post(client, address(order, "/dispatches/NONE/delivery")).status_code == 404


def test_name_and_address_are_hidden_thirty_days_after_delivery(world, client, packer):
    order = sell({"COFFEE": 1})
    send(client, order, COFFEE=1)
    ref = parcel_of(order).dispatches[0].ref
    post(client, address(order, f"/dispatches/{ref}/delivery"))
    html = text_of(client, address(order))
    assert "Mei Lin" in html
    # Said on the day of sending; what counts is the day that was promised.
    due = clock.now() + (parcel_of(order).arrives_to - clock.today())
    with clock.at(due + timedelta(days=30)):
        sign_in(client, "packer@example.org")
        html = text_of(client, address(order))
        assert client.get(address(order, "/label.pdf")).status_code == 404
        assert client.get(address(order, "/packing-list.pdf")).status_code == 404
    assert "Mei Lin" not in html
    assert "1 Long Road" not in html
    assert "nobody needs them" in html


def test_where_nobody_says_that_it_arrived_it_is_hidden_after_it_should_have(world, client, packer):
    order = sell({"COFFEE": 1})
    send(client, order, COFFEE=1)
    parcel = parcel_of(order)
    due = clock.now() + (parcel.arrives_to - clock.today())
    assert dispatching.shows_address(parcel, due + timedelta(days=29))
    assert not dispatching.shows_address(parcel, due + timedelta(days=31))
    assert dispatching.shows_address(parcel_of(sell({"SOAP": 1})), due + timedelta(days=999)), "still to be sent"


def test_packing_list_and_label_are_pdfs_that_no_cache_keeps(world, client, packer):
    order = sell({"COFFEE": 2})
    with unit_of_work() as current:
        kept = current.merge(order)
        kept.name, kept.gift_message = "मैना लामा", "Happy birthday\nfrom all of us"
    for name in ("label", "packing-list"):
        answer = client.get(address(order, f"/{name}.pdf"))
        assert answer.mimetype == "application/pdf"
        assert answer.get_data().startswith(b"%PDF-")
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_list_asks_the_same_number_of_questions_for_any_number_of_orders(world, client, packer):
    from statements import counting_statements

    def asked():
        with counting_statements() as seen:
            assert client.get(f"{HOME}/orders").status_code == 200
        return len(seen)

    sell({"COFFEE": 1})
    one = asked()
    for _ in range(3):
        sell({"COFFEE": 1, "SOAP": 1} if _ == 0 else {"COFFEE-DARK": 1})
    assert asked() == one


def test_two_clicks_send_no_more_than_there_is(world, client, packer):
    order = sell({"COFFEE": 1})
    assert send(client, order, COFFEE=1).status_code == 303
    assert send(client, order, COFFEE=1).status_code == 422
    assert len(letters("dispatch_notice")) == 1
    assert to_send.count(world.sunlit_bench.id) == 0


def test_a_wrong_tracking_number_is_corrected_and_the_shopper_told(world, client, packer):
    order = sell({"COFFEE": 1})
    send(client, order, COFFEE=1)
    ref = parcel_of(order).dispatches[0].ref
    fix = address(order, f"/dispatches/{ref}/tracking")
    assert post(client, fix, {"carrier": "Post", "tracking": "RR2TW"}).status_code == 303
    assert post(client, fix, {"carrier": "Post", "tracking": "RR2TW"}).status_code == 303
    (letter,) = letters("tracking_notice", order.email)
    assert "RR2TW" in letter.text, "and the same once more is no news"
    said = session().scalars(select(JournalEntry).where(JournalEntry.act == "tracking corrected")).one()
    assert (said.facts["before"], said.facts["after"]) == (["Post", "RR1TW"], ["Post", "RR2TW"])
    answer = post(client, fix, {"carrier": " ", "tracking": "KEPT-2"})
    assert (answer.status_code, "KEPT-2" in answer.get_data(as_text=True)) == (422, True)
    assert post(client, address(order, "/dispatches/nothing/tracking"), {"carrier": "Post"}).status_code == 404
    post(client, address(order, f"/dispatches/{ref}/delivery"))
    assert post(client, fix, {"carrier": "Donkey"}).status_code == 303
    page = client.get(address(order)).text
    assert "This has arrived already" in page
    assert "Donkey" not in page
