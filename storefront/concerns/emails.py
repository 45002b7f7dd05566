"""The letters of a case. They may reach somebody else's mailbox, so they say nothing of what it is about."""

from __future__ import annotations

from storefront import config
from storefront.concerns.models import Concern
from storefront.core.mail import Email, compose


def received(concern: Concern, key: str) -> Email:
    """The case's number and the link that opens it."""
    link = f"{config.current().base_url.rstrip('/')}/concerns/{concern.number}?key={key}"
    return compose("concern_received", concern.email or "", number=concern.number, link=link)


def news(concern: Concern) -> Email:
    """That there is an answer behind the link: the key itself is kept nowhere, and is in the first letter only."""
    return compose("concern_news", concern.email or "", number=concern.number, closed=concern.outcome is not None)
