"""Orders paid and refunded without Stripe, for tests of what follows: each as settling and refunding leave it."""

from __future__ import annotations

from ordering import place_order

from storefront.checkout import holding, states
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.core.refs import new_ref
from storefront.payments import refunded, refunding
from storefront.payments.events import OrderPaid
from storefront.payments.finding import payment_of
from storefront.payments.models import Payment, PaymentStatus, RefundStatus
from storefront.payments.states import move_refund


def buy(wanted: dict[str, int], **facts) -> str:
    """Place an order and mark it paid as settling does; returns its ref."""
    ref = place_order(wanted, **facts)
    now = clock.now()
    with unit_of_work():
        order = order_of_locked(ref)
        payment = Payment(
            ref=new_ref(),
            order_id=order.id,
            attempt=1,
            status=PaymentStatus.PAID,
            amount_minor=order.total_minor,
            currency=order.currency,
            session_id=f"cs_{ref}",
            intent_id=f"pi_{ref}",
            charge_id=f"ch_{ref}",
            bought=True,
            created_at=now,
            updated_at=now,
            paid_at=now,
            expires_at=now,
        )
        session().add(payment)
        holding.take(order)
        states.move(order, OrderStatus.PAID)
        order.paid_at = now
        session().flush()
        announce(OrderPaid(payment, now))
    return ref


def order_of_locked(ref: str) -> Order:
    """The order inside the current unit of work."""
    return session().query(Order).filter_by(ref=ref).one()


def refund(ref: str, lines: dict[str, int] | None = None, *, delivery: bool = False, restock: bool = False) -> None:
    """Give lines (by SKU) back, or everything, as when Stripe has said yes."""
    now = clock.now()
    with unit_of_work():
        order = order_of_locked(ref)
        payment = payment_of(order.id)
        if lines is None:
            asked = refunding.ask_whole(payment, reason="It broke", asked_by="system", now=now, restock=restock)
        else:
            refs = {line.ref: lines[line.sku] for line in order.lines if line.sku in lines}
            asked = refunding.ask(
                payment, refs, delivery=delivery, reason="It broke", asked_by="system", restock=restock, now=now
            )
        move_refund(asked, RefundStatus.DONE)
        refunded.done(asked, now)
