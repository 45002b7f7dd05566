"""Letters that somebody wants no more of: the link that ends them, and the record that keeps them away.

A link needs no account: it carries, signed, the kind of letters, what they are about (a producer, say) and a hash of
the mailbox. Whoever writes such letters asks `refused` first and passes `link(…)` to `mail.compose` as
`unsubscribe_url`; mail programs then show a button of their own for it (RFC 8058). `web.shop.unsubscribing` says in
words what each kind is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storefront import config
from storefront.core import mail
from storefront.core.db import Model, insert_unless_there, session
from storefront.core.mail import OutgoingMail


class Refusal(Model):
    """Letters of this kind about this go to this mailbox (a hash of its address) no more."""

    __tablename__ = "refusal"
    __table_args__ = (UniqueConstraint("mailbox", "kind", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(80))
    mailbox: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


class DeadLink(LookupError):
    """The link was altered, or is none of ours."""


@dataclass(frozen=True)
class Letters:
    """The letters of one kind, about one thing or `""`, to one mailbox: what a link ends."""

    kind: str
    about: str
    mailbox: str


def letters(kind: str, email: str, about: str = "") -> Letters:
    """Letters of this kind to this address."""
    return Letters(kind, about, hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32])


def link(to: Letters) -> str:
    """The absolute address of the page that ends them."""
    token = _serializer().dumps([to.kind, to.about, to.mailbox])
    return f"{config.current().base_url.rstrip('/')}/unsubscribe/{token}"


def behind(token: str) -> Letters:
    """What the link with this token ends; raises DeadLink."""
    try:
        return Letters(*_serializer().loads(token))
    except BadData as error:
        raise DeadLink from error


def refused(what: Letters) -> bool:
    """Whether somebody ended these letters."""
    return session().scalar(select(Refusal.id).where(*_row(what))) is not None


def refuse(what: Letters, now: datetime) -> None:
    """End them, with those that wait in the outbox; once is enough."""
    mail.take_back(OutgoingMail.unsubscribe_url == link(what))
    insert_unless_there(Refusal, {"kind": what.kind, "about": what.about, "mailbox": what.mailbox, "at": now})


def allow(what: Letters) -> None:
    """They may come again."""
    session().execute(delete(Refusal).where(*_row(what)))


def _row(what: Letters) -> tuple[ColumnElement[bool], ...]:
    return Refusal.mailbox == what.mailbox, Refusal.kind == what.kind, Refusal.about == what.about


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(config.current().secret_key, salt="core.refusing")
