"""Holidays: the days on which a group takes no orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_close_for_holidays
from storefront.producers import closing, members
from storefront.producers.closing import BadDays, UnknownClosure
from storefront.producers.models import Member
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_closures", __name__, url_prefix="/studio/<producer_slug>/holidays")


@pages.get("")
@studio(may_close_for_holidays)
def holidays(membership: Member) -> Response:
    """Closures now and to come, and the form for another."""
    return _page(membership)


@pages.post("")
@studio(may_close_for_holidays)
def close(membership: Member) -> Response | Redirect:
    """Take no orders on these days."""
    days, wrong = {}, {}
    for name, missing in (("starts_on", _("Choose the first day.")), ("ends_on", _("Choose the last day."))):
        try:
            days[name] = date.fromisoformat(request.form.get(name, ""))
        except ValueError:
            wrong[name] = missing
    if wrong:
        return _page(membership, wrong)
    try:
        with unit_of_work():
            actor = members.actor(membership)
            closing.close(membership.producer, days["starts_on"], days["ends_on"], actor=actor, now=clock.now())
    except BadDays:
        told = _("Choose a last day that is not over, after the first, at most half a year away.")
        return _page(membership, {"ends_on": told})
    flash(_("Noted. Orders stop and begin again by themselves."), "success")
    return _back(membership)


@pages.post("/<ref>/end")
@studio(may_close_for_holidays)
def reopen(ref: str, membership: Member) -> Redirect:
    """Take orders again, or after all."""
    try:
        with unit_of_work():
            closing.reopen(membership.producer, ref, actor=members.actor(membership), now=clock.now())
    except UnknownClosure:
        abort(404)
    flash(_("The group takes orders on these days."), "success")
    return _back(membership)


def _page(membership: Member, wrong: Mapping[str, str] | None = None) -> Response:
    """The page, with what is `wrong` by the field."""
    return studio_page(
        "studio/holidays.html",
        membership,
        422 if wrong else 200,
        closures=closing.coming(membership.producer_id, clock.today()),
        today=clock.today(),
        wrong=wrong or {},
        starts_on=request.form.get("starts_on", "")[:10],
        ends_on=request.form.get("ends_on", "")[:10],
    )


def _back(membership: Member) -> Redirect:
    return redirect(url_for("studio_closures.holidays", producer_slug=membership.producer.slug), 303)
