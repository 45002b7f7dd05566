"""What checkout tells the domains above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storefront.checkout.models import Order


@dataclass(frozen=True)
class OrderPlaced:
    """An order was written, its stock is held, nothing is paid. Pledges are frozen into its lines now."""

    order: Order
    now: datetime


@dataclass(frozen=True)
class OrderExpired:
    """An order was not paid in time and its stock is free again."""

    order: Order
    now: datetime
