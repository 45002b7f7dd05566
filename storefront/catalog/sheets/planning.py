"""Decides what a spreadsheet of listings would do, from what there is; `importing` does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from storefront.catalog import checking, content
from storefront.catalog.checking import Problem
from storefront.catalog.content import Content
from storefront.catalog.models import Product, ProductStatus, RevisionState, Variant
from storefront.catalog.sheets import columns, reading
from storefront.catalog.sheets.cells import Cells, Fault
from storefront.catalog.sheets.finding import Shelf, There
from storefront.catalog.sheets.pictures import Pictures
from storefront.catalog.sheets.reading import Image, Kind
from storefront.catalog.sheets.steps import NEW, Plan, Setting, Step
from storefront.core import media
from storefront.core.archives import NotInArchive
from storefront.core.tables import Row, Table

# What a draft may still lack; anything else that is wrong with it keeps the row back.
_TO_DO = (
    "missing", "no_photo", "no_kind", "people_unasked", "no_consent", "story_people_unasked", "no_story_consent",
    "half_a_translation",
)  # fmt: skip
_COLUMNS = {
    "photos": "image_1", "title": "title", "description": "description", "kinds": columns.SKU, "materials": "materials",
    "split": "split_1_percent", "pledge": "pledge_charity", "story": "story", "claims": "claim_1",
}  # fmt: skip
_PARTS = {
    "pictures": "photos", "title": "title", "subtitle": "title", "description": "description", "cause": "description",
    "variants": "kinds", "option_name": "kinds", "unit": "kinds", "unit_amount": "kinds", "shares": "split",
    "pledge": "pledge", "materials": "materials", "materials_text": "materials", "care": "materials", "story": "story",
    "claims": "claims",
}  # fmt: skip
_TASKS = _PARTS | {columns.set_of(column): task for task, column in _COLUMNS.items()}
_TASKS |= dict.fromkeys(columns.OF_VARIANT, "kinds")


def plan(table: Table, setting: Setting, pictures: Pictures) -> Plan:
    """What the table would do. Reads the database and changes nothing."""
    shelf = Shelf(setting.producer, setting.pledge_of)
    pictures.refuse_withdrawn()
    groups: dict[str, list[Row]] = {}
    steps = []
    for row in table.rows:
        sku = row.cells[columns.SKU]
        row.cells[columns.SKU] = sku if sku in shelf.by_sku else sku.upper()
        if row.cells[columns.KEY]:
            groups.setdefault(row.cells[columns.KEY], []).append(row)
        else:
            fault = Fault(row.number, columns.KEY, "no_key")
            steps.append(Step("", row.number, None, content.empty(), faults=[fault]))
    meant = {key: _meant(key, rows, shelf) for key, rows in groups.items()}
    there = shelf.read({one for one in meant.values() if one is not None})
    first: dict[str | int, int] = {}
    for key, rows in groups.items():
        step = _step(key, rows, there.get(meant[key] or 0), setting, pictures)
        # Rows that are of another product make no sense beside this one, and what they'd do to it is beside the point.
        step.faults = list(_clashes(key, rows, meant[key], shelf, first)) or step.faults
        steps.append(step)
    return Plan.of(sorted(steps, key=lambda step: step.row))


def _meant(key: str, rows: Sequence[Row], shelf: Shelf) -> int | None:
    """Which of the group's products the rows are of: the one of that key, or the one with one of their codes."""
    known = (shelf.by_sku.get(row.cells[columns.SKU]) for row in rows)
    return shelf.by_key.get(key) or next((one for one in known if one is not None), None)


def _clashes(
    key: str, rows: Sequence[Row], product_id: int | None, shelf: Shelf, first: dict[str | int, int]
) -> Iterator[Fault]:
    """Codes that stand twice in the file or belong to another product, and products under two keys."""
    for row in rows:
        sku, number = row.cells[columns.SKU], row.number
        if sku and first.setdefault(sku, number) != number:
            yield Fault(number, columns.SKU, "sku_twice", sku, {"first": first[sku]})
        elif shelf.by_sku.get(sku, product_id) != product_id:
            yield Fault(number, columns.SKU, "sku_elsewhere", sku)
    if product_id is not None and first.setdefault(product_id, rows[0].number) != rows[0].number:
        yield Fault(rows[0].number, columns.KEY, "same_product", key, {"first": first[product_id]})


def _step(key: str, rows: Sequence[Row], there: There | None, setting: Setting, pictures: Pictures) -> Step:
    base = there.content if there else content.empty()
    cells = Cells(rows, there.rows if there else [], there.product.currency if there else setting.currency)
    step = Step(key, rows[0].number, there, base)
    fixed = [row for row in base["shares"] if row["share_to"] == "shop"] or setting.fixed
    changes = reading.parts(cells, base, fixed)
    images = reading.images(cells)
    if images is not None:
        changes["pictures"] = _pictures(images, base["pictures"], cells, pictures)
    changes["variants"], before = _kinds(step, reading.kinds(cells), cells, setting)
    step.content = {**base, **content.clean(changes)}
    step.changed = tuple(name for name in changes if step.content[name] != {**base, "variants": before}[name])
    step.why = reading.why(cells)
    _check(step, cells)
    step.faults += cells.faults
    return step


def _pictures(
    images: Sequence[Image], base: Sequence[Mapping[str, Any]], cells: Cells, pictures: Pictures
) -> list[dict[str, Any]]:
    """The listing's pictures, each once: those it has are named by their references or sent again, others are new."""
    there = {one["ref"]: one for one in base}
    found: list[dict[str, Any]] = []
    known = media.by_sha256(there) if any(image.name not in there for image in images) else {}
    for image in images:
        old, name = there.get(image.name), ""
        if not old:
            try:
                name = pictures.find(image.name)
            except NotInArchive as error:
                cells.fault(image.column, "two_of_that_name" if error.several else "not_in_zip")
                continue
            old = there.get(known.get(pictures.sha256(name), ""))
        if old and any(one["ref"] == old["ref"] for one in found):
            continue
        if old:
            found.append({**old, "alt": old["alt"] if image.alt is None else image.alt})
            continue
        if pictures.refused(name):
            cells.fault(image.column, f"picture_{pictures.refused(name)}")
        if not image.alt:
            cells.fault(image.column, "no_alt_text", alt=image.column.replace("image", "alt"))
        found.append({"ref": f"{NEW}{name}", "alt": image.alt or "", "focus_x": 50, "focus_y": 50})
    return found


def _kinds(
    step: Step, kinds: Sequence[Kind], cells: Cells, setting: Setting
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The variants as they are to be, and as they will be once what is for at once is done."""
    rows = {row["sku"]: dict(row) for row in step.content["variants"]}
    before = {sku: dict(row) for sku, row in rows.items()}
    live = {one.sku: one for one in step.there.product.variants} if step.there else {}
    begins = step.there.revision.stock if step.there and step.there.revision else {}
    if not kinds and not step.there:
        cells.fault_at(step.row, columns.SKU, "no_sku")
    for kind in kinds:
        if kind.sku not in rows and "price_minor" not in kind.facts:
            kind.facts["price_minor"] = 0
            if not any(one.row == kind.row and one.column == "price" for one in cells.faults):
                cells.fault_at(kind.row, "price", "no_price", sku=kind.sku)
        row = rows.setdefault(kind.sku, {"sku": kind.sku, "name": "", "price_minor": 0, "weight_g": 0})
        row |= kind.facts
        variant = live.get(kind.sku)
        if variant is None:
            if kind.stock is not None and kind.stock != begins.get(kind.sku):
                step.stock[kind.sku] = kind.stock
            continue
        _count(step, kind, variant, cells)
        if 0 < kind.facts.get("price_minor", 0) < variant.price_minor:
            _lower(step, kind, variant, before[kind.sku], cells, setting)
    return list(rows.values()), list(before.values())


def _count(step: Step, kind: Kind, variant: Variant, cells: Cells) -> None:
    if kind.stock is None or kind.stock == variant.stock:
        return
    if kind.stock_seen is not None and kind.stock_seen != variant.stock:
        facts = {"seen": kind.stock_seen, "now": variant.stock}
        cells.fault_at(kind.row, "stock", "stock_moved", str(kind.stock), **facts)
        return
    step.counted.append((variant, kind.stock))


def _lower(step: Step, kind: Kind, variant: Variant, before: dict[str, Any], cells: Cells, setting: Setting) -> None:
    """A lower price is for at once; a draft that still had the old one follows."""
    price, pledge = kind.facts["price_minor"], setting.pledge_of(variant.product_id)
    if pledge and checking.owed(dict(pledge), price) > price:
        cells.fault_at(kind.row, "price", "more_than_price")
    step.lowered.append((variant, price))
    if before["price_minor"] == variant.price_minor:
        before["price_minor"] = price


def _check(step: Step, cells: Cells) -> None:
    """What can't be with this product now, and what its draft still lacks."""
    status = step.there.product.status if step.there else ProductStatus.DRAFT
    if status == ProductStatus.ARCHIVED:
        cells.fault_at(step.row, columns.KEY, "archived", step.key)
    revision = step.there.revision if step.there else None
    if step.drafted and revision is not None and revision.state == RevisionState.SENT:
        cells.fault_at(step.row, columns.KEY, "with_reviewers", step.key)
    if not step.there and not step.content["title"]:
        cells.fault("title", "missing")
    seen = cells.whole(columns.VERSION)
    if step.there and seen not in (None, step.there.version) and (step.drafted or step.lowered):
        cells.fault(columns.VERSION, "changed_meanwhile", now=step.there.version)
    if not step.drafted:
        return
    product = step.there.product if step.there else Product(status=status, currency=cells.currency)
    touched = {_PARTS[name] for name in step.changed}
    faulty = {_TASKS.get(columns.set_of(one.column)) for one in cells.faults}
    for problem in checking.problems(product, step.content):
        if problem.code == "gone" and _is_new(step.content["pictures"], problem):
            continue
        if problem.task not in touched or _is_to_do(problem, step.content):
            step.missing.append(problem)
        elif problem.task not in faulty:
            _blame(problem, cells)


def _is_new(pictures: Sequence[Mapping[str, Any]], problem: Problem) -> bool:
    return str(pictures[problem.facts["number"] - 1]["ref"]).startswith(NEW)


def _is_to_do(problem: Problem, what: Content) -> bool:
    """Whether an answer is only still to be given, as a draft may leave it."""
    if problem.task == "split":
        return not what["shares"]
    return problem.code in _TO_DO or (problem.code == "no_cause" and not what["cause"])


def _blame(problem: Problem, cells: Cells) -> None:
    """Put a problem of the listing to the row and column that it came from."""
    sku = problem.facts.get("sku")
    row = next((one.number for one in cells.rows if sku and one.cells[columns.SKU] == sku), None)
    if row is None:
        cells.fault(_COLUMNS[problem.task], problem.code, **problem.facts)
    else:
        cells.fault_at(row, columns.SKU, problem.code, str(sku), **problem.facts)
