"""One pledge for many products: chosen, looked at beside each price, and sent to the reviewers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.catalog.checking import MOST_REASON
from storefront.catalog.sheets.finding import Shelf
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.core.money import Money
from storefront.giving import opting_in, promising
from storefront.giving.opting_in import Offer, Rule
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web import listing_words
from storefront.web.studio import answers
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_pledging", __name__, url_prefix="/studio/<producer_slug>/pledges")

_OWN = ("csrf_token", "seen", "act")  # of the preview's own form, not the group's answers
_IN_FULL = 25  # listings whose price is drawn part by part; the others are told in a line


@pages.get("")
@studio(may_edit_listings)
def choose(membership: Member) -> Response:
    """Which products, to whom, how much."""
    return _form(membership)


@pages.post("/preview")
@studio(may_edit_listings)
def preview(membership: Member) -> Response:
    """Each price before and after, what the group gets, and which products can't take it; or the form again."""
    if request.form.get("act") == "change":
        return _form(membership)
    try:
        rule, keys, why = _read()
        found = opting_in.offers(membership.producer, keys, rule, clock.today())
        return _preview(membership, found, rule, why)
    except (answers.Misread, opting_in.UnfitRule) as error:
        return _form(membership, _error(error))


@pages.post("")
@studio(may_edit_listings)
def opt_in(membership: Member) -> Response | Redirect:
    """Stage it, exactly as the preview showed it."""
    try:
        rule, keys, why = _read()
        with unit_of_work():
            found = opting_in.opt_in(
                membership.producer, keys, rule, seen=request.form.get("seen", ""), why=why,
                actor=members.actor(membership), now=clock.now(),
            )  # fmt: skip
    except (answers.Misread, opting_in.UnfitRule) as error:
        return _form(membership, _error(error))
    except opting_in.SeenOtherwise as error:
        return _preview(membership, error.offers, rule, why, changed=True)
    sent, staged = (sum(not one.unfit and one.sends is sends for one in found) for sends in (True, False))
    if sent:
        flash(ngettext("%(num)s listing was sent for check.", "%(num)s listings were sent for check.", sent), "success")
    if staged:
        flash(ngettext("%(num)s draft has the pledge now.", "%(num)s drafts have the pledge now.", staged), "success")
    return redirect(url_for("studio_listings.listings", producer_slug=membership.producer.slug), 303)


def _read() -> tuple[Rule, set[str] | None, str]:
    """The pledge, the chosen products (None for all) and the reason, as the form has them. Raises Misread."""
    form = request.form
    chosen = form.get("which") == "chosen"
    if chosen and not form.getlist("product"):
        raise answers.Misread("which", _("Tick at least one product, or choose all."))
    rule = answers.read("pledge", form, {"pledge": None}, config.current().currency)["pledge"]
    if rule is None:
        raise answers.Misread("to", _("Choose a charity."))
    why = form.get("why", "").strip()
    if not 0 < len(why) <= MOST_REASON:
        raise answers.Misread("why", _("Say in at most %(most)s characters why.", most=MOST_REASON))
    return (
        {name: rule[name] for name in rule if name != "starts_on"},
        set(form.getlist("product")) if chosen else None,
        why,
    )


def _error(error: answers.Misread | opting_in.UnfitRule) -> tuple[str, str]:
    if isinstance(error, answers.Misread):
        return error.field, error.message
    return {
        "charity_not_approved": ("to", _("Choose a charity that is approved now.")),
        "no_day": ("ends_on", _("Write the last day of the pledge as a date.")),
        "over": ("ends_on", _("This day is over. Choose one that is still to come.")),
    }[error.why]


def _form(membership: Member, error: tuple[str, str] | None = None) -> Response:
    form = request.form
    listings = [
        (there.product.slug, there.content["title"] or _("A new listing"))
        for there in Shelf(membership.producer, promising.plain).all()
    ]
    return studio_page(
        "studio/pledging/form.html",
        membership,
        422 if error else 200,
        listings=listings,
        charities=[("", _("Choose a charity")), *answers.charities()[1:]],
        currency=config.current().currency,
        typed=form,
        ticked=set(form.getlist("product")),
        error=error,
    )


def _preview(membership: Member, found: list[Offer], rule: Rule, why: str, *, changed: bool = False) -> Response:
    fit = [one for one in found if not one.unfit]
    return studio_page(
        "studio/pledging/preview.html",
        membership,
        422 if changed else 200,
        offers=fit,
        in_full=_IN_FULL,
        unfit=[(one, _unfit_text(one)) for one in found if one.unfit],
        seen=opting_in.digest(found),
        rule=listing_words.lines("pledge", {**rule, "starts_on": ""}, config.current().currency),
        why=why,
        fields=[(name, value) for name, value in request.form.items(multi=True) if name not in _OWN],
        fee_bearer=config.current().fee_bearer,
        yours=_yours,
        changed=changed,
    )


def _yours(parts: list[Any]) -> Money:
    """What of a price is the group's: all but the charity's and the shop's."""
    return Money(sum(part.minor for part in parts if part.to not in ("charity", "shop")), parts[0].currency)


def _unfit_text(one: Offer) -> str:
    if one.problems:
        return " ".join(listing_words.problem_text(problem) for problem in one.problems)
    return {
        "with_reviewers": _("It is with the reviewers. Take it back first, or wait for their answer."),
        "same": _("It has this pledge already."),
        "no_price": _("It has no price yet."),
        "no_split": _("Say first where its price goes."),
        "more_than_price": _("The pledge is more than its price."),
    }[one.unfit]
