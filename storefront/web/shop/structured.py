"""schema.org data and absolute addresses for machines: JSON-LD that can't end its own script element."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from storefront import config
from storefront.catalog.browsing import Thumbnail
from storefront.core.money import Money

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_ld(*things: dict[str, Any]) -> Markup:
    """A script element with these things; every character that HTML could read as markup is escaped."""
    graph = {"@context": "https://schema.org", "@graph": list(things)}
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    # The text can't hold a tag any more: < and > and & are gone.
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704


def absolute(path: str) -> str:
    """An address of the shop with its host, from BASE_URL alone."""
    return path if path.startswith("http") else config.current().base_url.rstrip("/") + path


def image_url(picture: Thumbnail | None) -> str:
    """The absolute address of a picture's largest rendition, or an empty text."""
    if picture is None:
        return ""
    return absolute(f"{config.current().media_url}/{picture.ref}-{picture.widths.split(',')[-1]}.webp")


def breadcrumbs(trail: Sequence[tuple[str, str]], here: str, path: str) -> dict[str, Any]:
    """The way to a page as a BreadcrumbList."""
    steps = [*trail, (here, path)]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": at, "name": name, "item": absolute(address)}
            for at, (name, address) in enumerate(steps, 1)
        ],
    }


def shop() -> dict[str, Any]:
    """The shop itself as an Organization, with its search."""
    settings = config.current()
    return {"@type": "Organization", "@id": absolute("/#shop"), "name": settings.shop_name, "url": absolute("/")}


def website() -> dict[str, Any]:
    """The site with the address of its search."""
    return {
        "@type": "WebSite",
        "url": absolute("/"),
        "name": config.current().shop_name,
        "publisher": {"@id": absolute("/#shop")},
        "potentialAction": {
            "@type": "SearchAction",
            "target": absolute("/products?q={query}"),
            "query-input": "required name=query",
        },
    }


def delivery(rate: Money, days: tuple[int, int], country: str) -> dict[str, Any]:
    """What a parcel to `country` costs and in how many working days it is there."""
    return {
        "@type": "OfferShippingDetails",
        "shippingRate": {"@type": "MonetaryAmount", "value": str(rate.amount), "currency": rate.currency},
        "shippingDestination": {"@type": "DefinedRegion", "addressCountry": country},
        "deliveryTime": {
            "@type": "ShippingDeliveryTime",
            "transitTime": {"@type": "QuantitativeValue", "minValue": days[0], "maxValue": days[1], "unitCode": "DAY"},
        },
    }


def returns(days: int, country: str) -> dict[str, Any]:
    """That what was bought may be given back within so many days."""
    return {
        "@type": "MerchantReturnPolicy",
        "applicableCountry": country,
        "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
        "merchantReturnDays": days,
    }


def offer(price: Money, url: str, *, sku: str, available: bool, seller: str, **more: dict[str, Any]) -> dict[str, Any]:
    """One variant that can be bought; `more` are its terms, such as `shippingDetails`."""
    return {
        "@type": "Offer",
        "sku": sku,
        "price": str(price.amount),
        "priceCurrency": price.currency,
        "availability": "https://schema.org/" + ("InStock" if available else "OutOfStock"),
        "itemCondition": "https://schema.org/NewCondition",
        "url": absolute(url),
        "seller": {"@type": "Organization", "name": seller},
        **more,
    }


def rating(average: float, count: int) -> dict[str, Any]:
    """What the reviews come to that the page shows."""
    return {"@type": "AggregateRating", "ratingValue": f"{average:.1f}", "reviewCount": count}
