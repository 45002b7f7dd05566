"""Finding users."""

from __future__ import annotations

from sqlalchemy import func, or_, select

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


def search(words: str, role: str, *, size: int, skip: int) -> tuple[int, list[User]]:
    """How many users have `words` in name or address and the role (each may be empty), and a page, the newest first."""
    found = select(User)
    if words:
        found = found.where(
            or_(User.email.contains(normal(words), autoescape=True), User.name.icontains(words, autoescape=True))
        )
    if role:
        found = found.where(User.role == role)
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    return count, list(session().scalars(found.order_by(User.id.desc()).limit(size).offset(skip)))
