"""New accounts: someone signs up, proves the mailbox, and only then can sign in.

Whoever signs up learns nothing about others: the answer is the same whether the address has an account or
not, and only a letter to the mailbox says which. Until the proof nobody owns the account, so a second
sign-up replaces the first; and the proof asks for the password, so that nobody confirms an account whose
password a stranger chose.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from storefront.accounts import emails, links, passwords
from storefront.accounts.events import EmailProven, SignedIn
from storefront.accounts.finding import by_email, normal
from storefront.accounts.links import Purpose
from storefront.accounts.models import Role, User
from storefront.accounts.signing_in import WrongCredentials
from storefront.core import journal, mail
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.core.refs import new_ref


class EmailTaken(ValueError):
    """There is an account with this address."""


def sign_up(email: str, name: str, password: str, now: datetime) -> None:
    """Begin an account and write to its mailbox, in a unit of work of its own; raises UnfitPassword."""
    passwords.check_fit(password, email)
    hashed = passwords.make(password)
    try:
        with unit_of_work():
            user = by_email(email)
            if user is not None and (user.email_proven_at or user.closed_at):
                if user.closed_at is None:
                    mail.queue(emails.account_exists(user), now)
                return
            if user is None:
                user = _add(email, name, hashed, now)
            else:
                user.name, user.password_hash = name, hashed
                session().flush()
            mail.queue(emails.email_proof(user), now)
    except IntegrityError:
        # The same address signed up at the same moment; that one's letter is on its way.
        return


def prove_email(token: str, password: str, now: datetime) -> User:
    """Open a new account: the letter's link and the chosen password together; in a unit of work of its own.

    Raises DeadLink, and WrongCredentials when the password isn't the one that was chosen.
    """
    user = links.user_of(Purpose.EMAIL_PROOF, token)
    if not passwords.matches(user.password_hash, password):
        raise WrongCredentials
    with unit_of_work():
        user = links.user_of(Purpose.EMAIL_PROOF, token)
        mark_proven(user, now)
        announce(SignedIn(user, now))
    return user


def prove_again(token: str, user: User, now: datetime) -> None:
    """A signed-in user shows that the mailbox is still theirs, in the caller's unit of work; raises DeadLink."""
    if links.user_of(Purpose.ORDER_CLAIM, token).id != user.id:
        raise links.DeadLink
    announce(EmailProven(user, now))


def mark_proven(user: User, now: datetime) -> None:
    """The mailbox is the user's: note it, journal it, tell whom it concerns."""
    user.email_proven_at = now
    session().flush()
    journal.record("email proven", subject=f"user:{user.ref}", actor=f"user:{user.ref}", now=now)
    announce(EmailProven(user, now))


def create(email: str, name: str, password: str, role: Role, *, actor: str, now: datetime) -> User:
    """An account made by whoever runs the shop, its address taken as proven; in a unit of work of its own.

    Raises UnfitPassword and EmailTaken.
    """
    passwords.check_fit(password, email)
    hashed = passwords.make(password)
    with unit_of_work():
        if by_email(email) is not None:
            raise EmailTaken(email)
        user = _add(email, name, hashed, now)
        user.role, user.email_proven_at = role, now
        session().flush()
        journal.record("account created", subject=f"user:{user.ref}", actor=actor, now=now, role=role)
    return user


def _add(email: str, name: str, hashed: str, now: datetime) -> User:
    user = User(ref=new_ref(), email=normal(email), name=name, password_hash=hashed, role=Role.SHOPPER, created_at=now)
    session().add(user)
    session().flush()
    return user
