"""A backup brings everything back, or nothing."""

from __future__ import annotations

import tarfile

import pytest
from sqlalchemy import text

from storefront import backups
from storefront.config import current
from storefront.core.db import db, unit_of_work


@pytest.fixture
def backup(world, tmp_path):
    current().media_dir.mkdir(parents=True, exist_ok=True)
    (current().media_dir / "picture-320.webp").write_bytes(b"picture")
    file = tmp_path / "shop.tar.gz"
    backups.write(file)
    return file


def tables() -> dict[str, list]:
    with db.engine.connect() as connection:
        return {
            name: connection.execute(text(f'SELECT * FROM "{name}" ORDER BY 1')).all() for name in db.metadata.tables
        }


def test_a_restored_shop_is_the_same_to_the_last_row_and_byte(backup):
    before = tables()
    with unit_of_work() as session:
        session.execute(text("UPDATE variant SET stock = 0"))
    (current().media_dir / "picture-320.webp").unlink()
    backups.read(backup, force=True)
    assert tables() == before
    assert (current().media_dir / "picture-320.webp").read_bytes() == b"picture"


def test_a_shop_is_not_overwritten_by_accident(backup):
    with pytest.raises(backups.BackupFailed, match="--force"):
        backups.read(backup)


def test_a_damaged_backup_changes_nothing(backup, tmp_path):
    before = tables()
    folder = tmp_path / "unpacked"
    with tarfile.open(backup) as archive:
        archive.extractall(folder, filter="data")
    (folder / "media" / "picture-320.webp").write_bytes(b"Picture")
    damaged = tmp_path / "damaged.tar.gz"
    with tarfile.open(damaged, "w:gz") as archive:
        for name in ("manifest.json", "database", "media"):
            archive.add(folder / name, name)
    with pytest.raises(backups.BackupFailed, match="damaged in media/picture"):
        backups.read(damaged, force=True)
    (tmp_path / "half.tar.gz").write_bytes(backup.read_bytes()[:2000])
    with pytest.raises(backups.BackupFailed, match="no whole backup"):
        backups.read(tmp_path / "half.tar.gz", force=True)
    assert tables() == before
