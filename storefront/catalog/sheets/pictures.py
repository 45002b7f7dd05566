"""The photographs that come with a spreadsheet, by file name in a ZIP; no address is ever fetched.

Each is decoded once, in the process with limits that every upload goes through, and waits in a private folder until
the spreadsheet is imported: what the report said of it still holds then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from storefront.catalog.checking import MOST_PICTURES
from storefront.catalog.sheets import columns
from storefront.core import media
from storefront.core.archives import Archive, NotInArchive
from storefront.core.refs import new_ref
from storefront.core.tables import Table

MOST_IN_ALL = 6000
_AT_ONCE = 2  # Decoding is a process of its own with up to 200 MB each.
Progress = Callable[[int, int], None]


class TooManyPictures(ValueError):
    """The spreadsheet names more photographs than are taken at once."""


class Pictures:
    """The photographs of one import: an archive, if there is one, and a folder for what was decoded from it."""

    def __init__(self, folder: Path, archive: Path | None) -> None:
        """Raises UnfitArchive."""
        self._folder, self._archive = folder, Archive(archive) if archive else None
        index = folder / "index.json"
        self._known: dict[str, dict[str, Any]] = json.loads(index.read_text()) if index.exists() else {}

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive:
            self._archive.__exit__()

    def find(self, name: str) -> str:
        """The whole name of the file that a cell means. Raises NotInArchive."""
        if self._archive is None:
            raise NotInArchive(several=False)
        return self._archive.find(name)

    def refused(self, name: str) -> str:
        """Why a file, by its whole name, can't be a photograph; empty when it can."""
        return str(self._known.get(name, {}).get("refused", ""))

    def sha256(self, name: str) -> str:
        """By what a photograph, by its whole name, is known again; empty when it did not open."""
        return str(self._known.get(name, {}).get("sha256", ""))

    def refuse_withdrawn(self) -> None:
        """Refuse those in which somebody has taken their consent back; reads the database."""
        withdrawn = media.withdrawn_among({facts["sha256"] for facts in self._known.values() if "sha256" in facts})
        for facts in self._known.values():
            if facts.get("sha256") in withdrawn:
                facts["refused"] = "withdrawn"

    def unused(self) -> list[str]:
        """Files that no cell named."""
        return sorted(self._archive.names - set(self._known)) if self._archive else []

    def develop(self, table: Table, progress: Progress) -> None:
        """Decode every photograph that the table names, once. Raises TooManyPictures."""
        wanted = [name for name in self._named(table) if name not in self._known]
        if len(wanted) > MOST_IN_ALL:
            raise TooManyPictures
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for done, (name, facts) in enumerate(zip(wanted, threads.map(self._decode, wanted), strict=True), start=1):
                self._known[name] = facts
                progress(done, len(wanted))
        (self._folder / "index.json").write_text(json.dumps(self._known))

    def decoded(self, name: str) -> media.Decoded:
        """A photograph that opened, by its whole name."""
        facts = self._known[name]
        webp = (self._folder / facts["file"]).read_bytes()
        return media.Decoded(webp, facts["width"], facts["height"], facts["colour"])

    def _named(self, table: Table) -> Iterable[str]:
        found: dict[str, None] = {}
        names = [columns.pictures(at)[0] for at in range(1, MOST_PICTURES + 1)]
        for row in table.rows:
            for cell in (row.cells.get(name, "") for name in names):
                try:
                    found[self.find(cell)] = None
                except NotInArchive:
                    continue
        return found

    def _decode(self, name: str) -> dict[str, Any]:
        assert self._archive is not None, "only files of the archive are decoded"
        try:
            decoded = media.decode(self._archive.read(name, media.MAX_BYTES + 1))
        except media.UnreadablePicture as error:
            return {"refused": error.why}
        file = f"{new_ref(16)}.webp"
        (self._folder / file).write_bytes(decoded.webp)
        size = {"width": decoded.width, "height": decoded.height}
        return {"file": file, **size, "colour": decoded.colour, "sha256": decoded.sha256}
