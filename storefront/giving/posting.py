"""Groups of entries written into the ledger, and what its accounts come to. Integer minor units throughout.

A group sums to zero and is unique by (kind, source); neither it nor its entries are ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storefront.checkout.models import OrderLine
from storefront.core.db import session
from storefront.giving.models import Entry, EntryGroup


class Unbalanced(ValueError):
    """A group's entries don't sum to zero."""


@dataclass(frozen=True)
class Posting:
    """One side of a group to be entered: minor units, debit positive."""

    account: str
    minor: int
    line: OrderLine | None = None


def post(
    kind: str,
    source: str,
    *,
    currency: str,
    at: datetime,
    postings: Iterable[Posting],
    order_id: int | None = None,
    memo: str = "",
) -> EntryGroup | None:
    """Enter one balanced group; returns None when (kind, source) is there already or nothing moves.

    Raises Unbalanced when the postings don't sum to zero.
    """
    moving = [posting for posting in postings if posting.minor]
    if sum(posting.minor for posting in moving):
        raise Unbalanced(f"{kind} {source}: {moving}")
    current = session()
    known = current.scalar(select(EntryGroup.id).where(EntryGroup.kind == kind, EntryGroup.source == source))
    if known is not None or not moving:
        return None
    group = EntryGroup(
        kind=kind,
        source=source,
        currency=currency,
        at=at,
        order_id=order_id,
        memo=memo,
        entries=[
            Entry(
                account=posting.account,
                currency=currency,
                minor=posting.minor,
                order_line_id=posting.line.id if posting.line else None,
                pledge_id=posting.line.pledge_id if posting.line and posting.account.startswith("charity:") else None,
            )
            for posting in moving
        ],
    )
    current.add(group)
    current.flush()
    return group


def balance(account: str, currency: str) -> int:
    """The sum of an account's entries in minor units: positive is a debit balance."""
    total = session().scalar(
        select(func.coalesce(func.sum(Entry.minor), 0)).where(Entry.account == account, Entry.currency == currency)
    )
    return int(total or 0)
