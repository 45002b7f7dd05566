"""The letters about updates: to buyers, and back to the group."""

from __future__ import annotations

from storefront import config
from storefront.core import refusing
from storefront.core.mail import Email, compose
from storefront.core.refusing import Letters
from storefront.updates.models import Update, UpdateState
from storefront.voices.emails import writers

KIND = "update"


def letters(email: str, producer_slug: str) -> Letters:
    """All updates of this group to this address: one link ends them."""
    return refusing.letters(KIND, email, producer_slug)


def about(one: Update) -> str:
    """What the outbox calls its letters, so that they can be taken back."""
    return f"{KIND}:{one.ref}"


def update(one: Update, to: str, bought: str) -> Email:
    """What the group tells to somebody who bought `bought`."""
    group = one.producer
    return compose(
        "update", to, unsubscribe_url=refusing.link(letters(to, group.slug)), group=group.name, title=one.title,
        text=one.text, bought=bought, link=f"{_base()}/producers/{group.slug}/updates",
    )  # fmt: skip


def returned(one: Update) -> list[Email]:
    """Tells those who write for the group why it was handed back, or is shown no longer."""
    what = "update" if one.state == UpdateState.RETURNED else "published update"
    link = f"{_base()}/studio/{one.producer.slug}/updates" + (f"/{one.ref}" if what == "update" else "")
    facts = {"what": what, "about": one.title, "reason": one.reason, "link": link}
    return [compose("words_refused", member.user.email, **facts) for member in writers(one.producer)]


def _base() -> str:
    return config.current().base_url.rstrip("/")
