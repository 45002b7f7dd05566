"""What the catalogue tells the domains above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storefront.catalog.models import ListingRevision, Product, Revised


@dataclass(frozen=True)
class ListingApproved:
    """A version of a listing became what shoppers see; its pledge is still to be made."""

    product: Product
    revision: ListingRevision
    now: datetime


@dataclass(frozen=True)
class RevisionDecided:
    """A reviewer approved a version of a listing or batch, or asked for changes: the group is to hear why."""

    revision: Revised
    now: datetime
