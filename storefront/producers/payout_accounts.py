"""Where a group's money goes: given by an owner with the second step, told to all who look after its money.

Whoever steals a password wants exactly this. So an account that follows another is used only after three days, in
which any owner can take it back, and each change is written to everyone concerned, at once.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from storefront.accounts import second_step
from storefront.core import journal, mail, sealing
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.producers import emails, members
from storefront.producers.models import Member, MemberRole, PayoutAccount, PayoutWay

WAIT = timedelta(days=3)
PURPOSE = "payout account"
# Who looks after the group's money.
ABOUT_MONEY = (MemberRole.OWNER, MemberRole.FINANCE)


class BadNumber(ValueError):
    """No account or telephone has such a number."""


class UnknownAccount(LookupError):
    """The group has no such account that waits to be used."""


def give(
    by: Member, way: PayoutWay, holder: str, provider: str, number: str, code: str, now: datetime
) -> PayoutAccount:
    """The group's money goes there: at once if it is the first account, otherwise after `WAIT`.

    `code` is one of the member's second step. Raises BadNumber, NotOwner and WrongCode.
    """
    plain = read_number(number)
    members.check_owner(by)
    second_step.check(by.user, code, now)
    account = enter(by.producer_id, way, holder, provider, plain, now)
    _record("payout account given", account, by, now)
    _tell(account, by, now)
    return account


def enter(producer_id: int, way: PayoutWay, holder: str, provider: str, plain: str, now: datetime) -> PayoutAccount:
    """Write the account down in place of one that waits; whoever calls has asked who wants it."""
    older = waiting(producer_id, now)
    if older:
        older.withdrawn_at = now
    account = PayoutAccount(
        ref=new_ref(), producer_id=producer_id, way=way, holder=holder, provider=provider,
        number_sealed=sealing.seal(plain, PURPOSE), number_end=plain[-4:], created_at=now,
        used_from=now + WAIT if in_use(producer_id, now) else now,
    )  # fmt: skip
    session().add(account)
    session().flush()
    return account


def take_back(by: Member, ref: str, now: datetime) -> None:
    """The account that waits is not used after all; raises NotOwner and UnknownAccount."""
    members.check_owner(by)
    account = waiting(by.producer_id, now)
    if account is None or account.ref != ref:
        raise UnknownAccount(ref)
    account.withdrawn_at = now
    session().flush()
    _record("payout account taken back", account, by, now)
    _tell(account, by, now)


def in_use(producer_id: int, now: datetime) -> PayoutAccount | None:
    """Where the group's money goes now."""
    return _latest(producer_id, PayoutAccount.used_from <= now)


def waiting(producer_id: int, now: datetime) -> PayoutAccount | None:
    """The account that follows it, within its days of waiting."""
    return _latest(producer_id, PayoutAccount.used_from > now)


def number(account: PayoutAccount) -> str | None:
    """The whole number; None after SECRET_KEY was changed, and the group is asked for it again."""
    return sealing.unseal(account.number_sealed, PURPOSE)


def read_number(text: str) -> str:
    """The number without blanks and dashes.

    Raises BadNumber, also for an IBAN whose check digits are wrong (ISO 13616).
    """
    plain = re.sub(r"[\s.-]", "", text).upper()
    if not re.fullmatch(r"\+?[0-9A-Z]{5,34}", plain, re.ASCII):
        raise BadNumber
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", plain, re.ASCII) and not _is_iban(plain):
        raise BadNumber
    return plain


def _is_iban(plain: str) -> bool:
    digits = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    return int(digits) % 97 == 1


def _latest(producer_id: int, when: ColumnElement[bool]) -> PayoutAccount | None:
    wanted = select(PayoutAccount).where(PayoutAccount.producer_id == producer_id, PayoutAccount.withdrawn_at.is_(None))
    return session().scalars(wanted.where(when).order_by(PayoutAccount.id.desc()).limit(1)).first()


def _tell(account: PayoutAccount, by: Member, now: datetime) -> None:
    for member in members.of_group(account.producer_id):
        if member.role in ABOUT_MONEY:
            mail.queue(emails.payout_account_changed(account, member, by.user.name), now)


def _record(act: str, account: PayoutAccount, by: Member, now: datetime) -> None:
    journal.record(
        act,
        subject=f"producer:{by.producer.slug}",
        actor=members.actor(by),
        now=now,
        account=account.ref,
        way=account.way,
        number_end=account.number_end,
        used_from=account.used_from,
    )
