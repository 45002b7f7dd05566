"""Somebody else reads an update before any buyer does."""

from __future__ import annotations

from datetime import datetime

from storefront.accounts.models import User
from storefront.core import mail
from storefront.core.db import session
from storefront.updates import emails
from storefront.updates.models import Update, UpdateState
from storefront.updates.writing import check_consents, lock, record
from storefront.voices.moderating import ChangedMeanwhile, NoReason, check_outsider


def approve(update: Update, *, seen: int, by: User, now: datetime) -> None:
    """Publish the version that was read; its letters follow. Raises ChangedMeanwhile, OwnGroup, NoConsent."""
    _check(update, seen, by)
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


def _check(update: Update, seen: int, by: User) -> None:
    lock(update, seen)
    if update.state != UpdateState.SENT:
        raise ChangedMeanwhile(update.ref)
    check_outsider(update.producer, by)


def _decide(update: Update, state: UpdateState, reason: str, by: User, now: datetime) -> None:
    update.state, update.reason, update.version = state, reason, update.version + 1
    update.decided_at, update.decided_by = now, f"user:{by.ref}"
    session().flush()
    record(update, f"user:{by.ref}", now, reason=reason)
