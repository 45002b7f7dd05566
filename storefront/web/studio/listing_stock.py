"""What shoppers see at once: stock as counted, and lower prices."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.catalog import adjusting, revising
from storefront.catalog.models import Product, ProductStatus, Variant
from storefront.core import amounts, clock
from storefront.core.db import unit_of_work
from storefront.giving import promising
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web.studio import answers
from storefront.web.studio.listing_refusals import said
from storefront.web.studio.listings import find_listing, overview, to
from storefront.web.studio.scope import studio

pages = Blueprint("studio_listing_stock", __name__, url_prefix="/studio/<producer_slug>/listings")


class Recount(ValueError):
    """Counts that have to be made again: `wrong` has the field and why of each; `stale` what they started from."""

    def __init__(self, wrong: list[tuple[str, str]], stale: Collection[str]) -> None:
        super().__init__(*(words for _field, words in wrong))
        self.wrong, self.stale = wrong, stale


@pages.post("/<slug>/stock")
@studio(may_edit_listings)
def stock(membership: Member, slug: str) -> Response | Redirect:
    """Stock as counted and lower prices, which shoppers see at once."""
    product, actor = find_listing(membership, slug), members.actor(membership)
    stale: Collection[str] = ()
    try:
        with unit_of_work():
            revising.lock(product.id)
            if product.status == ProductStatus.ARCHIVED:
                raise revising.ProductArchived
            _count_all(product, actor)
            for at, variant in enumerate(product.variants, start=1):
                _lower(at, variant, actor)
    except Recount as error:
        wrong, stale = error.wrong, error.stale
    except answers.Misread as error:
        wrong = [(error.field, error.message)]
    except revising.ProductArchived as error:
        wrong = [("", said(error))]
    else:
        flash(_("Saved. Shoppers see it now."), "success")
        return to("studio_listings.listing", product)
    return overview(membership, find_listing(membership, slug), wrong, typed=_still_typed(stale))


def _still_typed(stale: Collection[str]) -> dict[str, str]:
    """What the form is shown with again: counts go with the stock that they started from, so that what is sold
    meanwhile stays sold. Rows that nobody touched, and what is `stale`, are shown as they are now.
    """
    form = request.form.to_dict()
    seen = {name: form[name] for name in form if name.startswith("seen-")}
    counts = {name: "stock-" + name.removeprefix("seen-") for name in seen}
    untouched = {name for name in seen if form.get(counts[name], "").strip() == seen[name]}
    anew = {*stale, *untouched, *(counts[name] for name in untouched)}
    return {name: value for name, value in form.items() if name not in anew}


def _count_all(product: Product, actor: str) -> None:
    """The counts of a form, which is as old as the count that its page knew. Raises Misread and Recount."""
    seen_count = request.form.get("counted", type=int)
    if seen_count == adjusting.last_count(product):
        seen_count = None  # nothing was counted since, but by this very form
    wrong, stale = [], set()
    for at, variant in enumerate(product.variants, start=1):
        counted, seen = _counted(at, variant)
        if counted == seen:
            continue
        try:
            who: dict[str, Any] = {"actor": actor, "now": clock.now()}
            adjusting.count_stock(variant, counted, seen_stock=seen, seen_count=seen_count, **who)
        except adjusting.StockTaken as error:
            wrong.append((f"stock-{at}", said(error)))
            stale.add(f"seen-{variant.sku}")
        except adjusting.CountedMeanwhile as error:
            wrong.append((f"stock-{at}", said(error)))
            stale |= {"counted", *(name for name in request.form if name.startswith("seen-"))}
    if wrong:
        raise Recount(wrong, stale)


def _counted(at: int, variant: Variant) -> tuple[int, int]:
    form = request.form
    counted, seen = form.get(f"stock-{variant.sku}", "").strip(), form.get(f"seen-{variant.sku}", "")
    if not (counted.isascii() and counted.isdecimal() and len(counted) < 8 and seen.isdecimal() and len(seen) < 8):
        raise answers.Misread(f"stock-{at}", _("Write the stock of %(sku)s as a whole number.", sku=variant.sku))
    if int(counted) > adjusting.MOST_STOCK:
        raise answers.Misread(f"stock-{at}", _("The stock of %(sku)s is at most 1,000,000.", sku=variant.sku))
    return int(counted), int(seen)


def _lower(at: int, variant: Variant, actor: str) -> None:
    """A lower price, where one was written. Raises Misread."""
    text = request.form.get(f"price-{variant.sku}", "").strip()
    if not text:
        return
    try:
        price = amounts.read(text, variant.currency)
        if price != variant.price_minor:
            pledge = promising.plain(variant.product_id)
            adjusting.lower_price(variant, price, pledge, actor=actor, now=clock.now())
    except amounts.NoAmount as error:
        raise answers.Misread(f"lower-{at}", _("Write the price of %(sku)s as 12.50.", sku=variant.sku)) from error
    except (adjusting.NotLower, revising.NotReady) as error:
        raise answers.Misread(f"lower-{at}", said(error)) from error
