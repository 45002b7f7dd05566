"""Somebody else reads an update before any buyer does."""

from __future__ import annotations

from datetime import datetime

from storefront.accounts.models import User
from storefront.core import mail
from storefront.core.db import session
from storefront.producers import members
from storefront.updates import emails, writing
from storefront.updates.models import Update, UpdateState
from storefront.updates.writing import check_consents, lock, record
from storefront.voices.moderating import ChangedMeanwhile, NoReason, OwnWords, check_outsider


def approve(update: Update, *, seen: int, by: User, now: datetime) -> None:
    """Publish the version that was read; its letters follow. Raises ChangedMeanwhile, OwnGroup, OwnWords, NoConsent."""
    _check(update, seen, by)
    if members.person_of(update.written_by) == f"user:{by.ref}":
        raise OwnWords(update.ref)
    check_consents(update)
    _decide(update, UpdateState.APPROVED, "", by, now)


def hand_back(update: Update, reason: str, *, seen: int, by: User, now: datetime) -> None:
    """Don't publish it; the group gets the reason. Raises ChangedMeanwhile, OwnGroup and NoReason."""
    if not reason:
        raise NoReason(update.ref)
    _check(update, seen, by)
    _decide(update, UpdateState.RETURNED, reason, by, now)
    for letter in emails.returned(update):
        mail.queue(letter, now)


def withdraw(update: Update, reason: str, *, seen: int, by: User, now: datetime) -> None:
    """Show a published one no more; the group gets the reason. Raises ChangedMeanwhile, OwnGroup and NoReason."""
    if not reason:
        raise NoReason(update.ref)
    _check(update, seen, by, UpdateState.APPROVED)
    writing.withdraw(update, actor=f"user:{by.ref}", now=now, reason=reason)
    for letter in emails.returned(update):
        mail.queue(letter, now)


def _check(update: Update, seen: int, by: User, state: UpdateState = UpdateState.SENT) -> None:
    lock(update, seen)
    if update.state != state:
        raise ChangedMeanwhile(update.ref)
    check_outsider(update.producer, by)


def _decide(update: Update, state: UpdateState, reason: str, by: User, now: datetime) -> None:
    actor = f"user:{by.ref}"
    update.state, update.reason, update.version = state, reason, update.version + 1
    update.decided_at, update.decided_by = now, actor
    session().flush()
    record(update, actor, now, reason=reason)
