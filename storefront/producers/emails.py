"""The letters about membership of a group."""

from __future__ import annotations

from storefront import config
from storefront.core.mail import Email, compose, plain_name
from storefront.producers.models import Invitation, Member, PayoutAccount


def invitation(invited: Invitation, inviter: str, token: str) -> Email:
    """Asks whoever has the mailbox into the group; `inviter` is the name of the owner who asked.

    Anybody may call themselves anything, so the letter to a stranger's mailbox carries no more of it than a name.
    """
    link = f"{config.current().base_url.rstrip('/')}/invitations/{token}"
    return compose(
        "invitation", invited.email, group=invited.producer.name, inviter=plain_name(inviter), role=invited.role,
        link=link, ends=invited.ends_at,
    )  # fmt: skip


def payout_account_changed(account: PayoutAccount, member: Member, by: str) -> Email:
    """Says to someone who looks after the group's money that an account was given, or taken back, and by whom."""
    group = member.producer
    link = f"{config.current().base_url.rstrip('/')}/studio/{group.slug}/payout-account"
    return compose(
        "payout_account_changed", member.user.email, name=member.user.name, group=group.name, by=by, link=link,
        end=account.number_end, used_from=account.used_from, waits=account.used_from > account.created_at,
        taken_back=account.withdrawn_at is not None,
    )  # fmt: skip
