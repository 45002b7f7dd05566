"""Outgoing mail: queued as a row in the transaction that causes it, sent by the worker after commit."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, Index, String, Text, delete, func, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core import clock
from storefront.core.db import Model, session, unit_of_work
from storefront.core.jobs import nudge
from storefront.core.refs import new_ref

MAX_ATTEMPTS = 8
# As long as the protocol allows: a shorter line would have the address in List-Unsubscribe encoded past recognition.
_POLICY = SMTP.clone(max_line_length=998)
LONGEST_NAME = 60
# How long letters that nobody needs to get stay in the outbox: who merely typed an address was promised that it goes.
KEPT = timedelta(days=30)
_PASSING = text("unsubscribe_url <> ''")


@dataclass(frozen=True)
class Email:
    """One letter, rendered: plain text and HTML say the same. `unsubscribe_url` ends letters of its kind."""

    to: str
    subject: str
    text: str
    html: str
    kind: str
    unsubscribe_url: str = ""


# Letters that are for nobody else's eyes: no admin reads them in the outbox, and they leave it once a server has them.
CONFIDENTIAL = ("concern_received", "concern_news")
# Letters whose link opens an account or gives orders to one: they are for their reader, and for no admin.
OPENING = ("password_reset", "email_proof", "order_claim")


class OutgoingMail(Model):
    """A letter in the outbox. `sent_at` is set once a server (or, without one, the outbox itself) has it."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index("ix_outgoing_mail_passing", "due_at", sqlite_where=_PASSING, postgresql_where=_PASSING),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True, default=new_ref)
    kind: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    unsubscribe_url: Mapped[str] = mapped_column(String(400), default="")
    # What it is about, where it must not go out once that is withdrawn, such as `update:<ref>`.
    about: Mapped[str] = mapped_column(String(80), default="", server_default="", index=True)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


_renderer: dict[str, Callable[..., str]] = {}


def connect(render: Callable[..., str]) -> None:
    """Say how a template is rendered: `render(name, **facts)`."""
    _renderer["render"] = render


def compose(kind: str, to: str, *, unsubscribe_url: str = "", **facts: Any) -> Email:
    """The letter in `templates/email/<kind>/`: `subject.txt`, `body.txt` and `body.html` with the same facts.

    Letters that nobody needs to get have an `unsubscribe_url` (`refusing.link`), which their `body.txt` names too.
    """
    render = _renderer["render"]
    facts |= {"unsubscribe_url": unsubscribe_url}
    subject, text, html = (render(f"email/{kind}/{part}", **facts) for part in ("subject.txt", "body.txt", "body.html"))
    return Email(to, subject.strip(), text, html, kind, unsubscribe_url)


def plain_name(name: str) -> str:
    """A name that somebody gave themselves, for a letter to a stranger: one short line that no mailbox makes a link."""
    words = " ".join(re.sub(r"[.:/\\@]+(?=\S)", " ", name).split())
    return words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1].rstrip()}…"


def queue(email: Email, now: datetime, *, about: str = "") -> None:
    """Put a letter in the outbox; it goes out after the current transaction commits, or not at all."""
    session().add(
        OutgoingMail(
            kind=email.kind,
            recipient=email.to,
            subject=" ".join(email.subject.split())[:200],
            text=email.text,
            html=email.html,
            unsubscribe_url=email.unsubscribe_url,
            about=about,
            queued_at=now,
            due_at=now,
        )
    )
    nudge("send_mail")


def take_back(which: ColumnElement[bool]) -> Sequence[str]:
    """Take letters out of the outbox again, as far as they haven't gone; returns whom they would have gone to."""
    waiting = delete(OutgoingMail).where(which, OutgoingMail.sent_at.is_(None))
    return session().scalars(waiting.returning(OutgoingMail.recipient)).all()


def queued_since(kind: str, to: str, since: datetime) -> int:
    """How many letters of this kind were written to somebody since then."""
    of_kind = (OutgoingMail.recipient == to, OutgoingMail.kind == kind, OutgoingMail.queued_at >= since)
    return session().scalar(select(func.count(OutgoingMail.id)).where(*of_kind)) or 0


def forget_passing() -> int:
    """A chore: delete letters that nobody needs, `KEPT` after they went out or were given up; returns how many.

    These are letters with an `unsubscribe_url`, and confidential ones that could not be sent.
    """
    old = OutgoingMail.due_at <= clock.now() - KEPT
    over = OutgoingMail.sent_at.is_not(None) | (OutgoingMail.attempts >= MAX_ATTEMPTS)
    passing = or_(_PASSING, OutgoingMail.kind.in_(CONFIDENTIAL))
    with unit_of_work() as current:
        return len(current.scalars(delete(OutgoingMail).where(passing, old, over).returning(OutgoingMail.id)).all())


def send_due(mail_url: str, sender: str) -> int:
    """Send what is due over SMTP and return how many went out.

    `mail_url` is `smtp://user:password@host:587` (STARTTLS), `smtps://…`, or empty: then letters stay in
    the outbox, where the demo shows them, and count as sent. A failure is tried again, ever later. Letters that
    nobody needs to get go last, so that a mailing keeps no password reset waiting.
    """
    done = 0
    while True:
        with unit_of_work() as current:
            mail = current.scalars(
                select(OutgoingMail)
                .where(OutgoingMail.sent_at.is_(None), OutgoingMail.due_at <= clock.now())
                .where(OutgoingMail.attempts < MAX_ATTEMPTS)
                .order_by(OutgoingMail.unsubscribe_url != "", OutgoingMail.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if mail is None:
                return done
            # The attempt is on record before the network is asked: a crash then delays, never loops.
            mail.attempts += 1
            mail.due_at = clock.now() + timedelta(minutes=2**mail.attempts)
            session().flush()
            session().expunge(mail)
        error = _send(mail, mail_url, sender)
        with unit_of_work() as current:
            sent = current.get(OutgoingMail, mail.id)
            if sent is None:  # taken back meanwhile
                continue
            sent.error, sent.sent_at = error, None if error else clock.now()
            if mail_url and not error and sent.kind in CONFIDENTIAL:
                current.delete(sent)
        done += not error


def _send(mail: OutgoingMail, mail_url: str, sender: str) -> str | None:
    """What went wrong, or None. A letter that can't even be written must not keep the others waiting."""
    try:
        return _deliver(_message(mail, sender), mail_url)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _message(mail: OutgoingMail, sender: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"], message["To"], message["Subject"] = sender, mail.recipient, mail.subject
    message["Date"] = format_datetime(mail.queued_at)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _deliver(message: EmailMessage, mail_url: str) -> str | None:
    if not mail_url:
        return None
    url = urlsplit(mail_url)
    context = ssl.create_default_context()
    host = url.hostname or "localhost"
    try:
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=20, context=context)
        else:
            server = smtplib.SMTP(host, url.port or 587, timeout=20)
        with server:
            if url.scheme == "smtp" and url.username:
                server.starttls(context=context)
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        return f"{type(error).__name__}: {error}"
    return None
