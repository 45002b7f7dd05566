"""Questions for tests: asked, passed on, refused and answered, without the pages."""

from __future__ import annotations

from typing import Any

from cast import World
from listings import add_member
from people import add_user
from sqlalchemy import select

from storefront.accounts.models import Role, User
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers import members
from storefront.producers.models import Member, MemberRole
from storefront.voices import answering, asking, moderating
from storefront.voices.models import Question

PAGE = "/products/drip-coffee/questions"
STUDIO = "/studio/sunlit-bench/voices"
MEI = {"text": "Is the lid of tin?\nOr of steel?", "email": "Mei@example.org"}


def text_of(client: Any, path: str) -> str:
    """What a page says."""
    return client.get(path).get_data(as_text=True)


def ask(
    words: str = "Is it organic?", *, slug: str = "drip-coffee", by: User | None = None, email: str = "mei@example.org"
) -> Question:
    """A question, by a guest unless `by` somebody; needs an application context."""
    with unit_of_work():
        asking.ask(slug, words, by=by, email=email, now=clock.now())
    return session().scalars(select(Question).order_by(Question.id.desc()).limit(1)).one()


def found(ref: str) -> Question:
    """The question as it stands in the database."""
    session().rollback()
    return session().scalars(select(Question).where(Question.ref == ref)).one()


def found_inside(ref: str) -> Question:
    """The same within a unit of work."""
    return session().scalars(select(Question).where(Question.ref == ref)).one()


def admin_of_shop() -> User:
    """An admin, made if missing."""
    known = session().scalar(select(User).where(User.email == "admin@example.org"))
    return known or add_user("admin@example.org", Role.ADMIN, name="Ada")


def show(ref: str, by: User | None = None) -> None:
    """Pass it on to the group."""
    by = by or admin_of_shop()
    with unit_of_work():
        moderating.show(found_inside(ref), seen=found_inside(ref).version, by=by, now=clock.now())


def refuse(ref: str, reason: str = "Not about the coffee.", by: User | None = None) -> None:
    """Refuse it."""
    by = by or admin_of_shop()
    with unit_of_work():
        moderating.refuse(found_inside(ref), reason, seen=found_inside(ref).version, by=by, now=clock.now())


def writer(world: World) -> Member:
    """Who answers for Sunlit Bench, made if missing."""
    there = members.of_group(world.sunlit_bench.id)
    if not there:
        add_member(world.sunlit_bench, "owner@example.org", MemberRole.OWNER)
        there = members.of_group(world.sunlit_bench.id)
    return there[0]


def answer(world: World, ref: str, words: str = "Of tin.") -> None:
    """Answer it for Sunlit Bench."""
    by = writer(world)
    with unit_of_work():
        answering.answer(found_inside(ref), words, seen=found_inside(ref).version, by=by, now=clock.now())


def answered(world: World, words: str = "Is it organic?", reply: str = "It is.", **whom: Any) -> str:
    """A question that has its answer; its reference."""
    ref = ask(words, **whom).ref
    show(ref)
    answer(world, ref, reply)
    return ref
