"""Pictures from the local media folder, for shops that have no other server in front for them."""

from __future__ import annotations

from flask import Blueprint, Response, send_from_directory

from storefront import config
from storefront.web.guards import public

pages = Blueprint("media", __name__)


@pages.get("/media/<path:name>")
@public
def picture(name: str) -> Response:
    """A rendition. Its name is random and its content never changes, so it may be kept for ever."""
    response = send_from_directory(config.current().media_dir, name, max_age=365 * 24 * 3600)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response
