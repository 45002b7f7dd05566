"""Consents of every group, for admins: who agreed to be recognised, and an end to it when somebody asks the shop."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.permissions import may_end_consents
from storefront.producers.models import Producer
from storefront.provenance import consenting
from storefront.provenance.models import Consent
from storefront.web import consent_words, paging
from storefront.web.guards import require
from storefront.web.rendering import attachment, private_page
from storefront.web.shop.labels import language_name

pages = Blueprint("admin_consents", __name__, url_prefix="/admin/consents")

PAGE_SIZE = 50


@pages.get("")
@require(may_end_consents)
def everyone() -> Response:
    """Consents of all groups, the newest first; `words` are part of a person's or a group's name."""
    words = request.args.get("words", "").strip()[:100]
    named = or_(*(column.icontains(words, autoescape=True) for column in (Consent.person, Producer.name)))
    found = select(Consent).join(Consent.producer).where(named)
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session().scalars(
        found.options(contains_eager(Consent.producer))
        .order_by(Consent.id.desc())
        .limit(PAGE_SIZE)
        .offset(paging.skip(PAGE_SIZE))
    )

    def address(page: int) -> str:
        return url_for("admin_consents.everyone", words=words or None, page=page)

    return private_page(
        render_template(
            "admin/consents/list.html",
            rows=rows.all(),
            count=count,
            words=words,
            standing=consent_words.standing,
            **paging.around(count, PAGE_SIZE, address),
        )
    )


@pages.get("/<ref>")
@require(may_end_consents)
def consent(ref: str) -> Response:
    """One consent, and the form that ends it."""
    return _page(_find(ref))


@pages.get("/<ref>/evidence")
@require(may_end_consents)
def evidence(ref: str) -> Response:
    """What shows that they agreed, as a file."""
    return private_page(attachment(_find(ref).document or abort(404)))


@pages.post("/<ref>/withdrawal")
@require(may_end_consents)
def withdraw(ref: str) -> Response | Redirect:
    """End a consent: what rests on it is hidden at once."""
    found = _find(ref)
    try:
        with unit_of_work():
            actor = f"user:{current_user.ref}"
            consenting.end(found, request.form.get("reason", ""), actor=actor, now=clock.now())
    except consenting.NoReason:
        return _page(_find(ref), _("Say in a few words why it ends."))
    except consenting.AlreadyEnded:
        flash(_("It had ended before."), "info")
    else:
        flash(_("Ended. What rested on it is hidden everywhere."), "success")
    return redirect(url_for("admin_consents.consent", ref=ref), 303)


def _find(ref: str) -> Consent:
    return consenting.by_ref(ref) or abort(404)


def _page(found: Consent, error: str = "") -> Response:
    response = private_page(
        render_template(
            "admin/consents/consent.html",
            consent=found,
            standing=consent_words.standing(found),
            given=consent_words.given_names(),
            uses=consent_words.use_names(),
            language_name=language_name,
            action=url_for("admin_consents.withdraw", ref=found.ref),
            evidence=url_for("admin_consents.evidence", ref=found.ref) if found.document_id else "",
            error=error,
        )
    )
    response.status_code = 422 if error else 200
    return response
