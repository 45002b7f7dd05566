"""Names in PDFs: every script is drawn, transliterated, or replaced by a sign that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from storefront import fonts
from storefront.core.paper import Paper


@pytest.fixture
def paper(app) -> Iterator[Paper]:
    with app.app_context():
        paper = Paper("Invoice", "A shop")
    yield paper
    paper.output()  # Closes the fonts' files.


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("陳美玲 张伟", "chinese"),
        ("लक्ष्मी श्रेष्ठ", "nepali"),
        ("محمد عبد الله", "arabic"),
        ("🧵👩🏽‍🌾", "emoji"),
        ("Юлия Ελένη Nguyễn", "latin"),
        ("שלום", "hebrew"),
        ("สมชาย", "thai"),
    ],
)
def test_a_name_is_drawn_in_the_font_of_its_script(paper, name, font):
    assert paper.drawable(name) == name
    assert font in paper.fonts
    paper.write_line(name)
    assert bytes(paper.output()).startswith(b"%PDF-")


def test_what_no_font_has_is_transliterated_or_visibly_replaced(paper):
    assert paper.drawable("김민수") == "GimMinSu"
    assert paper.drawable("தமிழ்") == "tmil"
    assert paper.drawable("\N{CUNEIFORM SIGN A}\U000f0000") == "\ufffd\ufffd"
    assert paper.drawable("one\x00\ttwo\u202e\ufe0f") == "onetwo"


def test_latin_text_needs_no_other_font(paper):
    assert paper.drawable("Łukasz, € 3 × 4") == "Łukasz, € 3 × 4"
    assert set(paper.fonts) == {"text", "textB", "heading"}


def test_a_line_that_begins_in_another_script_leaves_the_size_of_the_next_alone(paper):
    paper.set_compression(False)
    for line in ("small", "陳美玲", "Taiwan"):
        paper.write_line(line, size=8 if line == "small" else 10)
    assert re.search(rb"^BT /F1 10.00 Tf ET", bytes(paper.output()), re.M)  # For the sheet, not within one line.


def test_every_script_has_its_font_after_the_set_up():
    assert all(fonts.script_path(name).stat().st_size for name in fonts.SCRIPTS)
