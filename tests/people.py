"""People for tests: accounts, signing in as a browser does, form tokens, and the letters that they get."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from werkzeug.test import TestResponse

from storefront.accounts import passwords
from storefront.accounts.models import Role, User
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.mail import OutgoingMail
from storefront.core.refs import new_ref

PASSWORD = "three calm otters rowing"

_hashed = cache(passwords.make)


def add_user(
    email: str = "ming@example.org",
    role: str = Role.SHOPPER,
    *,
    name: str = "Ming Lin",
    password: str = PASSWORD,
    proven: bool = True,
) -> User:
    """An account in a unit of work of its own; needs an application context."""
    now = clock.now()
    with unit_of_work() as current:
        user = User(
            ref=new_ref(), email=email, name=name, role=role, password_hash=_hashed(password), created_at=now,
            email_proven_at=now if proven else None,
        )  # fmt: skip
        current.add(user)
        current.flush()
    return user


def sign_in(client: Any, email: str = "ming@example.org", password: str = PASSWORD, **fields: str) -> TestResponse:
    """Sign in by the form."""
    return client.post("/sign-in", data={"email": email, "password": password, **fields})


def token(client: Any, page: str = "/account/security") -> str:
    """The form token of the signed-in browser, taken from a page that has a form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).get_data(as_text=True))
    assert found, f"{page} has no form token; is anyone signed in?"
    return found[1]


def post(
    client: Any, path: str, data: dict[str, Any] | None = None, *, page: str = "/account/security"
) -> TestResponse:
    """Send a form of a signed-in user, with the token that `page` carries."""
    return client.post(path, data={"csrf_token": token(client, page), **(data or {})})


def letters(kind: str = "", to: str = "") -> list[OutgoingMail]:
    """Letters in the outbox, the oldest first."""
    session().rollback()
    rows = session().scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
    return [row for row in rows if (not kind or row.kind == kind) and (not to or row.recipient == to)]


def link_in(letter: OutgoingMail) -> str:
    """The path of the first link in the letter's text."""
    found = re.search(r"https?://\S+", letter.text)
    assert found, letter.text
    return urlsplit(found[0]).path
