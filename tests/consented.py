"""Consents for tests, and their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from listings import EDITOR

from storefront.core import clock, documents
from storefront.core.db import unit_of_work
from storefront.producers.models import Producer
from storefront.provenance import consenting
from storefront.provenance.consenting import NewConsent
from storefront.provenance.models import Consent, Given, Use

EVIDENCE = documents.check(b"%PDF-1.7\nsigned\n%%EOF\n")


def agree(
    producer: Producer,
    *,
    until: timedelta = timedelta(days=400),
    uses: tuple[Use, ...] = (Use.PICTURE, Use.STORY),
    **facts: Any,
) -> Consent:
    """A consent of Zenobia, given yesterday."""
    today = clock.today()
    told: dict[str, Any] = {
        "person": "Zenobia Quixote",
        "asked_in": "ne",
        "given": Given.WRITTEN,
        "witness": "",
    } | facts
    new = NewConsent(**told, uses=tuple(uses), given_on=today - timedelta(days=1), expires_on=today + until)
    with unit_of_work():
        return consenting.record(producer, new, EVIDENCE, actor=EDITOR, now=clock.now())


def withdraw(consent: Consent, reason: str = "She asked for it") -> None:
    """Its end, by the group."""
    with unit_of_work():
        consenting.end(consent, reason, actor=EDITOR, now=clock.now())
