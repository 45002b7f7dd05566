"""Signing in, and changing what it takes to sign in.

Passwords are hashed and compared outside of transactions, because that is slow on purpose and a writer on
SQLite would keep everyone waiting. Every refusal is the same, in words and in time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from storefront.accounts import emails, links, passwords, sessions
from storefront.accounts.events import EmailProven, SignedIn
from storefront.accounts.finding import by_email, normal
from storefront.accounts.links import Purpose
from storefront.accounts.models import Role, User
from storefront.core import journal, mail
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce

# Letters an hour that signing in to an unproven account sends on to its mailbox.
MOST_PROOFS = 5


class WrongCredentials(Exception):
    """Address and password don't open an account. Which of them is wrong is told to nobody."""


class LastAdmin(ValueError):
    """The shop would be left without an admin."""


def sign_in(email: str, password: str, now: datetime) -> User:
    """The user whom this address and password open, in a unit of work of its own; raises WrongCredentials.

    Someone who has the password of an account that was never confirmed is refused like all others, and gets
    the letter with the link once more, a few times an hour: a stranger may have chosen that password.
    """
    user = by_email(email)
    stored = user.password_hash if user is not None and user.closed_at is None else None
    if not passwords.matches(stored, password) or user is None or stored is None:
        raise WrongCredentials
    renewed = passwords.make(password) if passwords.outdated(stored) else None
    with unit_of_work():
        if user.password_hash != stored or user.closed_at is not None:
            raise WrongCredentials
        if user.email_proven_at is not None:
            if renewed:
                user.password_hash = renewed
            announce(SignedIn(user, now))
            return user
        if mail.queued_since(Purpose.EMAIL_PROOF, user.email, now - timedelta(hours=1)) < MOST_PROOFS:
            mail.queue(emails.email_proof(user), now)
    raise WrongCredentials


def ask_for_reset(email: str, now: datetime) -> None:
    """Write the link for a new password, or that there is no account, in the caller's unit of work.

    A letter goes out either way: the same work takes the same time.
    """
    user = by_email(email)
    known = user is not None and user.closed_at is None
    mail.queue(emails.password_reset(user) if user and known else emails.no_account(normal(email)), now)


def reset_password(token: str, password: str, now: datetime) -> User:
    """Set a new password by the link of a letter and end all sessions; in a unit of work of its own.

    Raises DeadLink and UnfitPassword. The letter came to the mailbox, so the address is proven by it too.
    """
    passwords.check_fit(password, links.user_of(Purpose.PASSWORD_RESET, token).email)
    hashed = passwords.make(password)
    with unit_of_work():
        user = links.user_of(Purpose.PASSWORD_RESET, token)
        _replace(user, hashed, now, by="letter", keep=None)
        if user.email_proven_at is None:
            user.email_proven_at = now
            announce(EmailProven(user, now))
    return user


def change_password(user: User, old: str, new: str, *, keep: str | None, now: datetime) -> None:
    """Replace the password and end all other sessions, in a unit of work of its own.

    `keep` is the hash of the session that stays. Raises WrongCredentials and UnfitPassword.
    """
    if not passwords.matches(user.password_hash, old):
        raise WrongCredentials
    passwords.check_fit(new, user.email)
    hashed = passwords.make(new)
    with unit_of_work():
        _replace(user, hashed, now, by="old password", keep=keep)


def change_role(user: User, role: Role, *, actor: str, now: datetime, reason: str = "") -> None:
    """Give another role, in the caller's unit of work. All sessions end, so none keeps the rights it began with.

    Admins who take the role from each other at once come one after the other; the last one keeps it (LastAdmin).
    """
    admins = session().scalars(select(User.id).where(User.role == Role.ADMIN).order_by(User.id).with_for_update()).all()
    if role != Role.ADMIN and list(admins) == [user.id]:
        raise LastAdmin(user.ref)
    before, user.role = user.role, role
    session().flush()
    sessions.end_all(user)
    journal.record(
        "role changed", subject=f"user:{user.ref}", actor=actor, now=now, before=before, after=role, reason=reason
    )


def _replace(user: User, hashed: str, now: datetime, *, by: str, keep: str | None) -> None:
    user.password_hash = hashed
    session().flush()
    sessions.end_all(user, keep=keep)
    journal.record("password changed", subject=f"user:{user.ref}", actor=f"user:{user.ref}", now=now, by=by)
    mail.queue(emails.password_changed(user), now)
