"""Pictures: taken in once, kept as renditions under random names, with alt text and a focal point.

A picture is re-encoded on the way in, so nothing of the original file (EXIF, GPS, trailing bytes)
survives. Renditions are AVIF and WebP at fixed widths, never wider than the master.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core.db import Model, session
from storefront.core.refs import new_ref

WIDTHS = (320, 480, 640, 960, 1440)
ALLOWED = ("JPEG", "PNG", "WEBP", "AVIF")
MAX_PIXELS = 40_000_000
_FORMATS: dict[str, dict[str, Any]] = {"avif": {"quality": 44, "speed": 8}, "webp": {"quality": 78, "method": 4}}


class UnreadablePicture(ValueError):
    """The file is no picture of an allowed kind, or a picture too large to open safely."""


class Picture(Model):
    """A picture in the media store: `<ref>-<width>.avif|webp` for each of `widths`."""

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
    created_at: Mapped[datetime]

    def srcset(self, media_url: str, extension: str) -> str:
        """The `srcset` value over all renditions of one format."""
        return srcset(self.ref, self.widths, media_url, extension)


def srcset(ref: str, widths: str, media_url: str, extension: str) -> str:
    """The `srcset` value of a picture of which only the columns were read."""
    return ", ".join(f"{media_url}/{ref}-{width}.{extension} {width}w" for width in widths.split(","))


def take_in(data: bytes, *, alt: str, folder: Path, now: datetime) -> Picture:
    """Re-encode `data` into `folder` and return the new picture, added to the session.

    Raises UnreadablePicture for anything but a JPEG, PNG, WebP or AVIF of at most 40 megapixels.
    """
    master = _open(data)
    ref = new_ref(16).lower()
    largest = min(master.width, WIDTHS[-1])
    widths = [*(width for width in WIDTHS if width < largest), largest]
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as threads:  # The encoders are C code that lets other threads run.
        list(threads.map(lambda width: _render(master, width, folder / f"{ref}-{width}"), widths))
    red, green, blue = master.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    picture = Picture(
        ref=ref,
        alt=alt.strip(),
        width=master.width,
        height=master.height,
        widths=",".join(map(str, widths)),
        colour=f"#{red:02x}{green:02x}{blue:02x}",
        created_at=now,
    )
    session().add(picture)
    session().flush()
    return picture


def _render(master: Image.Image, width: int, path: Path) -> None:
    rendition = master.resize((width, round(master.height * width / master.width)), Image.Resampling.LANCZOS)
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
