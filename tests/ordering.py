"""Orders for tests, placed from a cart as the checkout does, without its pages."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from storefront.cart.models import Cart, CartLine
from storefront.cart.viewing import view
from storefront.catalog.models import Variant
from storefront.checkout import vouchers
from storefront.checkout.comparing import fingerprint
from storefront.checkout.models import Order, Voucher
from storefront.checkout.placing import Details, place, price_view
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.refs import new_ref

DETAILS = Details("mei@example.org", "Mei Lin", "1 Long Road", "Leeds", "", "LS1 1AA", "GB")


def place_order(wanted: dict[str, int], *, discount_minor: int = 0, details: Details = DETAILS) -> str:
    """Place an order for so many of each SKU of the cast, with its stock held; returns its ref.

    A discount comes by a voucher of exactly that amount.
    """
    now = clock.now()
    with unit_of_work() as current:
        code = None
        if discount_minor:
            code = new_ref(8)
            current.add(Voucher(code=code, amount_minor=discount_minor, starts_at=now, max_uses=1))
        variants = dict(current.execute(select(Variant.sku, Variant.id)).all())
        cart = Cart(checkout={}, notes=[], voucher_code=code, created_at=now, expires_at=now + timedelta(days=30))
        cart.lines = [
            CartLine(ref=new_ref(), variant_id=variants[sku], quantity=quantity, seen_minor=1, added_at=now)
            for sku, quantity in wanted.items()
        ]
        current.add(cart)
        current.flush()
        shown = view(cart)
        voucher = vouchers.find(code)
        saw = fingerprint(shown, price_view(shown, vouchers.discount(voucher) if voucher else None))
        return place(cart, details, user=None, now=now, fingerprint=saw).ref


def order_of(ref: str) -> Order:
    """The order as the database has it now."""
    session().rollback()
    return session().scalars(select(Order).where(Order.ref == ref)).one()
