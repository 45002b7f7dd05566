"""A receipt revision as a PDF to keep or print: the same words as the page, one or two sheets of A4."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import segno
from fpdf import FPDF

from storefront import config
from storefront.core.money import Money

Colour = tuple[int, int, int]

INK, SOFT, LEAF, LINE = (43, 33, 28), (101, 90, 82), (38, 92, 66), (227, 220, 207)
CAREFUL = (
    "It proves that these figures are unchanged since the shop signed them. It does not prove that the story is "
    "true. It is not a tax receipt."
)


def render(credential: dict[str, Any], *, replaced: bool, money: Callable[[Money], str]) -> bytes:
    """The PDF of what a revision says; `money` turns an amount into the reader's words."""
    subject = credential["credentialSubject"]
    document = _document()
    document.set_title("Impact receipt")
    document.add_page()
    _head(document, credential, replaced)
    for line in subject["lines"]:
        _line(document, line, subject["currency"], money)
    _totals(document, subject, money)
    _foot(document, credential)
    return bytes(document.output())


def _document() -> FPDF:
    document = FPDF(format="A4")
    fonts = config.ROOT / "static" / "fonts"
    document.add_font("text", "", fonts / "figtree-regular.ttf")
    document.add_font("text", "B", fonts / "figtree-bold.ttf")
    document.add_font("heading", "", fonts / "fraunces-regular.ttf")
    document.set_margins(22, 22, 22)
    document.set_auto_page_break(True, margin=22)
    document.set_text_color(*INK)
    return document


def _write(document: FPDF, text: str, *, size: float = 10, bold: bool = False, colour: Colour = INK) -> None:
    document.set_font("text", "B" if bold else "", size)
    document.set_text_color(*colour)
    document.multi_cell(0, size * 0.52, text, new_x="LMARGIN", new_y="NEXT")


def _row(document: FPDF, label: str, amount: str, *, bold: bool = False, colour: Colour = INK) -> None:
    """A label and an amount on one line; a long label wraps before the amount's column."""
    document.set_font("text", "B" if bold else "", 9.5)
    document.set_text_color(*colour)
    top, width = document.get_y(), document.epw
    document.multi_cell(width - 34, 5.4, label, new_x="LMARGIN", new_y="NEXT")
    bottom = document.get_y()
    document.set_xy(document.l_margin + width - 34, top)
    document.cell(34, 5.4, amount, align="R")
    document.set_xy(document.l_margin, bottom)


def _rule(document: FPDF) -> None:
    document.set_draw_color(*LINE)
    document.ln(2)
    document.line(document.l_margin, document.get_y(), document.l_margin + document.epw, document.get_y())
    document.ln(3)


def _head(document: FPDF, credential: dict[str, Any], replaced: bool) -> None:
    subject = credential["credentialSubject"]
    _write(document, config.current().shop_name, size=11, colour=SOFT)
    document.ln(2)
    document.set_font("heading", "", 24)
    document.set_text_color(*INK)
    document.cell(0, 12, "Impact receipt", new_x="LMARGIN", new_y="NEXT")
    signed = f"Revision {subject['revision']}, signed {credential['validFrom'][:10]}. Bought {subject['bought']}."
    _write(document, signed, colour=SOFT)
    if replaced:
        _write(document, "A newer revision has replaced this one: see the address below.", bold=True)
    if "test" in subject:
        _write(document, subject["test"], bold=True)
    _rule(document)


def _line(document: FPDF, line: dict[str, Any], currency: str, money: Callable[[Money], str]) -> None:
    if document.get_y() > document.h - 70:
        document.add_page()
    _row(document, f"{line['quantity']} × {line['product']}", money(Money(line["net"], currency)), bold=True)
    if "batch" in line:
        _write(document, f"Batch {line['batch']}", size=9, colour=SOFT)
    for part in line["split"]:
        charity = part["to"] == "charity"
        label = (
            f"{part['label']} (set aside, payable from {part['due']})" if charity and "due" in part else part["label"]
        )
        _row(document, f"   {label}", money(Money(part["minor"], currency)), colour=LEAF if charity else SOFT)
    document.ln(2)


def _totals(document: FPDF, subject: dict[str, Any], money: Callable[[Money], str]) -> None:
    currency = subject["currency"]
    _rule(document)
    if subject["delivery"]:
        _row(document, "Delivery", money(Money(subject["delivery"], currency)))
    if subject["refunded"]:
        _row(document, "Refunded", money(Money(-subject["refunded"], currency)))
    _row(document, "Paid", f"{money(Money(subject['paid'], currency))} {currency}", bold=True)
    given = sum(row["minor"] for row in subject["given"])
    _row(document, "Owed to charities", money(Money(given, currency)), bold=True, colour=LEAF)
    _rule(document)


def _foot(document: FPDF, credential: dict[str, Any]) -> None:
    code = io.BytesIO()
    segno.make(credential["id"], error="m").save(code, kind="png", scale=6, border=2)
    if document.get_y() > document.h - 62:
        document.add_page()
    top = document.get_y()
    document.image(code, x=document.l_margin, y=top, w=34)
    document.set_left_margin(document.l_margin + 40)
    document.set_xy(document.l_margin, top + 2)
    _write(document, "Look it up, or verify its file, at:", colour=SOFT)
    document.set_font("text", "", 8.5)
    document.set_text_color(*INK)
    document.multi_cell(0, 4.6, credential["id"], link=credential["id"], new_x="LMARGIN", new_y="NEXT")
    document.ln(1.5)
    _write(document, CAREFUL, size=9, colour=SOFT)
