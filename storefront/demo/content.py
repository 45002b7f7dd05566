"""Reads the demo's content: charities, and one file a producer with its products.

The files are written as if their day were `WRITTEN_FOR`; every date in them is moved by the whole years that
have passed since, so that the demo's batches stay recent and the seasons in their stories stay right.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"
PICTURES = Path(__file__).parent / "pictures"
WRITTEN_FOR = date(2026, 11, 1)


def charities(today: date) -> list[dict[str, Any]]:
    """The demo's charities with their projects."""
    return list(_read(FOLDER / "charities.toml", today)["charity"])


def producers(today: date) -> list[dict[str, Any]]:
    """The demo's producers, each with its products under `product`."""
    files = sorted(path for path in FOLDER.glob("*.toml") if path.name != "charities.toml")
    return [(content := _read(path, today))["producer"] | {"product": content["product"]} for path in files]


def alt_texts() -> dict[str, str]:
    """The alt text of each picture, by file name."""
    content = tomllib.loads((PICTURES / "alt.toml").read_text(encoding="utf-8"))
    return {name: entry["alt"] for name, entry in content.items()}


def _read(path: Path, today: date) -> dict[str, Any]:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    moved: dict[str, Any] = _moved(content, (today - WRITTEN_FOR).days // 365)
    return moved


def _moved(value: Any, years: int) -> Any:
    if isinstance(value, dict):
        return {key: _moved(item, years) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, years) for item in value]
    if isinstance(value, date):
        # The files name no 29 February, so every day of theirs exists in every year.
        return value.replace(year=value.year + years)
    return value
