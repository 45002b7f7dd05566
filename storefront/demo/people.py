"""The demo's accounts: one for each door, all with the same password, which is no secret."""

from __future__ import annotations

from sqlalchemy import select

from storefront.accounts import finding, signing_up
from storefront.accounts.models import Role, User
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers import payout_accounts
from storefront.producers.models import Member, MemberRole, PayoutWay, Producer

PASSWORD = "quiet-paper-pages"  # noqa: S105 - printed for everybody by `make demo`
SHOPPER = "robin@example.org"
STAFF = (
    (SHOPPER, "Robin Reader", Role.SHOPPER),
    ("reviewer.one@example.org", "First Reviewer", Role.REVIEWER),
    ("reviewer.two@example.org", "Second Reviewer", Role.REVIEWER),
    ("admin@example.org", "Ada Admin", Role.ADMIN),
)


def seed_staff() -> None:
    """A shopper, two reviewers and an admin, where they are missing."""
    for email, name, role in STAFF:
        account(email, name, role)


def seed_members() -> None:
    """A member of each producer group, where it is missing."""
    for slug, name in session().execute(select(Producer.slug, Producer.name).order_by(Producer.slug)).tuples().all():
        _join(slug, account_of(slug, name))


def introduction() -> str:
    """What `make demo` prints of the accounts."""
    lines = [f"  {email:<28} {name}, {role}" for email, name, role in STAFF]
    lines.append(f"  {'<producer>@example.org':<28} a member of that group, for example sunlit-bench@example.org")
    return "\n".join([f"\nAccounts (password of all: {PASSWORD}):", *lines])


def account_of(slug: str, name: str) -> User:
    """The account that applied for a producer or charity."""
    return account(f"{slug}@example.org", name, Role.SHOPPER)


def account(email: str, name: str, role: Role) -> User:
    """The account with this address, made if it is missing."""
    known = finding.by_email(email)
    return known or signing_up.create(email, name, PASSWORD, role, actor="system", now=clock.now())


def _join(producer_slug: str, user: User) -> None:
    with unit_of_work() as current:
        producer = current.scalars(select(Producer).where(Producer.slug == producer_slug)).one()
        known = select(Member.id).where(Member.producer_id == producer.id, Member.user_id == user.id)
        if current.scalar(known) is None:
            current.add(Member(producer_id=producer.id, user_id=user.id, role=MemberRole.OWNER, since=clock.now()))
        if payout_accounts.in_use(producer.id, clock.now()) is None:
            holder, number = producer.name, f"{producer.id:010}"
            payout_accounts.enter(producer.id, PayoutWay.BANK, holder, "Demonstration Bank", number, clock.now())
