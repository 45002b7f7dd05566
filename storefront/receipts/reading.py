"""Receipts as pages and letters need them: found by their public id or their order."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from storefront.checkout.dispatching import window_closes
from storefront.checkout.models import Order
from storefront.core.db import session
from storefront.giving.models import EntryGroup
from storefront.receipts.models import Receipt, Revision


@dataclass(frozen=True)
class Lifecycle:
    """When the charities' share was set aside, and since when it is payable to them, or before when it won't be."""

    set_aside_on: date
    payable_from: date
    is_payable: bool


def by_public_id(public_id: str) -> Receipt | None:
    """The receipt at `/receipts/<public_id>`."""
    return session().scalar(select(Receipt).where(Receipt.public_id == public_id))


def by_order(order_id: int) -> Receipt | None:
    """The receipt of an order, once it is paid."""
    return session().scalar(select(Receipt).where(Receipt.order_id == order_id))


def revisions(receipt: Receipt) -> list[Revision]:
    """All revisions, the newest last."""
    return list(session().scalars(select(Revision).where(Revision.receipt_id == receipt.id).order_by(Revision.number)))


def by_digest(digest: str) -> Revision | None:
    """The revision with this SHA-256, if it is on record."""
    return session().scalar(select(Revision).where(Revision.digest == digest))


def said(revision: Revision) -> dict[str, Any]:
    """What a revision says: its signed payload, decoded."""
    payload = revision.jwt.split(".")[1]
    credential: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return credential


def lifecycle(receipt: Receipt) -> Lifecycle:
    """Where the pledges of a receipt's order stand, by the ledger."""
    order = session().get_one(Order, receipt.order_id)
    paid_at: datetime = order.paid_at or receipt.issued_at
    matured_at = session().scalar(
        select(EntryGroup.at).where(EntryGroup.kind == "payable", EntryGroup.source == order.ref)
    )
    payable_from = window_closes(order) if matured_at is None else matured_at.date()
    return Lifecycle(paid_at.date(), payable_from, matured_at is not None)
