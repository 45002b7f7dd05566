"""Questions: asked by anyone from a product's page, looked at before the group gets them, public with the answer.

A guest types an address for the answer. Since it may be a stranger's, nothing is written to it before somebody let the
question through and the group answered: one letter then, which brings both. Then it is erased, and so it is when
the question is refused, or has waited too long.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from storefront.accounts.finding import normal
from storefront.accounts.models import User
from storefront.catalog.models import Product, ProductStatus
from storefront.core import clock, refusing
from storefront.core.db import session, unit_of_work
from storefront.core.refs import new_ref
from storefront.producers.models import SHOWN, Producer
from storefront.voices import emails
from storefront.voices.models import Question, WordsState
from storefront.voices.moderating import check_outsider
from storefront.voices.noting import record

FORGOTTEN_AFTER = timedelta(days=90)


class NothingToAskAbout(LookupError):
    """No product with this slug has a page."""


def ask(slug: str, text: str, *, by: User | None, email: str = "", now: datetime) -> None:
    """Ask about a product: a user, or a guest who gets the answer at `email`. Asking twice is asking once.

    Nothing tells whether such letters to the address were ended. Raises NothingToAskAbout and OwnGroup.
    """
    product = session().scalar(
        select(Product)
        .join(Product.producer)
        .where(Product.slug == slug, Product.status != ProductStatus.DRAFT, Producer.status.in_(SHOWN))
        .with_for_update(of=Product)  # so that a form sent twice at once is one question
    )
    if product is None:
        raise NothingToAskAbout(slug)
    asked = Question(ref=new_ref(), product=product, text=text, changed_at=now)
    if by is not None:
        check_outsider(product.producer, by)
        asked.user = by
        refusing.allow(emails.answers(by.email))
    elif email and not refusing.refused(emails.answers(email)):
        asked.email = normal(email)
    if not _waits(asked):
        session().add(asked)
        session().flush()
        record("question asked", asked, f"user:{by.ref}" if by else "guest", now)


def forget_addresses() -> int:
    """A chore: erase addresses that have waited `FORGOTTEN_AFTER` for an answer; returns how many."""
    old = clock.now() - FORGOTTEN_AFTER
    with unit_of_work() as current:
        kept = update(Question).where(Question.email.is_not(None), Question.changed_at <= old)
        return len(current.scalars(kept.values(email=None).returning(Question.id)).all())


def _waits(asked: Question) -> bool:
    same = (Question.text == asked.text, Question.state == WordsState.WAITING, Question.email == asked.email)
    whose = Question.user_id == (asked.user.id if asked.user else None)
    return (
        session().scalar(select(Question.id).where(Question.product_id == asked.product.id, whose, *same)) is not None
    )
