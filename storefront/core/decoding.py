"""Decodes one untrusted picture in a process of its own, so that no file can take the shop's memory or time.

Run as a script with the file as standard input. It writes one line of JSON and then a WebP of at most
1440 by 2880 pixels: turned upright, on white where it was transparent, without anything of the original
file but its colours. A refused file gives `{"refused": "kind" | "large" | "broken"}` and no picture. Whatever
exceeds the limits ends the process, which says as much.
"""

from __future__ import annotations

import io
import json
import sys
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

MEMORY = 176 * 1024 * 1024  # bytes of data; with the programs themselves it stays below 200 MB
CPU_SECONDS = 3
WIDEST, HIGHEST = 1440, 2880
# JPEG is decoded at a fraction of its size, the others are not: what fits into the memory above.
PIXELS = {"JPEG": 64_000_000, "PNG": 24_000_000, "AVIF": 12_500_000, "WEBP": 10_000_000}
_UPRIGHT = 0x0112


def main() -> None:
    """Decode standard input to standard output, within the limits."""
    _limit()
    try:
        image = _decode(sys.stdin.buffer)
    except _Refused as refusal:
        print(json.dumps({"refused": str(refusal)}))
        return
    except MemoryError:
        print(json.dumps({"refused": "large"}))
        return
    except Exception:
        print(json.dumps({"refused": "broken"}))
        return
    red, green, blue = image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    print(json.dumps({"width": image.width, "height": image.height, "colour": f"#{red:02x}{green:02x}{blue:02x}"}))
    sys.stdout.flush()
    encoded = io.BytesIO()
    image.save(encoded, "WEBP", quality=92, method=2)
    sys.stdout.buffer.write(encoded.getvalue())


class _Refused(Exception):
    pass


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the caller's time limit stands.
        return
    for kind, most in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(kind, (most, most))


def _decode(file: IO[bytes]) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # The limit below is stricter, and an error instead of a warning.
    try:
        image: Image.Image = Image.open(file, formats=tuple(PIXELS))
    except UnidentifiedImageError:
        raise _Refused("kind") from None
    if image.width * image.height > PIXELS[image.format or ""]:
        raise _Refused("large")
    if min(image.size) < 1:
        raise _Refused("broken")
    turn = image.getexif().get(_UPRIGHT, 1)
    image.draft("RGB", (WIDEST, WIDEST))
    # Smaller before it is turned: each step makes a copy.
    image.thumbnail((HIGHEST, HIGHEST), Image.Resampling.BOX, reducing_gap=None)
    if "A" in image.getbands() or "transparency" in image.info:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    image = image.convert("RGB")
    exif = image.getexif()
    exif.clear()
    exif[_UPRIGHT] = turn
    image = ImageOps.exif_transpose(image)
    image.thumbnail((WIDEST, HIGHEST), Image.Resampling.LANCZOS)
    image.info.clear()
    return image


if __name__ == "__main__":
    main()
