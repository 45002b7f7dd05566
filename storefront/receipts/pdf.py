"""A receipt revision as a PDF to keep or print: the same words as the page, one or two sheets of A4."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import segno

from storefront import config
from storefront.core.money import Money
from storefront.core.paper import INK, LEAF, SOFT, Colour, Paper

Words = Callable[[Money], str]

# The parts of a price, as the pages draw them on light paper.
PARTS: dict[str, Colour] = {
    "makers": (174, 82, 52),
    "materials": (219, 175, 98),
    "charity": (28, 91, 60),
    "shop": (123, 143, 163),
    "other": (209, 202, 188),
}
BASES = {"prepaid": "paid before this sale", "pledge": "owed because of this sale", "cost": "cost"}
CAREFUL = (
    "It proves that these figures are unchanged since the shop signed them. It does not prove that the story is "
    "true. It is not a tax receipt."
)


def render(credential: dict[str, Any], *, replaced: bool, money: Words, day: Callable[[date], str]) -> bytes:
    """The PDF of what a revision says; `money` and `day` turn amounts and days into the reader's words."""
    subject = credential["credentialSubject"]
    settings = config.current()
    paper = Paper("Impact receipt", f"{settings.shop_name} · {settings.base_url}")
    _head(paper, credential, replaced, day)
    for line in subject["lines"]:
        _line(paper, line, subject["currency"], money, day)
    _totals(paper, subject, money)
    _foot(paper, credential)
    return bytes(paper.output())


def _head(paper: Paper, credential: dict[str, Any], replaced: bool, day: Callable[[date], str]) -> None:
    subject = credential["credentialSubject"]
    bought, signed = (day(date.fromisoformat(text[:10])) for text in (subject["bought"], credential["validFrom"]))
    paper.write_line(f"Bought {bought}. Revision {subject['revision']}, signed {signed}.", colour=SOFT)
    if replaced:
        paper.ln(1)
        paper.write_line("A newer revision has replaced this one: see the address below.", bold=True)
    if "test" in subject:
        paper.ln(1)
        paper.write_line(subject["test"], bold=True)
    paper.rule(above=5, below=5)


def _line(paper: Paper, line: dict[str, Any], currency: str, money: Words, day: Callable[[date], str]) -> None:
    paper.room_for(32 + 6 * len(line["split"]))
    paper.row(f"{line['quantity']} × {line['product']}", money(Money(line["net"], currency)), bold=True, size=11)
    if "batch" in line:
        paper.write_line(f"Batch {line['batch']}", size=8.5, colour=SOFT)
    paper.ln(1.5)
    if line["net"]:
        _bar(paper, line)
    for part in line["split"]:
        _part(paper, part, currency, money, day)
    paper.ln(5)


def _bar(paper: Paper, line: dict[str, Any]) -> None:
    """The parts as one bar; a part that a voucher made negative has no length."""
    lengths = [max(part["minor"], 0) for part in line["split"]]
    at, gap = paper.l_margin, 0.4
    for part, length in zip(line["split"], lengths, strict=True):
        width = paper.epw * length / (sum(lengths) or 1)
        paper.set_fill_color(*PARTS.get(part["to"], PARTS["other"]))
        if width > gap:
            paper.rect(at, paper.get_y(), width - gap, 5, style="F")
        at += width
    paper.ln(7)


def _part(paper: Paper, part: dict[str, Any], currency: str, money: Words, day: Callable[[date], str]) -> None:
    paper.room_for(8)
    paper.set_fill_color(*PARTS.get(part["to"], PARTS["other"]))
    paper.rect(paper.l_margin, paper.get_y() + 1.3, 2.8, 2.8, style="F")
    said = BASES.get(part["basis"], part["basis"])
    if "due" in part:
        said = f"set aside, payable not before {day(date.fromisoformat(part['due']))}"
    colour = LEAF if part["to"] == "charity" else INK
    paper.row(f"{part['label']}, {said}", money(Money(part["minor"], currency)), colour=colour, indent=6)


def _totals(paper: Paper, subject: dict[str, Any], money: Words) -> None:
    currency = subject["currency"]
    paper.room_for(34)
    paper.rule(above=0, below=4)
    if subject["delivery"]:
        paper.row("Delivery", money(Money(subject["delivery"], currency)), size=10)
    if subject["refunded"]:
        paper.row("Refunded", money(Money(-subject["refunded"], currency)), size=10)
    paper.row("Paid", f"{money(Money(subject['paid'], currency))} {currency}", bold=True, size=12)
    given = sum(row["minor"] for row in subject["given"])
    paper.row("Owed to charities", money(Money(given, currency)), bold=True, size=12, colour=LEAF)
    paper.rule(above=3, below=5)


def _foot(paper: Paper, credential: dict[str, Any]) -> None:
    code = io.BytesIO()
    segno.make(credential["id"], error="m").save(code, kind="png", scale=6, border=0)
    paper.room_for(36)
    top = paper.get_y()
    paper.image(code, x=paper.l_margin, y=top, w=30)
    paper.set_left_margin(paper.l_margin + 37)
    paper.set_xy(paper.l_margin, top - 0.6)
    paper.write_line("Look it up, or verify its file, at", size=9, colour=SOFT)
    paper.ln(0.5)
    paper.set_font("text", "", 9)
    paper.set_text_color(*INK)
    paper.multi_cell(0, 4.8, credential["id"], align="L", link=credential["id"], new_x="LMARGIN", new_y="NEXT")
    paper.ln(2)
    paper.write_line(CAREFUL, size=9, colour=SOFT)
