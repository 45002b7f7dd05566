"""The public history of a product's story and claims: what changed, when and why. Corrections stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from storefront.catalog import content, showing, withdrawing
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.models import ListingRevision
from storefront.core.db import session
from storefront.provenance.models import Batch
from storefront.web import listing_words
from storefront.web.guards import public
from storefront.web.listing_words import FieldChange
from storefront.web.rendering import public_page
from storefront.web.wording import gettext

pages = Blueprint("history", __name__)


@dataclass(frozen=True)
class Step:
    """One approved version that said something else than the one before it."""

    number: int
    on: datetime
    reason: str
    correction: bool
    changes: list[FieldChange]
    withdrawn: bool


@pages.get("/products/<slug>/history")
@public
def history(slug: str) -> Response:
    """Every version of the story and the claims that was shown, the newest first."""
    view = showing.by_slug(slug)
    if view is None:
        moved = showing.new_slug("product", slug)
        return redirect(f"/products/{moved}/history", 301) if moved else abort(404)
    page = render_template(
        "shop/catalog/history.html",
        row=view.row,
        steps=_steps(view.row.id, view.row.currency),
        batches=_changed_batches(view.row.id),
        field_name=listing_words.field_name,
        trail=[(gettext("Home"), "/"), (gettext("Shop"), "/products"), (view.row.title, f"/products/{slug}")],
    )
    return public_page(page)


def _changed_batches(product_id: int) -> list[str]:
    """The codes of the product's batches that say something else than when they were published, the newest first."""
    changed = select(BatchRevision.batch_id).where(BatchRevision.number > 1)
    found = select(Batch.code).where(Batch.product_id == product_id, Batch.id.in_(changed))
    return list(session().scalars(found.order_by(Batch.made_to.desc(), Batch.id.desc())))


def _steps(product_id: int, currency: str) -> list[Step]:
    rows = session().scalars(
        select(ListingRevision)
        .where(ListingRevision.product_id == product_id, ListingRevision.number.is_not(None))
        .order_by(ListingRevision.number)
    )
    steps, before = [], content.empty()
    versions = rows.all()
    for row, what in zip(versions, withdrawing.redacted([row.content for row in versions]), strict=True):
        # Prices, pictures and the rest have their own places; this page is about what was told and claimed. On whose
        # consent a story rests is nobody's business but the group's and the reviewers'.
        story = {name: value for name, value in what["story"].items() if name != "consents"}
        told = {**before, "story": story, "claims": what["claims"]}
        changes = listing_words.differences(before, told, currency)
        withdrawn = told["story"].get("withdrawn", False)
        if changes or withdrawn:
            at = row.decided_at or row.created_at
            marked = changes if steps else listing_words.unmarked(changes)
            steps.append(Step(row.number or 0, at, row.reason, row.correction, marked, withdrawn))
        before = told
    return steps[::-1]
