"""What a cart has to tell, in words: at the line where it is about one, else on top."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from storefront.cart.models import MAX_LINES
from storefront.cart.notes import Note
from storefront.cart.viewing import LineView
from storefront.checkout.vouchers import Refusal
from storefront.core.money import Money
from storefront.web.rendering import day_text, money
from storefront.web.shop.sums import Look
from storefront.web.wording import gettext


@dataclass(frozen=True)
class Told:
    """A notice on top of the cart; with `sku` it carries a form that puts something back."""

    kind: str
    text: str
    sku: str = ""
    quantity: int = 0


def on_top(notes: list[dict[str, Any]], look: Look) -> list[Told]:
    """What the last change of the cart did."""
    return [told for one in notes if (told := _told(one, look)) is not None]


def _told(one: dict[str, Any], look: Look) -> Told | None:
    match one["kind"]:
        case Note.ADDED:
            return Told("success", gettext("Added: %(n)s × %(title)s.", n=one["quantity"], title=one["title"]))
        case Note.REMOVED:
            return Told("info", gettext("Removed: %(title)s.", title=one["title"]), one["sku"], one["quantity"])
        case Note.SAVED:
            return Told("info", gettext("Saved for later: %(title)s.", title=one["title"]))
        case Note.BROUGHT_BACK:
            return Told("success", gettext("Back in the cart: %(title)s.", title=one["title"]))
        case Note.MERGED:
            return _merged(one)
        case Note.VOUCHER if look.refused is None:
            return Told("success", gettext("Voucher %(code)s is taken off.", code=one["code"]))
        case Note.VOUCHER_GONE:
            return Told("info", gettext("No voucher is used."))
    return None


def _merged(one: dict[str, Any]) -> Told:
    if one.get("left_out"):
        text = gettext(
            "What you had put in before you signed in is in this cart now, but for %(n)s of it: a cart has room for "
            "%(most)s different things.",
            n=one["left_out"], most=MAX_LINES,
        )  # fmt: skip
        return Told("warning", text)
    return Told("info", gettext("What you had put in before you signed in is in this cart now."))


def at_lines(notes: list[dict[str, Any]], look: Look) -> dict[str, list[tuple[str, str]]]:
    """Notices by the line's ref: what was cut down, a changed price, what can't be had."""
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in look.view.lines:
        told[line.ref] += _of_line(line)
    for one in notes:
        if one["kind"] == Note.TRIMMED:
            told[one["line"]].append(("warning", _trimmed(one)))
    return told


def _of_line(line: LineView) -> list[tuple[str, str]]:
    found = []
    if line.closed_until:
        until = day_text(line.closed_until)
        text = gettext(
            "The group takes no orders until %(day)s, so it is not counted. Remove it or save it for later to go on.",
            day=until,
        )
        return [("warning", text)]
    if not line.on_sale:
        text = gettext("Not for sale at the moment, so it is not counted. Remove it or save it for later to go on.")
        return [("warning", text)]
    if line.stock < 1:
        text = gettext("Sold out since you put it in, so it is not counted. Remove it or save it for later to go on.")
        return [("warning", text)]
    if line.quantity > line.stock:
        found.append(("warning", gettext("Only %(left)s left now. Take fewer to go on.", left=line.stock)))
    if line.seen_minor != line.price.minor:
        before, after = money(Money(line.seen_minor, line.price.currency)), money(line.price)
        text = gettext("The price has changed from %(before)s to %(after)s.", before=before, after=after)
        found.append(("info", text))
    return found


def _trimmed(one: dict[str, Any]) -> str:
    return gettext(
        "You asked for %(wanted)s. There are %(left)s to be had, so the cart has %(left)s.",
        wanted=one["wanted"], left=one["left"],
    )  # fmt: skip


def voucher_problem(look: Look) -> str:
    """Why the cart's voucher takes nothing off, or nothing."""
    minimum = look.voucher.minimum_minor if look.voucher else 0
    return refusal_words(look.refused, minimum, look.priced.currency)


def refusal_words(refused: Refusal | None, minimum_minor: int, currency: str) -> str:
    """A refusal in words; nothing for None."""
    if refused is None:
        return ""
    return {
        Refusal.UNKNOWN: gettext("We know no voucher with this code. Check the spelling."),
        Refusal.NOT_YET: gettext("This voucher is not good yet."),
        Refusal.OVER: gettext("This voucher is not good any more."),
        Refusal.USED_UP: gettext("This voucher has been used as often as it can be."),
        Refusal.TOO_LITTLE: gettext(
            "This voucher is for goods of %(minimum)s and more.", minimum=money(Money(minimum_minor, currency))
        ),
    }[refused]
