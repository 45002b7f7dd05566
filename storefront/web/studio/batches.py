"""The batches of a listing: the list, and each with what it tells, what is missing, and its way to the reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront.catalog import revising
from storefront.catalog.batches import content, staging
from storefront.catalog.batches.checking import problems
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.models import Product, RevisionState
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.refs import new_ref
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.provenance.models import Batch
from storefront.web import batch_words
from storefront.web.rendering import attachment, private_page
from storefront.web.studio import answers, listings
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_batches", __name__, url_prefix="/studio/<producer_slug>/listings/<slug>/batches")

_EDITABLE = (RevisionState.DRAFT, RevisionState.CHANGES_ASKED)


@pages.get("")
@studio(may_edit_listings)
def batches(membership: Member, slug: str) -> Response:
    """Every batch of the listing: those that are being written, then those that shoppers read."""
    return _list(membership, listings.find_listing(membership, slug))


@pages.post("")
@studio(may_edit_listings)
def begin(membership: Member, slug: str) -> Response | Redirect:
    """A new batch, or a change of the published one with the code `of`."""
    product, actor = listings.find_listing(membership, slug), members.actor(membership)
    code = request.form.get("of", "")
    batch = session().scalar(select(Batch).where(Batch.product_id == product.id, Batch.code == code)) if code else None
    if code and batch is None:
        abort(404)
    try:
        with unit_of_work():
            if batch is not None:
                revision = staging.open_draft(product, batch, actor=actor, now=clock.now())
            else:
                revision = staging.begin(product, actor=actor, now=clock.now())
    except revising.ProductArchived as error:
        return _list(membership, product, said(error))
    if batch is not None:
        return to("studio_batches.batch", revision)
    return to("studio_batch_parts.part", revision, part=staging.FACTS)


@pages.get("/<ref>")
@studio(may_edit_listings)
def batch(membership: Member, slug: str, ref: str) -> Response:
    """One version of a batch: where it stands, what is missing, how shoppers would read it."""
    return _overview(membership, find(membership, slug, ref))


@pages.post("/<ref>/moves")
@studio(may_edit_listings)
def move(membership: Member, slug: str, ref: str) -> Response | Redirect:
    """Send, take back or drop a version: `move` says which."""
    revision, asked = find(membership, slug, ref), request.form.get("move", "")
    who: Any = {"actor": members.actor(membership), "now": clock.now()}
    try:
        with unit_of_work():
            if asked == "send":
                staging.send(revision, stamp=request.form.get("seen", ""), **who)
            elif asked == "drop":
                revising.drop(revision, stamp=request.form.get("seen", ""), **who)
            elif asked == "take_back":
                revising.take_back(revision, **who)
            else:
                abort(422)
    except _REFUSALS as error:
        revision = find(membership, slug, ref)
        return _overview(membership, revision, _by_part(error, revision))
    if asked == "send":
        flash(_("Sent. You get a letter when a reviewer has decided."), "success")
    if asked == "drop":
        return listings.to("studio_batches.batches", revision.product)
    return to("studio_batches.batch", revision)


@pages.get("/<ref>/documents/<document>")
@studio(may_edit_listings)
def document(membership: Member, slug: str, ref: str, document: str) -> Response:
    """A document behind a step, as a file."""
    found = content.document_of(find(membership, slug, ref).content, document) or abort(404)
    return private_page(attachment(found))


def find(membership: Member, slug: str, ref: str) -> BatchRevision:
    """A version of a batch of this group's listing, or 404."""
    product = listings.find_listing(membership, slug)
    found = select(BatchRevision).where(BatchRevision.ref == ref, BatchRevision.product_id == product.id)
    return session().scalar(found) or abort(404)


def address(endpoint: str, revision: BatchRevision, **facts: str) -> str:
    """The address of one of a version's pages."""
    return listings.address(endpoint, revision.product, ref=revision.ref, **facts)


def to(endpoint: str, revision: BatchRevision, **facts: str) -> Redirect:
    """On to one of a version's pages."""
    return redirect(address(endpoint, revision, **facts), 303)


_REFUSALS = (revising.EditedMeanwhile, revising.IllegalMove, revising.NothingChanged, revising.NotReady)


def said(error: Exception) -> str:
    """Why something was not done, in words."""
    if isinstance(error, answers.Misread):
        return error.message
    if isinstance(error, revising.NotReady):
        return " ".join(batch_words.problem_text(one) for one in error.problems)
    return {
        revising.EditedMeanwhile: _("Someone else changed this batch since you opened it. Look at it again first."),
        revising.IllegalMove: _("This is not possible any more: the batch has moved on."),
        revising.NothingChanged: _("Nothing differs from what shoppers read, so there is nothing to check."),
        revising.NotOpen: _(
            "This batch is with the reviewers or was decided. Take it back or change it anew on its page, in another "
            "window; your answer is still below: save it then."
        ),
        revising.ProductArchived: _("The listing was archived: its batches can be corrected, but none is added."),
        staging.CodeIsPrinted: _("The code stands on labels and receipts, so it can't change any more."),
    }[type(error)]


def _by_part(error: Exception, revision: BatchRevision) -> list[tuple[str, str]]:
    """Lines of an error summary: for a batch that isn't ready one a part, with the address where it is mended."""
    if not isinstance(error, revising.NotReady):
        return [("", said(error))]
    parts: dict[str, list[str]] = {}
    for one in error.problems:
        parts.setdefault(one.task, []).append(batch_words.problem_text(one))
    return [(_mended_at(revision, part), " ".join(words)) for part, words in parts.items()]


def _mended_at(revision: BatchRevision, part: str) -> str:
    if part == "steps":
        return "add"
    if part == "listing":
        return listings.address("studio_listings.listing", revision.product)
    if part in (staging.FACTS, "reason"):
        return address("studio_batch_parts.part", revision, part=part)
    return address("studio_batch_parts.step", revision, step=part)


def _list(membership: Member, product: Product, error: str = "") -> Response:
    published, staged = staging.of_product(product)
    return studio_page(
        "studio/batches/list.html",
        membership,
        422 if error else 200,
        product=product,
        new=staged.get(None, []),
        published=[(one, next(iter(staged.get(one.id, [])), None)) for one in published],
        states=batch_words.states(),
        error=error,
    )


def _overview(membership: Member, revision: BatchRevision, errors: Sequence[tuple[str, str]] = ()) -> Response:
    """A version's page, with why something was not done."""
    missing: dict[str, list[str]] = {}
    editable = revision.state in _EDITABLE
    for one in problems(revision) if editable else []:
        missing.setdefault(one.task, []).append(batch_words.problem_text(one))
    shown = staging.approved(revision.batch) if revision.batch else None
    before, told = content.redacted([shown.content if shown else revision.content, revision.content])
    return studio_page(
        "studio/batches/batch.html",
        membership,
        422 if errors else 200,
        product=revision.product,
        revision=revision,
        state=batch_words.states()[RevisionState(revision.state)],
        editable=editable,
        steps=[
            (one, step, " · ".join(filter(None, (batch_words.said("on", step), step["place"]))))
            for one, step in sorted(revision.content["steps"].items(), key=lambda one: one[1]["on"])
        ],
        step_name=batch_words.step_name,
        kinds=batch_words.kinds(),
        fresh=new_ref(),
        missing=missing,
        changes=batch_words.differences(before, told) if shown and shown.id != revision.id else [],
        preview=content.view(told, clock.today()),
        documents=address("studio_batches.batch", revision) + "/documents",
        errors=errors,
    )
