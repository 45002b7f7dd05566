"""A spreadsheet that was sent in: kept, checked, agreed to, imported; each step a row that any worker can pick up.

Files lie in a private folder that no address leads into. Every function opens units of work of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import or_, select, update

from storefront.catalog.sheets import columns, importing, planning, reporting
from storefront.catalog.sheets.models import ListingSheet, SheetState
from storefront.catalog.sheets.pictures import Pictures, TooManyPictures
from storefront.catalog.sheets.steps import Plan, Setting
from storefront.core import clock
from storefront.core.archives import UnfitArchive
from storefront.core.db import session, unit_of_work
from storefront.core.jobs import nudge
from storefront.core.refs import new_ref
from storefront.core.tables import Table, UnreadableTable
from storefront.producers.models import Producer

CHORE = "import_listings"
MOST_BYTES = 20_000_000
KEPT = timedelta(days=7)
_SMALL_BYTES, _SMALL_ROWS = 60_000, 100  # of what is done within a request
_LOST = timedelta(minutes=10)  # after which a worker that said nothing is taken for dead
_WORK = (SheetState.WAITING, SheetState.AGREED)
_SAID_EVERY = 10
_TABLE, _IMAGES = "table.csv", "images.zip"


class NotWaiting(ValueError):
    """The spreadsheet was checked anew or is past that step."""


@dataclass(frozen=True)
class Shop:
    """Where files are kept, and under which terms a group's spreadsheet is read."""

    folder: Path
    media: Path
    setting: Callable[[Producer], Setting]


def take(producer: Producer, data: bytes, images: IO[bytes] | None, shop: Shop, *, actor: str) -> ListingSheet:
    """Keep what was sent; it is checked at once if it is small, and soon by the worker if it isn't."""
    ref = new_ref()
    folder = shop.folder / ref
    folder.mkdir(parents=True, mode=0o700)
    (folder / _TABLE).write_bytes(data)
    if images:
        with (folder / _IMAGES).open("wb") as file:
            shutil.copyfileobj(images, file)
    with unit_of_work() as current:
        sheet = ListingSheet(
            ref=ref, producer_id=producer.id, actor=actor, with_images=bool(images), report={}, created_at=clock.now()
        )
        current.add(sheet)
        nudge(CHORE)
    if not images and len(data) <= _SMALL_BYTES:
        work_off(sheet, shop)
    return sheet


def agree(sheet: ListingSheet, shop: Shop, *, seen: str, skip_bad: bool, actor: str) -> None:
    """Import what the check found, as it was `seen`. Raises NotWaiting."""
    with unit_of_work() as current:
        current.refresh(sheet, with_for_update=True)
        faulty = sheet.state == SheetState.CHECKED and sheet.report["counts"]["faulty"]
        if sheet.state != SheetState.CHECKED or sheet.digest != seen or (faulty and not skip_bad):
            raise NotWaiting
        sheet.state, sheet.skip_bad, sheet.actor = SheetState.AGREED, skip_bad, actor
        nudge(CHORE)
    if not sheet.with_images and sheet.report["rows"] <= _SMALL_ROWS:
        work_off(sheet, shop)


def drop(sheet: ListingSheet, shop: Shop) -> None:
    """Forget a spreadsheet and its files. Raises NotWaiting while it is being imported."""
    with unit_of_work() as current:
        current.refresh(sheet, with_for_update=True)
        if sheet.state == SheetState.AGREED:
            raise NotWaiting
        folder = shop.folder / sheet.ref
        current.delete(sheet)
    shutil.rmtree(folder, ignore_errors=True)


def run_waiting(shop: Shop) -> int:
    """Do what waits, and forget what nobody came back for; returns how many spreadsheets that were."""
    old = ListingSheet.created_at < clock.now() - KEPT
    waiting = session().scalars(select(ListingSheet).where(ListingSheet.state.in_(_WORK)).order_by(ListingSheet.id))
    done = sum(work_off(sheet, shop) for sheet in waiting.all())
    for sheet in session().scalars(select(ListingSheet).where(old, ListingSheet.state.not_in(_WORK))).all():
        drop(sheet, shop)
        done += 1
    return done


def work_off(sheet: ListingSheet, shop: Shop) -> bool:
    """Check or import the spreadsheet, whichever is next; False when another worker has it in hand."""
    if not _claim(sheet):
        return False
    try:
        _work(sheet, shop)
    except Exception:
        _finish(sheet, SheetState.REFUSED, reporting.OURS)
        raise
    finally:
        if sheet.state in (SheetState.DONE, SheetState.REFUSED):
            shutil.rmtree(shop.folder / sheet.ref, ignore_errors=True)
    return True


def _claim(sheet: ListingSheet) -> bool:
    free = or_(ListingSheet.taken_at.is_(None), ListingSheet.taken_at < clock.now() - _LOST)
    mine = update(ListingSheet).where(ListingSheet.id == sheet.id, ListingSheet.state.in_(_WORK), free)
    with unit_of_work() as current:
        taken = current.execute(mine.values(taken_at=clock.now()).execution_options(synchronize_session=False))
        return bool(taken.rowcount)  # type: ignore[attr-defined]


def _work(sheet: ListingSheet, shop: Shop) -> None:
    folder = shop.folder / sheet.ref
    try:
        with Pictures(folder / "decoded", folder / _IMAGES if sheet.with_images else None) as pictures:
            table = columns.read((folder / _TABLE).read_bytes())
            pictures.develop(table, lambda done, total: _say(sheet, done, total))
            found = planning.plan(table, shop.setting(sheet.producer), pictures)
            told = reporting.report(found, table, pictures.unused())
            agreed = sheet.state == SheetState.AGREED
            if agreed and found.digest == sheet.digest:
                _import(sheet, shop, table, pictures, found, told)
            else:
                _finish(sheet, SheetState.CHECKED, told | {"changed": agreed}, found.digest)
    except (UnreadableTable, UnfitArchive, TooManyPictures) as error:
        _finish(sheet, SheetState.REFUSED, reporting.refusal(error))
    except importing.ChangedMeanwhile:
        _work(sheet, shop)  # which finds another plan now, and asks again


def _import(
    sheet: ListingSheet, shop: Shop, table: Table, pictures: Pictures, found: Plan, told: dict[str, Any]
) -> None:
    def say(done: int, total: int) -> None:
        _say(sheet, done, total)

    with importing.photographs(found, pictures, shop.media, say) as ready, unit_of_work():
        done = importing.carry_out(
            table, shop.setting(sheet.producer), pictures, found, ready,
            skip_bad=sheet.skip_bad, actor=sheet.actor, now=clock.now(),
        )  # fmt: skip
        drafts = [step.draft_of for step in done.steps if step.draft_of]
        _set(sheet, SheetState.DONE, told | {"drafts": drafts}, found.digest)


def _say(sheet: ListingSheet, done: int, total: int) -> None:
    """Let whoever waits know how far it is, and other workers that this one lives."""
    if done % _SAID_EVERY == 0 or done == total:
        with unit_of_work():
            sheet.done, sheet.total, sheet.taken_at = done, total, clock.now()


def _finish(sheet: ListingSheet, state: SheetState, told: dict[str, Any], digest: str = "") -> None:
    with unit_of_work():
        _set(sheet, state, told, digest)


def _set(sheet: ListingSheet, state: SheetState, told: dict[str, Any], digest: str) -> None:
    sheet.state, sheet.report, sheet.digest, sheet.taken_at = state, told, digest, None
    sheet.done = sheet.total = 0
