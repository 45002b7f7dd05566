"""What people ask and say of a group's goods, and what the group answers."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_answer
from storefront.producers.models import Member
from storefront.voices import answering, finding
from storefront.voices.answering import NotToBeAnswered
from storefront.voices.models import Question, Review, Words
from storefront.voices.moderating import ChangedMeanwhile
from storefront.web import paging
from storefront.web.forms.voices import AnswerForm
from storefront.web.kept_words import written
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_voices", __name__, url_prefix="/studio/<producer_slug>/voices")

PAGE_SIZE = 20


@pages.get("")
@studio(may_answer)
def voices(membership: Member) -> Response:
    """Questions about the group's goods and reviews of them: those without an answer first."""
    return _page(membership)


@pages.post("/questions/<ref>/answer")
@studio(may_answer)
def answer_question(ref: str, membership: Member) -> Response | Redirect:
    """Answer a question, once."""
    return _answer(membership, finding.of_group_by_ref(Question, membership.producer_id, ref) or abort(404))


@pages.post("/reviews/<ref>/answer")
@studio(may_answer)
def answer_review(ref: str, membership: Member) -> Response | Redirect:
    """Answer a review, once."""
    return _answer(membership, finding.of_group_by_ref(Review, membership.producer_id, ref) or abort(404))


def _answer(membership: Member, words: Words) -> Response | Redirect:
    form, ref, mailbox = AnswerForm(), words.ref, words.mailbox
    if not form.validate():
        return _page(membership, ref, form.text.data, form.error("text"))
    try:
        with unit_of_work():
            answering.answer(words, form.text.data, seen=form.version, by=membership, now=clock.now())
    except ChangedMeanwhile:
        return _page(membership, ref, form.text.data, _("This was written anew or looked at again. Read it once more."))
    except NotToBeAnswered:
        return _page(membership, ref, form.text.data, _("This has an answer already, or is not shown any more."))
    told = _("Your answer is on the product's page, and goes by letter to whoever wrote.")
    flash(told if mailbox else _("Your answer is on the product's page."), "success")
    return redirect(url_for("studio_voices.voices", producer_slug=membership.producer.slug), 303)


def _page(membership: Member, ref: str = "", text: str = "", error: str = "") -> Response:
    size, skip = PAGE_SIZE, paging.skip(PAGE_SIZE)
    questions, asked = finding.of_group(Question, membership.producer_id, size=size, skip=skip)
    reviews, said = finding.of_group(Review, membership.producer_id, size=size, skip=skip)
    at_form = any(one.ref == ref and not one.answer for one in (*questions, *reviews))

    def address(page: int) -> str:
        return url_for("studio_voices.voices", producer_slug=membership.producer.slug, page=page)

    return studio_page(
        "studio/voices/list.html",
        membership,
        422 if error else 200,
        questions=questions,
        reviews=reviews,
        wrong=ref,
        text=text,
        error=error,
        at_form=at_form,
        words=written() if error and not at_form else [],
        **paging.around(max(asked, said), PAGE_SIZE, address),
    )
