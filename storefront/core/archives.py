"""Files in a ZIP from outside, read one at a time and never unpacked to a disk.

What is no honest folder of files is refused before anything of it is read: links, names that lead elsewhere, two files
of one name, archives in archives, passwords, and lists of contents too long to look at.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize

from storefront.core.unseen import UNSEEN

MOST_FILES = 10_000
MOST_LISTED = 4_000_000  # bytes of the list of contents, which is read whole
_NESTED = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")
_END, _END_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_536  # one more than it may have: `zipfile` allows it
_LOCATOR_64, _LOCATOR_64_BYTES = b"PK\x06\x07", 20
_END_64, _END_64_BYTES = b"PK\x06\x06", 56
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class UnfitArchive(ValueError):
    """The file is no ZIP that is opened here; `name` is the file in it that is to blame, if one is.

    `why` is `no_zip`, `too_many`, `name`, `twice`, `link`, `nested` or `locked`.
    """

    def __init__(self, why: str, name: str = "") -> None:
        super().__init__(f"unfit archive: {why} {name[:80]!r}")
        self.why, self.name = why, name[:80]


class NotInArchive(LookupError):
    """No file of that name is in the archive or, where `several`, more than one in different folders."""

    def __init__(self, several: bool) -> None:
        super().__init__("several" if several else "none")
        self.several = several


class Archive:
    """An open ZIP. Files are found by their whole name or, where that is enough, by the name without folders."""

    def __init__(self, path: Path) -> None:
        """Raises UnfitArchive."""
        _check_list(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise UnfitArchive("no_zip") from error
        files = [one for one in self._zip.infolist() if not _is_clutter(one)]
        if len(files) > MOST_FILES:
            raise UnfitArchive("too_many")
        self._by_path: dict[str, zipfile.ZipInfo] = {}
        self._by_name: dict[str, list[zipfile.ZipInfo]] = {}
        for one in files:
            _check(one)
            key = _key(one.filename)
            if key in self._by_path:
                raise UnfitArchive("twice", one.filename)
            self._by_path[key] = one
            self._by_name.setdefault(key.rpartition("/")[2], []).append(one)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> set[str]:
        """Every file's whole name."""
        return {one.filename for one in self._by_path.values()}

    def find(self, name: str) -> str:
        """The whole name of the file that is meant by this name. Raises NotInArchive."""
        found = self._by_path.get(_key(name))
        several = [found] if found else self._by_name.get(_key(name), [])
        if len(several) != 1:
            raise NotInArchive(bool(several))
        return several[0].filename

    def read(self, name: str, most: int) -> bytes:
        """The first `most` bytes of a file by its whole name, however many it claims to have; none if it is broken."""
        try:
            with self._zip.open(self._by_path[_key(name)]) as file:
                return file.read(most)
        except _BROKEN:
            return b""


def _check_list(path: Path) -> None:
    """Refuse a ZIP whose list of contents is too long, before it is read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _LONGEST_COMMENT - _END_BYTES - _LOCATOR_64_BYTES), os.SEEK_SET)
        tail = file.read()
        at = len(tail) - _END_BYTES if tail[-_END_BYTES:].startswith(_END) else tail.rfind(_END)
        if at < 0 or len(tail) - at < _END_BYTES:
            raise UnfitArchive("no_zip")
        (listed,) = struct.unpack_from("<L", tail, at + 12)
        locator = tail[max(0, at - _LOCATOR_64_BYTES) : at]
        if locator.startswith(_LOCATOR_64):
            before = size - len(tail) + at - _LOCATOR_64_BYTES - _END_64_BYTES
            listed = _listed_in_64_bits(file, struct.unpack_from("<Q", locator, 8)[0], before)
    if listed > MOST_LISTED:
        raise UnfitArchive("too_many")


def _listed_in_64_bits(file: BinaryIO, at: int, before: int) -> int:
    """How long the list is, by the record at this place (APPNOTE 4.3.14): what was packed as it grew has one.

    It must stand right `before` its locator: some readers look there, others where the locator says.
    """
    file.seek(max(0, before))
    record = file.read(_END_64_BYTES)
    if at != before or not record.startswith(_END_64):
        raise UnfitArchive("no_zip")
    listed: int = struct.unpack_from("<Q", record, 40)[0]
    return listed


def _check(one: zipfile.ZipInfo) -> None:
    name = one.orig_filename
    if not name:
        raise UnfitArchive("no_zip")
    leads_elsewhere = name.startswith("/") or ".." in name.split("/")
    if leads_elsewhere or any(one in name for one in "\\:\n\r\t") or UNSEEN.search(name):
        raise UnfitArchive("name", one.filename)
    if stat.S_ISLNK(one.external_attr >> 16):
        raise UnfitArchive("link", name)
    if name.lower().endswith(_NESTED):
        raise UnfitArchive("nested", name)
    if one.flag_bits & 1:
        raise UnfitArchive("locked", name)


def _is_clutter(one: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS and Windows leave in every ZIP."""
    last = one.filename.rpartition("/")[2]
    return one.filename.endswith("/") or one.filename.startswith("__MACOSX/") or last in (".DS_Store", "Thumbs.db")


def _key(name: str) -> str:
    """Names differ neither in case nor in how accents are coded: a Mac and a spreadsheet rarely agree there."""
    return normalize("NFC", name).casefold()
