"""The words of consents that the studio and the admins share."""

from __future__ import annotations

from flask_babel import gettext as _

from storefront.provenance import consenting
from storefront.provenance.consenting import UnfitConsent
from storefront.provenance.models import Consent, Given, Use
from storefront.web.rendering import day_text


def choices(producer_id: int, use: Use) -> list[tuple[str, str]]:
    """The group's consents to a use that hold today, as reference and words."""
    return [
        (one.ref, _("%(person)s, until %(day)s", person=one.person, day=day_text(one.expires_on)))
        for one in consenting.in_force(producer_id, use).values()
    ]


def given_names() -> dict[str, str]:
    """How somebody agreed."""
    return {
        Given.WRITTEN: _("in writing"),
        Given.SPOKEN: _("aloud, before a witness"),
        Given.GUARDIAN: _("by a guardian, for a child"),
    }


def use_names() -> dict[str, str]:
    """What somebody agreed to."""
    return {Use.PICTURE: _("Pictures in the shop"), Use.STORY: _("Stories in the shop")}


def standing(consent: Consent) -> tuple[str, str]:
    """Whether a consent holds, as words and the tone of a status tag."""
    if consent.ended_at is None:
        return _("In force"), "leaf"
    return (_("Ran out"), "slate") if consent.ended_by == "system" else (_("Withdrawn"), "rose")


def unfit(error: UnfitConsent) -> str:
    """What is wrong with a field, and what to do."""
    return {
        "person": _("Write who agreed, in at most 200 characters."),
        "uses": _("Choose what they agreed to."),
        "asked_in": _("Say in which language they were asked."),
        "given": _("Say how they agreed."),
        "witness": _("Name the witness or the guardian, in at most 200 characters."),
        "given_on": _("Write the day on which they agreed; it can't lie ahead."),
        "expires_on": _("Write until when it holds: a day to come, at most ten years from now."),
        "evidence": _("Add a photograph or PDF of what was signed."),
    }[error.field]
