"""What shoppers see at once: stock as counted, and lower prices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.catalog import adjusting, revising
from storefront.catalog.models import Product, Variant
from storefront.core import amounts, clock
from storefront.core.db import unit_of_work
from storefront.giving import promising
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web.studio import answers
from storefront.web.studio.listing_refusals import REFUSALS, said
from storefront.web.studio.listings import find_listing, overview, to
from storefront.web.studio.scope import studio

pages = Blueprint("studio_listing_stock", __name__, url_prefix="/studio/<producer_slug>/listings")


@pages.post("/<slug>/stock")
@studio(may_edit_listings)
def stock(membership: Member, slug: str) -> Response | Redirect:
    """Stock as counted and lower prices, which shoppers see at once."""
    product, actor = find_listing(membership, slug), members.actor(membership)
    try:
        with unit_of_work():
            revising.lock(product.id)
            _count_all(product, actor)
            for variant in product.variants:
                _lower(variant, actor)
    except (*REFUSALS, answers.Misread) as error:
        return overview(membership, find_listing(membership, slug), said(error), typed=request.form)
    flash(_("Saved. Shoppers see it now."), "success")
    return to("studio_listings.listing", product)


def _count_all(product: Product, actor: str) -> None:
    """The counts of a form, which is as old as the count that its page knew."""
    seen_count = request.form.get("counted", type=int)
    if seen_count == adjusting.last_count(product):
        seen_count = None  # nothing was counted since, but by this very form
    for variant in product.variants:
        counted, seen = _counted(variant)
        if counted != seen:
            who: dict[str, Any] = {"actor": actor, "now": clock.now()}
            adjusting.count_stock(variant, counted, seen_stock=seen, seen_count=seen_count, **who)


def _counted(variant: Variant) -> tuple[int, int]:
    form, name = request.form, f"stock-{variant.sku}"
    counted, seen = form.get(name, "").strip(), form.get(f"seen-{variant.sku}", "")
    if not (counted.isascii() and counted.isdecimal() and len(counted) < 8 and seen.isdecimal() and len(seen) < 8):
        raise answers.Misread(name, _("Write the stock of %(sku)s as a whole number.", sku=variant.sku))
    if int(counted) > adjusting.MOST_STOCK:
        raise answers.Misread(name, _("The stock of %(sku)s is at most 1,000,000.", sku=variant.sku))
    return int(counted), int(seen)


def _lower(variant: Variant, actor: str) -> None:
    name = f"price-{variant.sku}"
    text = request.form.get(name, "").strip()
    if not text:
        return
    try:
        price = amounts.read(text, variant.currency)
    except amounts.NoAmount as error:
        raise answers.Misread(name, _("Write the price of %(sku)s as 12.50.", sku=variant.sku)) from error
    if price != variant.price_minor:
        pledge = promising.plain(variant.product_id)
        adjusting.lower_price(variant, price, pledge, actor=actor, now=clock.now())
