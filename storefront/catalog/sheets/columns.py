"""The columns of a spreadsheet of listings, and what they say of a listing: one row a variant.

What belongs to a product stands in the first of its rows and, where it likes, again in the others. `cells` is the
export; what comes in is compared with it cell by cell, so that an export that comes back as it went changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from storefront.catalog.checking import MOST_CLAIMS, MOST_PICTURES, MOST_SHARES
from storefront.catalog.content import Content
from storefront.catalog.models import Variant
from storefront.core import amounts, tables
from storefront.core.tables import Table

KEY, SKU = "product", "sku"
VERSION = "version_seen"  # of a listing when it was exported: its number as approved, 0 before the first
TEXTS = ("title", "subtitle", "description", "cause")
OF_VARIANT = (SKU, "option", "price", "currency", "stock", "stock_seen", "weight_g")
MATERIALS = ("materials", "materials_text", "care")
UNIT = ("option_name", "unit_amount", "unit")
# The four questions of the story's editor; what they say is put behind `story`, a paragraph each.
PROMPTS = ("story_who", "story_how", "story_pays_for", "story_hard")
STORY = ("story_title", "story", "story_lang")
PLEDGE = ("charity", "project", "percent", "amount", "cap", "ends_on")
SPLIT = ("to", "label", "percent", "basis")
CLAIM = {"level": "level", "verifier": "verifier", "document": "document", "link": "document_url",
         "since": "stated_on", "until": "expires_on"}  # fmt: skip
WHY = "why_it_changes"
_PLEDGES = tuple(f"pledge_{name}" for name in PLEDGE)
_PLAIN = (KEY, VERSION, *TEXTS, *OF_VARIANT, *UNIT, *MATERIALS, *STORY, *PROMPTS, *_PLEDGES, WHY)
REQUIRED = (KEY, SKU)
MOST_ROWS = 3000
# What an export has even if no listing needs it yet: the columns of a first listing.
ALWAYS = frozenset(
    (*_PLAIN, "image_1", "alt_1", "split_1_to", "split_1_label", "split_1_percent", "split_1_basis")
) - frozenset(PROMPTS)


def pictures(at: int) -> tuple[str, str]:
    """The columns of a picture, counted from 1."""
    return f"image_{at}", f"alt_{at}"


def split(at: int) -> dict[str, str]:
    """The columns of a part of the price, by what they hold."""
    return {name: f"split_{at}_{name}" for name in SPLIT}


def claim(at: int) -> dict[str, str]:
    """The columns of a claim, by the part of the content that they hold."""
    return {"text": f"claim_{at}"} | {part: f"claim_{at}_{name}" for name, part in CLAIM.items()}


def set_of(column: str) -> str:
    """What is read as one: all columns of the story, the split, the claims and so on; else the column itself."""
    for name in ("pledge", "split", "claim", "story"):
        if column.startswith(name):
            return name
    return "image" if column.startswith(("image", "alt")) else column


def every() -> tuple[str, ...]:
    """All columns in the order of the export, with as many numbered ones as a listing can have."""
    numbered = [name for at in range(1, MOST_PICTURES + 1) for name in pictures(at)]
    numbered += [name for at in range(1, MOST_SHARES + 1) for name in split(at).values()]
    numbered += [name for at in range(1, MOST_CLAIMS + 1) for name in claim(at).values()]
    return (*_PLAIN[:-1], *numbered, WHY)


_EVERY = frozenset(every())


def known(column: str) -> bool:
    """Whether there is such a column."""
    return column in _EVERY


def read(data: bytes) -> Table:
    """The rows of a CSV file with these columns. Raises UnreadableTable."""
    return tables.read(data, known=known, names=every(), required=REQUIRED, most=MOST_ROWS)


def cells(
    key: str,
    what: Content,
    *,
    version: int,
    stock: Mapping[str, int],
    live: Iterable[Variant],
    reason: str,
    currency: str,
) -> list[dict[str, str]]:
    """A listing's rows, one a variant or one without any: all that is not empty, by column."""
    of_product = _of_product(what, currency) | {KEY: key, VERSION: str(version), WHY: reason}
    counted = {variant.sku: variant.stock for variant in live}
    rows = []
    for row in what["variants"] or [None]:
        found = dict(of_product)
        if row:
            there = counted.get(row["sku"])
            found |= {
                SKU: row["sku"],
                "option": row["name"],
                "price": amounts.write(row["price_minor"], currency) if row["price_minor"] else "",
                "currency": currency,
                "stock": str(stock.get(row["sku"], "") if there is None else there),
                "stock_seen": "" if there is None else str(there),
                "weight_g": str(row["weight_g"] or ""),
            }
        rows.append({name: value.strip() for name, value in found.items() if value.strip()})
    return rows


def _of_product(what: Content, currency: str) -> dict[str, str]:
    found = {name: what[name] for name in (*TEXTS, "option_name", "unit", "materials_text", "care")}
    found |= {"unit_amount": str(what["unit_amount"] or ""), "materials": ", ".join(what["materials"])}
    told = what["story"]
    if told["title"] or told["body"]:
        found |= {"story_title": told["title"], "story": told["body"], "story_lang": told["lang"]}
    if what["pledge"]:
        found |= {f"pledge_{name}": value for name, value in _pledge(what["pledge"], currency).items()}
    for at, row in enumerate(what["pictures"], start=1):
        found |= dict(zip(pictures(at), (row["ref"], row["alt"]), strict=True))
    for at, row in enumerate(what["shares"], start=1):
        values = (row["share_to"], row["label"], percent(row["basis_points"]), row["basis"])
        found |= dict(zip(split(at).values(), values, strict=True))
    for at, row in enumerate(what["claims"], start=1):
        found |= {column: row[part] for part, column in claim(at).items()}
    return found


def _pledge(row: Mapping[str, Any], currency: str) -> dict[str, str]:
    written = {
        name: amounts.write(row[f"{name}_minor"], currency) if row[f"{name}_minor"] else ""
        for name in ("amount", "cap")
    }
    rate = f"{(Decimal(row['rate']) * 100).normalize():f}" if row["rate"] else ""
    return {"charity": row["charity"], "project": row["project"], "percent": rate, "ends_on": row["ends_on"], **written}


def percent(basis_points: int) -> str:
    """`12.5` for 1250 basis points."""
    return f"{basis_points / 100:g}"
