"""What goes into a parcel and onto it, as PDFs: a packing list without prices, and an address label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from storefront import config
from storefront.checkout.addresses import address_lines
from storefront.checkout.models import Parcel
from storefront.core.paper import SOFT, Paper

A6 = (105, 148)
SCALES = (1, 0.8, 0.6, 0.45, 0.35)


def packing_list(parcel: Parcel, left: Mapping[int, int], *, day: Callable[[date], str], country: str) -> bytes:
    """One sheet for the box: to whom, and how many of each; `left` is what is still to be sent, by the line's id.

    Prices are left out, as the parcel may be a gift.
    """
    settings, order = config.current(), parcel.order
    paper = Paper("Packing list", f"{settings.shop_name} · {settings.base_url}")
    facts = [("Order", order.ref), ("Parcel", parcel.ref), ("Placed", day(order.placed_at.date()))]
    paper.ln(3)
    paper.columns("To", [order.name, *address_lines(order.address, country)], facts)
    paper.rule(above=6, below=5)
    paper.write_line(f"From {parcel.producer_name}, {parcel.ships_from}", size=8.5, colour=SOFT)
    paper.ln(2)
    for line in parcel.lines:
        if not left[line.id]:
            continue
        name = f"{line.title}, {line.variant_name}" if line.variant_name else line.title
        paper.row(name, f"{left[line.id]} ×", size=11)
        paper.write_line(" · ".join(part for part in (line.sku, line.batch_code) if part), size=8.5, colour=SOFT)
        paper.ln(2)
    if order.gift_message:
        paper.rule(above=3, below=4)
        paper.room_for(20)
        paper.write_line("A message to enclose", size=8.5, colour=SOFT)
        paper.ln(1)
        for words in order.gift_message.splitlines():
            paper.write_line(words, size=11)
    return bytes(paper.output())


def label(parcel: Parcel, *, country: str) -> bytes:
    """A label of A6 with both addresses, as large as they fit on it; what fits at no size goes on to a second one."""
    for scale in SCALES:
        paper = _label(parcel, country, scale)
        made = bytes(paper.output())
        if paper.pages_count == 1:
            break
    return made


def _label(parcel: Parcel, country: str, scale: float) -> Paper:
    paper = Paper(f"Label {parcel.ref}", f"{parcel.order.ref} · {parcel.ref}", size=A6, margin=9, headed=False)
    paper.write_line(f"From {parcel.producer_name}, {parcel.ships_from}", size=8.5 * scale, colour=SOFT)
    paper.rule(above=4 * scale, below=8 * scale)
    lines = address_lines(parcel.order.address, country)
    paper.write_line(parcel.order.name, size=17 * scale, bold=True)
    paper.ln(2 * scale)
    for text in lines[:-1]:
        paper.write_line(text, size=15 * scale)
        paper.ln(scale)
    paper.write_line(lines[-1].upper(), size=15 * scale, bold=True)
    return paper
