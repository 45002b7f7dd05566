"""Reads the answers to one question of the listing editor: forms in, parts of a listing's content out.

An answer that can't be understood raises `Misread` with the field and what to do; an answer that is only
incomplete is kept, for a draft may be incomplete, and the task list says what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from storefront import config
from storefront.catalog.checking import LONG_TEXTS, MOST_MINOR, MOST_REASON
from storefront.catalog.content import Content, retold
from storefront.catalog.listing import WHOLE
from storefront.charities.models import Cause, Charity, CharityStatus
from storefront.core import amounts
from storefront.core.db import session
from storefront.core.refs import new_ref

Form = MultiDict[str, str]
BLANK_ROWS, MOST_ROWS = 2, 60
# Stands among the consents of a picture or story until a real one is chosen; it is never in force.
MISSING = ""
# What each task of the editor asks for: parts of a listing's content.
PARTS: dict[str, tuple[str, ...]] = {
    "photos": ("pictures",),
    "title": ("title", "subtitle"),
    "description": ("description", "cause"),
    "kinds": ("variants", "option_name", "unit", "unit_amount"),
    "split": ("shares",),
    "pledge": ("pledge",),
    "materials": ("materials", "materials_text", "care"),
    "story": ("story",),
    "translation": ("story",),
    "claims": ("claims",),
}


class Misread(ValueError):
    """An answer makes no sense: the id of its field, and what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def read(task: str, form: Form, content: Content, currency: str) -> Content:
    """What the form of a task says, as parts of the content. Raises Misread."""
    return _READERS[task](form, content, currency)


def _photos(form: Form, content: Content, _currency: str) -> Content:
    pictures = [
        {
            "ref": one["ref"],
            "alt": read_text(form, f"alt-{one['ref']}", 400, one["alt"]),
            **_focus(form, one),
            **read_people(form, f"-{one['ref']}", one),
        }
        for one in content["pictures"]
    ]
    act, _sep, ref = form.get("act", "").partition("-")
    at = next((at for at, one in enumerate(pictures) if one["ref"] == ref), None)
    if at is not None and act == "remove":
        del pictures[at]
    if at is not None and act in ("up", "down"):
        to = min(max(at + (1 if act == "down" else -1), 0), len(pictures) - 1)
        pictures.insert(to, pictures.pop(at))
    return {"pictures": pictures}


def _title(form: Form, _content: Content, _currency: str) -> Content:
    return {"title": read_text(form, "title", 200), "subtitle": read_text(form, "subtitle", 120)}


def _description(form: Form, _content: Content, _currency: str) -> Content:
    return {"description": read_text(form, "description", 200), "cause": read_text(form, "cause", 20)}


def _kinds(form: Form, content: Content, currency: str) -> Content:
    variants = [
        {
            "sku": read_text(form, f"sku-{at}", 60).upper() or new_ref(8),
            "name": read_text(form, f"name-{at}", 120),
            "price_minor": _amount(form, f"price-{at}", currency) or 0,
            "weight_g": read_whole(form, f"weight-{at}", 1_000_000) or 0,
        }
        for at in _kinds_given(form, content)
    ]
    return {
        "variants": variants,
        "option_name": read_text(form, "option_name", 60),
        "unit": read_text(form, "unit", 10),
        "unit_amount": read_whole(form, "unit_amount", 1_000_000),
    }


def _kinds_given(form: Form, content: Content) -> list[int]:
    """The rows of the form that say anything, by number; a saved kind goes with its name, price and code."""
    saved, new = ("name", "price", "sku"), ("name", "price", "sku", "weight", "stock")
    there = len(content["variants"])
    return [
        at
        for at in range(row_count(form, "name", there + BLANK_ROWS))
        if any(form.get(f"{name}-{at}", "").strip() for name in (saved if at < there else new))
    ]


def first_stock(form: Form, content: Content, read: Content) -> dict[str, int]:
    """With how many pieces each kind that was `read` begins, if it isn't on sale yet, by article code."""
    counts = [read_whole(form, f"stock-{at}", 1_000_000) for at in _kinds_given(form, content)]
    rows = zip(read["variants"], counts, strict=True)
    return {row["sku"]: count for row, count in rows if count is not None}


def row_count(form: Mapping[str, str], name: str, shown: int) -> int:
    """How many rows a form has: as many as are `shown`, or more where more came, as when they were fewer meanwhile."""
    return max(shown, sum(f"{name}-{at}" in form for at in range(MOST_ROWS)))


def shop_share() -> int:
    """What the shop takes of each price after the pledge, in basis points."""
    return round(Decimal(config.current().shop_share) * WHOLE)


def split_rows(content: Content) -> tuple[list[dict[str, Any]], dict[str, Any], list[dict[str, Any]]]:
    """The shares in three: the shop's, which are fixed; the makers', which get what is left; and the others."""
    shares = content["shares"]
    shop = [row for row in shares if row["share_to"] == "shop"] or [
        {"share_to": "shop", "label": _("Running the shop"), "basis": "cost", "basis_points": shop_share()}
    ]
    makers = next((row for row in shares if row["share_to"] == "makers"), None)
    others = [row for row in shares if row["share_to"] != "shop" and row is not makers]
    fixed = sum(row["basis_points"] for row in [*shop, *others])
    rest = {"share_to": "makers", "label": _("The makers"), "basis": "cost", "basis_points": WHOLE - fixed}
    return shop, makers or rest, others


def _split(form: Form, content: Content, _currency: str) -> Content:
    shop, makers, others = split_rows(content)
    rows = []
    for at in range(row_count(form, "label", len(others) + BLANK_ROWS)):
        label, points = read_text(form, f"label-{at}", 120), _points(form, f"percent-{at}")
        if not label and not points:
            continue
        to = form.get(f"to-{at}", "")
        if to not in ("materials", "other", "makers") or not label or not points:
            raise Misread(f"label-{at}", _("Say what this part is for and how many percent it is."))
        rows.append({"share_to": to, "label": label, "basis": "cost", "basis_points": points})
    left = WHOLE - sum(row["basis_points"] for row in [*shop, *rows])
    if left < 1:
        raise Misread("percent-0", _("These parts leave nothing for the makers. Make them smaller."))
    label = read_text(form, "makers", 120) or makers["label"]
    basis = "prepaid" if "prepaid" in form else "cost"
    first = {"share_to": "makers", "label": label, "basis": basis, "basis_points": left}
    return {"shares": [first, *rows, *shop]}


def _pledge(form: Form, content: Content, currency: str) -> Content:
    charity, _sep, project = form.get("to", "").partition("|")
    if not charity:
        return {"pledge": None}
    rate, amount = _points(form, "percent"), _amount(form, "amount", currency)
    if bool(rate) == bool(amount):
        raise Misread("percent", _("Give either a percentage or an amount, not both."))
    text = format((Decimal(rate or 0) / WHOLE).normalize(), "f") if rate else ""
    rule = {
        "charity": charity,
        "project": project,
        "rate": text,
        "amount_minor": amount,
        "cap_minor": _amount(form, "cap", currency) or None,
        "ends_on": read_text(form, "ends_on", 10),
    }
    before = content["pledge"]
    same = before is not None and {**before, **rule} == before
    return {"pledge": {**rule, "starts_on": before["starts_on"] if same else ""}}


def _materials(form: Form, _content: Content, _currency: str) -> Content:
    words = [re.sub(r"[\s_-]+", "-", one.strip().lower()) for one in form.get("materials", "").split(",")]
    return {
        "materials": sorted({one for one in words if one}),
        "materials_text": read_text(form, "materials_text", LONG_TEXTS["materials_text"]),
        "care": read_text(form, "care", LONG_TEXTS["care"]),
    }


def _story(form: Form, content: Content, _currency: str) -> Content:
    parts = [form.get("body", ""), *(form.get(f"prompt-{at}", "") for at in range(4))]
    body = "\n\n".join(part.strip() for part in parts if part.strip())
    if len(body) > LONG_TEXTS["body"]:
        raise Misread("body", _("Shorten the story to %(most)s characters.", most=LONG_TEXTS["body"]))
    lang = read_text(form, "lang", 35) or "en"
    told = {**content["story"], "title": read_text(form, "title", 200), "body": body, "lang": lang}
    story = retold(told)
    return {"story": {**story, **read_people(form, "", story)}}


def _translation(form: Form, content: Content, _currency: str) -> Content:
    told = {"title": read_text(form, "title", 200), "body": read_text(form, "body", LONG_TEXTS["body"])}
    return {"story": {**content["story"], "translation": {**told, "by": read_text(form, "by", 200)}}}


def _claims(form: Form, content: Content, _currency: str) -> Content:
    names = {"text": 300, "level": 20, "verifier": 200, "document": 200, "document_url": 300}
    rows, saved = [], content["claims"]
    for at in range(row_count(form, "text", len(saved) + 1)):
        row = {name: read_text(form, f"{name}-{at}", most) for name, most in names.items()}
        row |= {name: read_text(form, f"{name}-{at}", 10) for name in ("stated_on", "expires_on")}
        if _is_claim(row, saved[at] if at < len(saved) else None):
            rows.append(row)
    return {"claims": rows}


def _is_claim(row: dict[str, str], saved: dict[str, str] | None) -> bool:
    """Whether a row says anything; a saved claim goes when its sentence is emptied and the rest is as it was."""
    if saved and saved["text"] and not row["text"]:
        return {**row, "text": saved["text"]} != saved
    return any(value for name, value in row.items() if name != "level")


_READERS: dict[str, Callable[[Form, Content, str], Content]] = {
    "photos": _photos,
    "title": _title,
    "description": _description,
    "kinds": _kinds,
    "split": _split,
    "pledge": _pledge,
    "materials": _materials,
    "story": _story,
    "translation": _translation,
    "claims": _claims,
}


def read_text(form: Form, name: str, most: int, default: str = "") -> str:
    """A line or text of at most so many characters. Raises Misread."""
    value = form.get(name, default).strip()
    if len(value.replace("\r\n", "\n")) > most:
        raise Misread(name, _("Shorten this to %(most)s characters.", most=most))
    return value


def read_reason(form: Form) -> str:
    """Why it changes, which shoppers read. Raises Misread."""
    return read_text(form, "reason", MOST_REASON)


def read_people(form: Form, ending: str, before: Mapping[str, Any]) -> dict[str, list[str]]:
    """Whose consents a picture or story rests on: none where nobody is recognised, `MISSING` where one is to come."""
    said = form.get(f"people{ending}", "")
    if said == "yes":
        chosen = {ref for ref in form.getlist(f"consent{ending}") if re.fullmatch(r"[0-9A-Z]{1,20}", ref)}
        return {"consents": sorted(chosen) or [MISSING]}
    if said == "no":
        return {"consents": []}
    return {"consents": before["consents"]} if "consents" in before else {}


def _focus(form: Form, picture: dict[str, Any]) -> dict[str, int]:
    """Which ninth of the picture must not be cut off, as the middle of it in percent across and down."""
    across, _sep, down = form.get(f"focus-{picture['ref']}", "").partition("-")
    if {across, down} <= {"0", "50", "100"}:
        return {"focus_x": int(across), "focus_y": int(down)}
    return {name: picture[name] for name in ("focus_x", "focus_y")}


def read_whole(form: Form, name: str, most: int) -> int | None:
    """A whole number from 0, or None where none was written. Raises Misread."""
    value = form.get(name, "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) <= most):
        raise Misread(name, _("Write a whole number, such as 12."))
    return int(value)


def _amount(form: Form, name: str, currency: str) -> int | None:
    value = form.get(name, "").strip()
    if not value:
        return None
    try:
        minor = amounts.read(value, currency)
    except amounts.NoAmount as error:
        if error.ambiguous:
            raise Misread(name, _("This could be two amounts. Write 1000 or 1.00.")) from error
        raise Misread(name, _("Write an amount such as 12.50.")) from error
    if minor > MOST_MINOR:
        raise Misread(name, _("This amount is too large."))
    return minor


def _points(form: Form, name: str) -> int:
    """A percentage in basis points; 0 where nothing was given."""
    value = form.get(name, "").strip().rstrip("%").strip().replace(",", ".")
    if not value:
        return 0
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", value) or Decimal(value) > 100:
        raise Misread(name, _("Write a percentage from 0 to 100, such as 12.5."))
    return int(Decimal(value) * 100)


def causes() -> list[str]:
    """The causes that a product can serve."""
    return [cause.value for cause in Cause]


def charities() -> list[tuple[str, str]]:
    """Approved charities and their projects, as choices."""
    choices = [("", _("No pledge"))]
    for charity in session().scalars(
        select(Charity).where(Charity.status == CharityStatus.APPROVED).order_by(Charity.name)
    ):
        choices.append((f"{charity.slug}|", charity.name))
        choices += [(f"{charity.slug}|{one.slug}", f"{charity.name}: {one.name}") for one in charity.projects]
    return choices
