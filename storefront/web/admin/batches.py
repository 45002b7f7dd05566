"""Batches that wait for a reviewer: the queue, the difference with the documents behind it, and the decision."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront.catalog import content as contents
from storefront.catalog.batches import content, deciding
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.models import RevisionState
from storefront.core import clock
from storefront.core.db import session
from storefront.permissions import may_review_listings
from storefront.web import batch_words
from storefront.web.admin import revisions
from storefront.web.guards import require
from storefront.web.rendering import attachment, private_page

pages = Blueprint("admin_batches", __name__, url_prefix="/admin/batches")


@pages.get("")
@require(may_review_listings)
def queue() -> Response:
    """Batches and changes of batches by state, those that wait the longest first; `producer` narrows them down."""
    return revisions.queue(
        BatchRevision,
        "admin_batches",
        _("Batches to check"),
        title_of=lambda one: f"{one.content['facts']['code']}, {one.product.title}",
        new=lambda one: _("Change") if one.batch_id else _("New batch"),
    )


@pages.get("/<ref>")
@require(may_review_listings)
def revision(ref: str) -> Response:
    """One version beside what shoppers read now, field by field, and the forms that decide."""
    return private_page(_page(_find(ref)))


@pages.get("/<ref>/documents/<document>")
@require(may_review_listings)
def document(ref: str, document: str) -> Response:
    """A document behind a step, as a file; also those that shoppers may not open."""
    return private_page(attachment(content.document_of(_find(ref).content, document) or abort(404)))


@pages.post("/<ref>/decisions")
@require(may_review_listings)
def decide(ref: str) -> Response | Redirect:
    """Approve exactly what the page showed, or ask for changes with a reason."""
    found, note = _find(ref), request.form.get("note", "")

    def page(error: Exception) -> str:
        return _page(_find(ref), revisions.said(error, batch_words.problem_text), note)

    return revisions.decide(found, deciding.approve, note, page) or redirect(url_for("admin_batches.queue"), 303)


def _find(ref: str) -> BatchRevision:
    """A version that was ever sent; drafts are the group's own."""
    found = select(BatchRevision).where(BatchRevision.ref == ref, BatchRevision.sent_at.is_not(None))
    return session().scalar(found) or abort(404)


def _page(found: BatchRevision, error: str = "", note: str = "") -> str:
    before = _before(found)
    waits = found.state == RevisionState.SENT
    told = content.redacted([*([before.content] if before else []), found.content])
    new, old = told[-1], told[0] if before else None
    return render_template(
        "admin/batches/revision.html",
        revision=found,
        product=found.product,
        first=before is None,
        waits=waits,
        changes=batch_words.differences(old, new),
        papers=[(one["document"], one["document_ref"], one["document_open"]) for one in new["steps"].values()
                if one["document_ref"]],
        preview=content.view(new, clock.today()),
        states=dict(revisions.choices()),
        shown_differs=waits
        and before is not None
        and found.batch is not None
        and contents.digest(content.shown(found.batch)) != before.digest,
        error=error,
        note=note,
    )  # fmt: skip


def _before(found: BatchRevision) -> BatchRevision | None:
    """The approved version that this one follows, or None for the first."""
    if found.batch_id is None:
        return None
    rows = select(BatchRevision).where(BatchRevision.batch_id == found.batch_id, BatchRevision.number.is_not(None))
    if found.number is not None:
        rows = rows.where(BatchRevision.number < found.number)
    return session().scalar(rows.order_by(BatchRevision.number.desc()).limit(1))
