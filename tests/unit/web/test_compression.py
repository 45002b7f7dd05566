"""Public pages travel compressed; private ones never do."""

from __future__ import annotations

import zlib

import brotli
import pytest
from flask import Flask

from storefront.web.compression import compress

PAGE = "<p>The same words, again and again.</p>" * 100


@pytest.fixture
def browser():
    app = Flask(__name__)
    app.after_request(compress)

    @app.get("/<cache>")
    def page(cache):
        return PAGE, {"Cache-Control": f"{cache}, no-cache", "ETag": 'W/"1"'}

    return app.test_client()


@pytest.mark.parametrize(
    ("asked", "unpack"), [("gzip, br", brotli.decompress), ("gzip", lambda body: zlib.decompress(body, 31))]
)
def test_a_public_page_is_compressed_as_asked(browser, asked, unpack):
    response = browser.get("/public", headers={"Accept-Encoding": asked})
    assert unpack(response.data).decode() == PAGE
    assert response.headers["Vary"] == "Accept-Encoding"
    assert int(response.headers["Content-Length"]) == len(response.data) < len(PAGE) / 10


def test_a_browser_that_asks_for_nothing_gets_the_page_itself(browser):
    assert browser.get("/public").text == PAGE


def test_a_private_page_is_never_compressed(browser):
    response = browser.get("/private", headers={"Accept-Encoding": "br"})
    assert response.text == PAGE
    assert "Content-Encoding" not in response.headers
