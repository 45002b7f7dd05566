"""Finding users."""

from __future__ import annotations

from sqlalchemy import select

from storefront.accounts.models import User
from storefront.core.db import session


def normal(email: str) -> str:
    """An e-mail address as it is stored and compared: trimmed, lower case."""
    return email.strip().lower()


def by_email(email: str) -> User | None:
    """The user with this address, however it is capitalised."""
    return session().scalars(select(User).where(User.email == normal(email))).first()


def by_ref(ref: str) -> User | None:
    """The user with this public reference."""
    return session().scalars(select(User).where(User.ref == ref)).first()
