"""Private documents: evidence, kept apart from the public pictures and handed out only by views that ask who wants it.

A picture is re-encoded like any other. A PDF is kept as it came and is only ever offered as a download, never
opened as a page of the shop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import CheckConstraint, ColumnElement, String, select
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core import media
from storefront.core.db import Model, after_commit, after_rollback, session
from storefront.core.refs import new_ref

MAX_BYTES = 15_000_000
PDF, WEBP = "application/pdf", "image/webp"
ENDINGS = {PDF: "pdf", WEBP: "webp"}


class UnreadableDocument(ValueError):
    """The file is neither a whole PDF of at most 15 MB nor a picture that opens. `why` is as in UnreadablePicture."""

    def __init__(self, why: str) -> None:
        super().__init__(f"this document can't be read: {why}")
        self.why = why


class Document(Model):
    """A document in the private store, as `<ref>`. `owner` is the public reference of the party whose it is
    (`producer:…`, `charity:…`, `application:…`); who may read it is for views to ask by that."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("kind IN ('application/pdf', 'image/webp')", name="kind_is_known"),
        CheckConstraint("size > 0", name="is_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(24), unique=True)
    owner: Mapped[str] = mapped_column(String(120), index=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    added_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    # When somebody in it took their consent back: shown by no page any more, though the shop may have to keep it.
    withdrawn_at: Mapped[datetime | None]

    @property
    def filename(self) -> str:
        """The name that a download gets; the name it was uploaded under is not kept."""
        return f"{self.ref}.{ENDINGS[self.kind]}"


def check(data: bytes) -> tuple[bytes, str]:
    """What is kept of a file from outside, and its media type; raises UnreadableDocument. Touches no database."""
    if data.startswith(b"%PDF-"):
        if len(data) > MAX_BYTES:
            raise UnreadableDocument("large")
        if b"%%EOF" not in data[-2048:]:
            raise UnreadableDocument("broken")
        return data, PDF
    try:
        return media.decode(data).webp, WEBP
    except media.UnreadablePicture as error:
        raise UnreadableDocument(error.why) from error


def keep(checked: tuple[bytes, str], *, owner: str, title: str, folder: Path, added_by: str, now: datetime) -> Document:
    """Store what `check` let through, and return its row, added to the session."""
    data, kind = checked
    ref = new_ref(20)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / ref
    after_rollback(lambda: path.unlink(missing_ok=True))
    path.touch(mode=0o600)
    path.write_bytes(data)
    document = Document(
        ref=ref,
        owner=owner,
        title=title.strip()[:200] or ref,
        kind=kind,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        added_by=added_by,
        created_at=now,
    )
    copies = select(Document.id).where(_same(document.owner, [document.sha256]), Document.withdrawn_at.is_not(None))
    document.withdrawn_at = now if session().scalar(copies.limit(1)) else None
    session().add(document)
    session().flush()
    return document


def withdraw(refs: Collection[str], owner: str, now: datetime) -> set[str]:
    """Show these documents of an owner, and the owner's copies of them, never again; returns all their references."""
    digests = session().scalars(select(Document.sha256).where(Document.ref.in_(refs), Document.owner == owner)).all()
    copies = session().scalars(select(Document).where(_same(owner, digests))).all()
    for one in copies:
        one.withdrawn_at = one.withdrawn_at or now
    session().flush()
    return {one.ref for one in copies}


def open_one(ref: str) -> Document | None:
    """The document with this reference, unless it is shown no longer."""
    return session().scalar(select(Document).where(Document.ref == ref, Document.withdrawn_at.is_(None)))


def forget(ref: str, folder: Path) -> None:
    """Delete a document that nothing rests on; one that was withdrawn stays known, so that its copies are."""
    document = open_one(ref)
    if document is not None:
        session().delete(document)
        after_commit(lambda: (folder / ref).unlink(missing_ok=True))


def withdrawn_among(refs: Collection[str]) -> set[str]:
    """Which of these documents are shown no longer."""
    if not refs:
        return set()
    found = select(Document.ref).where(Document.ref.in_(refs), Document.withdrawn_at.is_not(None))
    return set(session().scalars(found))


def _same(owner: str, digests: Collection[str]) -> ColumnElement[bool]:
    return (Document.owner == owner) & Document.sha256.in_(digests)
