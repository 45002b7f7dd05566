"""Hostile files cost little and come to nothing: a part of what `bench/uploads.py` measures, in every run."""

from __future__ import annotations

import sys
from pathlib import Path

import hostile_files as hostile
import pytest

from storefront.core import decoding, documents
from storefront.core.media import UnreadablePicture, decode

sys.path.append(str(Path(__file__).resolve().parents[3] / "bench"))
import uploads  # the measuring itself, which isn't part of the package

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is what Linux says it is")
PICTURES = hostile.hostile_pictures()
HEAVY = ("PNG of 30,000 x 30,000", "PNG at its limit", "PNG with many texts", "WebP film", "progressive JPEG of 48 MP")


@LINUX
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_file_stays_below_200_mb_and_3_seconds(name):
    cost = uploads.measure(uploads.DECODER, PICTURES[name])
    assert cost.fits, cost


@LINUX
def test_a_decoder_without_limits_is_noticed(tmp_path):
    """The control: the same measuring says so when the limits are gone."""
    free = tmp_path / "decoding.py"
    text = Path(decoding.__file__).read_text()
    free.write_text(text.replace("    _limit()\n", "").replace('"PNG": 24_000_000', '"PNG": 10**12'))
    unlimited = hostile.png(8_000, 6_000, packed=150_000_000)
    assert not uploads.measure([sys.executable, "-I", str(free)], unlimited).fits
    assert uploads.measure(uploads.DECODER, unlimited).fits


def outcome(data):
    """What is left of a picture, or why it is refused."""
    try:
        return decode(data)
    except UnreadablePicture as error:
        return error.why


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in HEAVY])
def test_a_hostile_picture_is_refused_with_a_reason_or_comes_out_clean(name):
    found = outcome(PICTURES[name])
    if found not in ("kind", "large", "broken"):
        assert found.width <= decoding.WIDEST
        assert found.height <= decoding.HIGHEST
        assert found.webp.startswith(b"RIFF")
        assert not any(bad in found.webp for bad in (b"<script", b"<?php", b"PK\3\4", b"Exif"))


def test_what_fits_no_memory_is_too_large_rather_than_broken():
    """Its sender is told to make it smaller, not to send the same again."""
    assert outcome(PICTURES["PNG at its limit"]) == "large"


@pytest.mark.parametrize("name", ["PDF without an end", "PDF of 16 MB"])
def test_a_pdf_that_is_none_is_no_document(name):
    with pytest.raises(documents.UnreadableDocument):
        documents.check(hostile.hostile_documents()[name])


def test_the_same_mutations_come_each_time():
    good = hostile.picture()
    assert list(hostile.mutations(good, 5)) == list(hostile.mutations(good, 5))
    assert len(set(hostile.mutations(good, 50))) == 50
