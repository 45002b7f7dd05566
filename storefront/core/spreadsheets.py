"""CSV that a spreadsheet opens without harm."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

# An apostrophe keeps a spreadsheet from calculating. A text that has one there already gets another, so that
# `unharmed` gives back exactly what there was.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


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
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
