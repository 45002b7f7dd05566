"""What the check of a spreadsheet found, as data that is kept until somebody reads it."""

from __future__ import annotations

from typing import Any

from storefront.catalog.sheets.cells import Fault
from storefront.catalog.sheets.pictures import TooManyPictures
from storefront.catalog.sheets.steps import Plan, Step
from storefront.core.archives import UnfitArchive
from storefront.core.tables import Table, UnreadableTable

MOST_SHOWN = 300
OURS: dict[str, Any] = {"refused": "ours"}  # a fault of the shop's, not of the file
KINDS = ("new", "draft", "at_once", "unchanged", "faulty")
Refusal = UnreadableTable | UnfitArchive | TooManyPictures


def report(found: Plan, table: Table, unused: list[str]) -> dict[str, Any]:
    """A plan in short: what was read and how, how many products of each kind, and the first few hundred of each."""
    told = [_step(step) for step in found.steps if step.kind not in ("unchanged", "faulty")]
    return {
        "encoding": table.encoding,
        "separator": table.separator,
        "doubtful": list(table.doubtful),
        "rows": len(table.rows),
        "unused": unused[:20],
        "counts": {kind: found.count(kind) for kind in KINDS},
        "faults": [[one.row, one.column, one.code, one.read, dict(one.facts)] for one in found.faults[:MOST_SHOWN]],
        "faults_in_all": len(found.faults),
        "steps": told[:MOST_SHOWN],
        "steps_in_all": len(told),
        "changed": False,
    }


def refusal(error: Refusal) -> dict[str, Any]:
    """Why a file was not read at all."""
    if isinstance(error, UnreadableTable):
        return {"refused": "table", "why": error.why, "facts": error.facts}
    if isinstance(error, UnfitArchive):
        return {"refused": "archive", "why": error.why, "facts": {"name": error.name}}
    return {"refused": "pictures", "why": "", "facts": {}}


def refused(kept: dict[str, Any]) -> Refusal:
    """The same, from what was kept."""
    if kept["refused"] == "table":
        return UnreadableTable(kept["why"], **kept["facts"])
    return UnfitArchive(kept["why"], **kept["facts"]) if kept["refused"] == "archive" else TooManyPictures()


def faults(kept: dict[str, Any]) -> list[Fault]:
    """The faults, from what was kept."""
    return [Fault(*one) for one in kept["faults"]]


def _step(step: Step) -> dict[str, Any]:
    return {
        "key": step.key,
        "row": step.row,
        "kind": step.kind,
        "title": step.content["title"],
        "slug": step.there.product.slug if step.there else "",
        "parts": list(step.changed) if step.there else [],
        "stock": [[one.sku, one.stock, counted] for one, counted in step.counted],
        "prices": [[one.sku, one.price_minor, price, one.currency] for one, price in step.lowered],
        "missing": sorted({one.task for one in step.missing}),
    }
