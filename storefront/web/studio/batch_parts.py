"""The parts of a batch, one a page, each saved by itself: its facts, its steps with their documents, why it changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog import revising
from storefront.catalog.batches import content, staging
from storefront.catalog.batches.checking import KINDS, problems
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.content import Content
from storefront.core import clock, documents
from storefront.core.db import unit_of_work
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.provenance.models import Use
from storefront.web import batch_words, consent_words
from storefront.web.security import sent_document, takes_files
from storefront.web.studio import answers, batch_answers, batches
from storefront.web.studio.scope import studio, studio_page
from storefront.web.vetting_words import unreadable

pages = Blueprint("studio_batch_parts", __name__, url_prefix=batches.pages.url_prefix)

_UNSAVED = (answers.Misread, revising.EditedMeanwhile, revising.NotOpen, staging.CodeIsPrinted)


@pages.get("/<ref>/facts", defaults={"part": staging.FACTS})
@pages.get("/<ref>/reason", defaults={"part": "reason"})
@studio(may_edit_listings)
def part(membership: Member, slug: str, ref: str, part: str) -> Response:
    """The facts of a batch, or why it changes."""
    return _question(membership, batches.find(membership, slug, ref), part)


@pages.post("/<ref>/facts", defaults={"part": staging.FACTS})
@pages.post("/<ref>/reason", defaults={"part": "reason"})
@studio(may_edit_listings)
def answer(membership: Member, slug: str, ref: str, part: str) -> Response | Redirect:
    """Save the facts, or the reason."""
    revision, form = batches.find(membership, slug, ref), request.form
    who: Any = {"seen_digest": form.get("seen", ""), "actor": members.actor(membership), "now": clock.now()}
    try:
        with unit_of_work():
            if part == "reason":
                revising.explain(revision, answers.read_reason(form), "correction" in form, **who)
            else:
                told = batch_answers.facts(form, revision.content["facts"])
                staging.edit(revision, part, told, **who)
    except _UNSAVED as error:
        return _question(membership, batches.find(membership, slug, ref), part, error=error)
    return batches.to("studio_batches.batch", revision)


@pages.get("/<ref>/steps/<step>")
@studio(may_edit_listings)
def step(membership: Member, slug: str, ref: str, step: str) -> Response:
    """One step; a new one begins with its `kind`."""
    revision = batches.find(membership, slug, ref)
    _step(revision, step, request.args.get("kind", "")) or abort(404)
    return _question(membership, revision, step)


@pages.post("/<ref>/steps/<step>")
@studio(may_edit_listings)
@takes_files(16)
def save_step(membership: Member, slug: str, ref: str, step: str) -> Response | Redirect:
    """Save a step with the document that came along, or take it out."""
    revision, form = batches.find(membership, slug, ref), request.form
    before = _step(revision, step, form.get("kind", "")) or abort(404)
    error: Exception | None = None
    paper: tuple[bytes, str] | None = None
    try:
        paper = sent_document("paper")
    except documents.UnreadableDocument as unread:
        # The words are kept all the same, but what is said of the document was meant for the one that did not open.
        error = answers.Misread("paper", unreadable(unread))
    try:
        with unit_of_work():
            as_before = ("document", "document_open") if error else ()
            _save_step(membership, revision, step, before, paper, as_before)
    except _UNSAVED as unsaved:
        error = unsaved
    if error:
        return _question(membership, batches.find(membership, slug, ref), step, error=error)
    if form.get("act") == "consent":
        back = batches.address("studio_batch_parts.step", revision, step=step)
        return redirect(url_for("studio_consents.new", producer_slug=membership.producer.slug, back=back), 303)
    return batches.to("studio_batches.batch", revision)


def _save_step(
    membership: Member, revision: BatchRevision, ref: str, before: Content, paper: tuple[bytes, str] | None,
    as_before: Collection[str],
) -> None:  # fmt: skip
    form, who = request.form, members.actor(membership)
    told: Content | None = None
    if form.get("act") != "remove":
        kept = None
        if paper:
            kept = documents.keep(
                paper, owner=f"producer:{membership.producer.slug}", title=form.get("document", "").strip(),
                folder=config.current().documents_dir, added_by=who, now=clock.now(),
            )  # fmt: skip
        told = batch_answers.step(form, before, kept) | {name: before[name] for name in as_before}
    staging.edit(revision, ref, told, seen_digest=form.get("seen", ""), actor=who, now=clock.now())


def _step(revision: BatchRevision, ref: str, kind: str) -> Content | None:
    """A step as it is saved, or a blank one of this kind; None where the kind is none of ours."""
    there: Content | None = revision.content["steps"].get(ref)
    if there is not None or kind not in KINDS or not content.STEP_REF.fullmatch(ref):
        return there
    return {**content.STEP, "kind": kind}


def _question(membership: Member, revision: BatchRevision, part: str, error: Exception | None = None) -> Response:
    """The page of one part: what is saved, or what was typed when it could not be saved."""
    typed: Any = request.form if error else {}
    about: Content | None = revision.content["facts"]
    if part not in (staging.FACTS, "reason"):
        about = _step(revision, part, request.values.get("kind", "")) or abort(404)
    theirs = error.theirs if isinstance(error, revising.EditedMeanwhile) else None
    field = error.field if isinstance(error, answers.Misread) else ""
    return studio_page(
        f"studio/batches/{part if part in (staging.FACTS, 'reason') else 'step'}.html",
        membership,
        422 if error else 200,
        product=revision.product,
        revision=revision,
        part=part,
        about=about,
        new=part not in revision.content["steps"],
        paper_open=bool(content.redacted([revision.content])[0]["steps"].get(part, {}).get("document_ref")),
        typed=typed,
        seen=revising.seen_why(revision) if part == "reason" else staging.seen(revision, part),
        errors=[(field, batches.said(error))] if error and theirs is None else [],
        wrong={field: batches.said(error)} if field and error else {},
        missing=[]
        if error or revision.changed_at == revision.created_at
        else [batch_words.problem_text(one) for one in problems(revision) if one.task == part],
        theirs=[("", _theirs(theirs))] if theirs is not None else [],
        by=error.by if isinstance(error, revising.EditedMeanwhile) else "",
        kinds=batch_words.kinds(),
        levels=list(batch_words.level_names().items()),
        consents=consent_words.choices(revision.product.producer_id, Use.STORY),
    )


def _theirs(theirs: Mapping[str, Any]) -> list[str]:
    """What the other editor wrote, line by line."""
    names = batch_words.fact_names() | batch_words.step_names() | {"reason": _("Why it changes")}
    lines = [(names[name], batch_words.said(name, theirs)) for name in theirs if name in names and name != "consents"]
    return [f"{name}: {words}" for name, words in lines if words] or [_("They took it out.")]
