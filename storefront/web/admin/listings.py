"""Listings and edits that wait for a reviewer: the queue, the difference, and the decision."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as Redirect

from storefront.catalog import content, revising, withdrawing
from storefront.catalog.models import ListingRevision, Product, RevisionState
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.giving import promising
from storefront.permissions import may_review_listings
from storefront.producers.models import Producer
from storefront.web import listing_words, paging
from storefront.web.guards import require
from storefront.web.listing_preview import preview
from storefront.web.rendering import private_page

pages = Blueprint("admin_listings", __name__, url_prefix="/admin/listings")

PAGE_SIZE = 50
_STATES = (RevisionState.SENT, RevisionState.CHANGES_ASKED, RevisionState.APPROVED, RevisionState.DROPPED)


@pages.get("")
@require(may_review_listings)
def queue() -> Response:
    """Listings and edits by state, those that wait the longest first; `producer` narrows them down."""
    state = request.args.get("state", RevisionState.SENT)
    state = state if state in _STATES else RevisionState.SENT
    producer = request.args.get("producer", "")[:80].strip()
    found = (
        select(ListingRevision)
        .join(ListingRevision.product)
        .join(Product.producer)
        .where(ListingRevision.state == state, ListingRevision.sent_at.is_not(None))
    )
    if producer:
        found = found.where(Producer.slug == producer)
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = ListingRevision.sent_at if state == RevisionState.SENT else ListingRevision.decided_at.desc()
    rows = session().scalars(
        found.options(contains_eager(ListingRevision.product).contains_eager(Product.producer))
        .order_by(order, ListingRevision.id)
        .limit(PAGE_SIZE)
        .offset(paging.skip(PAGE_SIZE))
    )

    def address(page: int) -> str:
        return url_for("admin_listings.queue", state=state, producer=producer or None, page=page)

    return private_page(
        render_template(
            "admin/listings/queue.html",
            revisions=rows.all(),
            count=count,
            state=state,
            producer=producer,
            states=_choices(),
            now=clock.now(),
            **paging.around(count, PAGE_SIZE, address),
        )
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
    found = _find(ref)
    asked, note = request.form.get("decision", ""), request.form.get("note", "")[:4000]
    who = {"reviewer_id": current_user.id, "actor": f"user:{current_user.ref}", "now": clock.now()}
    try:
        with unit_of_work():
            if asked == "approve":
                revising.approve(found, seen_digest=request.form.get("seen", ""), note=note, **who)
            elif asked == "changes":
                revising.ask_for_changes(found, note, **who)
            else:
                abort(422)
    except _REFUSALS as error:
        response = private_page(_page(_find(ref), _said(error), note))
        response.status_code = 422
        return response
    flash(_("Approved: shoppers see it now.") if asked == "approve" else _("The group has been asked."), "success")
    return redirect(url_for("admin_listings.queue"), 303)


_REFUSALS = (
    revising.EditedMeanwhile,
    revising.IllegalMove,
    revising.NoReason,
    revising.NotReady,
    revising.OwnGroup,
    revising.ProducerNotApproved,
    revising.ProductArchived,
)


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
    told = withdrawing.redacted([found.content, *([before.content] if before else [])])
    new, old = told[0], told[1] if before else content.empty()
    return render_template(
        "admin/listings/revision.html",
        revision=found,
        product=product,
        first=before is None,
        changes=listing_words.differences(old, new, product.currency),
        pictures=listing_words.picture_changes(old, new),
        field_name=listing_words.field_name,
        waits=found.state == RevisionState.SENT,
        states=dict(_choices()),
        people=listing_words.people,
        told=new["story"],
        shown_differs=before is not None
        and found.state == RevisionState.SENT
        and content.digest(content.shown(product, promising.plain(product.id))) != before.digest,
        error=error,
        note=note,
    )


def _choices() -> list[tuple[str, str]]:
    return [
        (RevisionState.SENT, _("Waiting")),
        (RevisionState.CHANGES_ASKED, _("Changes asked")),
        (RevisionState.APPROVED, _("Approved")),
        (RevisionState.DROPPED, _("Dropped by the group")),
    ]


def _said(error: Exception) -> str:
    """Why a decision was not taken, in words."""
    if isinstance(error, revising.NotReady):
        return " ".join(listing_words.problem_text(one) for one in error.problems)
    return {
        revising.EditedMeanwhile: _("This version changed since you opened it. Look at it again, then decide."),
        revising.IllegalMove: _("This version is not waiting for a decision any more."),
        revising.NoReason: _("Write what is to change: the group gets your words by mail."),
        revising.OwnGroup: _("You belong to this group or wrote some of this. Somebody else must decide."),
        revising.ProducerNotApproved: _("The group itself is not approved, so nothing of it can go live."),
        revising.ProductArchived: _("The product was archived."),
    }[type(error)]
