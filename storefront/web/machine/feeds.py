"""What crawlers read: `/sitemap.xml` with every public page, and `/robots.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort
from sqlalchemy import text

from storefront import config
from storefront.charities.models import Cause
from storefront.core.db import session
from storefront.web.guards import public
from storefront.web.rendering import public_page

pages = Blueprint("feeds", __name__)

# The protocol's own limit for one file.
PER_FILE = 50_000
MOST_FILES = 50_000

_PRODUCTS = text(
    "SELECT product.slug FROM product JOIN producer ON producer.id = product.producer_id "
    "WHERE product.status = 'live' AND producer.status = 'approved' ORDER BY product.id LIMIT :size OFFSET :skip"
)
_OTHERS = {
    "/producers/": text("SELECT slug FROM producer WHERE status = 'approved' ORDER BY slug"),
    "/charities/": text("SELECT slug FROM charity WHERE status = 'approved' ORDER BY slug"),
    "/trace/": text(
        "SELECT batch.code FROM batch JOIN product ON product.id = batch.product_id "
        "JOIN producer ON producer.id = product.producer_id "
        "WHERE product.status = 'live' AND producer.status = 'approved' ORDER BY batch.code LIMIT 20000"
    ),
}


@pages.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Every public page, or, with more products than one file may hold, the list of the files."""
    count = session().execute(text("SELECT count(*) FROM product WHERE status = 'live'")).scalar_one()
    if count <= PER_FILE - 25_000:
        return _xml(_urlset([*_fixed(), *_others(), *_products(0)]))
    files = [f"{_base()}/sitemap-{number}.xml" for number in range(-(-count // PER_FILE) + 1)]
    rows = "".join(f"<sitemap><loc>{escape(file)}</loc></sitemap>" for file in files)
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>')


@pages.get("/sitemap-<int:number>.xml")
@public
def part(number: int) -> Response:
    """One file of a large sitemap: 0 has everything but products."""
    if number > MOST_FILES:
        abort(404)
    paths = [*_fixed(), *_others()] if number == 0 else list(_products(number - 1))
    return _xml(_urlset(paths)) if paths else abort(404)


@pages.get("/robots.txt")
@public
def robots() -> Response:
    """What crawlers may read: everything public, but no search results and nothing personal."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in ("/account", "/admin", "/cart", "/checkout", "/orders", "/studio")),
        "Disallow: /*?q=",
        f"Sitemap: {_base()}/sitemap.xml",
        "",
    ]
    return public_page(Response("\n".join(lines), mimetype="text/plain"))


def _base() -> str:
    return config.current().base_url.rstrip("/")


def _fixed() -> list[str]:
    return [
        "/",
        "/products",
        "/producers",
        "/about",
        "/terms",
        "/trace",
        "/verify",
        *(f"/causes/{cause.value}" for cause in Cause),
    ]


def _others() -> Iterator[str]:
    for prefix, statement in _OTHERS.items():
        for slug in session().scalars(statement):
            yield prefix + slug


def _products(number: int) -> Iterator[str]:
    for slug in session().scalars(_PRODUCTS, {"size": PER_FILE, "skip": number * PER_FILE}):
        yield f"/products/{slug}"


def _urlset(paths: list[str]) -> str:
    rows = "".join(f"<url><loc>{escape(_base() + path)}</loc></url>" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def _xml(body: str) -> Response:
    return public_page(Response(f'<?xml version="1.0" encoding="UTF-8"?>{body}', mimetype="application/xml"))
