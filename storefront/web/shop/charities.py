"""The five causes, and each charity's page with what the ledger owes it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from storefront import config
from storefront.catalog import browsing
from storefront.charities import reading
from storefront.charities.models import Cause
from storefront.core import clock
from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving import ended, totals
from storefront.giving.models import Pledge
from storefront.vetting import reading as vetting
from storefront.vetting.models import Kind
from storefront.web.guards import public
from storefront.web.rendering import public_page
from storefront.web.shop import structured
from storefront.web.shop.labels import cause_name, cause_summary, place_name
from storefront.web.shop.parties import elsewhere
from storefront.web.shop.totals import live
from storefront.web.shop.views import first_picture, show_cards
from storefront.web.wording import gettext

pages = Blueprint("charities", __name__)

SHOWN = 24


@pages.get("/causes/<slug>")
@public
def cause(slug: str) -> Response:
    """A cause: what the ledger says, who works for it, and the goods that are made in its name."""
    if slug not in set(Cause):
        abort(404)
    currency = config.current().currency
    today = clock.today()
    cards = show_cards(browsing.of_cause(slug, SHOWN), today)
    trail = [(gettext("Home"), "/"), (gettext("Causes"), "/#causes")]
    return public_page(
        render_template(
            "shop/charities/cause.html",
            slug=slug,
            name=cause_name(slug),
            summary=cause_summary(slug),
            total=live(currency).by_cause.get(slug, Money(0, currency)),
            charities=[_card(one) for one in reading.for_cause(slug)],
            cards=cards,
            others=[(f"/causes/{other.value}", cause_name(other)) for other in Cause if other != slug],
            trail=trail,
            image=structured.image_url(first_picture(cards)),
            data=structured.json_ld(structured.breadcrumbs(trail, cause_name(slug), f"/causes/{slug}")),
        )
    )


def _card(one: reading.CharityBrief) -> dict[str, object]:
    return {
        "url": f"/charities/{one.slug}",
        "name": one.name,
        "mission": one.mission,
        "place": place_name(one.place, one.country),
        "causes": [cause_name(cause) for cause in one.causes],
        "vetted": "",
        "raised": None,
        "raised_words": "",
    }


@pages.get("/charities/<slug>")
@public
def charity(slug: str) -> Response:
    """A charity's page; one that is not approved has none."""
    row = reading.by_slug(slug)
    if row is None:
        return elsewhere(Kind.CHARITY, slug)
    today = clock.today()
    causes = reading.causes_of(row.id)
    trail = [(gettext("Home"), "/")]
    if causes:
        trail.append((cause_name(causes[0]), f"/causes/{causes[0]}"))
    organization = {
        "@type": "NGO",
        "@id": structured.absolute(f"/charities/{row.slug}"),
        "name": row.name,
        "description": row.mission,
        "url": structured.absolute(f"/charities/{row.slug}"),
        "identifier": row.registration_number,
        "address": {"@type": "PostalAddress", "addressLocality": row.place, "addressCountry": row.country},
    }
    return public_page(
        render_template(
            "shop/charities/charity.html",
            charity=row,
            place=place_name(row.place, row.country),
            causes=[(f"/causes/{one}", cause_name(one)) for one in causes],
            projects=[(one, cause_name(one.cause)) for one in reading.projects_of(row.id)],
            given=totals.by_charity(row.slug, config.current().currency),
            vetting=vetting.summary(today, charity_id=row.id),
            ended=ended.to_charity(row.id, today, SHOWN),
            cards=show_cards(browsing.by_ids(_pledging(row.id, today)), today),
            trail=trail,
            data=structured.json_ld(organization, structured.breadcrumbs(trail, row.name, f"/charities/{row.slug}")),
        )
    )


def _pledging(charity_id: int, day: date) -> list[int]:
    """Products that pledge to the charity on this day."""
    statement = (
        select(Pledge.product_id)
        .where(Pledge.charity_id == charity_id, Pledge.superseded_at.is_(None), Pledge.starts_on <= day)
        .where((Pledge.ends_on.is_(None)) | (Pledge.ends_on >= day))
        .order_by(Pledge.id.desc())
        .limit(SHOWN)
    )
    return list(session().scalars(statement))
