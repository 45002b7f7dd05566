"""The invoice of a paid order as a PDF: one or two sheets of A4."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fpdf import FPDF

from storefront import config
from storefront.checkout.models import Order, Parcel
from storefront.core.money import Money

Colour = tuple[int, int, int]
Words = Callable[[Money], str]

INK: Colour = (43, 33, 28)
SOFT: Colour = (101, 90, 82)
LINE: Colour = (227, 220, 207)
_AMOUNT_MM = 34
_CARD = (
    "The charities' part is owed by the shop out of the prices above. It is not a donation of the buyer "
    "and this is no tax receipt for one."
)


def render(order: Order, *, money: Words, day: Callable[[date], str], country: str) -> bytes:
    """The PDF; `money` and `day` turn amounts and days into the reader's words."""
    document = _document()
    document.set_title(f"Invoice {order.ref}")
    document.add_page()
    _head(document, order, day, country)
    for parcel in order.parcels:
        _parcel(document, parcel, order.currency, money)
    _sums(document, order, money)
    return bytes(document.output())


def _document() -> FPDF:
    document = FPDF(format="A4")
    fonts = config.ROOT / "static" / "fonts"
    document.add_font("text", "", fonts / "figtree-regular.ttf")
    document.add_font("text", "B", fonts / "figtree-bold.ttf")
    document.add_font("heading", "", fonts / "fraunces-regular.ttf")
    document.set_margins(22, 22, 22)
    document.set_auto_page_break(True, margin=22)
    return document


def _write(document: FPDF, text: str, *, size: float = 10, bold: bool = False, colour: Colour = INK) -> None:
    document.set_font("text", "B" if bold else "", size)
    document.set_text_color(*colour)
    document.multi_cell(0, size * 0.52, printable(text), new_x="LMARGIN", new_y="NEXT")


def _row(document: FPDF, label: str, amount: str, *, bold: bool = False, colour: Colour = INK) -> None:
    """A label and an amount; a long label wraps before the amount's column."""
    document.set_font("text", "B" if bold else "", 9.5)
    document.set_text_color(*colour)
    if document.get_y() > document.h - 34:
        document.add_page()
    top, width = document.get_y(), document.epw
    document.multi_cell(width - _AMOUNT_MM, 5.6, printable(label), new_x="LMARGIN", new_y="NEXT")
    bottom = document.get_y()
    document.set_xy(document.l_margin + width - _AMOUNT_MM, top)
    document.cell(_AMOUNT_MM, 5.6, amount, align="R")
    document.set_xy(document.l_margin, bottom)


def _rule(document: FPDF) -> None:
    document.set_draw_color(*LINE)
    document.ln(2)
    document.line(document.l_margin, document.get_y(), document.l_margin + document.epw, document.get_y())
    document.ln(3)


def _head(document: FPDF, order: Order, day: Callable[[date], str], country: str) -> None:
    _write(document, config.current().shop_name, size=11, colour=SOFT)
    document.ln(2)
    document.set_font("heading", "", 24)
    document.set_text_color(*INK)
    document.cell(0, 12, "Invoice", new_x="LMARGIN", new_y="NEXT")
    paid = f", paid {day(order.paid_at.date())}" if order.paid_at else ""
    _write(document, f"Order {order.ref}, placed {day(order.placed_at.date())}{paid}", colour=SOFT)
    document.ln(4)
    address = order.address
    place = " ".join(part for part in (address["postcode"], address["city"]) if part)
    for text in (order.name, address["street"], place, address["region"], country, order.email):
        if text:
            _write(document, text)
    _rule(document)


def _parcel(document: FPDF, parcel: Parcel, currency: str, money: Words) -> None:
    _write(document, f"From {parcel.producer_name}, {parcel.ships_from}", size=9, colour=SOFT)
    document.ln(1)
    for line in parcel.lines:
        name = f"{line.title}, {line.variant_name}" if line.variant_name else line.title
        unit = money(Money(line.unit_minor, currency))
        _row(document, f"{line.quantity} × {name} ({line.sku}), {unit} each", money(Money(line.gross_minor, currency)))
    _row(document, "Delivery", money(Money(parcel.delivery_minor, currency)), colour=SOFT)
    document.ln(2)


def _sums(document: FPDF, order: Order, money: Words) -> None:
    _rule(document)
    currency = order.currency
    _row(document, "Goods", money(Money(order.items_minor, currency)))
    if order.discount_minor:
        _row(document, f"Voucher {order.voucher_code}", money(Money(-order.discount_minor, currency)))
    _row(document, "Delivery", money(Money(order.delivery_minor, currency)))
    _row(document, "Total, tax included", f"{money(order.total)} {currency}", bold=True)
    _rule(document)
    owed = sum(line.pledge_minor for line in order.lines)
    if owed:
        _write(document, f"Of this the shop owes {money(Money(owed, currency))} to charities.", size=9, colour=SOFT)
        _write(document, _CARD, size=9, colour=SOFT)


def printable(text: str) -> str:
    """The text with what the embedded fonts can't draw replaced, so that no name makes the invoice fail."""
    return "".join(one if ord(one) < 0x2200 and (one.isprintable() or one == " ") else "?" for one in text)
