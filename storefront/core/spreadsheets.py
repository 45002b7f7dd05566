"""CSV that a spreadsheet opens without harm."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

# An apostrophe keeps a spreadsheet from calculating. A text that has one there already gets another, so that
# `unharmed` gives back exactly what there was. It is needed within a text too: a spreadsheet that splits at semicolons
# or tabs, not at commas, makes a cell of what stands behind one, and a row of what stands on a new line.
_FORMULA = re.compile(r"\A(?='*[=+\-@\t\r])|(?<=[;\t\r\n])(?=[' ]*[=+\-@])")
_GUARDED = re.compile(r"\A'(?='*[=+\-@\t\r])|(?<=[;\t\r\n])'(?=[' ]*[=+\-@])")


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Rows as CSV (RFC 4180), with a byte order mark so that spreadsheets read UTF-8.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers.
    """
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def unharmed(cell: str) -> str:
    """The text that `csv_lines` wrote as this cell."""
    return _GUARDED.sub("", cell)


def _harmless(cell: str) -> str:
    return _FORMULA.sub("'", cell)
