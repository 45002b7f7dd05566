"""Serves `static/` under content-hashed names, so that browsers may keep every file for ever.

At app start the folder is read once: the style sheets named by `@import` in `css/shop.css` become one
bundle (their layers kept), comments and spare whitespace go, a script's plain `import "./part.js"` becomes
the part itself, and other addresses inside style sheets and scripts are rewritten to the hashed names.
Compressed bodies are kept in the data folder by content hash, so that only the first start pays for them.
Answers come from memory.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import mimetypes
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from flask import Flask, Response, abort, current_app, request

from storefront.config import Settings
from storefront.web.guards import public

log = logging.getLogger(__name__)

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
SHEET = "css/shop.css"
IMMUTABLE = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSIBLE = {".css", ".js", ".svg", ".ico", ".webmanifest", ".json", ".txt"}
_SKIPPED = {".ttf", ".otf"}

_IMPORT = re.compile(r"""@import\s+(?:url\()?["']([^"']+)["']\)?\s*(?:layer\(([\w.-]+)\))?\s*;""")
_URL = re.compile(r"""url\(\s*["']?(?!data:|#)([^"')]+)["']?\s*\)""")
_JS_IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}/[^"']+)\2""")
_PLAIN_IMPORT = re.compile(r"""^import (["'])(\.{1,2}/[^"']+)\1;$""", re.M)
_MODULE_WORDS = re.compile(r"^\s*(?:import|export)\b", re.M)
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_STRING = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


class UnknownAsset(LookupError):
    """A page or style sheet names a file that is not in `static/`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no file {name!r} in static/")
        self.name = name


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: its address under `/static/`, its type and its three encodings."""

    name: str
    path: str
    mimetype: str
    digest: str
    body: bytes
    gzip: bytes | None
    brotli: bytes | None


class Assets:
    """All files of one static folder, hashed and compressed; read once, never changed afterwards."""

    def __init__(self, root: Path, cache: Path | None = None) -> None:
        self.root = root
        self._cache = cache
        self._by_name: dict[str, Asset] = {}
        self.by_path: dict[str, Asset] = {}
        self._pending: list[str] = []
        for file in sorted(path for path in root.rglob("*") if path.is_file()):
            name = file.relative_to(root).as_posix()
            if file.suffix not in _SKIPPED and not file.name.startswith(".") and not self._is_part(name):
                self._add(name)

    def url(self, name: str) -> str:
        """The address of the file `name` (a path inside `static/`); raises UnknownAsset."""
        return "/static/" + self.get(name).path

    def get(self, name: str) -> Asset:
        """The file `name`; raises UnknownAsset."""
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownAsset(name) from None

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def _is_part(self, name: str) -> bool:
        """Style sheets other than the bundle's root are sent only inside the bundle."""
        return name.startswith("css/") and name != SHEET

    def _add(self, name: str) -> Asset:
        if name in self._by_name:
            return self._by_name[name]
        file = self.root / name
        if not file.is_file():
            raise UnknownAsset(name)
        if name in self._pending:
            raise ValueError("scripts import each other in a circle: " + " > ".join([*self._pending, name]))
        self._pending.append(name)
        body = self._prepare(name, file)
        self._pending.pop()
        digest = hashlib.sha256(body).hexdigest()
        stem, suffix = posixpath.splitext(name)
        asset = Asset(
            name=name,
            path=f"{stem}.{digest[:12]}{suffix}",
            mimetype=_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream",
            digest=digest,
            body=body,
            gzip=self._compressed(digest, "gz", body, _gzip) if suffix in _COMPRESSIBLE else None,
            brotli=self._compressed(digest, "br", body, _brotli) if suffix in _COMPRESSIBLE else None,
        )
        self._by_name[name] = self.by_path[asset.path] = asset
        return asset

    def _prepare(self, name: str, file: Path) -> bytes:
        if name == SHEET:
            return minify_css(self._rewritten_css(bundle_css(self.root, name))).encode()
        if file.suffix == ".js":
            return self._rewritten_js(name, file.read_text(encoding="utf-8")).encode()
        return file.read_bytes()

    def _rewritten_css(self, css: str) -> str:
        """Hash the addresses; a font that set-up has not built yet is left out, not requested in vain."""

        def font_face(match: re.Match[str]) -> str:
            missing = [ref for ref in _URL.findall(match[0]) if not (self.root / ref.lstrip("/")).is_file()]
            if missing:
                log.warning("fonts are not built (run: python -m storefront.fonts): %s", ", ".join(missing))
            return "" if missing else match[0]

        return _URL.sub(
            lambda match: f'url("/static/{self._add(match[1].lstrip("/")).path}")',
            _FONT_FACE.sub(font_face, css),
        )

    def _rewritten_js(self, name: str, script: str) -> str:
        def hashed(match: re.Match[str]) -> str:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), match[3]))
            return f"{match[1]}{match[2]}/static/{self._add(target).path}{match[2]}"

        return _JS_IMPORT.sub(hashed, _PLAIN_IMPORT.sub(lambda match: self._inlined_js(name, match), script))

    def _inlined_js(self, name: str, match: re.Match[str]) -> str:
        """A part that neither imports nor exports, in a block of its own; each file less saves a round trip."""
        part = self.root / posixpath.normpath(posixpath.join(posixpath.dirname(name), match[2]))
        text = part.read_text(encoding="utf-8") if part.is_file() else "import"
        return match[0] if _MODULE_WORDS.search(text) else f"{{\n{text}}}"

    def _compressed(self, digest: str, kind: str, body: bytes, compress: Callable[[bytes], bytes]) -> bytes:
        if self._cache is None:
            return compress(body)
        file = self._cache / f"{digest}.{kind}"
        if file.is_file():
            return file.read_bytes()
        packed = compress(body)
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            half = file.with_suffix(f".{kind}.half")
            half.write_bytes(packed)
            half.replace(file)
        except OSError:
            log.info("compressed files cannot be kept in %s", self._cache)
        return packed


@cache
def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body))


@cache
def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def bundle_css(root: Path, name: str) -> str:
    """The style sheet with every `@import` replaced by the file's text, wrapped in its layer.

    Addresses in `url()` are made relative to `root`, written with a leading slash.
    """
    text = (root / name).read_text(encoding="utf-8")
    folder = posixpath.dirname(name)

    def absolute(match: re.Match[str]) -> str:
        reference = match[1] if match[1].startswith("/") else posixpath.join(folder, match[1])
        return f'url("/{posixpath.normpath(reference).lstrip("/")}")'

    def inlined(match: re.Match[str]) -> str:
        part = bundle_css(root, posixpath.normpath(posixpath.join(folder, match[1])))
        return f"@layer {match[2]}{{{part}}}" if match[2] else part

    pieces = re.split(r"(@import[^;]*;)", re.sub(r"/\*.*?\*/", "", text, flags=re.S))
    return "".join(
        _IMPORT.sub(inlined, piece) if piece.startswith("@import") else _URL.sub(absolute, piece) for piece in pieces
    )


def minify_css(css: str) -> str:
    """Take out comments and the whitespace that means nothing; the text of strings stays as it is."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    parts = _STRING.split(css)
    for index in range(0, len(parts), 2):
        text = re.sub(r"\s+", " ", parts[index])
        text = re.sub(r" ?([{};,]) ?", r"\1", text)
        parts[index] = text.replace(": ", ":").replace(";}", "}")
    return "".join(parts).strip()


def asset_url(name: str) -> str:
    """The hashed address of a file in `static/` of the current app; raises UnknownAsset."""
    assets: Assets = current_app.extensions["assets"]
    return assets.url(name)


def init_assets(app: Flask, root: Path = STATIC) -> Assets:
    """Read and hash the static folder and serve it; the app must be made with `static_folder=None`."""
    settings: Settings = app.extensions["storefront.settings"]
    assets = Assets(root, Path(settings.data_dir) / "assets")
    app.extensions["assets"] = assets
    app.add_url_rule("/static/<path:path>", endpoint="static", view_func=_serve)
    app.add_url_rule("/favicon.ico", endpoint="favicon", view_func=_serve_favicon)
    return assets


@public
def _serve(path: str) -> Response:
    assets: Assets = current_app.extensions["assets"]
    asset = assets.by_path.get(path)
    if asset is None:
        abort(404)
    return _answer(asset, IMMUTABLE)


@public
def _serve_favicon() -> Response:
    assets: Assets = current_app.extensions["assets"]
    return _answer(assets.get("img/favicon.ico"), "public, max-age=86400")


def _answer(asset: Asset, caching: str) -> Response:
    accepted = request.accept_encodings
    body, encoding = asset.body, None
    if asset.brotli is not None and accepted["br"] > 0:
        body, encoding = asset.brotli, "br"
    elif asset.gzip is not None and accepted["gzip"] > 0:
        body, encoding = asset.gzip, "gzip"
    response = Response(body, content_type=asset.mimetype)
    response.headers["Cache-Control"] = caching
    if asset.brotli is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.set_etag(asset.digest[:16] + (f"-{encoding}" if encoding else ""))
    response.make_conditional(request)
    return response
