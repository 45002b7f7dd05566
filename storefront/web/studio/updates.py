"""What a group tells its buyers: written here, seen as the letter will be, sent to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Redirect

from storefront.catalog.models import Product, ProductStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.permissions import may_answer
from storefront.producers import members
from storefront.producers.models import Member, ProducerStatus
from storefront.provenance.models import Use
from storefront.updates import emails, finding, sending, writing
from storefront.updates.models import Update, UpdateState
from storefront.updates.writing import NoConsent, NotOpen, PeopleUnasked, TooManyWait, Words
from storefront.voices.moderating import ChangedMeanwhile
from storefront.web import consent_words, paging
from storefront.web.forms.voices import UpdateForm
from storefront.web.studio.answers import read_people
from storefront.web.studio.scope import studio, studio_page
from storefront.web.update_words import tag

pages = Blueprint("studio_updates", __name__, url_prefix="/studio/<producer_slug>/updates")

PAGE_SIZE = 20


@pages.get("")
@studio(may_answer)
def updates(membership: Member) -> Response:
    """The group's updates, the newest first."""
    rows, count = finding.of_group(membership.producer_id, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

    def address(page: int) -> str:
        return url_for("studio_updates.updates", producer_slug=membership.producer.slug, page=page)

    return studio_page(
        "studio/updates/list.html",
        membership,
        rows=rows,
        tag=tag,
        waits_until=sending.waits_until,
        sells=membership.producer.status == ProducerStatus.APPROVED,
        **paging.around(count, PAGE_SIZE, address),
    )


@pages.get("/new")
@studio(may_answer)
def new(membership: Member) -> Response:
    """An empty one."""
    return _page(membership)


@pages.post("")
@studio(may_answer)
def begin(membership: Member) -> Response | Redirect:
    """Keep it as a draft, or send it at once."""
    return _keep(membership, None)


@pages.get("/<ref>")
@studio(may_answer)
def update(ref: str, membership: Member) -> Response:
    """One update, with the letter that it becomes."""
    return _page(membership, _find(membership, ref))


@pages.post("/<ref>")
@studio(may_answer)
def write(ref: str, membership: Member) -> Response | Redirect:
    """Change it, or send it."""
    return _keep(membership, _find(membership, ref))


@pages.post("/<ref>/return")
@studio(may_answer)
def take_back(ref: str, membership: Member) -> Redirect:
    """Fetch it back from its reader."""
    found = _find(membership, ref)
    return _move(membership, found, lambda: writing.take_back(found, by=membership, now=clock.now()))


@pages.post("/<ref>/withdrawal")
@studio(may_answer)
def withdraw(ref: str, membership: Member) -> Redirect:
    """Show it no longer, and send it to nobody else."""
    found = _find(membership, ref)
    actor = members.actor(membership)
    return _move(membership, found, lambda: writing.withdraw(found, actor=actor, now=clock.now()))


def _find(membership: Member, ref: str) -> Update:
    return finding.of_group_by_ref(membership.producer_id, ref) or abort(404)


def _move(membership: Member, found: Update, act: Callable[[], None]) -> Redirect:
    address = url_for("studio_updates.update", producer_slug=membership.producer.slug, ref=found.ref)
    try:
        with unit_of_work():
            act()
    except NotOpen:
        flash(_("Somebody decided on it meanwhile. This is how it stands now."), "warning")
    return redirect(address, 303)


def _keep(membership: Member, found: Update | None) -> Response | Redirect:
    form, act = UpdateForm(), request.form.get("act")
    if found is not None and found.state not in (*writing.OPEN, UpdateState.SENT):
        return _page(membership, found, _changed(), theirs=True)
    if not form.validate():
        return _page(membership, found, form.wrong(), seen=form.version)
    products = _chosen(membership)
    if products is None:
        gone = _("One of the things that you ticked is not among yours any more. Look at the ticks again.")
        return _page(membership, found, [("product", gone)], seen=form.version)
    words = Words(form.title.data, form.text.data, products, _consents(found))
    try:
        with unit_of_work():
            if found is None:
                found = writing.begin(words, by=membership, now=clock.now())
            else:
                writing.rewrite(found, words, seen=form.version, by=membership, now=clock.now())
            written = found.version
        if act == "send":
            with unit_of_work():
                writing.send(found, seen=written, by=membership, now=clock.now())
    except PeopleUnasked:
        return _page(membership, found, [("people", _("Say whether somebody can be recognised in it."))])
    except NoConsent:
        return _page(membership, found, [("people", _("Choose the consent of everyone in it, or record one first."))])
    except TooManyWait:
        wait = _("%(n)s updates of yours wait to be read already. It is saved: send it later.", n=writing.MOST_WAITING)
        return _page(membership, found, [("", wait)])
    except (ChangedMeanwhile, NotOpen):
        session().rollback()
        return _page(membership, found, _changed(), theirs=True)
    address = url_for("studio_updates.update", producer_slug=membership.producer.slug, ref=found.ref)
    if act == "consent":
        return redirect(url_for("studio_consents.new", producer_slug=membership.producer.slug, back=address), 303)
    flash(_("Sent: one of us reads it first.") if act == "send" else _("Saved. Nobody else sees it yet."), "success")
    return redirect(address, 303)


def _changed() -> list[tuple[str, str]]:
    return [("", _("Somebody else changed it, or it is being read."))]


def _products(membership: Member) -> list[Product]:
    on_sale = Product.status.in_((ProductStatus.LIVE, ProductStatus.PAUSED, ProductStatus.ARCHIVED))
    own = select(Product).where(Product.producer_id == membership.producer_id, on_sale).order_by(Product.title)
    return list(session().scalars(own))


def _chosen(membership: Member) -> list[Product] | None:
    """What was ticked; None where any of it isn't there: to leave it out would write to everyone."""
    wanted = set(request.form.getlist("product"))
    chosen = [one for one in _products(membership) if one.slug in wanted]
    return chosen if len(chosen) == len(wanted) else None


def _consents(found: Update | None) -> list[str] | None:
    before = {"consents": found.consents} if found and found.consents is not None else {}
    return read_people(request.form, "", before).get("consents")


def _page(
    membership: Member,
    found: Update | None = None,
    errors: Sequence[tuple[str, str]] = (),
    *,
    theirs: bool = False,
    seen: int | None = None,
) -> Response:
    typed: Any = request.form
    if not errors:
        typed = MultiDict({"title": found.title, "text": found.text} if found else {})
    return studio_page(
        "studio/updates/update.html",
        membership,
        422 if errors else 200,
        update=found,
        open=found is None or found.state in writing.OPEN,
        errors=errors,
        wrong=dict(errors),
        theirs=theirs,
        typed=typed,
        # Where nothing was saved, what was read stays what was read: only whoever is shown theirs has read that.
        seen=found.version if found and seen is None else seen,
        products=_products(membership),
        chosen=typed.getlist("product") if errors else [one.slug for one in (found.products if found else ())],
        consents=consent_words.choices(membership.producer_id, Use.STORY),
        tag=tag,
        **(_letter(found) if found else {}),
    )


def _letter(found: Update) -> dict[str, Any]:
    """The letter as a buyer would get it, and how many would."""
    bought = found.products[0].title if found.products else _("something of theirs")
    return {
        "letter": emails.update(found, "buyer@example.org", bought),
        "audience": sending.audience(found, clock.now()),
        "letters": finding.letters_of(found),
    }
