"""`/trace/<code>`: one batch's timeline, for whoever holds the thing in their hands."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import segno
from flask import Blueprint, abort, redirect, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from storefront.catalog import browsing, tracing
from storefront.catalog.batches import content
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.words import clean
from storefront.core import clock
from storefront.core.db import session
from storefront.provenance import reading
from storefront.web import batch_words
from storefront.web.batch_words import BatchChange
from storefront.web.guards import public
from storefront.web.rendering import attachment, public_page
from storefront.web.shop import structured
from storefront.web.shop.views import show_cards
from storefront.web.wording import gettext

pages = Blueprint("trace", __name__)


@dataclass(frozen=True)
class Version:
    """One approved version of a batch, and what it says else than the one before it."""

    number: int
    on: datetime
    reason: str
    correction: bool
    changes: list[BatchChange]


@pages.get("/trace")
@public
def find() -> Response:
    """The form for a code; with `?code=` it leads to the batch."""
    typed = request.args.get("code", "").strip()
    code = _in_address(reading.normal_code(typed))
    if code:
        return redirect(f"/trace/{code}", 303)
    if typed:
        return _unknown(typed)
    return public_page(render_template("shop/trace/find.html", code="", known=True))


@pages.get("/trace/<code>")
@public
def batch(code: str) -> Response:
    """A batch's timeline; an unknown code says what a code looks like."""
    today = clock.today()
    found = tracing.by_code(code, today)
    cards = browsing.by_ids([found.product_id]) if found else []
    if found is None:
        return _unknown(code)
    canonical = f"/trace/{_in_address(found.batch.code)}"
    trail = [(gettext("Home"), "/"), (gettext("Trace a batch"), "/trace")]
    return public_page(
        render_template(
            "shop/trace/batch.html",
            batch=found.batch,
            suspended=found.suspended,
            documents=f"{canonical}/documents" if found.documents_open else "",
            cards=show_cards(cards, today),
            trail=trail,
            canonical=structured.absolute(canonical),
            image=structured.image_url(cards[0].picture if cards else None),
            data=structured.json_ld(structured.breadcrumbs(trail, found.batch.code, canonical)),
        )
    )


@pages.get("/trace/<code>/documents/<ref>")
@public
def document(code: str, ref: str) -> Response:
    """A document behind a step, as a file to keep; gone the moment that shoppers may not open it."""
    file = attachment(tracing.open_document(code, ref) or abort(404))
    file.headers["Cache-Control"] = "no-store"
    return file


@pages.get("/trace/<code>/code.svg")
@public
def label(code: str) -> Response:
    """A QR code of the batch's address, to print on labels."""
    found = tracing.by_code(code, clock.today()) or abort(404)
    drawing = io.BytesIO()
    address = structured.absolute(f"/trace/{_in_address(found.batch.code)}")
    segno.make(address, error="m").save(drawing, kind="svg", border=4, light="#ffffff", svgclass=None, lineclass=None)
    return Response(drawing.getvalue(), mimetype="image/svg+xml")


@pages.get("/trace/<code>/history")
@public
def history(code: str) -> Response:
    """Every version of a batch that shoppers read, the newest first. Corrections stay."""
    found = tracing.by_code(code, clock.today())
    if found is None:
        return _unknown(code)
    canonical = f"/trace/{_in_address(found.batch.code)}"
    trail = [(gettext("Home"), "/"), (gettext("Trace a batch"), "/trace"), (found.batch.code, canonical)]
    return public_page(
        render_template(
            "shop/trace/history.html",
            code=found.batch.code,
            steps=_versions(found.id),
            trail=trail,
            canonical=structured.absolute(f"{canonical}/history"),
        )
    )


def _versions(batch_id: int) -> list[Version]:
    rows = session().scalars(
        select(BatchRevision)
        .where(BatchRevision.batch_id == batch_id, BatchRevision.number.is_not(None))
        .order_by(BatchRevision.number)
    )
    versions, before = [], None
    approved = rows.all()
    for row, what in zip(approved, content.redacted([row.content for row in approved]), strict=True):
        # The first one is the batch itself; what is told of it is on its page.
        changes = batch_words.differences(before, what, public=True) if before else []
        at = row.decided_at or row.created_at
        versions.append(Version(row.number or 0, at, row.reason, row.correction, changes))
        before = what
    return versions[::-1]


def _unknown(code: str) -> Response:
    page = render_template("shop/trace/find.html", code=clean(code)[:60], known=False)
    response = Response(page, 404, mimetype="text/html")
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def _in_address(code: str) -> str:
    """A code made safe for a path; codes are letters, digits and hyphens, so this changes none of ours."""
    return "".join(char for char in code if char.isascii() and (char.isalnum() or char in "-."))
