"""Pictures: taken in once, kept as renditions under random names, with alt text and a focal point.

A picture is re-encoded on the way in, so nothing of the original file (EXIF, GPS, trailing bytes)
survives. Renditions are AVIF and WebP at fixed widths, never wider than the master. `receive` is for files
from outside: it decodes in a process of its own, keeps a master and the smallest rendition, and leaves the
others to the worker. `take_in` is for pictures of our own and makes all of them at once.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from sqlalchemy import JSON, CheckConstraint, String, false, select
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core import decoding
from storefront.core.db import Model, after_commit, session, unit_of_work
from storefront.core.jobs import nudge
from storefront.core.refs import new_ref

WIDTHS = (320, 480, 640, 960, 1440)
ALLOWED = ("JPEG", "PNG", "WEBP", "AVIF")
MAX_PIXELS = 40_000_000
MAX_BYTES = 20_000_000
WAIT_SECONDS = 15  # on a clock on the wall, for a busy machine; `decoding` limits the work itself
RENDERED_AT_ONCE = 2
UNDESCRIBED = "Not described yet"
_HEIC = frozenset(b"ftyp" + brand for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis"))
_FORMATS: dict[str, dict[str, Any]] = {"avif": {"quality": 44, "speed": 8}, "webp": {"quality": 78, "method": 4}}


class UnreadablePicture(ValueError):
    """The file is no picture of an allowed kind, or a picture too large to open safely.

    `why` is `kind`, `heic`, `large`, `broken` or `withdrawn`.
    """

    def __init__(self, message: str, why: str = "broken") -> None:
        super().__init__(message)
        self.why = why


class Picture(Model):
    """A picture in the media store: `<ref>-<width>.avif|webp` for each of `widths`.

    `consents` are the references of the consents that it rests on, of each person who can be recognised in it:
    none at all (`[]`) where nobody can, None where nobody was asked yet. Once one of them ends, `withdrawn_at` is
    set for good: the files are gone and the address says so. `sha256` is that of the clean master, by which copies
    are known again.
    """

    __tablename__ = "picture"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
        CheckConstraint("length(alt) > 0", name="has_alt_text"),
        CheckConstraint("focus_x BETWEEN 0 AND 100 AND focus_y BETWEEN 0 AND 100", name="focus_in_percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    alt: Mapped[str] = mapped_column(String(400))
    width: Mapped[int]
    height: Mapped[int]
    widths: Mapped[str] = mapped_column(String(60))
    colour: Mapped[str] = mapped_column(String(7))
    focus_x: Mapped[int] = mapped_column(default=50)
    focus_y: Mapped[int] = mapped_column(default=50)
    # Whether `<ref>-master.webp` waits for the worker to make the other renditions from it.
    waiting: Mapped[bool] = mapped_column(default=False, server_default=false(), index=True)
    consents: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    def srcset(self, media_url: str, extension: str) -> str:
        """The `srcset` value over all renditions of one format."""
        return srcset(self.ref, self.widths, media_url, extension)


def srcset(ref: str, widths: str, media_url: str, extension: str) -> str:
    """The `srcset` value of a picture of which only the columns were read."""
    return ", ".join(f"{media_url}/{ref}-{width}.{extension} {width}w" for width in widths.split(","))


def take_in(data: bytes, *, alt: str, folder: Path, now: datetime) -> Picture:
    """Re-encode `data` into `folder` and return the new picture, added to the session; nobody is in it.

    Raises UnreadablePicture for anything but a JPEG, PNG, WebP or AVIF of at most 40 megapixels.
    """
    master = _open(data)
    ref = new_ref(16).lower()
    widths = _widths(master.width)
    folder.mkdir(parents=True, exist_ok=True)
    _render_all(master, widths, folder, ref)
    red, green, blue = master.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    picture = Picture(
        ref=ref,
        alt=alt.strip(),
        width=master.width,
        height=master.height,
        widths=",".join(map(str, widths)),
        colour=f"#{red:02x}{green:02x}{blue:02x}",
        consents=[],
        sha256=hashlib.sha256(data).hexdigest(),
        created_at=now,
    )
    session().add(picture)
    session().flush()
    return picture


@dataclass(frozen=True)
class Decoded:
    """What is left of a file from outside: a clean WebP, its size and its average colour."""

    webp: bytes
    width: int
    height: int
    colour: str

    @property
    def sha256(self) -> str:
        """The same for the same photograph sent twice."""
        return hashlib.sha256(self.webp).hexdigest()


def decode(data: bytes) -> Decoded:
    """Decode a file from outside, in a process with limits on memory and time; touches no database.

    Raises UnreadablePicture for anything but a JPEG, PNG, WebP or AVIF of at most 20 MB that opens whole.
    """
    if len(data) > MAX_BYTES:
        raise UnreadablePicture("a picture may have at most 20 MB", "large")
    if data[4:12] in _HEIC:
        raise UnreadablePicture("HEIC pictures can't be read", "heic")
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        try:
            run = subprocess.run(  # noqa: S603 - our own program, isolated from the environment
                [sys.executable, "-I", decoding.__file__], stdin=file, capture_output=True, timeout=WAIT_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise UnreadablePicture("the picture takes too long to open", "large") from None
    head, _, webp = run.stdout.partition(b"\n")
    if run.returncode or not head:
        raise UnreadablePicture("the picture takes too much to open", "large")
    facts = json.loads(head)
    if "refused" in facts:
        raise UnreadablePicture("this is no JPEG, PNG, WebP or AVIF picture that opens", facts["refused"])
    return Decoded(webp, facts["width"], facts["height"], facts["colour"])


@dataclass(frozen=True)
class Prepared:
    """A picture whose first files are in the folder, and whose row is still to be written."""

    ref: str
    width: int
    height: int
    smallest: int
    colour: str
    sha256: str


def prepare(decoded: Decoded, *, folder: Path) -> Prepared:
    """Keep a decoded picture's master and its smallest rendition under a new reference; touches no database."""
    ref = new_ref(16).lower()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{ref}-master.webp").write_bytes(decoded.webp)
    smallest = _widths(decoded.width)[0]
    with Image.open(io.BytesIO(decoded.webp), formats=["WEBP"]) as master:
        _render(master.convert("RGB"), smallest, folder / f"{ref}-{smallest}")
    return Prepared(ref, decoded.width, decoded.height, smallest, decoded.colour, decoded.sha256)


def keep(prepared: Prepared, *, now: datetime) -> Picture:
    """The row of a prepared picture, added to the session; the worker makes the other renditions.

    It isn't described yet: `alt` says so, and whoever publishes it sets the words that a person gave. One that was
    withdrawn before stays withdrawn, whoever sends it again.
    """
    picture = Picture(
        ref=prepared.ref,
        alt=UNDESCRIBED,
        width=prepared.width,
        height=prepared.height,
        widths=str(prepared.smallest),
        colour=prepared.colour,
        waiting=True,
        sha256=prepared.sha256,
        withdrawn_at=now if withdrawn_among([prepared.sha256]) else None,
        created_at=now,
    )
    session().add(picture)
    session().flush()
    nudge("make_renditions")
    return picture


def receive(decoded: Decoded, *, folder: Path, now: datetime) -> Picture:
    """Keep a decoded picture: `prepare` and `keep` at once."""
    return keep(prepare(decoded, folder=folder), now=now)


def discard(prepared: Prepared, *, folder: Path) -> None:
    """Throw away the files of a picture whose row was never written."""
    for path in folder.glob(f"{prepared.ref}-*"):
        path.unlink(missing_ok=True)


def not_among(decoded: Iterable[Decoded], refs: Collection[str]) -> list[Decoded]:
    """Those that are none of these pictures sent once more, each once."""
    known = by_sha256(refs)
    return list({one.sha256: one for one in decoded if one.sha256 not in known}.values())


def by_sha256(refs: Collection[str]) -> dict[str | None, str]:
    """These pictures' references by what they are known again by; None is for those from before that was kept."""
    rows = session().execute(select(Picture.sha256, Picture.ref).where(Picture.ref.in_(refs)))
    return {row.sha256: row.ref for row in rows}


def refuse_withdrawn(decoded: Decoded) -> None:
    """Raise UnreadablePicture where somebody in this very photograph has taken their consent back."""
    if withdrawn_among([decoded.sha256]):
        raise UnreadablePicture("somebody in this photograph has withdrawn their consent", "withdrawn")


def withdrawn_among(sha256: Collection[str]) -> set[str]:
    """Which of these are photographs in which somebody has taken their consent back."""
    known = select(Picture.sha256).where(Picture.sha256.in_(sha256), Picture.withdrawn_at.is_not(None)).distinct()
    return {one for one in session().scalars(known) if one}


def withdraw(refs: Collection[str], *, folder: Path, now: datetime) -> list[Picture]:
    """Show these pictures and all copies of them never again; returns their rows. Their files go after the commit."""
    same = select(Picture.sha256).where(Picture.ref.in_(refs), Picture.sha256.is_not(None))
    rows = session().scalars(select(Picture).where(Picture.ref.in_(refs) | Picture.sha256.in_(same))).all()
    for picture in rows:
        picture.withdrawn_at, picture.waiting = picture.withdrawn_at or now, False
    session().flush()
    gone = [picture.ref for picture in rows]
    after_commit(lambda: purge(gone, folder))
    return list(rows)


def purge(refs: Iterable[str], folder: Path) -> int:
    """Delete every file of these pictures; returns how many there were."""
    files = [path for ref in refs for path in folder.glob(f"{ref}-*")]
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)


@dataclass(frozen=True)
class Standing:
    """What an address of a picture has to know: whether it was withdrawn, and whether nobody can be recognised."""

    withdrawn: bool
    nobody: bool


def standing(ref: str) -> Standing | None:
    """How a picture stands, or None where there is none; one statement."""
    row = session().execute(select(Picture.withdrawn_at, Picture.consents).where(Picture.ref == ref)).first()
    return None if row is None else Standing(row.withdrawn_at is not None, row.consents == [])


def make_renditions(folder: Path) -> int:
    """Make what `receive` left to be made, a picture at a time; returns how many pictures are complete now."""
    done = 0
    due = select(Picture.id).where(Picture.waiting).order_by(Picture.id)
    for picture_id in session().scalars(due).all():
        picture = session().get_one(Picture, picture_id)
        ref, widths = picture.ref, _widths(picture.width)
        session().rollback()
        path = folder / f"{ref}-master.webp"
        if path.exists():
            with Image.open(path, formats=["WEBP"]) as master:
                _render_all(master.convert("RGB"), widths, folder, ref)
            with unit_of_work() as current:
                picture = current.get_one(Picture, picture_id)
                picture.widths, picture.waiting = ",".join(map(str, widths)), False
                withdrawn = picture.withdrawn_at is not None
            path.unlink(missing_ok=True)
            if withdrawn:  # meanwhile, or before it was sent once more
                purge([ref], folder)
            done += 1
    return done


def copy(picture: Picture, *, folder: Path, now: datetime) -> Picture:
    """The same picture under a reference of its own, so that it can be described and withdrawn by itself."""
    ref = new_ref(16).lower()
    for path in folder.glob(f"{picture.ref}-*"):
        shutil.copyfile(path, path.with_name(path.name.replace(picture.ref, ref, 1)))
    columns = "alt width height widths colour focus_x focus_y waiting consents sha256"
    twin = Picture(ref=ref, created_at=now, **{name: getattr(picture, name) for name in columns.split()})
    session().add(twin)
    session().flush()
    return twin


def _widths(width: int) -> list[int]:
    """The widths that a picture is made at: the usual ones below its own, and its own or the largest."""
    largest = min(width, WIDTHS[-1])
    return [*(one for one in WIDTHS if one < largest), largest]


def _render_all(master: Image.Image, widths: Sequence[int], folder: Path, ref: str) -> None:
    # The encoders are C code that lets other threads run; each holds some 40 MB meanwhile.
    with ThreadPoolExecutor(RENDERED_AT_ONCE) as threads:
        list(threads.map(lambda width: _render(master, width, folder / f"{ref}-{width}"), widths))


def _render(master: Image.Image, width: int, path: Path) -> None:
    height = max(1, round(master.height * width / master.width))
    rendition = master.resize((width, height), Image.Resampling.LANCZOS)
    for extension, options in _FORMATS.items():
        rendition.save(path.with_name(f"{path.name}.{extension}"), **options)


def _open(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=ALLOWED) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadablePicture("a picture may have at most 40 megapixels")
            return ImageOps.exif_transpose(image).convert("RGB")
    except UnreadablePicture:
        raise
    except Exception as error:
        raise UnreadablePicture("this is not a JPEG, PNG, WebP or AVIF picture") from error
