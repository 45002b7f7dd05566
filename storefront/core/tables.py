"""Tables from outside: CSV as the spreadsheets of many countries write it, or a clear no.

Nothing is guessed in silence: which encoding and separator were taken is part of what comes back, and a file that could
be read in two ways is refused. A row's number is the one that a spreadsheet shows beside it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

from storefront.core.spreadsheets import unharmed

SEPARATORS = (",", ";", "\t")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig", "UTF-8"), (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
          (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"))  # fmt: skip
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
# Letters and signs of Western European languages; in them three accented letters never follow each other.
_WESTERN = re.compile("[\x09\x0a\x0d\x20-\x7e\xa0£§©«®°·»ºª¿¡À-ÖØ-öø-ÿŒœŠšŽžŸ‘’‚“”„–—…€™]*")
_NOT_WESTERN = re.compile("[À-ÖØ-öø-ÿŒœŠšŽžŸ]{3}")
_WORD = re.compile(r"\w*[^\x00-\x7f\W]\w*")


class UnreadableTable(ValueError):
    """The file can't be read as a table; `why` says what is wrong and `facts` where.

    `why` is `empty`, `workbook`, `nul`, `encoding`, `no_header`, `unknown`, `twice`, `missing`, `quotes`, `long_cell`,
    `too_long` or `beyond`.
    """

    def __init__(self, why: str, **facts: Any) -> None:
        super().__init__(f"no table: {why} {facts or ''}".strip())
        self.why, self.facts = why, facts


@dataclass(frozen=True)
class Row:
    """One row: its number in the spreadsheet, and its cells by the column's name, without blanks at their ends."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A table as it was read. `doubtful` are words in which a wrong encoding would show, where it had to be chosen."""

    encoding: str
    separator: str
    columns: tuple[str, ...]
    rows: list[Row]
    doubtful: tuple[str, ...] = ()


def read(
    data: bytes, *, known: Callable[[str], bool], names: tuple[str, ...], required: tuple[str, ...], most: int
) -> Table:
    """The table in a CSV file whose first row names its columns; empty rows are left out.

    `known` says whether a column may be there, `names` are offered for one that may not. Raises UnreadableTable.
    """
    text, encoding, doubtful = _decoded(data)
    separator, text = _separator(text, known)
    rows = _rows(text, separator)
    columns = _columns(next(rows, []), known, names, required)
    found: list[Row] = []
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(found) == most:
            raise UnreadableTable("too_long", most=most)
        if any(cell.strip() for at, cell in enumerate(cells) if at >= len(columns) or not columns[at]):
            raise UnreadableTable("beyond", number=number)
        pairs = zip_longest(columns, cells[: len(columns)], fillvalue="")
        found.append(Row(number, {name: unharmed(cell.strip()) for name, cell in pairs if name}))
    return Table(encoding, separator, tuple(name for name in columns if name), found, doubtful)


def _decoded(data: bytes) -> tuple[str, str, tuple[str, ...]]:
    if not data.strip():
        raise UnreadableTable("empty")
    if data.startswith(_WORKBOOKS):
        raise UnreadableTable("workbook")
    marked = next(((codec, name) for mark, codec, name in _MARKS if data.startswith(mark)), ("utf-8", "UTF-8"))
    try:
        text, encoding, doubtful = data.decode(marked[0]), marked[1], ()
    except UnicodeDecodeError:
        if marked[0] != "utf-8" or b"\0" in data:
            raise UnreadableTable("encoding") from None
        text, encoding, doubtful = *_western(data), ()
        doubtful = tuple(dict.fromkeys(_WORD.findall(text)))[:8]
    if "\0" in text:
        raise UnreadableTable("nul")
    return text, encoding, doubtful


def _western(data: bytes) -> tuple[str, str]:
    """Windows-1252 (of which Latin-1 is a part), where nothing in the text speaks against it."""
    text = data.decode("cp1252", errors="replace")
    if not _WESTERN.fullmatch(text) or _NOT_WESTERN.search(text):
        raise UnreadableTable("encoding")
    return text, "Windows-1252"


def _separator(text: str, known: Callable[[str], bool]) -> tuple[str, str]:
    """What parts the cells: as Excel's `sep=` line says, or under which the first row has the most known columns."""
    said = _SEP_LINE.match(text)
    if said:
        return said[1], text[said.end() :]
    return max(SEPARATORS, key=lambda one: _known_columns(text, one, known)), text


def _known_columns(text: str, separator: str, known: Callable[[str], bool]) -> int:
    try:
        return sum(known(_name(cell)) for cell in next(_rows(text, separator), []))
    except UnreadableTable:  # quotation marks that make no sense with this separator
        return 0


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        why = "long_cell" if "field limit" in str(error) else "quotes"
        raise UnreadableTable(why, line=reader.line_num) from None


def _name(cell: str) -> str:
    return re.sub(r"\s+", "_", cell.strip().lower())


def _columns(
    header: list[str], known: Callable[[str], bool], names: tuple[str, ...], required: tuple[str, ...]
) -> list[str]:
    columns = [_name(cell) for cell in header]
    given = [name for name in columns if name]
    if not any(map(known, given)):
        raise UnreadableTable("no_header", required=required)
    for name in given:
        if not known(name):
            near = get_close_matches(name, names, n=1)
            raise UnreadableTable("unknown", column=name[:60], near=near[0] if near else "")
        if given.count(name) > 1:
            raise UnreadableTable("twice", column=name)
    missing = [name for name in required if name not in given]
    if missing:
        raise UnreadableTable("missing", columns=missing)
    return columns
