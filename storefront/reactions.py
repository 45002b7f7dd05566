"""What follows from what. Everything here happens in the transaction of its cause, in this order."""

from __future__ import annotations

from storefront.core.events import Reaction

REACTIONS: dict[type, list[Reaction]] = {}
