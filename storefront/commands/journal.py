"""`storefront journal verify`: proof that nobody changed what was recorded."""

from __future__ import annotations

import re
import sys

import click
from flask.cli import with_appcontext

from storefront.core import journal as chain


@click.group()
def journal() -> None:
    """Who did what, when and why."""


@journal.command()
@click.option("--head", "noted", default="", help="NUMBER:DIGEST that an earlier run printed and you kept elsewhere.")
@with_appcontext
def verify(noted: str) -> None:
    """Follow the chain from its first entry to its head; exits 1 where something was changed, removed or reordered."""
    broken = chain.first_break()
    if broken is not None:
        click.echo(f"The journal no longer holds from entry {broken} on. Compare it with a backup.", err=True)
        sys.exit(1)
    number, _, digest = noted.partition(":")
    if noted and not re.fullmatch("[0-9]{1,18}:[0-9a-f]{64}", noted):
        raise click.ClickException("--head is a number, a colon and 64 hexadecimal digits, as this command prints them")
    if noted and not chain.holds(int(number), digest):
        click.echo(f"Entry {number} is not the one that was noted: the journal was written anew.", err=True)
        sys.exit(1)
    head = chain.head()
    assert head is not None, "a journal without a head is broken"
    count, newest = head
    click.echo(f"The journal is whole: {count} entries. Keep this elsewhere to prove it later:\n{count}:{newest}")
