"""`storefront ledger …`: proofs over the money."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from storefront.giving import checking as ledger_checking
from storefront.receipts import checking as receipt_checking


@click.group()
def ledger() -> None:
    """Prove what the ledger says."""


@ledger.command()
@with_appcontext
def check() -> None:
    """Compare the ledger with orders, payments, refunds, pledges and receipts; exits 1 when anything differs."""
    differences = [*ledger_checking.check(), *receipt_checking.check()]
    for difference in differences:
        click.echo(f"differs: {difference}", err=True)
    if differences:
        click.echo(
            f"{len(differences)} differences. Nothing was changed; each line names the rows to look at.", err=True
        )
        sys.exit(1)
    click.echo("The ledger is whole: groups balance, and orders, payments, refunds, caps and receipts agree with it.")
