"""What people say is looked at before anyone else reads it: shown, or refused with a reason that its writer gets."""

from __future__ import annotations

from datetime import datetime

from storefront.accounts.models import User
from storefront.core import mail
from storefront.core.db import session
from storefront.producers.models import Producer
from storefront.vetting import finding as vetting
from storefront.voices import emails
from storefront.voices.models import Words, WordsState
from storefront.voices.noting import record


class OwnGroup(PermissionError):
    """Nobody speaks as a shopper of a group that they have a stake in, or decides on what it or others say of it."""


class OwnWords(PermissionError):
    """Nobody decides on what they said themselves."""


class ChangedMeanwhile(ValueError):
    """It is not the version that was looked at."""


class NoReason(ValueError):
    """A refusal needs a reason: whom it concerns gets it."""


def show(words: Words, *, seen: int, by: User, now: datetime) -> None:
    """Show the version that was looked at; raises ChangedMeanwhile, OwnGroup and OwnWords."""
    _decide(words, WordsState.SHOWN, "", seen, by, now)


def refuse(words: Words, reason: str, *, seen: int, by: User, now: datetime) -> None:
    """Don't show it, or no longer; the writer gets the reason. Raises NoReason too.

    An address that was only typed is forgotten first: nothing that was refused causes a letter to a stranger.
    """
    if not reason:
        raise NoReason(words.ref)
    _decide(words, WordsState.REFUSED, reason, seen, by, now)
    if words.mailbox:
        mail.queue(emails.refused(words, words.mailbox), now)


def hold(words: Words) -> None:
    """Hold them still, as they are now, until the unit of work ends: of two who act at once, one sees what was done."""
    session().refresh(words, with_for_update=True)


def check_outsider(group: Producer, by: User) -> None:
    """Raise OwnGroup for whoever has a stake in the group that it is about."""
    if vetting.has_stake(group.id, by.id, f"user:{by.ref}"):
        raise OwnGroup(group.slug)


def _decide(words: Words, state: WordsState, reason: str, seen: int, by: User, now: datetime) -> None:
    hold(words)
    if words.version != seen or words.state == state:
        raise ChangedMeanwhile(words.ref)
    check_outsider(words.product.producer, by)
    if words.is_by(by):
        raise OwnWords(words.ref)
    actor = f"user:{by.ref}"
    words.state, words.reason, words.decided_at, words.decided_by = state, reason, now, actor
    words.version += 1
    if state == WordsState.REFUSED:
        words.forget()
    session().flush()
    record(f"{words.WHAT} {state}", words, actor, now, reason=reason, version=seen)
