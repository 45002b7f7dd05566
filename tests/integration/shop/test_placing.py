"""From a cart to an order: what is frozen, what is held, and what a second click does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from statements import counting_statements

from storefront.cart import filling, finding
from storefront.cart.models import Cart
from storefront.cart.viewing import view
from storefront.catalog.models import PriceShare, Product, Variant
from storefront.checkout import expiring, holding, pending, states, vouchers
from storefront.checkout.comparing import What, fingerprint
from storefront.checkout.models import HoldStatus, Order, OrderStatus, Voucher
from storefront.checkout.placing import (
    CartChanged,
    Details,
    EmptyCart,
    NoSplit,
    OrderPending,
    OutOfStock,
    place,
    price_view,
)
from storefront.checkout.vouchers import VoucherRefused
from storefront.core import clock
from storefront.core.db import session, unit_of_work

WHO = Details("ada@example.org", "Ada Lark", "12 Long Lane", "Ghent", "", "9000", "BE")


def a_cart(**wanted: int) -> str:
    """A guest's cart with so many of each SKU (with _ for -); returns its key."""
    with unit_of_work():
        opened = filling.open_cart(None, None, clock.now())
        for sku, quantity in wanted.items():
            filling.add(opened.cart, sku.replace("_", "-"), quantity, clock.now())
    return opened.new_key


def seen(cart: Cart) -> str:
    """What the last page before paying says of this cart."""
    shown = view(cart, pending.of_cart(cart.id).held)
    voucher = vouchers.find(cart.voucher_code)
    return fingerprint(shown, price_view(shown, vouchers.discount(voucher) if voucher else None))


def order_of(key: str, details: Details = WHO, saw: str = "") -> Order:
    cart = filling.find(key, None)
    saw = saw or seen(cart)
    with unit_of_work():
        return place(filling.find(key, None), details, user=None, now=clock.now(), fingerprint=saw)


def stock(sku: str) -> int:
    return session().scalar(select(Variant.stock).where(Variant.sku == sku))


def test_an_order_freezes_what_was_bought_and_what_it_owes(world):
    order = order_of(a_cart(COFFEE=2, SCARF_RED=1))
    assert (order.status, order.items_minor, order.delivery_minor) == (OrderStatus.PENDING, 9600, 690 + 850)
    assert [parcel.producer_slug for parcel in order.parcels] == ["sunlit-bench", "tehrathum-weavers"]
    coffee, scarf = order.lines
    assert (coffee.sku, coffee.quantity, coffee.unit_minor, coffee.net_minor) == ("COFFEE", 2, 2400, 4800)
    assert (coffee.pledge_minor, coffee.pledge["charity"]) == (240, "open-bench-foundation")
    assert (scarf.pledge_minor, scarf.pledge["kind"]) == (100, "fixed")
    assert coffee.batch_code == "B-DRIP-COFFEE"
    assert coffee.story_id is not None
    assert [share["share_to"] for share in coffee.shares] == ["makers", "materials", "other", "shop"]
    assert (stock("COFFEE"), stock("SCARF-RED")) == (8, 1)


def test_placing_a_cart_of_one_line_takes_eight_statements(world):
    key = a_cart(COFFEE=1)
    cart, saw = filling.find(key, None), seen(filling.find(key, None))
    with unit_of_work(), counting_statements() as statements:
        cart = filling.find(key, None)
        del statements[:]
        place(cart, WHO, user=None, now=clock.now(), fingerprint=saw)
    assert len(statements) <= 8, "\n".join(statements)


@pytest.mark.parametrize("kept", [0, 1], ids=["none said", "half said"])
def test_what_nobody_said_the_price_of_goes_where_is_not_sold(world, kept):
    key = a_cart(COFFEE=1, SOAP=1)
    saw = seen(filling.find(key, None))
    of_soap = PriceShare.product_id == world.soap.id
    with unit_of_work() as current:
        current.execute(delete(PriceShare).where(of_soap, PriceShare.position >= kept))
    with pytest.raises(NoSplit) as refused:
        order_of(key, saw=saw)
    assert refused.value.titles == ["Aruvel garden soap"]
    assert session().scalar(select(func.count(Order.id))) == 0
    assert stock("COFFEE") == 10


def test_a_second_click_continues_the_same_order_and_holds_nothing_twice(world):
    key = a_cart(SCARF_RED=2)
    first = order_of(key)
    assert order_of(key).ref == first.ref
    assert stock("SCARF-RED") == 0
    assert session().scalar(select(func.count(Order.id))) == 1


def test_ones_own_held_goods_are_not_sold_out_to_oneself(world):
    key = a_cart(SCARF_RED=2)
    order_of(key)
    cart = filling.find(key, None)
    assert not view(cart).ready
    assert view(cart, pending.of_cart(cart.id).held).ready
    line = cart.lines[0].ref
    with unit_of_work():
        cart = filling.find(key, None, lock=True)
        filling.set_quantity(cart, line, 1, clock.now())
        filling.set_quantity(cart, line, 2, clock.now(), lambda: pending.of_cart(cart.id).held)
    assert filling.find(key, None).lines[0].quantity == 2


def test_a_changed_cart_waits_for_its_old_order_to_be_ended(world):
    key = a_cart(SCARF_RED=2)
    old = order_of(key)
    with unit_of_work():
        cart = filling.find(key, None, lock=True)
        filling.set_quantity(cart, cart.lines[0].ref, 1, clock.now())
    with pytest.raises(OrderPending) as waiting:
        order_of(key)
    assert waiting.value.order_ref == old.ref
    with unit_of_work() as current:
        expiring.expire(current.get_one(Order, old.id), clock.now())
    assert order_of(key).ref != old.ref
    assert stock("SCARF-RED") == 1


def test_another_address_is_another_order(world):
    key = a_cart(COFFEE=1)
    order_of(key)
    with pytest.raises(OrderPending):
        order_of(key, Details("ada@example.org", "Ada Lark", "1 Short Lane", "Ghent", "", "9000", "BE"))


def test_a_changed_price_is_told_and_asked_about_again(world):
    key = a_cart(COFFEE=1)
    saw = seen(filling.find(key, None))
    with unit_of_work() as current:
        current.scalars(select(Variant).where(Variant.sku == "COFFEE")).one().price_minor = 2500
    with pytest.raises(CartChanged) as changed:
        order_of(key, saw=saw)
    price = next(change for change in changed.value.changes if change.what == What.PRICE)
    assert (price.title, price.before.minor, price.after.minor) == ("Sunlit drip coffee", 2400, 2500)
    assert stock("COFFEE") == 10


@pytest.mark.parametrize("saw", ["{}", "[1]", "x" * 100_000, '{"lines":{"COFFEE":[1,1,""]},"total":1}', "null", "["])
def test_a_tampered_total_buys_nothing_cheaper(world, saw):
    with pytest.raises(CartChanged):
        order_of(a_cart(COFFEE=1), saw=saw)


def test_a_quantity_changed_in_another_tab_is_told(world):
    key = a_cart(COFFEE=1, SOAP=1)
    saw = seen(filling.find(key, None))
    with unit_of_work():
        cart = filling.find(key, None, lock=True)
        filling.set_quantity(cart, cart.lines[0].ref, 3, clock.now())
        filling.remove(cart, cart.lines[1].ref, clock.now())
        filling.add(cart, "SCARF-RED", 1, clock.now())
    with pytest.raises(CartChanged) as changed:
        order_of(key, saw=saw)
    assert {change.what for change in changed.value.changes} == {
        What.QUANTITY, What.REMOVED, What.ADDED, What.DELIVERY, What.TOTAL,
    }  # fmt: skip


def test_what_is_gone_is_refused_by_name_and_nothing_is_held(world):
    key = a_cart(COFFEE=1, SCARF_RED=2)
    with unit_of_work() as current:
        current.scalars(select(Variant).where(Variant.sku == "SCARF-RED")).one().stock = 1
    with pytest.raises(OutOfStock) as gone:
        order_of(key)
    assert (gone.value.title, gone.value.wanted, gone.value.left) == ("Palpa Dhaka scarf", 2, 1)
    assert stock("COFFEE") == 10
    assert session().scalar(select(func.count(Order.id))) == 0


def test_an_empty_cart_is_no_order(world):
    key = a_cart(COFFEE=1)
    with unit_of_work():
        cart = filling.find(key, None, lock=True)
        filling.save_for_later(cart, cart.lines[0].ref, clock.now())
    with pytest.raises(EmptyCart):
        order_of(key)


def test_selling_the_last_one_takes_the_product_off_the_lists_and_expiry_puts_it_back(world):
    order = order_of(a_cart(SOAP=3))
    assert session().scalar(select(Product.in_stock).where(Product.slug == "garden-soap")) is False
    with clock.at(order.hold_until + timedelta(seconds=1)):
        assert expiring.expire_orders() == 1
        assert expiring.expire_orders() == 0
    session().expire_all()
    assert stock("SOAP") == 3
    assert session().scalar(select(Product.in_stock).where(Product.slug == "garden-soap")) is True
    assert session().get_one(Order, order.id).status == OrderStatus.EXPIRED


def test_stock_is_kept_for_the_payment_and_ten_minutes_more(world):
    order = order_of(a_cart(COFFEE=1))
    with clock.at(order.placed_at + timedelta(minutes=39)):
        assert expiring.expire_orders() == 0
    with clock.at(order.placed_at + timedelta(minutes=41)):
        assert expiring.expire_orders() == 1


def test_a_late_payment_holds_again_all_or_nothing(world):
    order = order_of(a_cart(COFFEE=2, SCARF_RED=2))
    with unit_of_work() as current:
        expiring.expire(current.get_one(Order, order.id), clock.now())
    order_of(a_cart(SCARF_RED=1))
    with unit_of_work() as current:
        order = current.get_one(Order, order.id)
        assert holding.hold_again(order) is False
    assert (stock("COFFEE"), stock("SCARF-RED")) == (10, 1)
    with unit_of_work() as current:
        current.scalars(select(Variant).where(Variant.sku == "SCARF-RED")).one().stock = 2
    with unit_of_work() as current:
        order = current.get_one(Order, order.id)
        assert holding.hold_again(order) is True
        holding.take(order)
    assert (stock("COFFEE"), stock("SCARF-RED")) == (8, 0)
    assert {held.status for held in session().get_one(Order, order.id).holds} == {HoldStatus.TAKEN}


def test_a_paid_order_cannot_expire(world):
    order = order_of(a_cart(COFFEE=1))
    with unit_of_work() as current:
        states.move(current.get_one(Order, order.id), OrderStatus.PAID)
    with pytest.raises(states.IllegalTransition), unit_of_work() as current:
        expiring.expire(current.get_one(Order, order.id), clock.now())


def a_voucher(**terms) -> None:
    facts = {"code": "SPRING", "basis_points": 1000, "max_uses": 1, "starts_at": clock.now() - timedelta(days=1)}
    with unit_of_work() as current:
        current.add(Voucher(**{**facts, **terms}))


def with_voucher(key: str) -> str:
    with unit_of_work():
        filling.use_voucher(filling.find(key, None, lock=True), "SPRING", clock.now())
    return key


def test_a_voucher_is_borne_by_the_shop_and_used_once(world):
    a_voucher()
    order = order_of(with_voucher(a_cart(COFFEE=1, SOAP=1)))
    assert (order.items_minor, order.discount_minor, order.total_minor) == (4200, 420, 4200 - 420 + 690)
    assert sum(line.net_minor for line in order.lines) == 3780
    other = with_voucher(a_cart(COFFEE=1))
    with pytest.raises(VoucherRefused):
        order_of(other)
    with unit_of_work() as current:
        expiring.expire(current.get_one(Order, order.id), clock.now())
    assert order_of(other).discount_minor == 240


def test_a_second_click_does_not_run_into_its_own_use_of_a_voucher(world):
    a_voucher()
    key = with_voucher(a_cart(COFFEE=1))
    assert order_of(key).ref == order_of(key).ref
    assert session().scalar(select(Voucher.uses)) == 1


@pytest.mark.parametrize(
    "terms", [{"minimum_minor": 5000}, {"starts_at": clock.now() + timedelta(days=1)}, {"ends_at": clock.now()}]
)
def test_a_voucher_out_of_its_time_or_below_its_minimum_is_refused(world, terms):
    a_voucher(**terms)
    with pytest.raises(VoucherRefused):
        order_of(with_voucher(a_cart(COFFEE=1)))


def test_old_carts_are_dropped_and_orders_stay(world):
    key = a_cart(COFFEE=1)
    order = order_of(key)
    with clock.at(clock.now() + timedelta(days=31)):
        assert finding.drop_expired() == 1
    session().expire_all()
    assert filling.find(key, None) is None
    assert session().get_one(Order, order.id).cart_id is None
