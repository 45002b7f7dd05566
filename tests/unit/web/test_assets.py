"""Static files: hashed names, one style sheet, right headers, small enough."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from storefront.config import load
from storefront.web.assets import STATIC, Assets, UnknownAsset, bundle_css, init_assets, minify_css


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small static folder: a style sheet in two parts, a script that imports another, a picture and a font."""
    root = tmp_path / "static"
    files = {
        "css/shop.css": '@layer base, components;\n@import "components/card.css" layer(components);\n',
        "css/components/card.css": (
            '/* why */\n.card :hover {\n  content: "a ;  b";\n  background: url("../../img/dot.svg") ;\n}\n'
            '@font-face { font-family: "Lost"; src: url("../../fonts/lost.woff2"); }\n'
        ),
        "js/shop.js": 'import "./part.js";\nimport { one } from "./part.js";\n',
        "js/part.js": "export const one = 1;\n",
        "img/dot.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
        "img/favicon.ico": "icon",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def client(folder: Path, tmp_path: Path) -> FlaskClient:
    app = Flask("assets", static_folder=None)
    app.extensions["storefront.settings"] = load({"SHOP_ENV": "test"}, data_dir=str(tmp_path / "var"))
    init_assets(app, folder)
    return app.test_client()


def _url(client: FlaskClient, name: str) -> str:
    return client.application.extensions["assets"].url(name)


def test_a_changed_file_gets_another_address(folder: Path) -> None:
    before = Assets(folder).url("img/dot.svg")
    (folder / "img/dot.svg").write_text("<svg/>")
    assert Assets(folder).url("img/dot.svg") != before
    assert re.fullmatch(r"/static/img/dot\.[0-9a-f]{12}\.svg", before)


def test_a_change_in_a_part_changes_the_address_of_what_uses_it(folder: Path) -> None:
    before = Assets(folder)
    (folder / "js/part.js").write_text("export const one = 2;\n")
    (folder / "img/dot.svg").write_text("<svg/>")
    after = Assets(folder)
    assert before.url("js/shop.js") != after.url("js/shop.js")
    assert before.url("css/shop.css") != after.url("css/shop.css")


def test_the_style_sheets_become_one_with_their_layers_kept(folder: Path) -> None:
    css = Assets(folder).get("css/shop.css").body.decode()
    assert css.startswith("@layer base,components;@layer components{.card :hover{")
    assert "@import" not in css
    assert "why" not in css
    assert "css/components/card.css" not in Assets(folder)


def test_strings_in_a_style_sheet_stay_as_they_are() -> None:
    assert minify_css('a { content: "x ;  y" ; }') == 'a{content:"x ;  y"}'
    assert minify_css("a  :hover { width: calc(1px + 2px) }") == "a :hover{width:calc(1px + 2px)}"


def test_addresses_in_style_sheets_and_scripts_are_the_hashed_ones(folder: Path) -> None:
    assets = Assets(folder)
    assert f'url("{assets.url("img/dot.svg")}")' in assets.get("css/shop.css").body.decode()
    script = assets.get("js/shop.js").body.decode()
    assert script.count(f'"{assets.url("js/part.js")}"') == 2
    assert "./part.js" not in script


def test_a_script_that_only_does_something_becomes_a_block_of_the_one_that_imports_it(folder: Path) -> None:
    (folder / "js/shop.js").write_text('import "./part.js";\nimport "./deed.js";\n')
    (folder / "js/deed.js").write_text("const one = 1;\n")
    script = Assets(folder).get("js/shop.js").body.decode()
    assert script.endswith(";\n{\nconst one = 1;\n}\n")
    assert "deed.js" not in script
    assert Assets(folder).url("js/part.js") in script


def test_a_font_that_is_not_built_is_left_out(folder: Path) -> None:
    assert "font-face" not in Assets(folder).get("css/shop.css").body.decode()
    (folder / "fonts").mkdir()
    (folder / "fonts/lost.woff2").write_bytes(b"font")
    assert "font-face" in Assets(folder).get("css/shop.css").body.decode()


def test_scripts_that_import_each_other_in_a_circle_are_refused(folder: Path) -> None:
    (folder / "js/part.js").write_text('import "./shop.js";\n')
    with pytest.raises(ValueError, match="circle"):
        Assets(folder)


def test_a_name_that_is_not_there_is_an_error_and_not_a_broken_page(folder: Path) -> None:
    with pytest.raises(UnknownAsset, match="img/none"):
        Assets(folder).url("img/none.png")


def test_a_file_is_sent_with_its_type_for_ever(client: FlaskClient) -> None:
    answer = client.get(_url(client, "css/shop.css"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/css; charset=utf-8"
    assert client.get(_url(client, "js/shop.js")).mimetype == "text/javascript"
    assert client.get(_url(client, "img/dot.svg")).mimetype == "image/svg+xml"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None), ("", None), ("br;q=0, gzip", "gzip")],
)
def test_the_best_encoding_that_is_accepted_is_sent(client: FlaskClient, accepted: str, encoding: str | None) -> None:
    url = _url(client, "css/shop.css")
    answer = client.get(url, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    body = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding](answer.data)
    assert body == client.application.extensions["assets"].get("css/shop.css").body


def test_a_known_file_is_answered_without_a_body(client: FlaskClient) -> None:
    url = _url(client, "img/dot.svg")
    etag = client.get(url).headers["ETag"]
    answer = client.get(url, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize(
    "path", ["img/dot.svg", "img/dot.000000000000.svg", "../pyproject.toml", "css/components/card.css", "%2e%2e/x"]
)
def test_only_the_hashed_names_are_there(client: FlaskClient, path: str) -> None:
    assert client.get("/static/" + path).status_code == 404


def test_the_favicon_is_at_the_place_where_browsers_look(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/x-icon")
    assert "immutable" not in answer.headers["Cache-Control"]


def test_compressed_files_are_kept_from_one_start_to_the_next(folder: Path, tmp_path: Path) -> None:
    first = Assets(folder, tmp_path / "kept")
    assert list((tmp_path / "kept").glob("*.br"))
    second = Assets(folder, tmp_path / "kept")
    assert second.get("css/shop.css") == first.get("css/shop.css")


def test_the_shops_own_files_keep_their_budgets() -> None:
    assets = Assets(STATIC)
    # Parts are sent inside the bundle; the others are what single pages load beside it.
    parts = re.findall(r'^import "\./([^"]+)"', (STATIC / "js/shop.js").read_text(), re.M)
    scripts = [one for one in assets.by_path.values() if one.name.endswith(".js") and one.name[3:] not in parts]
    assert {one.name for one in scripts} == {"js/shop.js", "js/photo_upload.js", "js/smaller_photo.js"}
    assert len(assets.get("css/shop.css").brotli or b"") <= 12_000
    assert sum(len(script.brotli or b"") for script in scripts) <= 8_000
    for font in ("fonts/figtree.woff2", "fonts/fraunces.woff2"):
        if font in assets:
            assert len(assets.get(font).body) < 40_000
    for script in STATIC.glob("js/*.js"):
        assert len(script.read_text().splitlines()) <= 80, script.name


def test_every_component_style_is_in_the_bundle() -> None:
    named = set(re.findall(r'@import "(components/[^"]+)"', (STATIC / "css/shop.css").read_text()))
    there = {f"components/{path.name}" for path in (STATIC / "css/components").glob("*.css")}
    assert named == there


def test_nothing_is_important_outside_utilities() -> None:
    for sheet in (STATIC / "css").rglob("*.css"):
        if sheet.name not in {"utilities.css", "print.css"}:
            assert "!important" not in sheet.read_text(), sheet.name


def test_the_bundle_has_balanced_braces() -> None:
    css = minify_css(bundle_css(STATIC, "css/shop.css"))
    assert css.count("{") == css.count("}")
