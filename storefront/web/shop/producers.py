"""The producer groups, and each one's page."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from storefront import config
from storefront.catalog import browsing
from storefront.core import clock
from storefront.giving import totals
from storefront.producers import reading
from storefront.updates import finding as updates
from storefront.vetting import reading as vetting
from storefront.vetting.models import Kind
from storefront.voices import reading as voices
from storefront.web import paging
from storefront.web.guards import public
from storefront.web.rendering import public_page
from storefront.web.shop import structured
from storefront.web.shop.labels import place_name
from storefront.web.shop.parties import elsewhere
from storefront.web.shop.reviews import show_reviews
from storefront.web.shop.views import ShownProducer, show_cards, show_producer
from storefront.web.wording import gettext

pages = Blueprint("producers", __name__)

MOST_PRODUCTS = 48
PER_PAGE = 60
UPDATES_SHOWN = 2
UPDATES_A_PAGE = 20
REVIEWS_SHOWN = 6


@pages.get("/producers")
@public
def producers() -> Response:
    """All producer groups, by region, and where they are."""
    rows = sorted(reading.everyone(), key=lambda one: (one.region, one.name))
    pages_in_all = max(1, -(-len(rows) // PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages_in_all)
    shown = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    regions: dict[str, list[ShownProducer]] = {}
    for row in shown:
        regions.setdefault(row.region, []).append(show_producer(row))
    trail = [(gettext("Home"), "/")]
    return public_page(
        render_template(
            "shop/producers/producers.html",
            regions=regions,
            places=tuple(show_producer(row) for row in shown),
            count=len(rows),
            page=page,
            pages=pages_in_all,
            people=sum(row.people for row in rows),
            countries=len({row.country for row in rows}),
            trail=trail,
            data=structured.json_ld(structured.breadcrumbs(trail, gettext("Producers"), "/producers")),
        )
    )


@pages.get("/producers/<slug>")
@public
def producer(slug: str) -> Response:
    """A producer's page; a suspended producer has none."""
    row = reading.by_slug(slug)
    if row is None:
        return elsewhere(Kind.PRODUCER, slug)
    today = clock.today()
    trail = [(gettext("Home"), "/"), (gettext("Producers"), "/producers")]
    picture = browsing.picture_of(row)
    said = voices.of_producer(row.id, size=REVIEWS_SHOWN)
    told, told_in_all = updates.public(row.id, size=UPDATES_SHOWN)
    organization = {
        "@type": "Organization",
        "@id": structured.absolute(f"/producers/{row.slug}"),
        "name": row.name,
        "alternateName": row.native_name or None,
        "description": row.summary,
        "url": structured.absolute(f"/producers/{row.slug}"),
        "foundingDate": str(row.founded),
        "address": {"@type": "PostalAddress", "addressLocality": row.place, "addressCountry": row.country},
        "image": structured.image_url(picture) or None,
        "aggregateRating": structured.rating(said.stars, said.count) if said.count else None,
    }
    return public_page(
        render_template(
            "shop/producers/producer.html",
            producer=row,
            place=place_name(row.place, row.country),
            shown=show_producer(row),
            picture=picture,
            vetting=vetting.summary(today, producer_id=row.id),
            cards=show_cards(browsing.of_producer(row.id, count=MOST_PRODUCTS), today),
            updates=told,
            told_in_all=told_in_all,
            said=said,
            reviews=show_reviews(said.shown, titled=True),
            earned=totals.by_producer(row.slug, config.current().currency),
            trail=trail,
            image=structured.image_url(picture),
            data=structured.json_ld(
                {name: value for name, value in organization.items() if value is not None},
                structured.breadcrumbs(trail, row.name, f"/producers/{row.slug}"),
            ),
        )
    )


@pages.get("/producers/<slug>/updates")
@public
def told(slug: str) -> Response:
    """Everything that a producer told its buyers, twenty a page."""
    row = reading.by_slug(slug) or abort(404)
    found, count = updates.public(row.id, size=UPDATES_A_PAGE, skip=paging.skip(UPDATES_A_PAGE))
    if not found and paging.number() > 1:
        abort(404)
    around = paging.around(count, UPDATES_A_PAGE, lambda page: f"/producers/{slug}/updates?page={page}")
    return public_page(render_template("shop/producers/updates.html", producer=row, updates=found, **around))
