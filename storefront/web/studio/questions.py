"""The editor of a listing: one question a page, saved by itself; photographs come in several at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog import checking, content, revising
from storefront.catalog.models import ListingRevision, Product
from storefront.core import amounts, clock
from storefront.core.db import unit_of_work
from storefront.core.money import Money
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.provenance.models import Level, Use
from storefront.web import consent_words, listing_words
from storefront.web.security import takes_files
from storefront.web.shop.labels import LANGUAGES, cause_name
from storefront.web.studio import answers, fees, listing_conflicts, listings, photo_uploads
from storefront.web.studio.listing_refusals import said
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_questions", __name__, url_prefix="/studio/<producer_slug>/listings")

UPLOAD_MEGABYTES = 64
# To what the people who can be recognised have to have agreed, by task.
_USES = {"photos": Use.PICTURE, "story": Use.STORY}


@pages.get("/<slug>/<task>")
@studio(may_edit_listings)
def task(membership: Member, slug: str, task: str) -> Response:
    """One question of the editor."""
    product = listings.find_listing(membership, slug)
    _known(task)
    return _question(membership, product, task)


@pages.post("/<slug>/<task>")
@studio(may_edit_listings)
def answer(membership: Member, slug: str, task: str) -> Response | Redirect:
    """Save an answer and go on to the next question that needs one; tell of another editor's change."""
    product = listings.find_listing(membership, slug)
    _known(task)
    wrong = _tried(product, task, members.actor(membership))
    return _question(membership, product, task, typed=request.form, **wrong) if wrong else _after(product, task)


@pages.post("/<slug>/photos/uploads")
@studio(may_edit_listings)
@takes_files(UPLOAD_MEGABYTES)
def upload(membership: Member, slug: str) -> Response | Redirect:
    """The answers about the photographs together with new ones: whichever button sent them, nothing chosen is lost.

    The script sends each photograph alone, without `seen` and so without answers; the form that follows says how many
    were `added`.
    """
    product, actor = listings.find_listing(membership, slug), members.actor(membership)
    wrong = _tried(product, "photos", actor) if "seen" in request.form else {}
    files, unfit = [one for one in request.files.getlist("photos") if one.filename], []
    added = request.form.get("added", 0, type=int)
    if not files and not request.form.get("added") and request.form.get("act") == "upload":
        unfit = [("photos", _("Choose one or more photographs first."))]
    elif files:
        try:
            added, unfit = photo_uploads.receive(product, files, request.form.get("number", 1, type=int), actor)
        except revising.NotOpen as error:
            wrong = wrong or {"errors": [("", said(error))]}
    if wrong or unfit:
        typed = request.form if wrong else None
        wrong["errors"] = [*wrong.get("errors", []), *unfit]
        return _question(membership, product, "photos", typed=typed, **wrong)
    if added and request.form.get("act") != "consent":
        return listings.to("studio_questions.task", product, task="photos", added=str(added))
    return _after(product, "photos")


def _tried(product: Product, task: str, actor: str) -> dict[str, Any]:
    """Save an answer; returns what the question's page must say of it, which is nothing where it is saved."""
    try:
        _save(product, task, actor)
    except answers.Misread as error:
        return {"errors": [(error.field, error.message)]}
    except revising.EditedMeanwhile as error:
        return {"theirs": error}
    except revising.NotOpen as error:
        return {"errors": [("", said(error))]}
    return {}


def _after(product: Product, task: str) -> Redirect:
    """Where a saved answer leads: to a consent that is to be recorded, back to the photographs, or onwards."""
    act = request.form.get("act")
    if act == "consent":
        back = listings.address("studio_questions.task", product, task=task)
        return redirect(url_for("studio_consents.new", producer_slug=product.producer.slug, back=back), 303)
    return listings.to("studio_questions.task", product, task="photos") if act else _onwards(product, task)


def _known(task: str) -> None:
    if task not in checking.TASKS:
        abort(404)


def _onwards(product: Product, done: str) -> Redirect:
    """To the next question after `done` that still needs an answer, or back to the listing."""
    revision = listings.revision_of(product)
    missing = {one.task for one in revising.problems(revision)}
    if done == "story" and listing_words.wants_translation(revision.content):
        missing.add("translation")
    after = checking.TASKS[checking.TASKS.index(done) + 1 :]
    following = next((name for name in after if name in missing), "")
    return (
        listings.to("studio_questions.task", product, task=following)
        if following
        else listings.to("studio_listings.listing", product)
    )


def _save(product: Product, task: str, actor: str) -> None:
    form, now = request.form, clock.now()
    with unit_of_work():
        revision = revising.open_revision(product)
        if revision is None:
            raise revising.NotOpen
        if task == "reason":
            why = {"seen_digest": form.get("seen", ""), "actor": actor, "now": now}
            revising.explain(revision, answers.read_reason(form), "correction" in form, **why)
            return
        changes, seen = answers.read(task, form, revision.content, product.currency), form.get("seen", "")
        if task == "photos":
            if listing_conflicts.homeless(form, revision.content):
                raise revising.EditedMeanwhile({"pictures": revision.content["pictures"]}, revision.changed_by)
            seen = listing_conflicts.seen_photographs(form, revision)
        counts = None
        if task == "kinds":
            counts = {**revision.stock, **answers.first_stock(form, revision.content, changes)}
        revising.edit(revision, changes, seen_digest=seen, actor=actor, now=now, stock=counts)


def _question(
    membership: Member,
    product: Product,
    task: str,
    *,
    typed: Any = None,
    errors: list[tuple[str, str]] | None = None,
    theirs: revising.EditedMeanwhile | None = None,
) -> Response:
    """The page of one question: what is saved, or what was `typed` when it could not be saved."""
    revision = revising.open_revision(product) or (revising.latest(product) if typed else None) or abort(404)
    what = revision.content
    shop, makers, others = answers.split_rows(what)
    return studio_page(
        f"studio/listings/{task}.html",
        membership,
        422 if errors or theirs else 200,
        product=product,
        revision=revision,
        task=task,
        name=listing_words.task_name(task),
        content=what,
        typed=typed or {},
        seen=revising.seen_why(revision) if task == "reason" else revising.seen(revision, answers.PARTS.get(task, ())),
        errors=errors or [],
        wrong=dict(errors or []),
        homeless=listing_conflicts.homeless(typed or {}, what),
        missing=[] if typed else _missing(revision, task),
        theirs=listing_conflicts.theirs(theirs, product.currency) if theirs else [],
        by=theirs.by if theirs else "",
        live={variant.sku: variant for variant in product.variants},
        added=request.args.get("added", 0, type=int),
        pictures=listing_words.pictures_by_ref([one["ref"] for one in what["pictures"]]) if task == "photos" else {},
        causes=[("", _("Choose a cause")), *((one, cause_name(one)) for one in answers.causes())],
        shop_rows=shop,
        makers=makers,
        others=others,
        rows=_rows(task, typed or {}, what, len(others)),
        percent=listing_words.points,
        plain_percent=lambda points: f"{points / 100:g}",
        example=fees.example(what, product.currency),
        fee_bearer=config.current().fee_bearer,
        card_fee=fees.card_fee(fees.example(what, product.currency)),
        charities=answers.charities() if task == "pledge" else [],
        levels=_levels(),
        consents=consent_words.choices(product.producer_id, _USES[task]) if task in _USES else [],
        languages=LANGUAGES,
        write=amounts.write,
        Money=Money,
    )


def _rows(task: str, typed: Mapping[str, str], what: content.Content, others: int) -> int:
    """How many rows the form of a task has: the saved ones and some to fill in, and all that were sent."""
    name, shown = {
        "kinds": ("name", len(what["variants"]) + answers.BLANK_ROWS),
        "split": ("label", others + answers.BLANK_ROWS),
        "claims": ("text", len(what["claims"]) + 1),
    }.get(task, ("", 0))
    return answers.row_count(typed, name, shown)


def _missing(revision: ListingRevision, task: str) -> list[str]:
    return [listing_words.problem_text(one) for one in revising.problems(revision) if one.task == task]


def _levels() -> list[tuple[str, str]]:
    return [
        (Level.DECLARED, _("We say so")),
        (Level.DOCUMENTED, _("A document shows it")),
        (Level.VERIFIED, _("An outside party verified it")),
    ]
