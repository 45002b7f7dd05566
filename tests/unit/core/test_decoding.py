"""Files from outside: what opens is clean afterwards, what doesn't is refused within the limits."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from storefront.core import decoding, documents, media
from storefront.core.media import UnreadablePicture, decode


def photograph(kind="JPEG", size=(1600, 1200), **options):
    """A picture that is red above and blue below, as a file."""
    image = Image.new("RGB", size, "#c02020")
    image.paste("#2020c0", (0, size[1] // 2, *size))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_location():
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side: to be turned clockwise
    exif[0x010F] = "A telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: (24.0, 8.0, 2.0), 3: "E", 4: (121.0, 16.0, 5.0)})
    return photograph(exif=exif)


def png_of(width, height):
    """A PNG that says it is so large and packs a run of zeros."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * min(50_000_000, (3 * width + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_photograph_is_taken_at_a_size_that_pages_need(kind):
    found = decode(photograph(kind))
    assert (found.width, found.height) == (1440, 1080)
    with Image.open(io.BytesIO(found.webp)) as image:
        assert (image.format, image.size) == ("WEBP", (1440, 1080))


def test_a_photograph_is_turned_upright_and_forgets_where_it_was_taken():
    data = with_location()
    assert b"A telephone" in data
    found = decode(data)
    assert (found.width, found.height) == (1200, 1600)
    with Image.open(io.BytesIO(found.webp)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"loop", "background", "timestamp", "duration"}
        red, _green, blue = image.convert("RGB").getpixel((1150, 800))
        assert red > blue, "what was above lies to the right after a turn clockwise"
    assert b"telephone" not in found.webp
    assert b"Exif" not in found.webp


def test_nothing_behind_the_picture_is_kept():
    hidden = b"PK\x03\x04<script>alert(1)</script><?php system($_GET[0]); ?>%PDF-1.7"
    for kind in ("JPEG", "PNG", "WEBP"):
        found = decode(photograph(kind) + hidden)
        assert b"script" not in found.webp
        assert b"PK\x03\x04" not in found.webp


def test_see_through_places_become_white():
    file = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(file, "PNG")
    assert decode(file.getvalue()).colour == "#ffffff"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "kind"),
        (b"<!DOCTYPE html><img src=x onerror=alert(1)>", "kind"),
        (b"GIF89a" + b"\0" * 40, "kind"),
        (b"%PDF-1.7\n" + b"\0" * 40, "kind"),
        (b"BM" + b"\0" * 60, "kind"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "kind"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40, "heic"),
        (b"\xff\xd8\xff" + b"\0" * 20_000_000, "large"),
        (png_of(30_000, 30_000), "large"),
        (png_of(2_000_000_000, 1), "large"),
    ],
    ids=["nothing", "svg", "html", "gif", "pdf", "bmp", "eps", "heic", "bytes", "bomb", "wide"],
)
def test_what_is_no_photograph_is_refused_and_says_why(data, why):
    with pytest.raises(UnreadablePicture) as refused:
        decode(data)
    assert refused.value.why == why


def test_a_picture_that_ends_too_early_is_refused():
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        data = photograph(kind)
        for part in (0.3, 0.9):
            with pytest.raises(UnreadablePicture):
                decode(data[: int(len(data) * part)])


MEASURED = """
import importlib.util, io, random, sys, time
spec = importlib.util.spec_from_file_location("decoding", sys.argv[1])
decoding = importlib.util.module_from_spec(spec)
spec.loader.exec_module(decoding)
decoding.CPU_SECONDS = 600
decoding._limit()
chance, slowest, opened = random.Random(7), 0.0, 0
for path in sys.argv[3:]:
    good = open(path, "rb").read()
    for _ in range(int(sys.argv[2])):
        data = bytearray(good)
        for _ in range(chance.randint(1, 30) if int(sys.argv[2]) > 1 else 0):
            data[chance.randrange(len(data))] = chance.randrange(256)
        begun = time.process_time()
        try:
            image = decoding._decode(io.BytesIO(bytes(data)))
            assert image.width <= 1440 and image.height <= 2880 and not image.info and not image.getexif()
            opened += 1
        except AssertionError:
            raise
        except (Exception, MemoryError):
            pass
        slowest = max(slowest, time.process_time() - begun)
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak, slowest, opened)
"""


def measured(times, files):
    """The peak of memory in kilobytes, the slowest decoding in seconds, and how many files opened."""
    command = [sys.executable, "-I", "-c", MEASURED, decoding.__file__, str(times), *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    peak, slowest, opened = run.stdout.split()
    return int(peak), float(slowest), int(opened)


def saved(folder, *files):
    paths = [folder / str(number) for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
def test_heavy_pictures_stay_within_memory_and_time(tmp_path):
    heavy = [png_of(4900, 4890), png_of(100_000, 60), photograph("JPEG", (8000, 6000), progressive=True, quality=95)]
    peak, slowest, opened = measured(1, saved(tmp_path, *heavy))
    assert peak < 200_000
    assert slowest < 3
    assert opened >= 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
def test_a_thousand_mutated_files_are_refused_or_come_out_clean(tmp_path):
    kinds = [photograph(kind, (300, 200)) for kind in ("JPEG", "PNG", "WEBP", "AVIF")]
    peak, slowest, opened = measured(250, saved(tmp_path, *kinds))
    assert peak < 200_000
    assert slowest < 3
    assert 0 < opened < 1000


def test_a_decoder_that_takes_too_much_is_ended(monkeypatch, tmp_path):
    """The control: what the limits end counts as a refusal, not as a fault of ours."""
    for greedy in ("bytearray(10**9)", "while True: pass"):
        (tmp_path / "greedy.py").write_text(
            "import runpy, sys\n"
            f"limited = runpy.run_path({decoding.__file__!r})\n"
            f"limited['_limit'].__globals__['CPU_SECONDS'] = 1\nlimited['_limit']()\n{greedy}\n"
        )
        monkeypatch.setattr(decoding, "__file__", str(tmp_path / "greedy.py"))
        with pytest.raises(UnreadablePicture) as refused:
            decode(photograph())
        assert refused.value.why == "large"
        monkeypatch.undo()


def test_a_document_is_a_whole_pdf_or_a_picture():
    pdf = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
    assert documents.check(pdf) == (pdf, "application/pdf")
    kept, kind = documents.check(with_location())
    assert kind == "image/webp"
    assert b"telephone" not in kept
    for data, why in [(pdf[:20], "broken"), (b"MZ" + b"\0" * 90, "kind"), (pdf + b"\0" * 15_000_000, "large")]:
        with pytest.raises(documents.UnreadableDocument) as refused:
            documents.check(data)
        assert refused.value.why == why


def test_the_widths_never_exceed_the_picture():
    assert media._widths(1440) == [320, 480, 640, 960, 1440]
    assert media._widths(700) == [320, 480, 640, 700]
    assert media._widths(90) == [90]
