"""Proof that receipts and ledger say the same, or which don't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import func, select

from storefront.checkout.models import Order
from storefront.core import signing
from storefront.core.db import session
from storefront.giving import accounts
from storefront.giving.models import Entry, EntryGroup
from storefront.receipts.models import Receipt, Revision
from storefront.receipts.reading import revisions, said


def check() -> list[str]:
    """Every difference found, each as a sentence; an empty list means that all agree."""
    return [*_orders_without_receipt(), *_receipts_that_differ()]


def _orders_without_receipt() -> Iterator[str]:
    sold = select(EntryGroup.order_id).where(EntryGroup.kind == "sale")
    for ref in session().scalars(
        select(Order.ref)
        .outerjoin(Receipt, Receipt.order_id == Order.id)
        .where(Order.id.in_(sold), Receipt.id.is_(None))
    ):
        yield f"order {ref} was sold and has no receipt"


def _receipts_that_differ() -> Iterator[str]:
    jwks = signing.known_jwks()
    for receipt in session().scalars(select(Receipt)):
        name = f"receipt {receipt.public_id}"
        chain = revisions(receipt)
        if not chain or [revision.number for revision in chain] != list(range(1, len(chain) + 1)):
            yield f"{name} has gaps in its revisions"
            continue
        forged = [problem for revision in chain for problem in _signature(revision, jwks)]
        yield from (f"{name} {problem}" for problem in forged)
        if forged:
            continue  # What such a text says proves nothing, and may not even be readable.
        yield from (f"{name} {problem}" for problem in _links(chain))
        given = {row["charity"]: row["minor"] for row in said(chain[-1])["credentialSubject"]["given"]}
        entered = _ledger_says(receipt.order_id)
        if {slug: minor for slug, minor in given.items() if minor} != entered:
            yield f"{name} says {given}, the ledger says {entered}"


def _signature(revision: Revision, jwks: dict[str, list[dict[str, str]]]) -> Iterator[str]:
    try:
        signing.verify(revision.jwt, jwks)
    except signing.BadSignature as error:
        yield f"revision {revision.number} doesn't verify: {error}"


def _links(chain: list[Revision]) -> Iterator[str]:
    for before, after in pairwise(chain):
        if said(after)["credentialSubject"].get("replaces") != f"sha256:{before.digest}":
            yield f"revision {after.number} doesn't name the one it replaces"


def _ledger_says(order_id: int) -> dict[str, int]:
    rows = session().execute(
        select(Entry.account, func.sum(-Entry.minor))
        .join(EntryGroup, EntryGroup.id == Entry.group_id)
        .where(EntryGroup.order_id == order_id, Entry.order_line_id.is_not(None))
        .where(Entry.account.like(accounts.OF_CHARITIES))
        .group_by(Entry.account)
    )
    owed: Counter[str] = Counter()
    for account, minor in rows:
        owed[account.split(":")[1]] += int(minor)
    return {charity: minor for charity, minor in owed.items() if minor}
