"""Where the page of a producer or charity is, if it isn't where somebody looks for it."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from storefront.catalog import showing
from storefront.vetting import reading as vetting
from storefront.vetting.models import Kind


class Suspended(NotFound):
    """The page of a party that is suspended: receipts and orders go on leading here, so it says why it is hidden."""


def elsewhere(kind: Kind, slug: str) -> Response:
    """Redirect to the party's page where it has moved; otherwise raise Suspended, or NotFound where there is none."""
    moved = showing.new_slug(kind, slug)
    if moved and moved != slug:
        return redirect(f"{request.path.rpartition('/')[0]}/{moved}", 301)
    raise Suspended if vetting.is_suspended(kind, slug) else NotFound
