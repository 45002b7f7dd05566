"""What people asked about the demo's goods: answered, with the group, or waiting to be read. All go a guest's way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.demo.people import account
from storefront.producers import members
from storefront.voices import answering, asking, moderating
from storefront.voices.models import Question


@dataclass(frozen=True)
class Asked:
    """A question about a product, `days` ago; the group's answer, and whether it still waits to be read."""

    days: int
    slug: str
    text: str
    answer: str = ""
    waits: bool = False


QUESTIONS = (
    Asked(29, "palpa-dhaka-scarf", "Does the black one give colour too, or only the red? It would be worn over white "
          "shirts.", "Only the red, and only wet. Wash it by itself the first two times and wear it dry until then. "
          "The black is what caps here are woven of, and they sit on white hair for thirty years."),
    Asked(22, "milk-jug-pull-truck", "Can the string be taken off? Ours is two and winds everything round the cat.",
          "It can: one knot under the bumper. But the blocks are small as well, so it stays from three years. Until "
          "then our own children pull it with one of us at the other end."),
    Asked(15, "palpa-dhaka-scarf", "Who decides which colours go into a diamond?",
          "The weaver. The ground is ordered, the figures are hers, and no two of the same week are alike. If you "
          "have two scarves, look at the fourth row."),
    Asked(6, "sunlit-bench-drip-coffee", "Can I have the packets without box and ribbon? I would order more often."),
    Asked(2, "felt-ball-garland", "Would you make a garland in two colours only, for a wedding in May?", waits=True),
)  # fmt: skip


def seed_questions() -> None:
    """Ask, read and answer, unless somebody has asked already."""
    if session().scalar(select(Question.id).limit(1)) is None:
        for number, one in enumerate(QUESTIONS):
            _ask(one, f"asker.{number}@example.org")


def _ask(one: Asked, email: str) -> None:
    admin, said = account("admin@example.org", "Ada Admin", Role.ADMIN), clock.now() - timedelta(days=one.days)
    with unit_of_work() as current:
        asking.ask(one.slug, one.text, by=None, email=email, now=said)
        question = current.scalars(select(Question).where(Question.text == one.text)).one()
        if not one.waits:
            moderating.show(question, seen=question.version, by=admin, now=said + timedelta(hours=9))
        if one.answer:
            member = members.of_group(question.product.producer_id)[0]
            answering.answer(question, one.answer, seen=question.version, by=member, now=said + timedelta(days=1))
