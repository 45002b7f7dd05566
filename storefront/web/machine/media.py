"""Pictures from the local media folder, for shops that have no other server in front for them."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, send_from_directory

from storefront import config
from storefront.core import media
from storefront.web.guards import public

pages = Blueprint("media", __name__)

DAY = 24 * 3600
_RENDITION = re.compile(r"([0-9a-z]+)-[0-9]+\.(?:avif|webp)", re.ASCII)


@pages.get("/media/<name>")
@public
def picture(name: str) -> Response:
    """A rendition. Its name is random and its content never changes.

    Each is asked for again when it is shown, so that a person who withdraws their consent is gone from every cache at
    once: then the address answers 410. One in which nobody can be recognised may be kept for a day before that, and no
    longer: the answer may have been wrong, and nobody can call back what others keep.
    """
    named = _RENDITION.fullmatch(name) or abort(404)
    found = media.standing(named[1]) or abort(404)
    if found.withdrawn:
        return Response("Withdrawn.\n", 410, {"Cache-Control": "no-store"}, mimetype="text/plain")
    response = send_from_directory(config.current().media_dir, name, max_age=DAY if found.nobody else None)
    response.cache_control.public = True
    if not found.nobody:
        response.cache_control.no_cache = True
    return response
