"""What a refund would change, before anybody agrees to it: the donations, and what the next receipt would say.

It is reckoned by what makes the receipt once the refund is done, so that what is foreseen is what happens.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select

from storefront import config
from storefront.core.db import session
from storefront.core.money import Money
from storefront.payments.models import Payment
from storefront.payments.remaining import Allocation, left_of
from storefront.receipts import issuing, reading
from storefront.receipts.credential import build
from storefront.receipts.models import Receipt


class NotSeen(Exception):
    """What was agreed to is not what would happen now, or nobody has looked at it yet."""


@dataclass(frozen=True)
class Donation:
    """What a charity is owed because of the order, before and after."""

    slug: str
    name: str
    before: Money
    after: Money


@dataclass(frozen=True)
class Foreseen:
    """A refund that nobody has asked for: what goes back, and what the receipt says now and would say then."""

    back: Allocation
    says: dict[str, Any]
    would_say: dict[str, Any]

    @property
    def money(self) -> Money:
        """What goes back in all."""
        return self.of(self.back.minor)

    def of(self, minor: int) -> Money:
        """So many minor units in the order's currency."""
        return Money(minor, self.says["currency"])

    @cached_property
    def donations(self) -> list[Donation]:
        """Each charity that is owed something now."""
        names = {
            part["charity"]: part["label"] for line in self.says["lines"] for part in line["split"] if "charity" in part
        }
        after = {row["charity"]: row["minor"] for row in self.would_say["given"]}
        return [
            Donation(
                row["charity"], names[row["charity"]], self.of(row["minor"]), self.of(after.get(row["charity"], 0))
            )
            for row in self.says["given"]
        ]

    @cached_property
    def seal(self) -> str:
        """Differs as soon as anything of it does: whoever confirms sends it back, so that they have seen it."""
        units = [[line.ref, quantity, minor] for line, quantity, minor in self.back.lines]
        text = json.dumps([units, self.would_say], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def foresee(payment: Payment, back: Allocation, now: datetime) -> Foreseen:
    """What this refund of a payment that bought its order would change. Nothing is written."""
    receipt = session().scalars(select(Receipt).where(Receipt.order_id == payment.order_id)).one()
    newest = issuing.newest(receipt)
    assert newest is not None, "a receipt is issued with its first revision"
    facts = issuing.facts_of(receipt, payment, left_of(payment).less(back), newest, issuing.REFUND, now)
    then = build(facts, base_url=config.current().base_url, now=now)
    return Foreseen(back, reading.said(newest)["credentialSubject"], then["credentialSubject"])
