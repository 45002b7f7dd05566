"""The group answers what people say of its goods: once, under its own name, and so the answer shows at once."""

from __future__ import annotations

from datetime import datetime

from storefront.accounts.models import User
from storefront.core import mail, refusing
from storefront.core.db import session
from storefront.producers import members
from storefront.producers.models import SHOWN, Member
from storefront.voices import emails
from storefront.voices.models import Words, WordsState
from storefront.voices.moderating import ChangedMeanwhile, NoReason, check_outsider, hold
from storefront.voices.noting import record


class NotToBeAnswered(ValueError):
    """It is not shown, has its answer already, or is about a group whose pages nobody can open."""


def answer(words: Words, text: str, *, seen: int, by: Member, now: datetime) -> None:
    """Answer the version that was read; its writer gets a letter. Raises NotToBeAnswered and ChangedMeanwhile."""
    hold(words)
    open_to_all = words.product.producer.status in SHOWN
    if words.state != WordsState.SHOWN or words.answer is not None or not open_to_all:
        raise NotToBeAnswered(words.ref)
    if words.version != seen:
        raise ChangedMeanwhile(words.ref)
    who, to = members.actor(by), words.mailbox
    words.answer, words.answered_at, words.answered_by = text, now, who
    words.forget()
    session().flush()
    record(f"{words.WHAT} answered", words, who, now)
    if to and not refusing.refused(emails.answers(to)):
        mail.queue(emails.answered(words, to), now)


def hide_answer(words: Words, reason: str, *, seen: int, by: User, now: datetime) -> None:
    """Show the group's answer that was read no more, and tell it why.

    Raises NoReason, ChangedMeanwhile, OwnGroup, and NotToBeAnswered where there is none.
    """
    if not reason:
        raise NoReason(words.ref)
    hold(words)
    if words.version != seen:
        raise ChangedMeanwhile(words.ref)
    if words.state != WordsState.SHOWN or words.answer is None or words.answer_hidden_at is not None:
        raise NotToBeAnswered(words.ref)
    check_outsider(words.product.producer, by)
    words.answer_hidden_at = now
    session().flush()
    record(f"answer to {words.WHAT} hidden", words, f"user:{by.ref}", now, reason=reason)
    for letter in emails.answer_hidden(words, reason):
        mail.queue(letter, now)
