"""What a PDF says, for tests."""

from __future__ import annotations

import re
import zlib


def pdf_words(content: bytes) -> str:
    """The text of a PDF: its streams inflated, and glyphs turned into letters by the fonts' own tables."""
    streams = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S):
        try:
            # A stream whose last byte is that of a line's end has lost it here: its checksum, never its text.
            streams.append(zlib.decompressobj().decompress(match[1]))
        except zlib.error:
            streams.append(match[1])
    tables = [dict(_glyphs(stream)) for stream in streams if b"beginbfchar" in stream or b"beginbfrange" in stream]
    shown = [text for stream in streams if b" Tf" in stream for text in _shown(stream)]
    # A kerned word is shown in pieces, so these are joined before anything is looked for.
    return " ".join("".join(table.get(glyph, "?") for text in shown for glyph in text) for table in tables)


def _glyphs(table: bytes) -> list[tuple[int, str]]:
    pairs = re.findall(rb"^<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\r?$", table, re.M)
    ranges = re.findall(rb"^<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})>\r?$", table, re.M)
    letters = [(int(glyph, 16), bytes.fromhex(letter.decode()).decode("utf-16-be")) for glyph, letter in pairs]
    letters += [
        (glyph, chr(int(letter, 16) + glyph - int(first, 16)))
        for first, last, letter in ranges
        for glyph in range(int(first, 16), int(last, 16) + 1)
    ]
    return letters


def _shown(stream: bytes) -> list[list[int]]:
    texts = []
    for match in re.finditer(rb"\(((?:[^()\\]|\\.)*)\)", stream, re.S):
        raw = re.sub(rb"\\(.)", lambda found: {b"n": b"\n", b"r": b"\r"}.get(found[1], found[1]), match[1], flags=re.S)
        texts.append([raw[at] << 8 | raw[at + 1] for at in range(0, len(raw) - 1, 2)])
    return texts
