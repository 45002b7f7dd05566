"""Holidays of a group: days on which it takes no orders. Nothing has to be switched: sales ask what day it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Date, ScalarSelect, bindparam, func, select

from storefront.core import clock, journal
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.producers import members
from storefront.producers.models import Closure, Producer

LONGEST = timedelta(days=180)


class BadDays(ValueError):
    """The days are over, in the wrong order, or more than `LONGEST` apart."""


class UnknownClosure(LookupError):
    """The group has no such closure that is not over."""


def close(producer: Producer, starts_on: date, ends_on: date, *, actor: str, now: datetime) -> Closure:
    """Take no orders on these days, the last one included; said twice it is once. Raises BadDays."""
    today = now.date()
    if not today <= ends_on or not starts_on <= ends_on or ends_on - max(starts_on, today) > LONGEST:
        raise BadDays
    members.lock(producer)
    same = next(
        (one for one in coming(producer.id, today) if (one.starts_on, one.ends_on) == (starts_on, ends_on)), None
    )
    if same is not None:
        return same
    closure = Closure(ref=new_ref(), producer=producer, starts_on=starts_on, ends_on=ends_on)
    session().add(closure)
    session().flush()
    _record("group closes", closure, actor, now)
    return closure


def reopen(producer: Producer, ref: str, *, actor: str, now: datetime) -> None:
    """Take orders again, or after all: a closure is taken back as a whole; raises UnknownClosure."""
    found = session().scalar(
        select(Closure).where(Closure.producer_id == producer.id, Closure.ref == ref, Closure.ends_on >= now.date())
    )
    if found is None:
        raise UnknownClosure(ref)
    _record("group reopens", found, actor, now)
    session().delete(found)
    session().flush()


def coming(producer_id: int, today: date) -> Sequence[Closure]:
    """Closures that are not over, the next first."""
    wanted = select(Closure).where(Closure.producer_id == producer_id, Closure.ends_on >= today)
    return session().scalars(wanted.order_by(Closure.starts_on, Closure.id)).all()


def closed_until() -> ScalarSelect[date]:
    """For statements with `Producer`: the last day of the closure in which today falls, or NULL."""
    today = bindparam("today", callable_=clock.today, type_=Date())
    return (
        select(func.max(Closure.ends_on))
        .where(Closure.producer_id == Producer.id, Closure.starts_on <= today, Closure.ends_on >= today)
        .correlate(Producer)
        .scalar_subquery()
    )


def _record(act: str, closure: Closure, actor: str, now: datetime) -> None:
    days = {"starts_on": closure.starts_on, "ends_on": closure.ends_on}
    journal.record(act, subject=f"producer:{closure.producer.slug}", actor=actor, now=now, **days)
