"""Sessions as rows: found by the hash of a browser's key, rotated, listed, ended, and swept when dead.

A session dies when it is ended, when it was not used for its idle limit, or at its absolute limit. All
functions but `forget_dead` expect to run in the caller's unit of work when they write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update

from storefront.accounts.models import Role, SignInSession, User
from storefront.core import clock, journal
from storefront.core.db import session, unit_of_work
from storefront.core.refs import key_hash, new_key

IDLE = timedelta(days=14)
IDLE_STAFF = timedelta(hours=12)
ABSOLUTE = timedelta(days=90)
# `seen_at` is written no more often than this, so that browsing doesn't turn into writing.
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class OpenSession:
    """A living session as it was read at the start of a request."""

    key_hash: str
    user: User | None
    data: dict[str, Any]
    seen_at: datetime

    def wants_touch(self, now: datetime) -> bool:
        """Whether `seen_at` is old enough to be written again."""
        return now - self.seen_at >= SEEN_EVERY


@dataclass(frozen=True)
class ListedSession:
    """A session as its owner sees it. `ref` names it in addresses and opens nothing."""

    ref: str
    browser: str
    address: str
    created_at: datetime
    seen_at: datetime
    current: bool


def idle_limit(role: str | None) -> timedelta:
    """How long a session may rest: far shorter for those who answer for the shop."""
    return IDLE_STAFF if role in {Role.ADMIN, Role.REVIEWER} else IDLE


def find(key: str, now: datetime) -> OpenSession | None:
    """The living session of a browser's key, with its user, in one statement."""
    row = session().execute(
        select(
            SignInSession.key_hash, SignInSession.data, SignInSession.seen_at, SignInSession.expires_at,
            SignInSession.user_id, User,
        )
        .outerjoin(User, User.id == SignInSession.user_id)
        .where(SignInSession.key_hash == key_hash(key))
    ).first()  # fmt: skip
    if row is None or row.expires_at <= now:
        return None
    user: User | None = row.User
    if user is not None and not user.is_active:
        return None
    if now - row.seen_at > idle_limit(user.role if user else None):
        return None
    return OpenSession(row.key_hash, user, dict(row.data), row.seen_at)


def begin(user_id: int | None, data: dict[str, Any], *, address: str, browser: str, now: datetime) -> str:
    """A new session; returns the key for the browser, which is stored nowhere."""
    key = new_key()
    session().add(
        SignInSession(
            key_hash=key_hash(key),
            user_id=user_id,
            data=data,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
            address=address[:60],
            browser=browser[:200],
        )
    )
    return key


def write(hashed: str, data: dict[str, Any], now: datetime) -> None:
    """Keep what a session holds. A session that was ended meanwhile stays ended."""
    session().execute(
        update(SignInSession).where(SignInSession.key_hash == hashed).values(data=data, seen_at=now),
        execution_options={"synchronize_session": False},
    )


def touch(hashed: str, now: datetime) -> None:
    """Note that the session was used."""
    session().execute(
        update(SignInSession).where(SignInSession.key_hash == hashed).values(seen_at=now),
        execution_options={"synchronize_session": False},
    )


def end(hashed: str) -> None:
    """End one session: its key opens nothing from the commit on."""
    session().execute(
        delete(SignInSession).where(SignInSession.key_hash == hashed),
        execution_options={"synchronize_session": False},
    )


def end_all(user: User, keep: str | None = None) -> int:
    """End all sessions of the user but the one with the hash `keep`; returns how many ended."""
    statement = delete(SignInSession).where(SignInSession.user_id == user.id)
    if keep is not None:
        statement = statement.where(SignInSession.key_hash != keep)
    result = session().execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def end_all_as(user: User, *, actor: str, now: datetime) -> None:
    """End all sessions of somebody else's account; the journal says who did."""
    end_all(user)
    journal.record("sessions ended", subject=f"user:{user.ref}", actor=actor, now=now)


def end_by_ref(user: User, ref: str) -> bool:
    """End the user's own session that `of_user` lists under `ref`; False when there is none."""
    row = next((one for one in _rows(user) if _ref(one) == ref), None)
    if row is None:
        return False
    end(row.key_hash)
    return True


def of_user(user: User, current: str | None, now: datetime) -> list[ListedSession]:
    """The user's living sessions, the one with the hash `current` marked, last used first."""
    limit = idle_limit(user.role)
    return [
        ListedSession(_ref(row), row.browser, row.address, row.created_at, row.seen_at, row.key_hash == current)
        for row in _rows(user)
        if row.expires_at > now and now - row.seen_at <= limit
    ]


def _rows(user: User) -> list[SignInSession]:
    statement = select(SignInSession).where(SignInSession.user_id == user.id).order_by(SignInSession.seen_at.desc())
    return list(session().scalars(statement))


def _ref(row: SignInSession) -> str:
    """A name for addresses: part of the hash, from which the key cannot be found."""
    return row.key_hash[:16]


def forget_dead() -> int:
    """Chore: delete the rows of sessions past a limit; returns how many. They were dead before."""
    now = clock.now()
    with unit_of_work() as current:
        result = current.execute(
            delete(SignInSession).where((SignInSession.expires_at <= now) | (SignInSession.seen_at < now - IDLE)),
            execution_options={"synchronize_session": False},
        )
        return cast("CursorResult[Any]", result).rowcount
