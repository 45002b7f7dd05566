"""What provenance tells the domains above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storefront.provenance.models import Consent


@dataclass(frozen=True)
class ConsentEnded:
    """Somebody is not to be recognised any more: whatever rests on this consent is to be hidden."""

    consent: Consent
    now: datetime
