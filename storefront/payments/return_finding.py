"""Returns as pages look for them: of an order, of a group, and what follows from them for an address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select

from storefront.checkout.models import Order, Parcel
from storefront.core.db import session
from storefront.payments.return_models import OPEN, Return, ReturnStatus, ReturnStep

SENT_BACK = timedelta(days=14)  # within which refused goods are sent back to the shopper


def of_order(order: Order) -> Sequence[Return]:
    """The order's returns, the newest first."""
    return session().scalars(
        select(Return).join(Return.parcel).where(Parcel.order_id == order.id).order_by(Return.id.desc())
    ).all()  # fmt: skip


def waiting(producer_id: int) -> int:
    """How many returns wait for the group: an answer to give, or goods that may have come."""
    found = select(func.count(Return.id)).join(Return.parcel).where(Parcel.producer_id == producer_id)
    return session().scalar(found.where(Return.status.in_((ReturnStatus.ASKED, ReturnStatus.AGREED)))) or 0


def usual_address(producer_id: int) -> str:
    """Where the group had goods sent the last time."""
    return session().scalar(
        select(Return.send_to)
        .join(Return.parcel)
        .where(Parcel.producer_id == producer_id, Return.send_to != "")
        .order_by(Return.id.desc())
        .limit(1)
    ) or ""  # fmt: skip


def needs_address(parcel: Parcel, now: datetime) -> bool:
    """Whether goods may still go to and fro: a return of the parcel is open, or was refused less than 14 days ago."""
    refused = exists().where(
        ReturnStep.return_id == Return.id, ReturnStep.status == ReturnStatus.REFUSED, ReturnStep.at > now - SENT_BACK
    )
    found = select(Return.id).where(Return.parcel_id == parcel.id, or_(Return.status.in_(OPEN), refused))
    return session().scalar(found.limit(1)) is not None
