"""Payouts to producers: recorded with their reference by an admin, entered, told, and confirmed by the group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from storefront import config
from storefront.core import journal, mail
from storefront.core.db import session
from storefront.core.money import Money
from storefront.core.refs import new_ref
from storefront.giving import accounts, freezing, totals
from storefront.giving.models import Payout
from storefront.giving.posting import Posting, post
from storefront.giving.statements import Month, owed
from storefront.producers import members, payout_accounts
from storefront.producers.models import Producer

LATEST = timedelta(days=60)  # within which money that was sent is recorded


class MoreThanOwed(ValueError):
    """More was to be paid out than is owed to the producer."""

    def __init__(self, left: Money) -> None:
        super().__init__(f"{left.minor} {left.currency} are owed")
        self.left = left


class NoAccount(LookupError):
    """The group has not said where its money goes."""


class Frozen(PermissionError):
    """Nothing is paid to the group while something is looked into."""


class NotSentThen(ValueError):
    """The day on which the money was sent is still to come, or further back than `LATEST`."""


class Confirmed(ValueError):
    """The group has said that the money came: taking it back all the same must be said."""


class OwedDiffers(ValueError):
    """What is owed has changed since the asker looked, perhaps by the same form sent twice."""


def record(
    producer: Producer, amount: Money, reference: str, *, owed_seen: int, actor: str, now: datetime,
    sent_on: date | None = None,
) -> Payout:  # fmt: skip
    """Enter that the amount was sent, today or `sent_on` that day (UTC), and write to the group.

    `owed_seen` is what was owed, in minor units, when the asker looked. Money that left on a day before the freeze
    can't be held back any more. Nothing can have been sent that was owed only later.

    Raises Frozen, MoreThanOwed, NoAccount, NotSentThen, OwedDiffers, and ValueError for an amount that isn't positive.
    """
    sent_on = sent_on or now.date()
    if not now.date() - LATEST <= sent_on <= now.date():
        raise NotSentThen(sent_on)
    party = freezing.party(producer)
    freezing.lock(party)
    held = freezing.in_force(party)
    if held and sent_on >= held.frozen_at.date():
        raise Frozen(party)
    left = owed(producer.slug, amount.currency)
    if left.minor != owed_seen:
        raise OwedDiffers(producer.slug)
    if amount.minor <= 0:
        raise ValueError("a payout is more than nothing")
    if sent_on < now.date():
        left = min(left, _owed_at_end_of(sent_on, producer, amount.currency))
    if left < amount:
        raise MoreThanOwed(left)
    sent_at = now if sent_on == now.date() else datetime.combine(sent_on, time(12), UTC)
    account = payout_accounts.in_use(producer.id, sent_at) or payout_accounts.in_use(producer.id, now)
    if account is None:
        raise NoAccount(producer.slug)
    payout = Payout(
        ref=new_ref(), producer=producer, account=account, currency=amount.currency, amount_minor=amount.minor,
        reference=reference, sent_at=sent_at,
    )  # fmt: skip
    session().add(payout)
    session().flush()
    post(
        accounts.PAYOUT,
        payout.ref,
        currency=amount.currency,
        at=now,
        memo=f"Paid out: {reference}" + (f", sent on {sent_on}" if sent_on != now.date() else ""),
        postings=[Posting(accounts.producer(producer.slug), amount.minor), Posting(accounts.BANK, -amount.minor)],
    )
    _record("payout sent", payout, actor, now)
    _tell("payout_sent", payout, now)
    return payout


def take_back(payout: Payout, reason: str, *, although_confirmed: bool, actor: str, now: datetime) -> None:
    """It came back or was never sent like this: the group is owed it again, and reads why. Saying so twice is once.

    Raises ValueError where no reason is given, and Confirmed unless `although_confirmed` where the group has it.
    """
    if not reason:
        raise ValueError("a payout is taken back with a reason")
    freezing.lock(freezing.party(payout.producer))
    session().refresh(payout, with_for_update=True)
    if payout.returned_at is not None:
        return
    if payout.confirmed_at is not None and not although_confirmed:
        raise Confirmed(payout.ref)
    payout.returned_at, payout.return_reason = now, reason
    session().flush()
    account = accounts.producer(payout.producer.slug)
    post(
        accounts.PAYOUT_RETURNED,
        payout.ref,
        currency=payout.currency,
        at=now,
        memo=f"{payout.reference}: {reason}"[:300],
        postings=[Posting(accounts.BANK, payout.amount_minor), Posting(account, -payout.amount_minor)],
    )
    _record("payout taken back", payout, actor, now, reason=reason)
    _tell("payout_returned", payout, now, reason=reason)


def confirm(payout: Payout, *, actor: str, now: datetime) -> None:
    """The group says that the money came; saying so again changes nothing, nor of one that was taken back."""
    session().refresh(payout, with_for_update=True)
    if payout.confirmed_at is None and payout.returned_at is None:
        payout.confirmed_at = now
        session().flush()
        _record("payout confirmed", payout, actor, now)


def of_producer(producer_id: int) -> Sequence[Payout]:
    """The producer's payouts, the newest first."""
    return session().scalars(select(Payout).where(Payout.producer_id == producer_id).order_by(Payout.id.desc())).all()


def _owed_at_end_of(day: date, producer: Producer, currency: str) -> Money:
    """What had been earned by then, less the payouts that had been sent, whenever they were recorded or taken back."""
    ends = datetime.combine(day + timedelta(days=1), time(), UTC)
    sent = session().scalar(
        select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
            Payout.producer_id == producer.id, Payout.currency == currency, Payout.sent_at < ends,
            Payout.returned_at.is_(None),
        )
    )  # fmt: skip
    return totals.by_producer(producer.slug, currency, ends) - Money(int(sent or 0), currency)


def _tell(kind: str, payout: Payout, now: datetime, **facts: str) -> None:
    producer = payout.producer
    base = config.current().base_url.rstrip("/")
    for member in members.of_group(producer.id):
        if member.role in payout_accounts.ABOUT_MONEY:
            letter = mail.compose(
                kind,
                member.user.email,
                name=member.user.name,
                group=producer.name,
                amount=payout.money,
                reference=payout.reference,
                link=f"{base}/studio/{producer.slug}/statements/{Month.of(now)}",
                **facts,
            )
            mail.queue(letter, now)


def _record(act: str, payout: Payout, actor: str, now: datetime, **facts: str) -> None:
    journal.record(
        act,
        subject=f"producer:{payout.producer.slug}",
        actor=actor,
        now=now,
        payout=payout.ref,
        minor=payout.amount_minor,
        currency=payout.currency,
        reference=payout.reference,
        sent_on=payout.sent_at.date().isoformat(),
        account=payout.account.ref,
        **facts,
    )
