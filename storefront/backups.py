"""Backups: one tar.gz with the database, the pictures, the private documents and a manifest of what must come back.

SQLite is copied with its own online backup, PostgreSQL with pg_dump, so both are of one moment while the
shop runs. Restoring checks every byte against the manifest before it touches anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL, Connection, make_url

from storefront import config
from storefront.core import clock
from storefront.core.db import db

DATABASE, MANIFEST, MEDIA, DOCUMENTS = "database", "manifest.json", "media", "documents"


class BackupFailed(RuntimeError):
    """A backup could not be made or brought back; the message says why and what to do."""


def write(file: Path) -> dict[str, Any]:
    """Write a backup to `file` and return its manifest."""
    with tempfile.TemporaryDirectory(dir=file.resolve().parent) as folder:
        dump = Path(folder) / DATABASE
        rows = _dump(dump)
        files = {
            f"{name}/{path.name}": path
            for name, folder_of in _folders().items()
            for path in sorted(folder_of.glob("*"))
            if path.is_file()
        }
        manifest = {
            "made_at": clock.now().isoformat(),
            "dialect": db.engine.dialect.name,
            "rows": rows,
            "pictures": sum(name.startswith(MEDIA) for name in files),
            "documents": sum(name.startswith(DOCUMENTS) for name in files),
            "migration": _migration(),
            "sha256": {DATABASE: _sha256(dump)} | {name: _sha256(path) for name, path in files.items()},
        }
        (Path(folder) / MANIFEST).write_text(json.dumps(manifest, indent=2))
        part = file.with_name(file.name + ".part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)  # It holds names, addresses and the hashes of passwords.
        with tarfile.open(part, "w:gz", compresslevel=3) as archive:
            archive.add(Path(folder) / MANIFEST, MANIFEST)
            archive.add(dump, DATABASE)
            for kept, path in files.items():
                archive.add(path, kept)
        os.replace(part, file)
    return manifest


def read(file: Path, *, force: bool = False) -> dict[str, Any]:
    """Bring a backup back; raises BackupFailed, having changed nothing, when it isn't whole or would overwrite."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with tarfile.open(file) as archive:
                archive.extractall(folder, filter="data")
            manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            raise BackupFailed(f"{file} is no whole backup: {error}") from error
        damaged = [path for path, digest in manifest["sha256"].items() if _sha256(folder / path) != digest]
        if damaged:
            raise BackupFailed(f"{file} is damaged in {', '.join(damaged[:3])}: use another backup")
        if manifest["dialect"] != db.engine.dialect.name:
            raise BackupFailed(f"this is a backup of {manifest['dialect']}, DATABASE_URL is {db.engine.dialect.name}")
        if inspect(db.engine).has_table("product") and count_rows() and not force:
            raise BackupFailed("there is a shop in this database already: restore elsewhere, or say --force")
        _load(folder / DATABASE)
        for kept, target in _folders().items():
            target.mkdir(parents=True, exist_ok=True)
            for path in (folder / kept).glob("*"):
                shutil.copy2(path, target / path.name)
    if count_rows() != manifest["rows"]:
        raise BackupFailed(f"restored {count_rows()} rows instead of {manifest['rows']}")
    return manifest


def _folders() -> dict[str, Path]:
    settings = config.current()
    return {MEDIA: settings.media_dir, DOCUMENTS: settings.documents_dir}


def count_rows() -> int:
    """How many rows all tables have together."""
    with db.engine.connect() as connection:
        return _rows_of(connection)


def _rows_of(connection: Connection) -> int:
    return sum(
        connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0  # noqa: S608 - names of our own metadata
        for table in db.metadata.tables
    )


def _migration() -> str:
    with db.engine.connect() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _dump(target: Path) -> int:
    """Copy the database as it is at one moment; returns how many rows it had then, while the shop goes on."""
    if db.engine.dialect.name == "sqlite":
        source = sqlite3.connect(str(db.engine.url.database))
        copy = sqlite3.connect(target)
        with source, copy:
            source.backup(copy)
        source.close()
        copy.close()
        copied = create_engine(f"sqlite:///{target}")
        with copied.connect() as connection:
            rows = _rows_of(connection)
        copied.dispose()
        return rows
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        rows = _rows_of(connection)
        _run(["pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}", _libpq_url()])
    return rows


def _load(dump: Path) -> None:
    db.session.remove()
    db.engine.dispose()
    if db.engine.dialect.name == "sqlite":
        target = Path(str(db.engine.url.database))
        # A full disk must fail here, while the old database is still there.
        beside = Path(f"{target}.restored")
        shutil.copyfile(dump, beside)
        for leftover in (Path(f"{target}-wal"), Path(f"{target}-shm")):
            leftover.unlink(missing_ok=True)
        os.replace(beside, target)
    else:
        _run(
            [
                "pg_restore",
                "--clean",
                "--if-exists",
                "--no-owner",
                "--single-transaction",
                f"--dbname={_libpq_url()}",
                str(dump),
            ]
        )


def _libpq_url() -> str:
    """The database's address without its password, which everyone on the machine could read among the processes."""
    url = make_url(config.current().database)
    return str(URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query))


def _environment() -> dict[str, str]:
    password = make_url(config.current().database).password if db.engine.dialect.name == "postgresql" else None
    return {**os.environ, "PGPASSWORD": str(password)} if password else dict(os.environ)


def _run(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        raise BackupFailed(f"{command[0]} is missing: install PostgreSQL's client programs")
    result = subprocess.run(command, capture_output=True, text=True, env=_environment())  # noqa: S603 - our own words
    if result.returncode:
        raise BackupFailed(f"{command[0]} failed: {result.stderr.strip()[-500:]}")


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "missing"
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
