"""One concern in the demo, which waits for an admin."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from storefront.concerns import raising
from storefront.concerns.models import Concern
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.refs import new_key

TEXT = (
    "The page says that everybody on the bench is paid by the hour. In September two of us who packed at the weekend "
    "were paid by the box. I have both slips and can show them."
)


def seed_concern() -> None:
    """Told two days ago, by somebody who left no address; once."""
    if session().scalar(select(func.count(Concern.id))):
        return
    with clock.at(clock.now() - timedelta(days=2)), unit_of_work():
        raising.tell(TEXT, about="producer:sunlit-bench", email="", key=new_key(), now=clock.now())
