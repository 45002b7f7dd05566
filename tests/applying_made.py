"""Applications for tests: answered, sent, judged and decided through the code that the pages use."""

from __future__ import annotations

from datetime import date

from people import add_user

from storefront.accounts.models import Role, User
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.vetting import applying, criteria, deciding, finding
from storefront.vetting.models import Act, Case, Decision, Kind, Verdict

ANSWERS = {
    Kind.PRODUCER: {
        "name": "Chautari Felt Circle", "legal_form": "co-operative", "register_number": "142 at the district office",
        "founded": "2014", "people": "21", "people_served": "women of two villages", "country": "NP",
        "region": "South Asia", "place": "Kavre", "map": "27.6, 85.5", "summary": "Felt from hill wool.",
        "story": "It began under a tree.", "words": "Look at the seams.", "payment": "By the piece, each Friday.",
        "ships_from": "Kathmandu, Nepal", "delivery_days": "8-14", "delivery_price": "7.50",
        "payout": "Bank transfer, in the name of the circle", "consent": "yes",
    },
    Kind.CHARITY: {
        "name": "Far Wells Trust", "mission": "Wells where the road ends.", "about": "Four people and a drill.",
        "causes": "environment, poverty", "country": "KE", "place": "Kitui", "registration_number": "CH-9",
        "register_name": "Register (fictional)", "register_url": "https://register.example/9", "consent": "yes",
    },
}  # fmt: skip


def reviewers() -> tuple[User, User]:
    """The two who judge, made once a test."""
    return add_user("one@example.org", Role.REVIEWER, name="One"), add_user(
        "two@example.org", Role.REVIEWER, name="Two"
    )


def applied(user: User, kind: Kind = Kind.PRODUCER, *, send: bool = True, name: str = "", but: str = "") -> Case:
    """A whole application of this user, sent or still a draft, with another name, or all `but` one answer."""
    now = clock.now()
    with unit_of_work():
        case = applying.start(user, kind, now)
        for asked in criteria.current(kind).asked:
            answer = name if name and asked.key == "name" else ANSWERS[kind].get(asked.key, "")
            if asked.key == but:
                continue
            if isinstance(asked, criteria.Criterion):
                answer = f"What we do about {asked.key}."
            applying.answer(case, user, asked.key, answer, now)
        if send:
            applying.submit(case, user, now)
    return case


def judge(case: Case, reviewer: User) -> None:
    """Every criterion is found to be met."""
    with unit_of_work():
        for one in criteria.find(case.kind, case.criteria_version).criteria:
            deciding.find(case, reviewer, one.key, Verdict.MET, "", clock.now())


def vote(case: Case, reviewer: User, act: Act = Act.APPROVE, *, due: date | None = None) -> Decision | None:
    """One reviewer's vote, with a reason that says whose it is."""
    with unit_of_work():
        locked = finding.by_ref(case.ref, lock=True)
        assert locked is not None
        return deciding.vote(locked, reviewer, act, f"{reviewer.name} says so.", clock.now(), review_due_on=due)


def approved(case: Case, one: User, two: User, *, due: date | None = None) -> Case:
    """Judged and approved by both."""
    judge(case, one)
    vote(case, one, due=due)
    vote(case, two, due=due)
    return fresh(case)


def fresh(case: Case) -> Case:
    """The case as the database has it now."""
    session().rollback()
    return session().get_one(Case, case.id, populate_existing=True)
