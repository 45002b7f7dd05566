"""The invoice of a paid order as a PDF: one or two sheets of A4."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from storefront import config
from storefront.checkout.addresses import address_lines
from storefront.checkout.models import Order, Parcel
from storefront.core.money import Money
from storefront.core.paper import LEAF, SOFT, Paper

Words = Callable[[Money], str]

_CARE = (
    "The shop owes it out of the prices above. It is not a donation of the buyer, and this is no tax receipt for one."
)


def render(order: Order, *, left: Money, owed: Money, money: Words, day: Callable[[date], str], country: str) -> bytes:
    """The PDF; `money` and `day` turn amounts and days into the reader's words.

    `left` is what is left of the total after refunds, never below nothing though a bank can take more than there was;
    `owed` is what of it goes to charities.
    """
    settings = config.current()
    paper = Paper("Invoice", f"{settings.shop_name} · {settings.base_url}")
    paper.set_title(f"Invoice {order.ref}")
    _head(paper, order, day, country)
    for parcel in order.parcels:
        _parcel(paper, parcel, order.currency, money)
    _sums(paper, order, left, owed, money)
    return bytes(paper.output())


def _head(paper: Paper, order: Order, day: Callable[[date], str], country: str) -> None:
    facts = [("Order", order.ref), ("Placed", day(order.placed_at.date()))]
    if order.paid_at:
        facts.append(("Paid", day(order.paid_at.date())))
    lines = [order.name, *address_lines(order.address, country), order.email]
    paper.ln(3)
    paper.columns("Billed to", lines, facts)
    paper.rule(above=6, below=5)


def _parcel(paper: Paper, parcel: Parcel, currency: str, money: Words) -> None:
    # A heading is never the last thing on a sheet.
    paper.room_for(32)
    paper.write_line(f"From {parcel.producer_name}, {parcel.ships_from}", size=8.5, colour=SOFT)
    paper.ln(1.2)
    for line in parcel.lines:
        name = f"{line.title}, {line.variant_name}" if line.variant_name else line.title
        paper.row(f"{line.quantity} × {name}", money(Money(line.gross_minor, currency)), size=10)
        unit = money(Money(line.unit_minor, currency))
        paper.write_line(f"{unit} each · {line.sku}", size=8.5, colour=SOFT)
        paper.ln(1.2)
    paper.row("Delivery", money(Money(parcel.delivery_minor, currency)), size=10)
    paper.rule(above=3, below=5)


def _sums(paper: Paper, order: Order, left: Money, owed: Money, money: Words) -> None:
    paper.room_for(48)
    currency = order.currency
    paper.row("Goods", money(Money(order.items_minor, currency)), size=10)
    if order.discount_minor:
        paper.row(f"Voucher {order.voucher_code}", money(Money(-order.discount_minor, currency)), size=10)
    paper.row("Delivery", money(Money(order.delivery_minor, currency)), size=10)
    paper.ln(1.5)
    paper.row("Total, tax included", f"{money(order.total)} {currency}", size=12, bold=True)
    if left < order.total:
        paper.ln(1.5)
        paper.row("Given back", money(left - order.total), size=10)
        paper.row("Left", f"{money(left)} {currency}", size=12, bold=True)
    paper.rule(above=3, below=5)
    if owed:
        paper.write_line(f"{money(owed)} of this goes to charity.", bold=True, colour=LEAF)
        paper.ln(0.8)
        paper.write_line(_CARE, size=9, colour=SOFT)
