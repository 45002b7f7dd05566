"""Reads the forms of the batch editor: the facts of a batch, and one of its steps. Raises `answers.Misread`."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from storefront.catalog.batches import checking, content
from storefront.catalog.content import Content
from storefront.core.documents import Document
from storefront.provenance import reading
from storefront.provenance.models import Level
from storefront.web.studio.answers import Form, Misread, read_people, read_text, read_whole


def facts(form: Form, before: Content) -> Content:
    """The facts of a batch; the code as it is stored, or as it was where the form doesn't ask for it."""
    return {
        "code": reading.normal_code(read_text(form, "code", 40)) if "code" in form else before["code"],
        "maker": read_text(form, "maker", checking.LENGTHS["maker"]),
        "people": read_whole(form, "people", checking.MOST_COUNT),
        "made_from": _day(form, "made_from"),
        "made_to": _day(form, "made_to"),
        "quantity": read_whole(form, "quantity", checking.MOST_COUNT),
        "unknown": read_text(form, "unknown", checking.LENGTHS["unknown"]),
    }


def step(form: Form, before: Content, paper: Document | None) -> Content:
    """One step, with the `paper` that was sent along, or that it had before unless it is taken out."""
    kept = "" if "without_document" in form else before["document_ref"]
    words = ("title", "place", "people", "text", "verifier", "document")
    level = form.get("level", "")
    ref = paper.ref if paper else kept
    return {
        **content.STEP,
        **{name: read_text(form, name, checking.LENGTHS[name]) for name in words},
        "kind": before["kind"],
        "on": _day(form, "on"),
        "expires_on": _day(form, "expires_on"),
        "level": level if level in set(Level) - {Level.EXPIRED} else Level.DECLARED.value,
        "document_ref": ref,
        "document_open": bool(ref) and "document_open" in form,
        **read_people(form, "-in-it", before),
    }


def _day(form: Form, name: str) -> str:
    """A day in ISO form, or nothing."""
    value = form.get(name, "").strip()
    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError as error:
        raise Misread(name, _("Write the day as 2026-11-30.")) from error
