"""`storefront doctor`, `backup`, `restore` and `keys new`: keeping an installation."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from storefront import backups, doctoring
from storefront.core import signing


@click.command()
@click.option("--workers", default=1, show_default=True, help="How many web processes are meant to run.")
@with_appcontext
def doctor(workers: int) -> None:
    """Say whether this installation is safe to serve; exits 1 with what to do when it isn't."""
    findings = doctoring.examine(workers=workers)
    for finding in findings:
        click.echo(f"- {finding}", err=True)
    if findings:
        sys.exit(1)
    click.echo("Safe to serve.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write the database and all pictures to FILE (tar.gz) while the shop runs."""
    try:
        manifest = backups.write(file)
    except backups.BackupFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"{file}: {manifest['rows']} rows, {manifest['pictures']} picture files, migration {manifest['migration']}."
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that already has a shop in it.")
@with_appcontext
def restore(file: Path, force: bool) -> None:
    """Bring back the database and pictures that `storefront backup` wrote. Stop the shop first."""
    try:
        manifest = backups.read(file, force=force)
    except backups.BackupFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Restored {manifest['rows']} rows and {manifest['pictures']} picture files.")


@click.group()
def keys() -> None:
    """Keys that sign receipts."""


@keys.command()
def new() -> None:
    """Print a new Ed25519 private key for SIGNING_KEY. Old receipts still verify after a change of keys."""
    click.echo(signing.generate_key(), nl=False)
