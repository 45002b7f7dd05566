"""Users and their server-side sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.core.db import Model


class Role(StrEnum):
    """What a user may be to the shop as a whole; membership of a producer is a row of its own."""

    SHOPPER = "shopper"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class User(Model):
    """Someone with an account. `email` is stored lower case; it is proven once `email_proven_at` is set."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint("role IN ('shopper', 'reviewer', 'admin')", name="role_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20), default=Role.SHOPPER)
    email_proven_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    # What the sign-in machinery of the web band asks of a user; a guest answers the opposite.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Whether the account is open and its address proven, so that it may be signed in to."""
        return self.closed_at is None and self.email_proven_at is not None

    def get_id(self) -> str:
        """The key as text, for the sign-in machinery; it never leaves the server."""
        return str(self.id)


class SignInSession(Model):
    """A browser's session. Only the hash of its id is stored; deleting the row ends it at once."""

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(60), default="")
    browser: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User | None] = relationship()


class Authenticator(Model):
    """A user's authenticator app. `secret` is sealed; `last_step` is the newest time step whose code was taken."""

    __tablename__ = "authenticator"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    secret: Mapped[str] = mapped_column(String(200))
    last_step: Mapped[int]
    created_at: Mapped[datetime]


class RecoveryCode(Model):
    """A code for the day the authenticator is lost. Only its hash is stored; it is deleted when it is used."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
