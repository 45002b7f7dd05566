"""`storefront import listings` and `storefront export listings`: a group's listings as a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from storefront import config
from storefront.catalog.sheets import columns, importing, planning
from storefront.catalog.sheets.finding import Shelf
from storefront.catalog.sheets.pictures import Pictures, TooManyPictures
from storefront.catalog.sheets.steps import Plan, Setting
from storefront.core import clock, tables
from storefront.core.archives import UnfitArchive
from storefront.core.db import session, unit_of_work
from storefront.core.spreadsheets import csv_lines
from storefront.core.tables import Table
from storefront.giving import promising
from storefront.giving.sheets import setting
from storefront.producers.models import Producer
from storefront.web import sheet_words

ACTOR = "system"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_producer = click.option("--producer", "slug", required=True, help="The group, as in its address.")


@click.group("import")
def imports() -> None:
    """Bring things in from files."""


@click.group("export")
def exports() -> None:
    """Write things to files."""


@imports.command("listings")
@click.argument("file", type=_FILE)
@_producer
@click.option("--images", type=_FILE, help="A ZIP with the photographs that FILE names.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and do nothing.")
@click.option("--skip-bad", is_flag=True, help="Import the products without faults; otherwise all or nothing.")
@with_appcontext
def import_listings(file: Path, slug: str, images: Path | None, dry_run: bool, skip_bad: bool) -> None:
    """Import FILE (CSV) into drafts; stock and lower prices of what is on sale change at once."""
    terms = setting(_find(slug))
    try:
        with TemporaryDirectory() as folder, Pictures(Path(folder), images) as pictures:
            table = columns.read(file.read_bytes())
            pictures.develop(table, _tell("photographs read"))
            found = planning.plan(table, terms, pictures)
            _report(found, table, pictures)
            if not dry_run and (skip_bad or not found.faults):
                _carry_out(table, terms, pictures, found, skip_bad)
    except (tables.UnreadableTable, UnfitArchive, TooManyPictures) as error:
        raise click.ClickException(sheet_words.refusal_text(error)) from error
    except importing.ChangedMeanwhile as error:
        raise click.ClickException("the listings changed meanwhile; nothing was imported, try again") from error
    if found.faults:
        left = "the rows above were left out" if skip_bad else "nothing was imported; correct the rows above"
        raise click.ClickException(left if not dry_run else "correct the rows above")
    click.echo("Nothing was changed: this was a dry run." if dry_run else "Done.")


@exports.command("listings")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True))
@_producer
@with_appcontext
def export_listings(file: TextIO, slug: str) -> None:
    """Write the group's listings to FILE as `import listings` reads them; - is standard output."""
    for line in csv_lines(Shelf(_find(slug), promising.plain).sheet()):
        file.write(line)


def _carry_out(table: Table, terms: Setting, pictures: Pictures, found: Plan, skip_bad: bool) -> None:
    folder = config.current().media_dir
    with importing.photographs(found, pictures, folder, _tell("photographs kept")) as ready, unit_of_work():
        importing.carry_out(table, terms, pictures, found, ready, skip_bad=skip_bad, actor=ACTOR, now=clock.now())


def _report(found: Plan, table: Table, pictures: Pictures) -> None:
    for line in sheet_words.reading_notes(
        table.encoding, table.separator, len(table.rows), table.doubtful, pictures.unused()
    ):
        click.echo(line)
    for fault in found.faults:
        click.echo(sheet_words.fault_line(fault), err=True)
    for kind, words in sheet_words.kinds().items():
        if found.count(kind):
            click.echo(f"{found.count(kind):>6}  {words}")


def _tell(what: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            click.echo(f"{done} of {total} {what}", err=True)

    return tell


def _find(slug: str) -> Producer:
    found = session().scalar(select(Producer).where(Producer.slug == slug))
    if found is None:
        raise click.ClickException(f"no group has the address {slug}")
    return found
