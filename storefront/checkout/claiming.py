"""Orders placed as a guest come into the account of whoever proves that the mailbox is theirs."""

from __future__ import annotations

from sqlalchemy import select, update

from storefront.accounts.events import EmailProven
from storefront.cart.events import CartMerged
from storefront.checkout.models import Order
from storefront.core import journal
from storefront.core.db import session


def follow_cart(event: CartMerged) -> None:
    """An order that was placed from a guest's cart belongs to the cart that took it in.

    Else what it holds would seem sold out to its own shopper, and once paid it would stay in the cart.
    """
    session().execute(
        update(Order).where(Order.cart_id == event.from_id).values(cart_id=event.into_id),
        execution_options={"synchronize_session": False},
    )


def claim_orders(event: EmailProven) -> int:
    """Give the user every order without an owner that names the proven address; returns how many.

    Reacts to `EmailProven`, which follows a link in a letter: an address that was only typed claims nothing.
    """
    user = event.user
    statement = (
        select(Order).where(Order.user_id.is_(None), Order.email == user.email).order_by(Order.id).with_for_update()
    )
    orders = session().scalars(statement).all()
    for order in orders:
        order.user_id = user.id
        actor = f"user:{user.ref}"
        journal.record("order claimed", subject=f"order:{order.ref}", actor=actor, now=event.now)
    return len(orders)
