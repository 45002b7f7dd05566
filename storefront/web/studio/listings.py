"""A group's listings: the list, and each with where it stands, its questions, fees and preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog import adjusting, checking, content, revising, withdrawing
from storefront.catalog.models import ListingRevision, OldSlug, Product, ProductStatus, RevisionState
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import promising
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web import listing_words, paging
from storefront.web.listing_preview import preview as preview_page
from storefront.web.rendering import private_page
from storefront.web.studio import fees
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_listings", __name__, url_prefix="/studio/<producer_slug>/listings")

PAGE_SIZE = 30
_OPEN_FOR_EDITS = (RevisionState.DRAFT, RevisionState.CHANGES_ASKED)


@pages.get("")
@studio(may_edit_listings)
def listings(membership: Member) -> Response:
    """The group's listings with where each stands; `words` (part of a name or SKU) narrow them down."""
    words = request.args.get("words", "").strip()[:200]
    rows, count = revising.of_group(membership.producer_id, words, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

    def address(page: int) -> str:
        return url_for(
            "studio_listings.listings", producer_slug=membership.producer.slug, words=words or None, page=page
        )

    return studio_page(
        "studio/listings/list.html",
        membership,
        listings=listing_words.listed(rows),
        words=words,
        count=count,
        **paging.around(count, PAGE_SIZE, address),
    )


@pages.post("")
@studio(may_edit_listings)
def begin(membership: Member) -> Redirect:
    """A new listing, or the one in which nothing stands yet; its first question is the photographs."""
    with unit_of_work():
        product = revising.begin(
            membership.producer, currency=config.current().currency, actor=members.actor(membership), now=clock.now()
        )
    return to("studio_questions.task", product, task="photos")


@pages.get("/<slug>")
@studio(may_edit_listings)
def listing(membership: Member, slug: str) -> Response:
    """One listing: where it stands, its questions, what is still missing, and what it costs."""
    return overview(membership, find_listing(membership, slug))


@pages.get("/<slug>/preview")
@studio(may_edit_listings)
def preview(membership: Member, slug: str) -> Response | Redirect:
    """The page as shoppers would see it."""
    product = find_listing(membership, slug)
    try:
        return private_page(preview_page(revision_of(product), address("studio_listings.listing", product)))
    except revising.NotReady:
        flash(_("Answer what is marked first: then there is a page to show."), "warning")
        return to("studio_listings.listing", product)


def find_listing(membership: Member, slug: str) -> Product:
    """A listing of this group, also by the address that it had as a draft; or 404."""
    own = select(Product).where(Product.producer_id == membership.producer_id)
    moved = select(OldSlug.target_id).where(OldSlug.kind == "product", OldSlug.slug == slug)
    found = session().scalar(own.where(Product.slug == slug)) or session().scalar(own.where(Product.id.in_(moved)))
    return found or abort(404)


def revision_of(product: Product) -> ListingRevision:
    """The open revision, or 404: a GET never begins one."""
    return revising.open_revision(product) or abort(404)


def address(endpoint: str, product: Product, **facts: str) -> str:
    """The address of one of a listing's pages."""
    return url_for(endpoint, producer_slug=product.producer.slug, slug=product.slug, **facts)


def to(endpoint: str, product: Product, **facts: str) -> Redirect:
    """On to one of a listing's pages."""
    return redirect(address(endpoint, product, **facts), 303)


def overview(
    membership: Member,
    product: Product,
    errors: Sequence[tuple[str, str]] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    """A listing's page, with why something was not done, and what was `typed` as stock and prices."""
    counted = adjusting.last_count(product)  # before the stock is read: a count between the two is noticed
    revision = revising.open_revision(product)
    wrong = revising.problems(revision) if revision else []
    what = revision.content if revision else content.shown(product, promising.plain(product.id))
    missing: dict[str, list[str]] = {}
    for one in wrong:
        missing.setdefault(one.task, []).append(listing_words.problem_text(one))
    return studio_page(
        "studio/listings/listing.html",
        membership,
        422 if errors else 200,
        product=product,
        revision=revision,
        title=what["title"] or _("A new listing"),
        tags=listing_words.status_of(product, revision),
        tasks=[
            (name, listing_words.task_name(name), missing.get(name, []))
            for name in checking.TASKS
            if (name != "reason" or product.status != ProductStatus.DRAFT)
            and (name != "translation" or listing_words.in_other_words(what))
        ],
        editable=revision is not None and revision.state in _OPEN_FOR_EDITS,
        changes=_changes(product, what) if revision else [],
        field_name=listing_words.field_name,
        example=fees.example(what, product.currency),
        fee_bearer=config.current().fee_bearer,
        card_fee=fees.card_fee(fees.example(what, product.currency)),
        errors=errors,
        typed=typed or {},
        counted=counted,
        Money=Money,
    )


def _changes(product: Product, what: content.Content) -> list[listing_words.FieldChange]:
    last = revising.approved(product)
    return listing_words.differences(withdrawing.redacted([last.content])[0], what, product.currency) if last else []
