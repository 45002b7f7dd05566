"""The catalogue with its filters and its search, and each product's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from storefront.catalog import browsing, searching, showing
from storefront.catalog.browsing import Listing
from storefront.catalog.delivery import arrives
from storefront.catalog.filters import Filters, Sort
from storefront.catalog.shelf import Shelf, shelf
from storefront.catalog.showing import ProductView, VariantView
from storefront.charities.models import Cause
from storefront.checkout.dispatching import RETURN_WINDOW
from storefront.core import clock
from storefront.core.money import Money
from storefront.giving import ended
from storefront.giving.pledges import terms_for
from storefront.giving.splitting import split_price
from storefront.voices import reading as voices
from storefront.voices.reading import Reviews
from storefront.web.guards import public
from storefront.web.rendering import language, money, public_page
from storefront.web.shop import addresses, structured
from storefront.web.shop.labels import cause_name, language_name, material_name, place_name, sort_name
from storefront.web.shop.reviews import show_reviews
from storefront.web.shop.views import first_picture, show_card, show_cards, show_pledge, span_text
from storefront.web.wording import gettext

pages = Blueprint("catalog", __name__)

VALUES_SHOWN = 30
FEW_LEFT = 5
REVIEWS_SHOWN = 20
QUESTIONS_SHOWN = 3
# The country that prices, delivery and returns are shown for before an address is known.
SHOWN_COUNTRY = "US"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter."""

    value: str
    label: str
    count: int
    checked: bool


@pages.get("/products")
@public
def products() -> Response:
    """The catalogue: filters, search, order and page all stand in the address."""
    on = shelf()
    asked = addresses.read(request.args, on)
    filters = asked.filters
    found = searching.find(filters.q, filters, on=on) if filters.q else None
    ranked = found.ids if found else None
    listing = browsing.browse(filters, ranked=ranked, capped=bool(found and found.capped), on=on)
    shown = filters.on_page(listing.page)
    cards = show_cards(listing.cards, clock.today())
    first = found is not None and listing.page == 1
    return public_page(
        render_template(
            "shop/catalog/products.html",
            filters=filters,
            notices=asked.notices,
            found=found,
            listing=listing,
            cards=cards,
            facets=_kept_facets(filters, listing, on),
            sorts=_sorts(filters),
            chips=addresses.chips(filters, on),
            cleared=addresses.cleared(filters),
            hidden=[("q", filters.q)] * bool(filters.q)
            + [("sort", filters.sort.value)] * (filters.sort != _usual(filters)),
            prices=(addresses.major(filters.min_minor), addresses.major(filters.max_minor)),
            stories=searching.stories(found.in_story_only[:3], found.words) if found and first else [],
            page_before=addresses.write(filters.on_page(listing.page - 1)) if listing.page > 1 else "",
            page_after=addresses.write(filters.on_page(listing.page + 1)) if listing.page < listing.pages else "",
            canonical=structured.absolute(addresses.write(shown)),
            heading=_heading(filters),
            image=structured.image_url(first_picture(cards)),
            causes=[(cause.value, cause_name(cause)) for cause in Cause],
        )
    )


def _usual(filters: Filters) -> Sort:
    return Sort.BEST if filters.q else Sort.NEWEST


def _heading(filters: Filters) -> str:
    if filters.q:
        return gettext("Results for “%(query)s”", query=filters.q)
    if len(filters.causes) == 1:
        return cause_name(next(iter(filters.causes)))
    return gettext("Made by hand, priced in the open")


def _sorts(filters: Filters) -> list[tuple[str, str]]:
    return [(sort.value, sort_name(sort)) for sort in Sort if sort != Sort.BEST or filters.q]


def _kept_facets(filters: Filters, listing: Listing, on: Shelf) -> dict[str, tuple[Option, ...]]:
    """The same matches have the same facets, until the shelf changes and forgets both."""
    shown = listing.matches.shown
    if language.get() not in shown:
        shown[language.get()] = _facets(filters, listing, on)
    facets: dict[str, tuple[Option, ...]] = shown[language.get()]
    return facets


def _facets(filters: Filters, listing: Listing, on: Shelf) -> dict[str, tuple[Option, ...]]:
    """The values of each filter with their counts, those that are on first, then the most frequent."""
    counts = listing.matches.counts

    def options(name: str, chosen: frozenset[str], label: Any, address: Any = str) -> tuple[Option, ...]:
        some = [(value, count) for value, count in counts[name].items() if count or value in chosen]
        some.sort(key=lambda one: (one[0] not in chosen, -one[1], one[0]))
        return tuple(
            Option(address(value), label(value), count, value in chosen) for value, count in some[:VALUES_SHOWN]
        )

    return {
        "cause": options("cause", filters.causes, cause_name),
        "producer": options("producer", filters.producers, lambda value: on.producer_by_slug[value].name),
        "region": options("region", filters.regions, str, addresses.slug),
        "material": options("material", filters.materials, material_name),
        "in_stock": (Option("1", gettext("In stock"), listing.matches.in_stock, filters.in_stock),),
    }


@pages.get("/products/<slug>")
@public
def product(slug: str) -> Response:
    """A product's page, for the variant of `?variant=` (a SKU); an old address of it leads here for good."""
    view = showing.by_slug(slug)
    if view is None:
        moved = showing.new_slug("product", slug)
        return redirect(f"/products/{moved}", 301) if moved else abort(404)
    today = clock.today()
    told = showing.background(view.row.id, today)
    said, questions = voices.newest_of(view.row.id, reviews=REVIEWS_SHOWN, questions=QUESTIONS_SHOWN)
    others = browsing.of_producer(view.row.producer_id, count=4, without=view.row.id)
    pledges = terms_for([view.row.id, *(card.id for card in others)], today, halted=True)
    terms = pledges.get(view.row.id)
    chosen = _chosen(view)
    price = chosen.price if chosen else Money(0, view.row.currency)
    trail = [(gettext("Home"), "/"), (gettext("Shop"), "/products"),
             (cause_name(view.row.cause), f"/causes/{view.row.cause}")]  # fmt: skip
    return public_page(
        render_template(
            "shop/catalog/product.html",
            view=view,
            row=view.row,
            told=told,
            story_language=language_name(told.story.lang),
            said=said,
            reviews=show_reviews(said.shown),
            questions=questions,
            chosen=chosen,
            price=price,
            others_split=_others_split(view, chosen),
            unit=_unit_price(view, price),
            options=_options(view),
            stock=_stock_line(view, chosen),
            arrival=span_text(*arrives(today, view.row.delivery_days_min, view.row.delivery_days_max)),
            delivery=Money(view.row.delivery_minor, view.row.currency),
            free_from=Money(view.row.delivery_free_from_minor, view.row.currency)
            if view.row.delivery_free_from_minor is not None
            else None,
            pledge=show_pledge(terms, price, view.row.producer_name) if terms and chosen else None,
            ended=None if terms else ended.of_product(view.row.id, today),
            parts=split_price(
                price,
                terms.promise(price.minor, 1) if terms else 0,
                view.shares,
                charity=terms.charity_name if terms else "",
            )
            if chosen and view.shares
            else [],
            maker=_maker(view),
            materials=[(material_name(one), f"/products?material={one}") for one in view.materials],
            others=[show_card(card, pledges.get(card.id)) for card in others],
            trail=trail,
            image=structured.image_url(view.pictures[0] if view.pictures else None),
            data=_data(view, said, trail),
        )
    )


def _chosen(view: ProductView) -> VariantView | None:
    """The variant that the address asks for; where it is none or can't be had, the one that is chosen at first."""
    asked = request.args.get("variant", "")
    return next((one for one in view.variants if one.sku == asked and one.stock > 0), view.first)


def _others_split(view: ProductView, chosen: VariantView | None) -> list[tuple[str, str]]:
    """Names and addresses of the variants in stock that have another price, and so another split."""
    if chosen is None:
        return []
    return [
        (one.name, f"/products/{view.row.slug}?variant={quote(one.sku)}#split")
        for one in view.variants
        if one.stock > 0 and one.price != chosen.price
    ]


def _unit_price(view: ProductView, price: Money) -> str:
    """`$21.82 for 100 g`, in the unit's usual amount; a variant with another price may hold another amount."""
    row = view.row
    if not row.unit or not row.unit_amount or price != view.variants[0].price:
        return ""
    per = 100
    amount = Money(round(price.minor * per / row.unit_amount), price.currency)
    return gettext("%(price)s for %(amount)s %(unit)s", price=money(amount), amount=per, unit=row.unit)


def _options(view: ProductView) -> list[dict[str, Any]]:
    """The variants as radio pills: what can't be had is shown and says why."""
    prices = {one.price.minor for one in view.variants}
    return [
        {
            "value": one.sku,
            "label": one.name or view.row.title,
            "disabled": one.stock <= 0,
            "note": gettext("sold out") if one.stock <= 0 else money(one.price) if len(prices) > 1 else "",
        }
        for one in view.variants
    ]


def _stock_line(view: ProductView, variant: VariantView | None) -> str:
    if variant is None or variant.stock <= 0:
        return gettext("Sold out.")
    if variant.stock <= FEW_LEFT:
        return gettext("%(n)s left.", n=variant.stock)
    return gettext("In stock.")


def _maker(view: ProductView) -> dict[str, Any]:
    row = view.row
    return {
        "url": f"/producers/{row.producer_slug}",
        "name": row.producer_name,
        "native_name": row.producer_native_name,
        "native_lang": row.producer_native_lang,
        "place": place_name(row.producer_place, row.producer_country),
        "summary": row.producer_summary,
        "crest": row.producer_crest,
        "people": row.producer_people,
        "facts": gettext("%(people)s people, since %(year)s", people=row.producer_people, year=row.producer_founded),
    }


def _data(view: ProductView, said: Reviews, trail: list[tuple[str, str]]) -> Any:
    row = view.row
    url = f"/products/{row.slug}"
    rate = Money(row.delivery_minor, row.currency)
    delivery = structured.delivery(rate, (row.delivery_days_min, row.delivery_days_max), SHOWN_COUNTRY)
    returns = structured.returns(RETURN_WINDOW.days, SHOWN_COUNTRY)
    thing: dict[str, Any] = {
        "@type": "Product",
        "@id": structured.absolute(url),
        "name": row.title,
        "description": row.description,
        "url": structured.absolute(url),
        "image": [structured.image_url(one) for one in view.pictures],
        "material": [material_name(one) for one in view.materials],
        "brand": {"@type": "Organization", "name": row.producer_name},
        "offers": [
            structured.offer(
                one.price,
                url,
                sku=one.sku,
                available=view.on_sale and one.stock > 0,
                seller=row.producer_name,
                shippingDetails=delivery,
                hasMerchantReturnPolicy=returns,
            )
            for one in view.variants
        ],
    }
    if said.count:
        thing["aggregateRating"] = structured.rating(said.stars, said.count)
    return structured.json_ld(thing, structured.breadcrumbs(trail, row.title, url))
