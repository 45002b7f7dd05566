"""A group's listings: the list, and each with where it stands, its moves, stock, fees and preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog import adjusting, checking, content, revising, withdrawing
from storefront.catalog.models import ListingRevision, OldSlug, Product, ProductStatus, RevisionState, Variant
from storefront.core import amounts, clock, media
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money, round_rate
from storefront.giving import promising
from storefront.giving.splitting import FrozenShare, Part, split_price
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web import listing_words, paging
from storefront.web.listing_preview import preview as preview_page
from storefront.web.rendering import private_page
from storefront.web.studio import answers
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
    """A new listing; its first question is the photographs."""
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


@pages.post("/<slug>/moves")
@studio(may_edit_listings)
def move(membership: Member, slug: str) -> Response | Redirect:
    """Change, send, take back, drop, pause, resume, archive or duplicate a listing: `move` says which."""
    product, actor = find_listing(membership, slug), members.actor(membership)
    act = _MOVES.get(request.form.get("move", "")) or abort(422)
    try:
        with unit_of_work():
            after = act(product, actor)
    except _REFUSALS as error:
        return overview(membership, find_listing(membership, slug), said(error))
    return to("studio_listings.listing", after)


@pages.post("/<slug>/stock")
@studio(may_edit_listings)
def stock(membership: Member, slug: str) -> Response | Redirect:
    """Stock as counted and lower prices, which shoppers see at once."""
    product, actor = find_listing(membership, slug), members.actor(membership)
    try:
        with unit_of_work():
            revising.lock(product.id)
            _count_all(product, actor)
            for variant in product.variants:
                _lower(variant, actor)
    except (*_REFUSALS, answers.Misread) as error:
        return overview(membership, find_listing(membership, slug), said(error), typed=request.form)
    flash(_("Saved. Shoppers see it now."), "success")
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


def _still_open(product: Product) -> ListingRevision:
    """The open revision; raises IllegalMove where somebody decided on it meanwhile."""
    found = revising.open_revision(product)
    if found is None:
        raise revising.IllegalMove(product.status, "decided")
    return found


def address(endpoint: str, product: Product, **facts: str) -> str:
    """The address of one of a listing's pages."""
    return url_for(endpoint, producer_slug=product.producer.slug, slug=product.slug, **facts)


def to(endpoint: str, product: Product, **facts: str) -> Redirect:
    """On to one of a listing's pages."""
    return redirect(address(endpoint, product, **facts), 303)


def _count_all(product: Product, actor: str) -> None:
    """The counts of a form, which is as old as the count that its page knew."""
    seen_count = request.form.get("counted", type=int)
    if seen_count == adjusting.last_count(product):
        seen_count = None  # nothing was counted since, but by this very form
    for variant in product.variants:
        counted, seen = _counted(variant)
        if counted != seen:
            who: dict[str, Any] = {"actor": actor, "now": clock.now()}
            adjusting.count_stock(variant, counted, seen_stock=seen, seen_count=seen_count, **who)


def _counted(variant: Variant) -> tuple[int, int]:
    form, name = request.form, f"stock-{variant.sku}"
    counted, seen = form.get(name, "").strip(), form.get(f"seen-{variant.sku}", "")
    if not (counted.isascii() and counted.isdecimal() and len(counted) < 8 and seen.isdecimal() and len(seen) < 8):
        raise answers.Misread(name, _("Write the stock of %(sku)s as a whole number.", sku=variant.sku))
    if int(counted) > adjusting.MOST_STOCK:
        raise answers.Misread(name, _("The stock of %(sku)s is at most 1,000,000.", sku=variant.sku))
    return int(counted), int(seen)


def _lower(variant: Variant, actor: str) -> None:
    name = f"price-{variant.sku}"
    text = request.form.get(name, "").strip()
    if not text:
        return
    try:
        price = amounts.read(text, variant.currency)
    except amounts.NoAmount as error:
        raise answers.Misread(name, _("Write the price of %(sku)s as 12.50.", sku=variant.sku)) from error
    if price != variant.price_minor:
        pledge = promising.plain(variant.product_id)
        adjusting.lower_price(variant, price, pledge, actor=actor, now=clock.now())


def _edit(product: Product, actor: str) -> Product:
    revising.open_draft(product, promising.plain(product.id), actor=actor, now=clock.now())
    return product


def _send(product: Product, actor: str) -> Product:
    revising.send(_still_open(product), stamp=request.form.get("seen", ""), actor=actor, now=clock.now())
    flash(_("Sent. You get a letter when a reviewer has decided."), "success")
    return product


def _drop(product: Product, actor: str) -> Product:
    revising.drop(_still_open(product), stamp=request.form.get("seen", ""), actor=actor, now=clock.now())
    return product


def _duplicate(product: Product, actor: str) -> Product:
    """A new draft with the same answers, its pictures copied; kinds are left out, for their codes are taken."""
    now, folder = clock.now(), config.current().media_dir
    there = revising.open_revision(product) or revising.approved(product)
    start = there.content if there else content.shown(product, promising.plain(product.id))
    rows = listing_words.pictures_by_ref([one["ref"] for one in start["pictures"]])
    pictures = [
        {**one, "ref": media.copy(rows[one["ref"]], folder=folder, now=now).ref}
        for one in start["pictures"]
        if one["ref"] in rows
    ]
    pledge = {**start["pledge"], "starts_on": ""} if start["pledge"] else None
    title = _("%(title)s (copy)", title=start["title"])[:200]
    twin = {**start, "title": title, "pictures": pictures, "pledge": pledge, "variants": []}
    return revising.begin(product.producer, currency=product.currency, actor=actor, now=now, start=twin)


def _moved(verb: Callable[..., None], of_revision: bool) -> Callable[[Product, str], Product]:
    def act(product: Product, actor: str) -> Product:
        verb(_still_open(product) if of_revision else product, actor=actor, now=clock.now())
        return product

    return act


_MOVES: dict[str, Callable[[Product, str], Product]] = {
    "edit": _edit,
    "send": _send,
    "duplicate": _duplicate,
    "take_back": _moved(revising.take_back, True),
    "drop": _drop,
    "pause": _moved(adjusting.pause, False),
    "resume": _moved(adjusting.resume, False),
    "archive": _moved(adjusting.archive, False),
}
_REFUSALS = (
    revising.EditedMeanwhile,
    revising.IllegalMove,
    adjusting.NotLower,
    revising.NothingChanged,
    revising.NotOpen,
    revising.NotReady,
    revising.ProductArchived,
    adjusting.CountedMeanwhile,
    adjusting.StockTaken,
)


def said(error: Exception) -> str:
    """Why something was not done, in words."""
    if isinstance(error, answers.Misread):
        return error.message
    if isinstance(error, revising.NotReady):
        return " ".join(listing_words.problem_text(one) for one in error.problems)
    if isinstance(error, adjusting.StockTaken):
        return _("Some were sold while you counted: %(n)s are left now. Count again.", n=error.left)
    if isinstance(error, adjusting.CountedMeanwhile):
        return _("Somebody counted since you opened this page: %(n)s are there now. Count again.", n=error.left)
    return {
        revising.EditedMeanwhile: _("Someone else changed this listing since you opened it. Look at it again first."),
        revising.IllegalMove: _("This is not possible any more: the listing has moved on."),
        adjusting.NotLower: _(
            "Only a lower price goes live at once. Change a higher one under the kinds; it is checked."
        ),
        revising.NothingChanged: _("Nothing differs from what shoppers see, so there is nothing to check."),
        revising.NotOpen: _(
            "This listing is with the reviewers or was decided. Take it back or change it anew on its page, in "
            "another window; your answer is still below: save it then."
        ),
        revising.ProductArchived: _("This product was archived."),
    }[type(error)]


def overview(membership: Member, product: Product, error: str = "", typed: Mapping[str, str] | None = None) -> Response:
    """A listing's page, with why something was not done, and what was `typed` as stock and prices."""
    revision = revising.open_revision(product)
    wrong = revising.problems(revision) if revision else []
    what = revision.content if revision else content.shown(product, promising.plain(product.id))
    missing: dict[str, list[str]] = {}
    for one in wrong:
        missing.setdefault(one.task, []).append(listing_words.problem_text(one))
    return studio_page(
        "studio/listings/listing.html",
        membership,
        422 if error else 200,
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
        example=example(what, product.currency),
        fee_bearer=config.current().fee_bearer,
        card_fee=card_fee(example(what, product.currency)),
        error=error,
        typed=typed or {},
        counted=adjusting.last_count(product),
        Money=Money,
    )


def _changes(product: Product, what: content.Content) -> list[listing_words.FieldChange]:
    last = revising.approved(product)
    return listing_words.differences(withdrawing.redacted([last.content])[0], what, product.currency) if last else []


def example(what: content.Content, currency: str) -> tuple[Money, list[Part]] | None:
    """The first kind's price and its parts, as soon as there are both."""
    prices = [row["price_minor"] for row in what["variants"] if row["price_minor"] > 0]
    shares = [FrozenShare(**row) for row in what["shares"]]
    if not prices or sum(row.basis_points for row in shares) != 10_000:
        return None
    pledge = what["pledge"]
    owed = min(checking.owed(pledge, prices[0]), prices[0]) if pledge else 0
    price = Money(prices[0], currency)
    return price, split_price(price, owed, shares, charity=_("The charity"))


def card_fee(shown: tuple[Money, list[Part]] | None) -> Money | None:
    """About what Stripe keeps of the example's price, where that is taken from what the group gets."""
    settings = config.current()
    if shown is None or settings.fee_bearer != "producer":
        return None
    price = shown[0]
    fee = round_rate(price.minor, Decimal(settings.card_fee_rate)) + settings.card_fee_minor
    return Money(fee, price.currency)
