"""How letters are rendered: their HTML as pages are, their plain text without the escaping that only HTML needs."""

from __future__ import annotations

from typing import Any

import flask_babel
from flask import Flask, current_app, render_template
from jinja2 import Environment

from storefront.web import wording
from storefront.web.rendering import SOURCE_LANGUAGE, language

_PLAIN = "storefront.plain_text"


def render(name: str, /, **facts: Any) -> str:
    """The template with these facts; `.txt` ones, and what they import, say `Jug & Tide` as it is."""
    if name.endswith(".html"):
        return render_template(name, **facts)
    plain: Environment = current_app.extensions[_PLAIN]
    return plain.get_template(name).render(**facts)


def init_letters(app: Flask) -> None:
    """Keep an environment like that of the pages that escapes nothing; call it after `init_rendering`."""
    # Compiled code that escapes and code that doesn't must not share a cache.
    plain = app.jinja_env.overlay(autoescape=False, bytecode_cache=None)
    words = {"_": _gettext, "gettext": _gettext, "ngettext": _ngettext}
    plain.globals = {**app.jinja_env.globals, **words}
    app.extensions[_PLAIN] = plain


def _gettext(message: str, /, **named: object) -> str:
    return wording.gettext(message) % named


def _ngettext(singular: str, plural: str, num: int, /, **named: object) -> str:
    if language.get() == SOURCE_LANGUAGE:
        return (singular if num == 1 else plural) % {"num": num, **named}
    words: str = flask_babel.ngettext(singular, plural, num, **named)
    return words
