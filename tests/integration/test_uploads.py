"""Pictures and documents from outside: kept under random names, finished by the worker, backed up."""

from __future__ import annotations

import io
import stat

from PIL import Image
from sqlalchemy import select

from storefront import backups, chores
from storefront.config import current
from storefront.core import clock, documents, media
from storefront.core.db import session, unit_of_work
from storefront.core.media import Picture


def receive(size=(1600, 1200)):
    file = io.BytesIO()
    Image.new("RGB", size, "#2040c0").save(file, "JPEG")
    decoded = media.decode(file.getvalue())
    with unit_of_work():
        return media.receive(decoded, folder=current().media_dir, now=clock.now()).ref


def files_of(ref):
    return {path.name.removeprefix(f"{ref}-") for path in current().media_dir.glob(f"{ref}-*")}


def picture(ref):
    session().rollback()
    return session().scalars(select(Picture).where(Picture.ref == ref)).one()


def test_an_upload_is_there_in_small_at_once_and_in_full_after_the_worker(context):
    ref = receive()
    assert (picture(ref).widths, picture(ref).waiting, picture(ref).alt) == ("320", True, media.UNDESCRIBED)
    assert files_of(ref) == {"master.webp", "320.avif", "320.webp"}
    assert chores.CHORES["make_renditions"]() == 1
    assert (picture(ref).widths, picture(ref).waiting) == ("320,480,640,960,1440", False)
    assert files_of(ref) == {f"{width}.{kind}" for width in media.WIDTHS for kind in ("avif", "webp")}
    assert chores.CHORES["make_renditions"]() == 0


def test_a_copy_of_a_picture_stands_alone(context):
    ref = receive((500, 400))
    with unit_of_work():
        twin = media.copy(picture(ref), folder=current().media_dir, now=clock.now()).ref
    assert twin != ref
    assert files_of(twin) == files_of(ref)
    assert chores.CHORES["make_renditions"]() == 2
    assert files_of(twin) == {f"{width}.{kind}" for width in (320, 480, 500) for kind in ("avif", "webp")}


def keep_document():
    checked = documents.check(b"%PDF-1.7\nevidence\n%%EOF\n")
    with unit_of_work():
        return documents.keep(
            checked, owner="producer:sunlit-bench", title="Payroll ", folder=current().documents_dir,
            added_by="user:A", now=clock.now(),
        )  # fmt: skip


def test_a_document_lies_where_no_address_leads(context, client):
    kept = keep_document()
    path = current().documents_dir / kept.ref
    assert path.read_bytes() == b"%PDF-1.7\nevidence\n%%EOF\n"
    assert (kept.title, kept.kind, kept.size, kept.filename) == ("Payroll", "application/pdf", 24, f"{kept.ref}.pdf")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for address in (f"/media/{kept.ref}", f"/media/../documents/{kept.ref}", f"/media/%2e%2e/documents/{kept.ref}"):
        assert client.get(address).status_code == 404


def test_a_backup_brings_documents_back(context, tmp_path):
    kept = keep_document()
    path = current().documents_dir / kept.ref
    manifest = backups.write(tmp_path / "shop.tar.gz")
    assert manifest["documents"] == 1
    path.unlink()
    backups.read(tmp_path / "shop.tar.gz", force=True)
    assert path.read_bytes().startswith(b"%PDF-")
