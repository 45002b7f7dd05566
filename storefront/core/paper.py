"""Sheets, of A4 unless said otherwise, in the shop's look, and a font for whatever script a name on them is written in.

What Figtree can't draw, a font of `fonts.SCRIPTS` does; what none of them can is transliterated, and where
even that is unknown a replacement sign stands. Lengths are millimetres, sizes points.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from anyascii import anyascii
from fontTools.ttLib import TTFont
from fpdf import FPDF

from storefront import config, fonts

Colour = tuple[int, int, int]

INK: Colour = (43, 33, 28)
SOFT: Colour = (101, 90, 82)
LEAF: Colour = (38, 92, 66)
LINE: Colour = (227, 220, 207)
MARGIN, AMOUNT = 22, 34
TEXT = fonts.TARGET / "figtree-regular.ttf"

# Not drawn, but they join or part the letters beside them.
_JOINERS = "\u200c\u200d"
_VARIANTS = "\ufe0e\ufe0f"
_CONTROLS = {"Cc", "Cf"}
_REPLACEMENT = "\ufffd"


class Paper(FPDF):
    """A document of such sheets; `about` stands at the foot of each. A headed one begins with its title."""

    def __init__(
        self,
        title: str,
        about: str,
        *,
        size: str | tuple[float, float] = "A4",
        margin: float = MARGIN,
        headed: bool = True,
    ) -> None:
        super().__init__(format=size)
        self.add_font("text", "", TEXT)
        self.add_font("text", "B", fonts.TARGET / "figtree-bold.ttf")
        self.add_font("heading", "", fonts.TARGET / "fraunces-regular.ttf")
        self.set_text_shaping(True, features={"tnum": True})
        self.set_margins(margin, margin, margin)
        self.c_margin = 0
        self.set_auto_page_break(True, margin=26)
        self.set_title(title)
        self.set_lang("en")
        self._about = about
        self.add_page()
        if headed:
            self._head(title)

    def _head(self, title: str) -> None:
        self.write_line(config.current().shop_name, size=11, colour=SOFT)
        self.ln(3)
        self.set_font("heading", "", 26)
        self.set_text_color(*INK)
        self.cell(0, 12, title, new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def footer(self) -> None:
        """The foot of a sheet, drawn by fpdf2 at its end."""
        self.set_y(-17)
        self._pen(8, colour=SOFT)
        self.cell(self.epw - 20, 5, self.drawable(self._about))
        self.cell(20, 5, str(self.page_no()), align="R")

    def _pen(self, size: float, *, bold: bool = False, colour: Colour = INK) -> None:
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*colour)
        # A cell that begins in another font would set this one for itself only, and fpdf2 would take it for set.
        self.text(0, 0, "")

    def drawable(self, text: str) -> str:
        """The text as the fonts can draw it, with those that it needs at hand for the next cell."""
        needed: list[str] = []
        drawn = "".join(self._letter(letter, needed) for letter in text)
        for name in needed:
            if name not in self.fonts:
                self.add_font(name, "", fonts.script_path(name))
        self.set_fallback_fonts(needed, exact_match=False)
        return drawn

    def _letter(self, letter: str, needed: list[str]) -> str:
        if letter in _JOINERS or ord(letter) in _letters(TEXT):
            return letter
        kind = unicodedata.category(letter)
        if letter in _VARIANTS or kind in _CONTROLS:
            return ""
        for name in fonts.SCRIPTS:
            if ord(letter) in _letters(fonts.script_path(name)):
                if name not in needed:
                    needed.append(name)
                return letter
        # A mark on a letter that is transliterated has nothing left to stand on.
        return anyascii(letter) or ("" if kind.startswith("M") else self._letter(_REPLACEMENT, needed))

    def room_for(self, height: float) -> None:
        """Go on to the next sheet where less than `height` is left of this one."""
        if self.will_page_break(height):
            self.add_page()

    def write_line(
        self, text: str, *, size: float = 10, bold: bool = False, colour: Colour = INK, width: float = 0
    ) -> None:
        """Text from the left margin that wraps at `width`, or at the right margin."""
        self._pen(size, bold=bold, colour=colour)
        self.multi_cell(width, size * 0.52, self.drawable(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def row(
        self, label: str, amount: str, *, bold: bool = False, size: float = 9.5, colour: Colour = INK, indent: float = 0
    ) -> None:
        """A label and an amount; a long label wraps before the amount's column."""
        self.room_for(12)
        self._pen(size, bold=bold, colour=colour)
        top, height = self.get_y(), size * 0.58
        self.set_x(self.l_margin + indent)
        width = self.epw - AMOUNT - indent
        self.multi_cell(width, height, self.drawable(label), align="L", new_x="LMARGIN", new_y="NEXT")
        bottom = self.get_y()
        self.set_xy(self.l_margin + self.epw - AMOUNT, top)
        self.cell(AMOUNT, height, self.drawable(amount), align="R")
        self.set_xy(self.l_margin, bottom)

    def rule(self, above: float = 2, below: float = 3) -> None:
        """A thin line over the whole width."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.25)
        self.ln(above)
        self.line(self.l_margin, self.get_y(), self.l_margin + self.epw, self.get_y())
        self.ln(below)

    def columns(self, heading: str, lines: list[str], facts: list[tuple[str, str]]) -> None:
        """Lines on the left under a soft heading, and labelled facts on the right."""
        top, half = self.get_y(), self.epw * 0.56
        self.write_line(heading, size=8.5, colour=SOFT)
        self.ln(0.8)
        for line in lines:
            self.write_line(line, width=half - 8)
        bottom = self.get_y()
        self.set_y(top)
        for label, value in facts:
            self.set_x(self.l_margin + half)
            self._pen(9.5, colour=SOFT)
            self.cell(22, 5.4, self.drawable(label))
            self.set_text_color(*INK)
            self.cell(self.epw - half - 22, 5.4, self.drawable(value), align="R", new_x="LMARGIN", new_y="NEXT")
        self.set_y(max(bottom, self.get_y()))


@cache
def _letters(path: Path) -> frozenset[int]:
    """The code points that a font file has a glyph for."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())
