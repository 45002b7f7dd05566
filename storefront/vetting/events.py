"""What vetting tells the rest of the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StandingChanged:
    """A producer or charity (exactly one of the ids is set) may now be shown, or sell, or not any more."""

    producer_id: int | None
    charity_id: int | None
    before: str
    after: str
    now: datetime
