"""What the rows of one product say, as parts of a listing's content.

Only cells that differ from the export of what there is are read at all: a column that isn't in the file leaves things
as they are, an empty cell empties them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storefront.catalog.checking import LENGTHS, LONG_TEXTS, MOST_CLAIMS, MOST_PICTURES, MOST_REASON, MOST_SHARES
from storefront.catalog.content import Content, clean, retold
from storefront.catalog.listing import WHOLE
from storefront.catalog.models import Basis, Share
from storefront.catalog.sheets import columns
from storefront.catalog.sheets.cells import Cells
from storefront.charities.models import Cause
from storefront.core.tables import Row
from storefront.provenance.models import Level


@dataclass(frozen=True)
class Image:
    """A picture that a listing is to have: its name, its words (None: as they are), and the column that says so."""

    name: str
    alt: str | None
    column: str


@dataclass
class Kind:
    """A variant's row: what it changes of the variant's content, and the stock as counted, and as it was before."""

    sku: str
    row: int
    facts: dict[str, Any] = field(default_factory=dict)
    stock: int | None = None
    stock_seen: int | None = None


def parts(cells: Cells, base: Content, fixed: Sequence[Mapping[str, Any]]) -> Content:
    """The parts of the content that the file changes, pictures and variants apart; `fixed` are the shop's shares."""
    found: Content = {}
    for name in (*columns.TEXTS, "option_name", "unit", "materials_text", "care"):
        if name in cells.changed:
            found[name] = cells.text(name, LENGTHS.get(name) or LONG_TEXTS.get(name, 20))
    if "cause" in found:
        found["cause"] = cells.one_of("cause", [one.value for one in Cause])
    if "unit_amount" in cells.changed:
        found["unit_amount"] = cells.whole("unit_amount") or None
    if "materials" in cells.changed:
        words = [re.sub(r"[\s_-]+", "-", one.strip().lower()) for one in cells.value("materials").split(",")]
        found["materials"] = sorted({one for one in words if one})
    if "story" in cells.changed:
        found["story"] = _story(cells, base["story"])
    if "pledge" in cells.changed:
        found["pledge"] = _pledge(cells, base["pledge"])
    if "split" in cells.changed:
        found["shares"] = _shares(cells, fixed)
    if "claim" in cells.changed:
        found["claims"] = _claims(cells)
    return found


def why(cells: Cells) -> str | None:
    """Why the listing changes, or None where the file says nothing new of it."""
    return cells.text(columns.WHY, MOST_REASON) if columns.WHY in cells.changed else None


def images(cells: Cells) -> list[Image] | None:
    """The pictures in their order, or None where nothing differs."""
    if "image" not in cells.changed:
        return None
    found = []
    for at in range(1, MOST_PICTURES + 1):
        image, alt = columns.pictures(at)
        words = cells.text(alt, 400) if cells.has(alt) else None
        if cells.value(image):
            found.append(Image(cells.value(image), words, image))
        elif words:
            cells.fault(alt, "words_without_image")
    return found


def kinds(cells: Cells) -> list[Kind]:
    """The variants' rows; a row without any of a variant's cells is none."""
    return [_kind(cells, row) for row in cells.rows if any(row.cells.get(name) for name in columns.OF_VARIANT)]


def _story(cells: Cells, base: Mapping[str, str]) -> dict[str, str]:
    story = {**base}
    if cells.has("story_title"):
        story["title"] = cells.text("story_title", 200)
    if any(map(cells.has, ("story", *columns.PROMPTS))):
        told = [cells.text(name, LONG_TEXTS["body"]) for name in ("story", *columns.PROMPTS)]
        story["body"] = "\n\n".join(part for part in told if part)
    story["lang"] = cells.text("story_lang", 35) or story["lang"]
    return retold(story)


def _pledge(cells: Cells, base: Mapping[str, Any] | None) -> dict[str, Any] | None:
    rate, amount = cells.percent("pledge_percent", 4) / 100, cells.amount("pledge_amount")
    rule: dict[str, Any] = {
        "charity": cells.value("pledge_charity"),
        "project": cells.value("pledge_project"),
        "rate": format(rate.normalize(), "f") if rate else "",
        "amount_minor": amount,
        "cap_minor": cells.amount("pledge_cap"),
        "ends_on": cells.day("pledge_ends_on"),
    }
    if not rule["charity"]:
        if any(rule.values()):
            cells.fault("pledge_charity", "no_charity")
        return None
    if bool(rate) == bool(amount):
        cells.fault("pledge_percent", "rate_or_amount")
        return dict(base) if base else None
    same = base is not None and {**base, **rule} == base
    return {**rule, "starts_on": base["starts_on"] if base and same else ""}


def _shares(cells: Cells, fixed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parts of the price. The shop's are what they are: a file leaves them out or gives them as they are."""
    rows: list[dict[str, Any]] = []
    faults = len(cells.faults)
    for at in range(1, MOST_SHARES + 1):
        names = columns.split(at)
        if not any(map(cells.value, names.values())):
            continue
        to = cells.one_of(names["to"], [one.value for one in Share if one != Share.CHARITY])
        points, label = int(cells.percent(names["percent"]) * 100), cells.text(names["label"], 120)
        basis = cells.one_of(names["basis"], [Basis.COST.value, Basis.PREPAID.value], Basis.COST)
        if (not to or not label or not points) and len(cells.faults) == faults:
            cells.fault(names["to"], "half_a_part")
        rows.append({"share_to": to, "label": label, "basis": basis, "basis_points": points})
    own = [row for row in rows if row["share_to"] == Share.SHOP]
    wanted = sum(row["basis_points"] for row in fixed)
    if own and sum(row["basis_points"] for row in own) != wanted:
        cells.fault("split_1_percent", "shops_part", percent=columns.percent(wanted))
    if rows and not own:
        rows += [dict(row) for row in fixed]
    total = sum(row["basis_points"] for row in rows)
    if rows and total != WHOLE and len(cells.faults) == faults:
        facts = {"percent": columns.percent(total), "shop": columns.percent(wanted)}
        cells.fault("split_1_percent", "split_not_whole", **facts)
    return rows


def _claims(cells: Cells) -> list[dict[str, str]]:
    most = {"text": 300, "verifier": 200, "document": 200, "document_url": 300}
    levels = [one.value for one in Level if one != Level.EXPIRED]
    rows = []
    for at in range(1, MOST_CLAIMS + 1):
        names = columns.claim(at)
        row: dict[str, str] = {part: cells.text(names[part], length) for part, length in most.items()}
        row["level"] = cells.one_of(names["level"], levels, Level.DECLARED)
        row |= {part: cells.day(names[part]) for part in ("stated_on", "expires_on")}
        if any(map(cells.value, names.values())):
            if not row["text"]:
                cells.fault(names["text"], "half_a_claim", number=at)
            rows.append(row)
    return rows


def _kind(cells: Cells, row: Row) -> Kind:
    sku, number = row.cells[columns.SKU], row.number
    old = cells.before.get(sku, {})
    changed = {name for name, value in row.cells.items() if value != old.get(name, "")}
    kind = Kind(sku, number)
    if not sku or len(sku) > 60 or not sku.isprintable():
        cells.fault_at(number, columns.SKU, "no_sku", sku)
    currency = row.cells.get("currency", "")
    if currency and currency.upper() != cells.currency:
        cells.fault_at(number, "currency", "other_currency", currency, currency=cells.currency)
    if "option" in changed:
        name = kind.facts["name"] = clean(row.cells["option"])
        if len(name) > 120:
            cells.fault_at(number, "option", "too_long", name, most=120)
    if "price" in changed and row.cells["price"]:
        price = cells.amount_at(number, "price", row.cells["price"])
        if price is not None:
            kind.facts["price_minor"] = price
    if "weight_g" in changed:
        kind.facts["weight_g"] = cells.whole_at(number, "weight_g", row.cells["weight_g"]) or 0
    counted, seen = (row.cells.get(name, "") for name in ("stock", "stock_seen"))
    if counted != seen:
        kind.stock = cells.whole_at(number, "stock", counted)
        kind.stock_seen = cells.whole_at(number, "stock_seen", seen)
    return kind
