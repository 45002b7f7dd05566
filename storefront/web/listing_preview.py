"""A listing as shoppers would see it: the real page over rows that are put back before anybody else sees them."""

from __future__ import annotations

from contextlib import suppress

from flask import render_template
from markupsafe import Markup

from storefront.catalog import revising
from storefront.catalog.models import ListingRevision
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.web.shop.catalog import product as product_page

_BEGINNING = '<main id="main" tabindex="-1">'


class _PutBack(Exception):
    """Ends the unit of work without keeping anything of it."""


def preview(revision: ListingRevision, back: str) -> str:
    """The whole page with a line on top that says what it is and leads `back`. Raises `revising.NotReady`."""
    made = []
    with suppress(_PutBack), unit_of_work():
        product = revising.rehearse(revision, now=clock.now())
        made.append(product_page(product.slug).get_data(as_text=True))
        raise _PutBack
    line = render_template("studio/listings/preview_line.html", back=back)
    return Markup(made[0].replace(_BEGINNING, _BEGINNING + line, 1))  # noqa: S704 - our own page, rendered escaped
