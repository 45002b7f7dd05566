"""A group's listings: the list, the editor with one question a page, photographs, stock, preview and sending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import case, select
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog import adjusting, checking, content, revising
from storefront.catalog.models import ListingRevision, Product, ProductStatus, RevisionState, Variant
from storefront.charities.models import Charity, CharityStatus
from storefront.core import amounts, clock, media
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import promising
from storefront.giving.splitting import FrozenShare, Part, split_price
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.provenance.models import Level
from storefront.web import listing_words
from storefront.web.listing_preview import preview as preview_page
from storefront.web.rendering import private_page
from storefront.web.security import takes_files
from storefront.web.shop.labels import cause_name
from storefront.web.studio import answers
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_listings", __name__, url_prefix="/studio/<producer_slug>/listings")

UPLOAD_MEGABYTES = 64
_SHOWN = 500
_OPEN_FOR_EDITS = (RevisionState.DRAFT, RevisionState.CHANGES_ASKED)


@pages.get("")
@studio(may_edit_listings)
def listings(membership: Member) -> Response:
    """Every listing of the group with where it stands: what needs someone first, what is archived last."""
    rows = (
        session()
        .execute(
            select(Product, ListingRevision)
            .outerjoin(
                ListingRevision,
                (ListingRevision.product_id == Product.id) & ListingRevision.state.in_(revising.OPEN),
            )
            .where(Product.producer_id == membership.producer_id)
            .order_by(
                case(
                    (ListingRevision.state == RevisionState.CHANGES_ASKED, 0),
                    (ListingRevision.id.is_not(None), 1),
                    else_=2,
                ),
                case((Product.status == ProductStatus.ARCHIVED, 1), else_=0),
                Product.id.desc(),
            )
            .limit(_SHOWN)
        )
        .all()
    )
    shown = [
        (product, listing_words.status_of(product, revision), revision.content["title"] if revision else product.title)
        for product, revision in rows
        if product.status != ProductStatus.DRAFT or revision is not None
    ]
    return studio_page("studio/listings/list.html", membership, listings=shown)


@pages.post("")
@studio(may_edit_listings)
def begin(membership: Member) -> Redirect:
    """A new listing; its first question is the photographs."""
    with unit_of_work():
        product = revising.begin(
            membership.producer, currency=config.current().currency, actor=members.actor(membership), now=clock.now()
        )
    return _to("task", product, task="photos")


@pages.get("/<slug>")
@studio(may_edit_listings)
def listing(membership: Member, slug: str) -> Response:
    """One listing: where it stands, its questions, what is still missing, and what it costs."""
    return _overview(membership, _find(membership, slug))


@pages.get("/<slug>/preview")
@studio(may_edit_listings)
def preview(membership: Member, slug: str) -> Response | Redirect:
    """The page as shoppers would see it."""
    product = _find(membership, slug)
    try:
        return private_page(preview_page(_open(product), _address("listing", product)))
    except revising.NotReady:
        flash(_("Answer what is marked first: then there is a page to show."), "warning")
        return _to("listing", product)


@pages.post("/<slug>/moves")
@studio(may_edit_listings)
def move(membership: Member, slug: str) -> Response | Redirect:
    """Change, send, take back, drop, pause, resume, archive or duplicate a listing: `move` says which."""
    product, actor = _find(membership, slug), members.actor(membership)
    act = _MOVES.get(request.form.get("move", "")) or abort(422)
    try:
        with unit_of_work():
            after = act(product, actor)
    except _REFUSALS as error:
        return _overview(membership, _find(membership, slug), _said(error))
    return _to("listing", after)


@pages.post("/<slug>/stock")
@studio(may_edit_listings)
def stock(membership: Member, slug: str) -> Response | Redirect:
    """Stock as counted and lower prices, which shoppers see at once."""
    product, actor = _find(membership, slug), members.actor(membership)
    try:
        with unit_of_work():
            for variant in product.variants:
                _count(variant, actor)
                _lower(variant, actor)
    except (*_REFUSALS, answers.Misread) as error:
        return _overview(membership, _find(membership, slug), _said(error))
    flash(_("Saved. Shoppers see it now."), "success")
    return _to("listing", product)


@pages.get("/<slug>/<task>")
@studio(may_edit_listings)
def task(membership: Member, slug: str, task: str) -> Response:
    """One question of the editor."""
    product = _find(membership, slug)
    _known(task)
    return _question(membership, product, task)


@pages.post("/<slug>/<task>")
@studio(may_edit_listings)
def answer(membership: Member, slug: str, task: str) -> Response | Redirect:
    """Save an answer and go on to the next question that needs one; tell of another editor's change."""
    product = _find(membership, slug)
    _known(task)
    revision, form = _open(product), request.form
    try:
        _save(product, revision, task, members.actor(membership))
    except answers.Misread as error:
        return _question(membership, product, task, typed=form, errors=[(error.field, error.message)])
    except revising.EditedMeanwhile as error:
        return _question(membership, product, task, typed=form, theirs=error)
    except revising.NotOpen as error:
        return _overview(membership, _find(membership, slug), _said(error))
    return _to("task", product, task="photos") if form.get("act") else _onwards(product, task)


@pages.post("/<slug>/photos/uploads")
@studio(may_edit_listings)
@takes_files(UPLOAD_MEGABYTES)
def upload(membership: Member, slug: str) -> Response | Redirect:
    """Photographs from the phone, several at once: those that open are kept, the others are named with what to do."""
    product = _find(membership, slug)
    files = request.files.getlist("photos")[: checking.MOST_PICTURES]
    decoded, errors = [], []
    for number, file in enumerate(files, start=1):
        try:
            decoded.append(media.decode(file.stream.read(media.MAX_BYTES + 1)))
        except media.UnreadablePicture as error:
            errors.append(("photos", _unreadable(number, error.why)))
    if not files or (len(files) == 1 and not files[0].filename):
        errors = [("photos", _("Choose one or more photographs first."))]
    try:
        with unit_of_work():
            revision = _open(product)
            there = revision.content["pictures"]
            if len(there) + len(decoded) > checking.MOST_PICTURES:
                decoded = []
                errors.append(("photos", _("A listing has room for %(n)s photographs.", n=checking.MOST_PICTURES)))
            new = [media.receive(one, folder=config.current().media_dir, now=clock.now()) for one in decoded]
            added = [{"ref": one.ref, "alt": "", "focus_x": 50, "focus_y": 50} for one in new]
            if added:
                revising.edit(
                    revision, {"pictures": [*there, *added]}, seen_digest=revising.seen(revision, ("pictures",)),
                    actor=members.actor(membership), now=clock.now(),
                )  # fmt: skip
    except revising.NotOpen as error:
        flash(_said(error), "warning")
        return _to("listing", product)
    if not errors:
        return _to("task", product, task="photos")
    return _question(membership, product, "photos", errors=errors)


def _unreadable(number: int, why: str) -> str:
    return {
        "heic": _(
            "Photograph %(n)s is in Apple's HEIC form, which can't be read here. On an iPhone choose Settings, "
            "Camera, Formats, Most Compatible, or send it as JPEG.", n=number,
        ),
        "large": _("Photograph %(n)s is too large. Take it at a normal size, up to 20 MB.", n=number),
        "kind": _("File %(n)s is no photograph. Send a JPEG, PNG, WebP or AVIF picture.", n=number),
    }.get(why, _("Photograph %(n)s did not arrive whole. Send it again.", n=number))  # fmt: skip


def _find(membership: Member, slug: str) -> Product:
    """A listing of this group, or 404."""
    return session().scalar(
        select(Product).where(Product.slug == slug, Product.producer_id == membership.producer_id)
    ) or abort(404)


def _open(product: Product) -> ListingRevision:
    """The open revision, or 404: a GET never begins one."""
    return revising.open_revision(product) or abort(404)


def _known(task: str) -> None:
    if task not in checking.TASKS:
        abort(404)


def _address(endpoint: str, product: Product, **facts: str) -> str:
    where = {"producer_slug": product.producer.slug} | ({} if endpoint == "listings" else {"slug": product.slug})
    return url_for(f"studio_listings.{endpoint}", **where, **facts)


def _to(endpoint: str, product: Product, **facts: str) -> Redirect:
    return redirect(_address(endpoint, product, **facts), 303)


def _onwards(product: Product, done: str) -> Redirect:
    """To the next question after `done` that still needs an answer, or back to the listing."""
    missing = {one.task for one in revising.problems(_open(product))}
    after = checking.TASKS[checking.TASKS.index(done) + 1 :]
    following = next((name for name in after if name in missing), "")
    return _to("task", product, task=following) if following else _to("listing", product)


def _save(product: Product, revision: ListingRevision, task: str, actor: str) -> None:
    form, now = request.form, clock.now()
    with unit_of_work():
        if task == "reason":
            revising.explain(revision, form.get("reason", ""), "correction" in form, actor=actor, now=now)
            return
        changes = answers.read(task, form, revision.content, product.currency)
        counts = None
        if task == "kinds":
            counts = {**revision.stock, **answers.first_stock(form, revision.content["variants"])}
        revising.edit(revision, changes, seen_digest=form.get("seen", ""), actor=actor, now=now, stock=counts)


def _count(variant: Variant, actor: str) -> None:
    form, name = request.form, f"stock-{variant.sku}"
    counted, seen = form.get(name, "").strip(), form.get(f"seen-{variant.sku}", "")
    if not (counted.isascii() and counted.isdecimal() and len(counted) < 7 and seen.isdecimal() and len(seen) < 8):
        raise answers.Misread(name, _("Write the stock of %(sku)s as a whole number.", sku=variant.sku))
    if counted != seen:
        adjusting.count_stock(variant, int(counted), seen_stock=int(seen), actor=actor, now=clock.now())


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
    revising.send(_open(product), seen_digest=request.form.get("seen", ""), actor=actor, now=clock.now())
    flash(_("Sent. You get a letter when a reviewer has decided."), "success")
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
        verb(_open(product) if of_revision else product, actor=actor, now=clock.now())
        return product

    return act


_MOVES: dict[str, Callable[[Product, str], Product]] = {
    "edit": _edit,
    "send": _send,
    "duplicate": _duplicate,
    "take_back": _moved(revising.take_back, True),
    "drop": _moved(revising.drop, True),
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
    adjusting.StockTaken,
)


def _said(error: Exception) -> str:
    """Why something was not done, in words."""
    if isinstance(error, answers.Misread):
        return error.message
    if isinstance(error, revising.NotReady):
        return " ".join(listing_words.problem_text(one) for one in error.problems)
    if isinstance(error, adjusting.StockTaken):
        return _("Some were sold while you counted: %(n)s are left now. Count again.", n=error.left)
    return {
        revising.EditedMeanwhile: _("Someone else changed this listing since you opened it. Look at it again first."),
        revising.IllegalMove: _("This is not possible any more: the listing has moved on."),
        adjusting.NotLower: _(
            "Only a lower price goes live at once. Change a higher one under the kinds; it is checked."
        ),
        revising.NothingChanged: _("Nothing differs from what shoppers see, so there is nothing to check."),
        revising.NotOpen: _("This listing is with the reviewers. Take it back to change it."),
        revising.ProductArchived: _("This product was archived."),
    }[type(error)]


def _overview(membership: Member, product: Product, error: str = "") -> Response:
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
            if name != "reason" or product.status != ProductStatus.DRAFT
        ],
        editable=revision is not None and revision.state in _OPEN_FOR_EDITS,
        changes=_changes(product, what) if revision else [],
        field_name=listing_words.field_name,
        example=_example(what, product.currency),
        fee_bearer=config.current().fee_bearer,
        error=error,
        Money=Money,
    )


def _changes(product: Product, what: content.Content) -> list[listing_words.FieldChange]:
    last = revising.approved(product)
    return listing_words.differences(last.content, what, product.currency) if last else []


def _example(what: content.Content, currency: str) -> tuple[Money, list[Part]] | None:
    """The first kind's price and its parts, as soon as there are both."""
    prices = [row["price_minor"] for row in what["variants"] if row["price_minor"] > 0]
    shares = [FrozenShare(**row) for row in what["shares"]]
    if not prices or sum(row.basis_points for row in shares) != 10_000:
        return None
    pledge = what["pledge"]
    owed = min(checking.owed(pledge, prices[0]), prices[0]) if pledge else 0
    price = Money(prices[0], currency)
    return price, split_price(price, owed, shares, charity=_("The charity"))


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
    revision = _open(product)
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
        seen=revising.seen(revision, answers.PARTS.get(task, ())),
        errors=errors or [],
        missing=[] if typed else _missing(revision, task),
        theirs=_theirs(theirs, product.currency) if theirs else [],
        by=theirs.by if theirs else "",
        live={variant.sku: variant for variant in product.variants},
        pictures=listing_words.pictures_by_ref([one["ref"] for one in what["pictures"]]) if task == "photos" else {},
        causes=[("", _("Choose a cause")), *((one, cause_name(one)) for one in answers.causes())],
        shop_rows=shop,
        makers=makers,
        others=others,
        blank=answers.BLANK_ROWS,
        percent=listing_words.points,
        plain_percent=lambda points: f"{points / 100:g}",
        example=_example(what, product.currency),
        fee_bearer=config.current().fee_bearer,
        charities=_charities() if task == "pledge" else [],
        levels=_levels(),
        write=amounts.write,
        Money=Money,
    )


def _missing(revision: ListingRevision, task: str) -> list[str]:
    return [listing_words.problem_text(one) for one in revising.problems(revision) if one.task == task]


def _theirs(error: revising.EditedMeanwhile, currency: str) -> list[tuple[str, list[str]]]:
    """What the other editor wrote, part by part, as lines."""
    found = []
    for name, value in error.theirs.items():
        if isinstance(value, str):
            found.append((name, [value]))
        elif name == "story":
            found.append((name, [value["title"], value["body"]]))
        elif name == "pictures":
            found.append((name, [one["alt"] for one in value]))
        else:
            found.append((name, listing_words.lines(name, value, currency)))
    return found


def _charities() -> list[tuple[str, str]]:
    """Approved charities and their projects, as choices."""
    choices = [("", _("No pledge"))]
    for charity in session().scalars(
        select(Charity).where(Charity.status == CharityStatus.APPROVED).order_by(Charity.name)
    ):
        choices.append((f"{charity.slug}|", charity.name))
        choices += [(f"{charity.slug}|{one.slug}", f"{charity.name}: {one.name}") for one in charity.projects]
    return choices


def _levels() -> list[tuple[str, str]]:
    return [
        (Level.DECLARED, _("We say so")),
        (Level.DOCUMENTED, _("A document shows it")),
        (Level.VERIFIED, _("An outside party verified it")),
    ]
