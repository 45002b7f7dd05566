"""What an impact receipt says: a W3C Verifiable Credential 2.0, built from facts and nothing else.

It holds no name, address, e-mail or order number. Amounts are integer minor units of `currency`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from storefront.catalog.models import Basis, Share
from storefront.giving.splitting import Part

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"]
TYPES = ["VerifiableCredential", "ImpactReceipt"]


@dataclass(frozen=True)
class LineFacts:
    """One line of the order as it stands now, after all refunds."""

    product: str
    slug: str
    batch: str | None
    quantity: int
    net_minor: int
    parts: Sequence[Part]
    pledge: dict[str, Any] | None


@dataclass(frozen=True)
class ReceiptFacts:
    """Everything a revision says; `replaces` is the SHA-256 of the revision before it."""

    url: str
    revision: int
    replaces: str | None
    reason: str
    currency: str
    paid_minor: int
    refunded_minor: int
    delivery_minor: int
    bought_on: date
    payable_from: date
    money_moved: bool
    lines: Sequence[LineFacts]


def did(base_url: str) -> str:
    """The shop's `did:web` identifier for its address (W3C CCG did:web: a port's colon is escaped)."""
    return "did:web:" + urlsplit(base_url).netloc.replace(":", "%3A")


def build(facts: ReceiptFacts, *, base_url: str, now: datetime) -> dict[str, Any]:
    """The credential for these facts, valid from `now`."""
    subject: dict[str, Any] = {
        "revision": facts.revision,
        "reason": facts.reason,
        "currency": facts.currency,
        "paid": facts.paid_minor,
        "refunded": facts.refunded_minor,
        "delivery": facts.delivery_minor,
        "bought": facts.bought_on.isoformat(),
        "lines": [_line(line, facts) for line in facts.lines],
        "given": _given(facts.lines),
    }
    if facts.replaces:
        subject["replaces"] = f"sha256:{facts.replaces}"
    if not facts.money_moved:
        subject["test"] = "Made with Stripe's sandbox or test mode: no money moved."
    return {
        "@context": CONTEXT,
        "id": facts.url,
        "type": TYPES,
        "issuer": did(base_url),
        "validFrom": now.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "credentialSubject": subject,
    }


def _line(line: LineFacts, facts: ReceiptFacts) -> dict[str, Any]:
    said: dict[str, Any] = {
        "product": line.product,
        "quantity": line.quantity,
        "net": line.net_minor,
        "split": [_part(part, line, facts) for part in line.parts],
    }
    if line.batch:
        said["batch"] = line.batch
    return said


def _part(part: Part, line: LineFacts, facts: ReceiptFacts) -> dict[str, Any]:
    said: dict[str, Any] = {"to": part.to, "label": part.label, "minor": part.minor, "basis": part.basis}
    if part.to == Share.CHARITY and part.basis == Basis.PLEDGE and line.pledge:
        said |= {
            "charity": line.pledge["charity"],
            "rule": rule(line.pledge),
            "due": facts.payable_from.isoformat(),
        }
        if line.pledge.get("project"):
            said["project"] = line.pledge["project"]
    return said


def rule(pledge: dict[str, Any]) -> str:
    """A frozen pledge in the receipt's own short words: `rate 0.05` or `100 an item`."""
    return f"rate {pledge['rate']}" if pledge["rate"] is not None else f"{pledge['amount_minor']} an item"


def _given(lines: Sequence[LineFacts]) -> list[dict[str, Any]]:
    sums: dict[str, int] = {}
    for line in lines:
        for part in line.parts:
            if part.to == Share.CHARITY and line.pledge:
                sums[line.pledge["charity"]] = sums.get(line.pledge["charity"], 0) + part.minor
    return [{"charity": charity, "minor": minor} for charity, minor in sorted(sums.items())]
