"""CPU time of placing an order: the cart is priced, stock held, everything frozen, and committed."""

from __future__ import annotations

import time

from storefront import create_app
from storefront.cart import filling, finding, viewing
from storefront.checkout import comparing, placing
from storefront.core import clock
from storefront.core.db import unit_of_work


def measure(orders: int) -> float:
    """CPU-milliseconds of this process for placing one order of one line."""
    app = create_app()
    details = placing.Details("bench@shop.example", "Bench Shopper", "1 Quiet Road", "Springfield", "IL", "62701", "US")
    with app.app_context():
        numbers = [n for n in range(101, 101 + 2 * orders) if n % 50][:orders]  # Every fiftieth is sold out.
        carts = [_cart(f"B-{n}-0") for n in numbers]
        seen = {cart_id: _seen(cart_id) for cart_id in carts}
        began = time.process_time()
        for cart_id in carts:
            with unit_of_work() as session:
                cart = session.get_one(placing.Cart, cart_id)
                placing.place(cart, details, user=None, now=clock.now(), fingerprint=seen[cart_id])
        return (time.process_time() - began) * 1000 / orders


def _cart(sku: str) -> int:
    with unit_of_work() as session:
        cart = finding.open_cart(None, None, clock.now()).cart
        session.flush()
        filling.add(cart, sku, 1, clock.now())
        return cart.id


def _seen(cart_id: int) -> str:
    with unit_of_work() as session:
        view = viewing.view(session.get_one(placing.Cart, cart_id))
        return comparing.fingerprint(view, placing.price_view(view, None))
