"""The transitions that an order may make, by the table in `models`."""

from __future__ import annotations

from storefront.checkout.models import ORDER_TRANSITIONS, Order, OrderStatus


class IllegalTransition(ValueError):
    """An order can't go from one state to the other."""

    def __init__(self, order: Order, after: OrderStatus) -> None:
        super().__init__(f"order {order.ref} can't go from {order.status} to {after}")
        self.ref = order.ref
        self.before = order.status
        self.after = after


def may_become(order: Order, status: OrderStatus) -> bool:
    """Whether the order may go there from where it is; staying is no transition."""
    return status in ORDER_TRANSITIONS[OrderStatus(order.status)]


def move(order: Order, status: OrderStatus) -> None:
    """Put an order into its next state; raises IllegalTransition."""
    if not may_become(order, status):
        raise IllegalTransition(order, status)
    order.status = status
