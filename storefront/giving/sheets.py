"""The terms under which a group's spreadsheet is read: currency, the shop's share, and what is pledged today."""

from __future__ import annotations

from decimal import Decimal

from storefront import config
from storefront.catalog.listing import WHOLE
from storefront.catalog.models import Basis, Share
from storefront.catalog.sheets.steps import Setting
from storefront.catalog.sheets.uploads import Shop
from storefront.giving import promising
from storefront.producers.models import Producer


def shop() -> Shop:
    """Where spreadsheets and pictures lie, and the terms of each group."""
    settings = config.current()
    return Shop(settings.sheets_dir, settings.media_dir, setting)


def setting(producer: Producer) -> Setting:
    """For a spreadsheet of this group."""
    settings = config.current()
    points = round(Decimal(settings.shop_share) * WHOLE)
    own = {"share_to": Share.SHOP.value, "label": "Running the shop", "basis": Basis.COST.value, "basis_points": points}
    return Setting(producer, settings.currency, [own] if points else [], promising.plain)
