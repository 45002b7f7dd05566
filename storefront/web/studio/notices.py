"""What a member is told by letter, and how often."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront import noticing
from storefront.core import clock, refusing
from storefront.core.db import unit_of_work
from storefront.permissions import may_enter_studio
from storefront.producers.models import Member, Pace
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_notices", __name__, url_prefix="/studio/<producer_slug>/notices")


@pages.get("")
@studio(may_enter_studio)
def notices(membership: Member) -> Response:
    """Each kind that the member's role may be told, with its pace."""
    ended = refusing.refused(noticing.letters(membership))
    return studio_page("studio/notices.html", membership, paces=noticing.paces(membership), ended=ended)


@pages.post("")
@studio(may_enter_studio)
def choose(membership: Member) -> Redirect:
    """Set the paces; a kind that is missing, or has none of the three, stays as it is."""
    asked = {kind: request.form.get(kind, "") for kind in noticing.paces(membership)}
    with unit_of_work():
        wanted = {kind: Pace(pace) for kind, pace in asked.items() if pace in set(Pace)}
        noticing.choose(membership, wanted, clock.now())
    flash(_("Saved."), "success")
    return redirect(url_for("studio_notices.notices", producer_slug=membership.producer.slug), 303)
