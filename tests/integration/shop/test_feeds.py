"""What crawlers read, and words that no page may use."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from storefront.catalog import listing
from storefront.config import ROOT
from storefront.core.db import unit_of_work


def places(client, address="/sitemap.xml"):
    root = ElementTree.fromstring(client.get(address).get_data())
    return [element.text for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_the_sitemap_has_every_public_page_and_each_opens(world, client):
    found = places(client)
    assert len(found) == len(set(found))
    for path in ("/products/drip-coffee", "/producers/sunlit-bench", "/charities/hill-schools-trust", "/causes/youth"):
        assert f"http://localhost{path}" in found
    for address in found:
        assert client.get(address.removeprefix("http://localhost")).status_code == 200, address


def test_the_sitemap_leaves_out_what_is_not_live(world, client):
    with unit_of_work():
        listing.pause(world.coffee)
    assert not [place for place in places(client) if place.endswith("/products/drip-coffee")]


def test_robots_are_shown_the_sitemap_and_kept_from_what_is_personal(context, client):
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    text = response.get_data(as_text=True)
    assert "Sitemap: http://localhost/sitemap.xml" in text
    for path in ("/account", "/admin", "/cart", "/checkout", "/orders"):
        assert f"Disallow: {path}\n" in text


def test_no_page_and_no_story_speaks_of_profits_or_proceeds():
    forbidden = re.compile(r"\b(?:profits|proceeds)\b", re.I)
    files = [
        file
        for folder in (ROOT / "templates", ROOT / "storefront")
        for file in folder.rglob("*")
        if file.suffix in {".html", ".txt", ".toml", ".py"}
    ]
    assert len(files) > 50
    wrong = [str(Path(file).relative_to(ROOT)) for file in files if forbidden.search(file.read_text(encoding="utf-8"))]
    assert wrong == []
