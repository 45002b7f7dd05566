"""An update in the demo that buyers have, and one that waits to be read."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from storefront.accounts import finding as accounts
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers.models import Member, Producer
from storefront.updates import deciding, writing
from storefront.updates.models import Update
from storefront.updates.writing import Words

GROUP = "sunlit-bench"
READ = (
    "The second roaster runs",
    "Your orders of the summer paid the deposit of a second roaster. It came in September, and since then two people "
    "who packed before are learning to roast.\n\nIt is louder than the first, and we like it.",
)
UNREAD = (
    "Shorter days, the same pay",
    "From December the bench closes at four, when the light goes. Nobody earns less: an hour is paid better.",
)


def seed_updates() -> None:
    """Written by a member of the group, one of them read by the admin; once."""
    if session().scalar(select(func.count(Update.id))):
        return
    admin = accounts.by_email("admin@example.org")
    wanted = select(Member).join(Member.producer).where(Producer.slug == GROUP)
    writer = session().scalars(wanted.order_by(Member.id)).first()
    if admin is None or writer is None:
        return
    with clock.at(clock.now() - timedelta(days=3)), unit_of_work():
        for title, text in (READ, UNREAD):
            update = writing.begin(Words(title, text, [], []), by=writer, now=clock.now())
            writing.send(update, seen=update.version, by=writer, now=clock.now())
            if title == READ[0]:
                deciding.approve(update, seen=update.version, by=admin, now=clock.now())
