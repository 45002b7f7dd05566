"""The second step of signing in: a code of an authenticator app (RFC 6238), or one of ten recovery codes.

Each code opens the door once. Those who answer for the shop can do nothing without this step where the
settings ask for it; everyone else may take it on for their own safety.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import Any, cast

import pyotp
from sqlalchemy import CursorResult, Delete, Update, delete, func, select, update

from storefront import config
from storefront.accounts import emails, sessions
from storefront.accounts.models import Authenticator, RecoveryCode, Role, User
from storefront.core import journal, mail, sealing
from storefront.core.db import session
from storefront.core.refs import key_hash, new_ref

STEP = 30  # seconds that a code of an app lasts
DRIFT = 1  # steps that a telephone's clock may be off
RECOVERY_CODES = 10
PURPOSE = "authenticator"


class WrongCode(Exception):
    """The code is none of this user's, has ended, or was used before."""


class AlreadySetUp(Exception):
    """There is an authenticator already; it is removed with one of its codes first."""


def required_of(user: User) -> bool:
    """Whether this user may do nothing of their role without the second step."""
    return config.current().second_step_required and user.role in {Role.ADMIN, Role.REVIEWER}


def is_set_up(user: User) -> bool:
    """Whether signing in asks this user for a code."""
    return session().scalar(select(Authenticator.id).where(Authenticator.user_id == user.id)) is not None


def recovery_codes_left(user: User) -> int:
    """How many recovery codes were not used yet."""
    return session().scalar(select(func.count(RecoveryCode.id)).where(RecoveryCode.user_id == user.id)) or 0


def new_secret() -> str:
    """A secret for an app, to be set up with `set_up` once the app shows the right code."""
    return pyotp.random_base32()


def app_address(secret: str, user: User) -> str:
    """The `otpauth:` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=config.current().shop_name)


def set_up(user: User, secret: str, code: str, *, keep: str | None, now: datetime) -> list[str]:
    """Take on the app that shows `code`, in the caller's unit of work; returns the recovery codes, shown once.

    All sessions but the one with the hash `keep` end. Raises WrongCode and AlreadySetUp.
    """
    if is_set_up(user):
        raise AlreadySetUp
    step = _step_of(secret, code, now)
    if step is None:
        raise WrongCode
    session().add(Authenticator(user_id=user.id, secret=sealing.seal(secret, PURPOSE), last_step=step, created_at=now))
    session().flush()
    sessions.end_all(user, keep=keep)
    _tell("set up", user, now)
    return _new_recovery_codes(user)


def check(user: User, code: str, now: datetime) -> None:
    """Use up a code of the app, or a recovery code, in the caller's unit of work; raises WrongCode."""
    row = session().scalar(select(Authenticator).where(Authenticator.user_id == user.id))
    if row is None:
        raise WrongCode
    step = _step_of(_opened(row), code, now)
    use_up: Update | Delete
    if step is not None:
        use_up = update(Authenticator).where(Authenticator.id == row.id, Authenticator.last_step < step)
        use_up = use_up.values(last_step=step)
    else:
        given = key_hash(_plain(code))
        use_up = delete(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == given)
    if cast("CursorResult[Any]", session().execute(use_up)).rowcount != 1:
        raise WrongCode
    if step is None:
        _tell("recovery code used", user, now)


def renew_recovery_codes(user: User, code: str, now: datetime) -> list[str]:
    """Ten new recovery codes in place of the old ones, for a code; raises WrongCode."""
    check(user, code, now)
    _tell("recovery codes renewed", user, now)
    return _new_recovery_codes(user)


def remove(user: User, code: str, now: datetime) -> None:
    """Sign in with the password alone from now on; raises WrongCode."""
    check(user, code, now)
    forget(user, actor=f"user:{user.ref}", now=now)


def forget(user: User, *, actor: str, now: datetime) -> None:
    """Take the second step off an account whose owner has lost app and recovery codes; all sessions end."""
    session().execute(delete(Authenticator).where(Authenticator.user_id == user.id))
    session().execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    sessions.end_all(user)
    _tell("removed", user, now, actor)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that `code` is of, if it is near enough."""
    app, this = pyotp.TOTP(secret, interval=STEP), int(now.timestamp()) // STEP
    given = _plain(code)
    steps = range(this - DRIFT, this + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(app.generate_otp(step), given)), None)


def _new_recovery_codes(user: User) -> list[str]:
    session().execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [f"{new_ref(6)}-{new_ref(6)}" for _ in range(RECOVERY_CODES)]
    session().add_all(RecoveryCode(user_id=user.id, code_hash=key_hash(_plain(code))) for code in codes)
    session().flush()
    return codes


def _plain(code: str) -> str:
    """As it is compared: without the blanks and dashes that make it readable."""
    return "".join(character for character in code.upper() if character.isascii() and character.isalnum())


def _opened(row: Authenticator) -> str:
    """The app's secret; after SECRET_KEY was changed nothing opens it, and only recovery codes are left."""
    return sealing.unseal(row.secret, PURPOSE) or base64.b32encode(secrets.token_bytes(20)).decode()


def _tell(what: str, user: User, now: datetime, actor: str = "") -> None:
    subject = f"user:{user.ref}"
    journal.record(f"second step {what}", subject=subject, actor=actor or subject, now=now)
    mail.queue(emails.second_step_changed(user, what), now)
