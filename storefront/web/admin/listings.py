"""Listings and edits that wait for a reviewer: the queue, the difference, and the decision."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront.catalog import content, revising, withdrawing
from storefront.catalog.models import ListingRevision, ProductStatus, RevisionState
from storefront.core.db import session
from storefront.giving import promising
from storefront.permissions import may_review_listings
from storefront.web import listing_words
from storefront.web.admin import revisions
from storefront.web.guards import require
from storefront.web.listing_preview import preview
from storefront.web.rendering import private_page

pages = Blueprint("admin_listings", __name__, url_prefix="/admin/listings")


@pages.get("")
@require(may_review_listings)
def queue() -> Response:
    """Listings and edits by state, those that wait the longest first; `producer` narrows them down."""
    return revisions.queue(
        ListingRevision,
        "admin_listings",
        _("Listings to check"),
        title_of=lambda one: one.content["title"] or _("No name yet"),
        new=lambda one: _("New listing") if one.product.status == ProductStatus.DRAFT else _("Edit"),
    )


@pages.get("/<ref>")
@require(may_review_listings)
def revision(ref: str) -> Response:
    """One version beside what shoppers see now, part by part, and the forms that decide."""
    return private_page(_page(_find(ref)))


@pages.get("/<ref>/page")
@require(may_review_listings)
def page(ref: str) -> Response | Redirect:
    """The product's page as shoppers would see it."""
    back = url_for("admin_listings.revision", ref=ref)
    try:
        return private_page(preview(_find(ref), back))
    except revising.NotReady:
        flash(_("There is no page to show yet: something is still missing."), "warning")
        return redirect(back, 303)


@pages.post("/<ref>/decisions")
@require(may_review_listings)
def decide(ref: str) -> Response | Redirect:
    """Approve exactly what the page showed, or ask for changes with a reason."""
    found, note = _find(ref), request.form.get("note", "")

    def page(error: Exception) -> str:
        return _page(_find(ref), revisions.said(error, listing_words.problem_text), note)

    return revisions.decide(found, revising.approve, note, page) or redirect(url_for("admin_listings.queue"), 303)


def _find(ref: str) -> ListingRevision:
    """A version that was ever sent; drafts are the group's own."""
    found = session().scalar(
        select(ListingRevision).where(ListingRevision.ref == ref, ListingRevision.sent_at.is_not(None))
    )
    return found or abort(404)


def _page(found: ListingRevision, error: str = "", note: str = "") -> str:
    product = found.product
    before = revising.approved(product)
    if before is not None and before.id == found.id:
        before = session().scalar(
            select(ListingRevision)
            .where(ListingRevision.product_id == product.id, ListingRevision.number == (found.number or 0) - 1)
            .limit(1)
        )
    told = withdrawing.redacted([*([before.content] if before else []), found.content])
    new, old = told[-1], told[0] if before else content.empty()
    changes = listing_words.differences(old, new, product.currency)
    return render_template(
        "admin/listings/revision.html",
        revision=found,
        product=product,
        first=before is None,
        changes=changes if before else listing_words.unmarked(changes),
        pictures=listing_words.picture_changes(old, new),
        field_name=listing_words.field_name,
        waits=found.state == RevisionState.SENT,
        states=dict(revisions.choices()),
        people=listing_words.people,
        told=new["story"],
        shown_differs=before is not None
        and found.state == RevisionState.SENT
        and content.digest(content.shown(product, promising.plain(product.id))) != before.digest,
        error=error,
        note=note,
    )
