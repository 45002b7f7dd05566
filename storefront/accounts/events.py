"""What happens to accounts that others may care about; `reactions.py` says who."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storefront.accounts.models import User


@dataclass(frozen=True)
class SignedIn:
    """Someone showed the password of an open account with a proven address."""

    user: User
    now: datetime


@dataclass(frozen=True)
class EmailProven:
    """The user opened a letter that went to the address of the account, so the mailbox is theirs."""

    user: User
    now: datetime
