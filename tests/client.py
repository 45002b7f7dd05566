"""A browser without JavaScript that checks every HTML page any test gets.

Each page must be valid HTML with one h1, a title, unique ids, labelled fields, and links that the shop knows.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

Element = Any


class PageClient(FlaskClient):
    """A test client whose `open` checks the page."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.get_data():
            check_page(self.application, response.get_data(as_text=True), response.request.path)
        return response


def check_page(app: Any, html: str, path: str) -> None:
    """Fail with everything that is wrong with the page."""
    root, wrong = _parse(html)
    wrong = wrong + _links(app, root, path)
    if wrong:
        raise AssertionError(f"{path}:\n" + "\n".join(f"  - {line}" for line in wrong))


@lru_cache(maxsize=64)
def _parse(html: str) -> tuple[Element, list[str]]:
    """The page as a tree, and what is wrong with it; the same page (most are errors) is looked at once."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    root = parser.parse(html)
    wrong = [f"not valid HTML at {place}: {code} {facts}" for place, code, facts in parser.errors]
    return root, wrong + _structure(root) + _labels(root)


def _structure(root: Element) -> list[str]:
    wrong = []
    headings = root.findall(".//h1")
    if len(headings) != 1:
        wrong.append(f"{len(headings)} h1 headings instead of one")
    title = root.find(".//title")
    if title is None or not (title.text or "").strip():
        wrong.append("no title")
    if root.tag == "html" and not root.get("lang"):
        wrong.append("html has no lang")
    ids = Counter(element.get("id") for element in root.iter() if element.get("id") is not None)
    wrong += [f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1]
    for element in root.iter():
        if element.get("style") is not None:
            wrong.append(f"<{element.tag}> has a style attribute, which the content security policy blocks")
        if any(str(name).startswith("on") for name in element.attrib):
            wrong.append(f"<{element.tag}> has an inline event handler")
        if element.tag == "img" and element.get("alt") is None:
            wrong.append("an img without alt")
        for name in ("aria-labelledby", "aria-describedby", "for"):
            wrong += [f"{name} names no id: {ref}" for ref in (element.get(name) or "").split() if ref not in ids]
    return wrong


def _labels(root: Element) -> list[str]:
    labelled = {label.get("for") for label in root.iter("label")}
    inside = {
        id(field)
        for label in root.iter("label")
        for field in label.iter()
        if field.tag in {"input", "select", "textarea"}
    }
    return [
        f"<{field.tag} name={field.get('name')!r}> has no label"
        for field in root.iter()
        if field.tag in {"input", "select", "textarea"}
        and field.get("type") not in {"hidden", "submit", "button"}
        and id(field) not in inside
        and (field.get("id") is None or field.get("id") not in labelled)
        and not field.get("aria-label")
        and not field.get("aria-labelledby")
    ]


def _links(app: Any, root: Element, path: str) -> list[str]:
    adapter = app.url_map.bind("localhost")
    wrong = []
    for element, name, method in [(a, "href", "GET") for a in root.iter("a")] + [
        (form, "action", (form.get("method") or "get").upper()) for form in root.iter("form")
    ]:
        target = element.get(name)
        if target is None:
            continue
        if target.startswith("#"):
            # A page that answers a form may stand at an address that GET doesn't know; its own parts are there.
            if target != "#" and not any(part.get("id") == target[1:] for part in root.iter()):
                wrong.append(f"{name} names no id: {target}")
            continue
        parts = urlsplit(urljoin(path, target))
        if parts.scheme or parts.netloc:
            continue
        try:
            adapter.match(parts.path or path, method=method)
        except HTTPException as error:
            if getattr(error, "code", 404) not in {301, 308}:
                wrong.append(f"{name} leads nowhere: {method} {target}")
    return wrong
