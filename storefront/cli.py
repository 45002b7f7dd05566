"""The `storefront` command: everything that is done to a shop from a terminal."""

from __future__ import annotations

import sys
from importlib import import_module

import click
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate.cli import db
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from storefront import config


def _app() -> Flask:
    from storefront import create_app

    return create_app()


@click.group()  # not Flask's own: that one makes the app before it can list or help, and a new shop has no settings
def cli() -> None:
    """Run and keep a shop whose every sale owes a charity its share."""


# One module of `storefront.commands` an area, with the commands and groups that it brings.
COMMANDS = {
    "care": ("backup", "doctor", "keys", "restore"),
    "demo": ("demo", "seed"),
    "journal": ("journal",),
    "ledger": ("ledger",),
    "listings": ("imports", "exports"),
    "receipts": ("receipts",),
    "running": ("serve", "worker"),
    "search": ("search",),
    "stripe": ("stripe", "reconcile"),
    "users": ("users",),
}

cli.add_command(db)
for module, names in COMMANDS.items():
    for name in names:
        cli.add_command(getattr(import_module(f"storefront.commands.{module}"), name))


def main() -> None:
    """Run a command; settings that are missing or unsafe end it with what to do about them."""
    try:
        cli(obj=ScriptInfo(create_app=_app))
    except config.UnsafeSettings as error:
        sys.exit(_failed(f"Can't start: {error}", 2))
    except ArgumentError as error:
        sys.exit(_failed(f"DATABASE_URL is no address of a database: {error}", 2))
    except (OperationalError, ProgrammingError) as error:
        advice = "is it there (DATABASE_URL), and up to date (`storefront db upgrade`)?"
        sys.exit(_failed(f"The database doesn't answer as it should; {advice}\n{error.orig}", 1))
    except OSError as error:
        sys.exit(_failed(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), 1))


def _failed(words: str, code: int) -> int:
    click.echo(words, err=True)
    return code
