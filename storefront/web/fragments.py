"""Pieces of pages that are drawn once: a card, a facet, a header.

A piece is kept under everything that it was drawn from, so it can never be an old one: another price is
another piece. Arguments must be hashable values (frozen dataclasses, tuples, texts, numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, cast

from jinja2.runtime import Macro
from markupsafe import Markup

MOST = 8192


def drawer(language: Callable[[], str]) -> Callable[..., Markup]:
    """`drawn(macro, …)` for templates: what the macro draws from these arguments, in the language of the page."""
    pieces: dict[Hashable, Markup] = {}

    def drawn(macro: Macro, *args: Hashable, **named: Hashable) -> Markup:
        key = (macro.name, language(), args, tuple(named.items()))
        try:
            piece = pieces.get(key)
        except TypeError:  # something that can't be compared is drawn each time
            return Markup(cast(Any, macro(*args, **named)))  # noqa: S704
        if piece is None:
            fresh: Any = macro(*args, **named)
            if len(pieces) >= MOST:
                # The oldest go first; another thread may have been there before.
                for old in list(pieces)[: MOST // 4]:
                    pieces.pop(old, None)
            piece = pieces[key] = Markup(fresh)  # noqa: S704 - a macro's output is markup already
        return piece

    return drawn
