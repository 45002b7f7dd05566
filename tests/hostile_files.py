"""Files that nobody means well with, made as they are needed: bombs, lies, and two things in one."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image, PngImagePlugin

SCRIPT = b"<script>alert(document.domain)</script>"
KINDS = ("JPEG", "PNG", "WEBP", "AVIF")


def picture(kind: str = "JPEG", size: tuple[int, int] = (300, 200), **options: object) -> bytes:
    """A good picture, red above and blue below."""
    image = Image.new("RGB", size, "#c02020")
    image.paste("#2020c0", (0, size[1] // 2, *size))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def phone_photograph() -> bytes:
    """12 megapixels with the grain that a small lens has, lying on its side: some 4 MB."""
    grain = Image.effect_noise((4000, 3000), 26)
    image = Image.merge("RGB", (grain, grain.transpose(Image.Transpose.FLIP_LEFT_RIGHT), grain.rotate(180)))
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85, exif=exif)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *more: bytes, packed: int = 50_000_000) -> bytes:
    """A PNG that says it is so large, packs so many zeros, and carries more parts."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(min(packed, (3 * width + 1) * height)), 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + body + chunk(b"IEND", b"")


def animated(kind: str, frames: int = 400) -> bytes:
    """A film of so many pictures."""
    file = io.BytesIO()
    film = [Image.new("RGB", (1000, 1000), (at % 256, at * 7 % 256, 90)) for at in range(frames)]
    film[0].save(file, kind, save_all=True, append_images=film[1:], duration=20)
    return file.getvalue()


def with_other_size(kind: str, width: int, height: int) -> bytes:
    """A small picture whose head claims another size."""
    data = bytearray(picture(kind))
    if kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", height, width)
    else:
        at = data.index(b"ispe") + 8
        data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


def hostile_pictures() -> dict[str, bytes]:
    """By what each tries. Some are harmless once they are re-encoded, and may be."""
    packed = zlib.compress(bytes(60_000_000), 9)
    comment = b"\xff\xfe" + struct.pack(">H", 65_535) + bytes(65_533)
    jpeg = picture()
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    return {
        "PNG of 30,000 x 30,000": png(30_000, 30_000),
        "PNG of 2,000,000,000 x 1": png(2_000_000_000, 1),
        "PNG at its limit": png(4_890, 4_900, packed=80_000_000),
        "PNG that packs far more than its size": png(10, 10, chunk(b"IDAT", packed)),
        "PNG with a text of 60 MB": png(100, 100, chunk(b"zTXt", b"Comment\0\0" + packed)),
        "PNG with many texts": png(100, 100, *[chunk(b"zTXt", b"C\0\0" + zlib.compress(bytes(900_000)))] * 200),
        "PNG with a profile of 60 MB": png(100, 100, chunk(b"iCCP", b"p\0\0" + packed)),
        "PNG with a script in its text": picture("PNG", pnginfo=info),
        "GIF film": animated("GIF", 60),
        "WebP film": animated("WEBP"),
        "AVIF film": animated("AVIF", 60),
        "PNG film": animated("PNG", 60),
        "WebP of 16,383 x 16,383": b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xfe\xff\xff\x0f" + bytes(9),
        "AVIF that says 65,535 x 65,535": with_other_size("AVIF", 65_535, 65_535),
        "AVIF that says 4,000 x 3,000": with_other_size("AVIF", 4_000, 3_000),
        "JPEG that says 65,535 x 65,535": with_other_size("JPEG", 65_535, 65_535),
        "JPEG that says 9,000 x 7,000": with_other_size("JPEG", 9_000, 7_000),
        "JPEG that says 0 x 0": with_other_size("JPEG", 0, 0),
        "JPEG with 19 MB of comments": jpeg[:2] + comment * 290 + jpeg[2:],
        "JPEG with 60 KB of EXIF": picture(exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\1\x0f\0\2" * 15_000),
        "JPEG with a profile of 10 MB": picture(icc_profile=bytes(10_000_000)),
        "progressive JPEG of 48 MP": picture(size=(8_000, 6_000), progressive=True, quality=95),
        "TIFF under another name": picture("TIFF"),
        "BMP under another name": picture("BMP"),
        "SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
        "GIF that is a script": b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)",
        "JPEG that is a page": jpeg[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(SCRIPT)) + SCRIPT + jpeg[2:] + SCRIPT,
        "PNG that is a ZIP": picture("PNG") + archive({"x.html": SCRIPT}),
        "WebP that is a program": picture("WEBP") + b"<?php system($_GET[0]); ?>",
    }


def archive(files: dict[str, bytes]) -> bytes:
    """A ZIP of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in files.items():
            written.writestr(name, data)
    return file.getvalue()


def hostile_archives() -> dict[str, bytes]:
    """By what each tries."""
    bomb = archive({f"{at}.jpg": bytes(10_000_000) for at in range(30)})
    overlapping = bomb[: bomb.index(b"PK\1\2")] + bomb[bomb.index(b"PK\1\2") :].replace(
        b"\0\0\0\0.jpg", b"\1\0\0\0.jpg"
    )
    return {
        "ZIP bomb of 300 MB": bomb,
        "ZIP in a ZIP": archive({"more.zip": bomb}),
        "ZIP in a ZIP under another name": archive({"more.jpg": bomb}),
        "ZIP whose files lie about where they begin": overlapping,
        "ZIP of 60,000 files": archive({f"{at}.jpg": b"" for at in range(60_000)}),
        "ZIP that leads elsewhere": archive({"../../etc/passwd": b"x"}),
    }


def hostile_documents() -> dict[str, bytes]:
    """By what each tries."""
    stream = zlib.compress(bytes(200_000_000), 9)
    return {
        "PDF bomb of 200 MB": b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + stream + b"\nendstream\n%%EOF\n",
        "PDF that is a ZIP": b"%PDF-1.7\n%%EOF\n" + archive({"x.html": SCRIPT}),
        "PDF with a script": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF\n",
        "PDF without an end": b"%PDF-1.7\n" + bytes(9_000),
        "PDF of 16 MB": b"%PDF-1.7\n" + bytes(16_000_000) + b"%%EOF\n",
    }


def mutations(data: bytes, times: int, seed: int = 7) -> Iterator[bytes]:
    """The same file with 1 to 30 bytes changed, and sometimes cut short; the same ones each time."""
    chance = random.Random(seed)
    for _ in range(times):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 30)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.1 else changed)
