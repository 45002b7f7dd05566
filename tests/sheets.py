"""Spreadsheets of listings for tests: files to read, and what becomes of them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from PIL import Image

from storefront.catalog.sheets import columns, importing, planning
from storefront.catalog.sheets.finding import Shelf
from storefront.catalog.sheets.pictures import Pictures
from storefront.catalog.sheets.steps import Plan
from storefront.config import current
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.spreadsheets import csv_lines
from storefront.giving import promising
from storefront.giving.sheets import setting

EDITOR = "user:EDITOR"


def row(**cells: str) -> dict[str, str]:
    """A row of a new product with every answer but the photographs."""
    return {
        "product": "balm", "sku": "BALM", "title": "Garden balm", "description": "A balm of beeswax.", "cause": "women",
        "price": "15.50", "stock": "7", "weight_g": "80", "materials": "Bees wax, nettle",
        "split_1_to": "makers", "split_1_label": "Seven makers", "split_1_percent": "85",
        "story_title": "Two hives", "story_who": "मौरी पाल्ने सात जना", "story_hard": "The winters.", "story_lang": "ne",
    } | cells  # fmt: skip


def sheet(*rows: dict[str, str]) -> bytes:
    """A CSV file with these rows."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    return "".join(csv_lines([names, *([one.get(name, "") for name in names] for one in rows)])).encode()


def exported(producer: Any) -> list[dict[str, str]]:
    """The group's listings as the studio writes them and the import reads them."""
    return [one.cells for one in columns.read(file_of(producer)).rows]


def file_of(producer: Any) -> bytes:
    """The group's listings as a file."""
    session().rollback()
    return "".join(csv_lines(Shelf(producer, promising.plain).sheet())).encode()


def photograph(colour: str = "#2040c0") -> bytes:
    """A small JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(file, "JPEG")
    return file.getvalue()


def zipped(path: Any, **files: bytes) -> Any:
    """A ZIP at `path` with these files, as JPEGs by name."""
    with zipfile.ZipFile(path, "w") as file:
        for name, data in files.items():
            file.writestr(f"photos/{name}.jpg", data)
    return path


def pictures_of(path: Any = None) -> Pictures:
    """The photographs of one import."""
    return Pictures(current().data_path / "dark", path)


def plan(producer: Any, data: bytes, pictures: Pictures | None = None) -> Plan:
    """What the file would do."""
    session().rollback()
    session().expire_all()
    pictures = pictures or pictures_of()
    table = columns.read(data)
    pictures.develop(table, lambda *_: None)
    return planning.plan(table, setting(producer), pictures)


def bring_in(producer: Any, data: bytes, pictures: Pictures | None = None, *, skip_bad: bool = False) -> Plan:
    """Import the file."""
    pictures = pictures or pictures_of()
    agreed, table = plan(producer, data, pictures), columns.read(data)
    folder = current().media_dir
    with importing.photographs(agreed, pictures, folder, lambda *_: None) as ready, unit_of_work():
        return importing.carry_out(
            table, setting(producer), pictures, agreed, ready, skip_bad=skip_bad, actor=EDITOR, now=clock.now()
        )


def faults(found: Plan) -> list[tuple[int, str, str]]:
    """Where what is wrong."""
    return [(one.row, one.column, one.code) for one in found.faults]


def kinds(found: Plan) -> dict[str, str]:
    """What becomes of each product."""
    return {step.key: step.kind for step in found.steps}
