"""The home page, the page about how giving works here, and the terms of sale."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from storefront import config
from storefront.catalog import browsing, showing
from storefront.catalog.browsing import Card
from storefront.charities.models import Cause
from storefront.checkout.dispatching import RETURN_WINDOW
from storefront.core import clock
from storefront.core.money import Money
from storefront.giving.pledges import PledgeTerms, terms_for
from storefront.giving.splitting import Part, split_price
from storefront.producers import reading as producers
from storefront.web.guards import public
from storefront.web.rendering import public_page
from storefront.web.shop import structured
from storefront.web.shop.labels import cause_name, cause_summary
from storefront.web.shop.totals import live
from storefront.web.shop.views import ShownCard, show_card, show_producer
from storefront.web.wording import gettext

pages = Blueprint("home", __name__)

SHOWN = 8
ON_THE_MAP = 60


@pages.get("/")
@public
def home() -> Response:
    """The promise, the causes with live totals, eight products, one maker, one price in parts, the ledger."""
    currency = config.current().currency
    today = clock.today()
    cards = browsing.featured(SHOWN)
    terms = terms_for([card.id for card in cards], today)
    totals = live(currency)
    makers = producers.everyone(ON_THE_MAP)
    told = next((one for one in makers if one.ref and one.slug != (cards[0].producer_slug if cards else "")), None)
    example = _example(cards, terms)
    return public_page(
        render_template(
            "shop/home/home.html",
            cards=[show_card(card, terms.get(card.id)) for card in cards],
            hero=cards[0] if cards else None,
            causes=[
                {
                    "url": f"/causes/{cause.value}",
                    "slug": cause.value,
                    "name": cause_name(cause),
                    "summary": cause_summary(cause),
                    "total": totals.by_cause.get(cause, Money(0, currency)),
                    "total_words": gettext("set aside so far"),
                }
                for cause in Cause
            ],
            totals=totals,
            producers=tuple(show_producer(row) for row in makers),
            maker=told,
            maker_picture=browsing.picture_of(told) if told else None,
            example=example,
            image=structured.image_url(cards[0].picture if cards else None),
            data=structured.json_ld(structured.shop(), structured.website()),
        )
    )


def _example(cards: list[Card], terms: dict[int, PledgeTerms]) -> dict[str, Any] | None:
    """How the price of one of the shown products is split: the first that pledges something."""
    card = next((one for one in cards if one.id in terms), None)
    if card is None:
        return None
    term = terms[card.id]
    parts: list[Part] = split_price(
        card.price, term.promise(card.price.minor, 1), showing.shares_of(card.id), charity=term.charity_name
    )
    shown: ShownCard = show_card(card, term)
    return {"card": shown, "parts": parts}


@pages.get("/about")
@public
def about() -> Response:
    """How giving works, what a receipt proves and what it doesn't, what the pictures are, how to reach us."""
    facts = {"contact": config.current().help_address, "data": structured.json_ld(structured.shop())}
    return public_page(render_template("shop/home/about.html", **facts))


@pages.get("/terms")
@public
def terms() -> Response:
    """The terms of sale, which a buyer accepts before paying."""
    return public_page(
        render_template("shop/home/terms.html", contact=config.current().help_address, days=RETURN_WINDOW.days)
    )
