"""`storefront stripe …` and `storefront reconcile`: what no webhook told us, asked for by hand."""

from __future__ import annotations

import sys
from datetime import timedelta

import click
from flask.cli import with_appcontext

from storefront.payments import gateway, handling, reconciling


@click.group()
def stripe() -> None:
    """Look after what Stripe told us."""


@stripe.command()
@click.argument("event_id", metavar="EVENT")
@with_appcontext
def replay(event_id: str) -> None:
    """Work on an event again, from the inbox or from Stripe; harmless however often it is done."""
    try:
        problem = handling.replay(event_id)
    except gateway.GatewayError as error:
        raise click.ClickException(f"{event_id} is neither in the inbox nor to be had from Stripe: {error}") from error
    if problem:
        click.echo(f"{event_id}: {problem}", err=True)
        sys.exit(1)
    click.echo(f"{event_id} was worked on.")


@click.command()
@click.option(
    "--older-than",
    default=5,
    show_default=True,
    type=click.IntRange(0, 100_000),
    help="Minutes; younger things are left to the webhook.",
)
@with_appcontext
def reconcile(older_than: int) -> None:
    """Ask Stripe about payments, refunds and fees whose state isn't known, and work on waiting events."""
    click.echo(f"{reconciling.reconcile(timedelta(minutes=older_than))} looked at.")
    left = reconciling.unclear()
    for line in left:
        click.echo(f"still unclear: {line}", err=True)
    if left:
        sys.exit(1)
