"""The letters about membership of a group."""

from __future__ import annotations

from storefront import config
from storefront.core.mail import Email, compose
from storefront.producers.models import Invitation


def invitation(invited: Invitation, inviter: str, token: str) -> Email:
    """Asks whoever has the mailbox into the group; `inviter` is the name of the owner who asked."""
    link = f"{config.current().base_url.rstrip('/')}/invitations/{token}"
    return compose(
        "invitation", invited.email, group=invited.producer.name, inviter=inviter, role=invited.role, link=link,
        ends=invited.ends_at,
    )  # fmt: skip
