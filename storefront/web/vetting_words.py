"""What both doors of vetting share: the words for states, acts and refusals, and how a document is handed out."""

from __future__ import annotations

from flask import Response, abort
from flask_babel import gettext as _

from storefront.charities.models import Cause
from storefront.core.documents import Document, UnreadableDocument
from storefront.vetting import appealing, applying, deciding, finding, states
from storefront.vetting.answering import AGREED, LONGEST_EVIDENCE, UnfitAnswer, Wrong, chosen
from storefront.vetting.criteria import Question
from storefront.vetting.models import Case
from storefront.web.rendering import attachment, private_page
from storefront.web.shop.labels import cause_name, country_name

REFUSALS = (
    applying.AppealOpen,
    applying.EmptyText,
    applying.LongText,
    appealing.NothingToAppeal,
    applying.NotWritable,
    applying.UnknownKey,
    deciding.ConflictDeclared,
    deciding.CriteriaOpen,
    deciding.NotAReviewer,
    deciding.NotVoted,
    deciding.OwnGroup,
    deciding.SamePerson,
    states.NotNow,
)


def state_names() -> dict[str, str]:
    """The states of cases and the standings of parties, in words."""
    return {
        "draft": _("Not sent yet"),
        "submitted": _("Being looked at"),
        "changes_asked": _("Changes asked for"),
        "approved": _("Approved"),
        "rejected": _("Rejected"),
        "withdrawn": _("Withdrawn"),
        "suspended": _("Suspended"),
        "lapsed": _("Approval has run out"),
    }


def act_names() -> dict[str, str]:
    """What was done, in words."""
    return {
        "submit": _("Sent"),
        "withdraw": _("Withdrawn"),
        "ask": _("Changes asked for"),
        "approve": _("Approved"),
        "reject": _("Rejected"),
        "suspend": _("Suspended"),
        "reinstate": _("Suspension ended"),
        "lapse": _("Approval ran out"),
        "grant_appeal": _("Appeal granted"),
        "refuse_appeal": _("Appeal refused"),
    }


def choice_names() -> dict[str, str]:
    """What a reviewer may choose to do, in words."""
    return {
        "ask": _("Ask for changes"),
        "approve": _("Approve"),
        "reject": _("Reject"),
        "suspend": _("Suspend"),
        "reinstate": _("End the suspension"),
        "grant_appeal": _("Grant the appeal"),
        "refuse_appeal": _("Refuse the appeal"),
    }


def refusal(error: Exception) -> str:
    """Why something wasn't done."""
    if isinstance(error, applying.EmptyText):
        return _("Write a few words: they are what the other side reads.")
    if isinstance(error, applying.LongText):
        return _("Shorten this to %(most)s characters: nothing was sent.", most=applying.LONGEST_MESSAGE)
    if isinstance(error, deciding.CriteriaOpen):
        return _("An approval needs every criterion to be met by the answers as they are now; some are not.")
    if isinstance(error, deciding.OwnGroup):
        return _("You belong to this party, so you can't judge it.")
    if isinstance(error, deciding.ConflictDeclared):
        return _("You have declared a conflict with this party, so you can't judge it.")
    if isinstance(error, deciding.SamePerson):
        return _("You had a part in the decision, so somebody else decides the appeal.")
    if isinstance(error, applying.NotWritable):
        return _("The answers can't be changed while they are being looked at.")
    if isinstance(error, appealing.NothingToAppeal):
        return _(
            "There is nothing to appeal against, it was appealed against before, or they have applied again since."
        )
    if isinstance(error, applying.AppealOpen):
        return _("Your appeal is still with somebody who had no part in the decision. Wait for the answer first.")
    return _("That isn't possible just now: something has changed since you opened the page.")


def in_words(asked: Question, text: str) -> str:
    """An answer as people read it: countries and causes by their names, a consent as a yes."""
    if asked.kind == "country":
        return country_name(text)
    if asked.kind == "choices":
        return ", ".join(cause_name(one) if one in set(Cause) else one for one in chosen(text))
    return _("Yes, we agree") if asked.kind == "consent" and text == AGREED else text


def download(case: Case, ref: str) -> Response:
    """A document of the case, as a file to keep and never as a page; the caller has asked who wants it."""
    listed = [one for of_key in finding.documents(case).values() for one in of_key]
    document: Document = next((one for one in listed if one.ref == ref), None) or abort(404)
    return private_page(attachment(document))


def unreadable(error: UnreadableDocument) -> str:
    """Why a file wasn't taken."""
    words = {"large": _("This file is too large: 15 MB is the most"), "broken": _("This file can't be opened")}
    return words.get(error.why, _("Hand in a PDF or a photograph"))


def unfit(error: UnfitAnswer) -> str:
    """What is wrong with an answer, and what to do."""
    words = {
        Wrong.MISSING: _("Answer this question"),
        Wrong.LONG_EVIDENCE: _("Say in at most %(most)s characters what backs it", most=LONGEST_EVIDENCE),
        Wrong.TOO_LONG: _("Make it shorter"),
        Wrong.NOT_A_YEAR: _("Write the year with four figures, such as 2014"),
        Wrong.NOT_A_NUMBER: _("Write a whole number, such as 21"),
        Wrong.NOT_DAYS: _("Write days from and to, such as 6-10"),
        Wrong.NOT_MONEY: _("Write an amount such as 6.90"),
        Wrong.NOT_A_PLACE: _("Write two numbers, such as 23.9, 121.6"),
        Wrong.NOT_A_LINK: _("Write an address that begins with https://"),
        Wrong.NOT_A_CHOICE: _("Choose from the list"),
    }
    return words[error.why]
