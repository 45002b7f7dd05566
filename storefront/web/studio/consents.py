"""A group's consents: of everybody who can be recognised in its pictures and stories."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock, documents
from storefront.core.db import unit_of_work
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.provenance import consenting
from storefront.provenance.consenting import NewConsent
from storefront.provenance.models import Consent
from storefront.web import consent_words
from storefront.web.rendering import attachment, private_page
from storefront.web.security import own_path, sent_document, takes_files
from storefront.web.shop.labels import LANGUAGES, language_name
from storefront.web.studio.scope import studio, studio_page
from storefront.web.vetting_words import unreadable

pages = Blueprint("studio_consents", __name__, url_prefix="/studio/<producer_slug>/consents")


@pages.get("")
@studio(may_edit_listings)
def everyone(membership: Member) -> Response:
    """Who agreed to be recognised, those in force first."""
    found = consenting.of_group(membership.producer_id)
    return studio_page("studio/consents/list.html", membership, consents=found, standing=consent_words.standing)


@pages.get("/new")
@studio(may_edit_listings)
def new(membership: Member) -> Response:
    """The form for a consent; `back` is the page of the editor that asked for it."""
    return _form(membership)


@pages.post("")
@studio(may_edit_listings)
@takes_files(16)
def record(membership: Member) -> Response | Redirect:
    """Keep a consent with its evidence."""
    try:
        evidence = sent_document("evidence")
        with unit_of_work():
            actor = members.actor(membership)
            consenting.record(membership.producer, _asked(), evidence, actor=actor, now=clock.now())
    except documents.UnreadableDocument as error:
        return _form(membership, ("evidence", unreadable(error)))
    except consenting.UnfitConsent as error:
        return _form(membership, (error.field, consent_words.unfit(error)))
    flash(_("The consent is on record. Now choose it where the person is recognised."), "success")
    return redirect(own_path(request.form.get("back"), _address(membership, "everyone")), 303)


@pages.get("/<ref>")
@studio(may_edit_listings)
def consent(ref: str, membership: Member) -> Response:
    """One consent, and the form that ends it."""
    return _page(membership, _find(membership, ref))


@pages.get("/<ref>/evidence")
@studio(may_edit_listings)
def evidence(ref: str, membership: Member) -> Response:
    """What shows that they agreed, as a file."""
    return private_page(attachment(_find(membership, ref).document or abort(404)))


@pages.post("/<ref>/withdrawal")
@studio(may_edit_listings)
def withdraw(ref: str, membership: Member) -> Response | Redirect:
    """End a consent: what rests on it is hidden at once."""
    found = _find(membership, ref)
    try:
        with unit_of_work():
            actor = members.actor(membership)
            consenting.end(found, request.form.get("reason", ""), actor=actor, now=clock.now())
    except consenting.NoReason:
        return _page(membership, _find(membership, ref), _("Say in a few words why it ends."))
    except consenting.AlreadyEnded:
        flash(_("It had ended before."), "info")
    else:
        flash(_("Ended. What rested on it is hidden everywhere."), "success")
    return redirect(_address(membership, "consent", ref=ref), 303)


def _find(membership: Member, ref: str) -> Consent:
    return consenting.by_ref(ref, membership.producer_id) or abort(404)


def _address(membership: Member, view: str, **facts: str) -> str:
    return url_for(f"studio_consents.{view}", producer_slug=membership.producer.slug, **facts)


def _asked() -> NewConsent:
    form = request.form
    return NewConsent(
        person=_line("person"),
        uses=tuple(dict.fromkeys(form.getlist("uses"))),
        asked_in=_line("asked_in"),
        given=form.get("given", ""),
        witness=_line("witness"),
        given_on=_day("given_on"),
        expires_on=_day("expires_on"),
    )


def _line(name: str) -> str:
    """A field in one line."""
    return " ".join(request.form.get(name, "").split())


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


def _form(membership: Member, error: tuple[str, str] | None = None) -> Response:
    """The form, with all that was typed; a file has to be chosen again, browsers don't hand it back."""
    return studio_page(
        "studio/consents/new.html",
        membership,
        422 if error else 200,
        typed=request.form,
        errors=[error] if error else [],
        wrong=dict([error]) if error else {},
        back=own_path(request.values.get("back"), ""),
        languages=[("", _("Choose a language")), *LANGUAGES],
        given=[{"value": value, "label": words} for value, words in consent_words.given_names().items()],
        uses=list(consent_words.use_names().items()),
    )


def _page(membership: Member, found: Consent, error: str = "") -> Response:
    return studio_page(
        "studio/consents/consent.html",
        membership,
        422 if error else 200,
        consent=found,
        standing=consent_words.standing(found),
        given=consent_words.given_names(),
        uses=consent_words.use_names(),
        language_name=language_name,
        action=_address(membership, "withdraw", ref=found.ref),
        evidence=_address(membership, "evidence", ref=found.ref) if found.document_id else "",
        error=error,
    )
