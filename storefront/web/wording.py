"""`gettext` for views that say many words a page: nothing to look up in the language that they are written in."""

from __future__ import annotations

from typing import Any

import flask_babel

from storefront.web.rendering import SOURCE_LANGUAGE, language


def gettext(message: str, **values: Any) -> str:
    """The message in the language of the page, with its `%(name)s` filled in."""
    if language.get() == SOURCE_LANGUAGE:
        return message % values if values else message
    return flask_babel.gettext(message, **values)
