"""`storefront search reindex`: make what can be found again, after a change that did not go through a listing."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from storefront.catalog.searching import reindex_all
from storefront.core.db import unit_of_work


@click.group()
def search() -> None:
    """Keep the search index."""


@search.command()
@with_appcontext
def reindex() -> None:
    """Make the whole index again, in one go: shoppers search the old one until it is done."""
    with unit_of_work():
        count = reindex_all()
    click.echo(f"{count} products and producers can be found.")
