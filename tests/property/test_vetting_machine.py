"""No sequence of steps shows a group that two different reviewers, free of conflict, have not agreed to.

A Hypothesis state machine plays applicants, reviewers and the calendar through the real code over a real database,
and keeps a model of its own so small that it can be believed: who said yes since the answers last changed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from applying_made import ANSWERS
from conftest import make_app
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from people import add_user
from sqlalchemy import select

from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import db, session, unit_of_work
from storefront.producers.models import Member, Producer
from storefront.vetting import appealing, applying, criteria, deciding, expiring, finding
from storefront.vetting.models import Act, Case, Kind, Verdict

REFUSED = (
    applying.EmptyText, appealing.NothingToAppeal, applying.NotWritable, applying.Unfinished, deciding.ConflictDeclared,
    deciding.CriteriaOpen, deciding.NotVoted, deciding.OwnGroup, deciding.SamePerson, deciding.NotAReviewer, ValueError,
)  # fmt: skip
WHO = st.integers(0, 2)
STEPS, EXAMPLES = (60, 100) if os.environ.get("DRILL") else (25, 25)


class Vetting(RuleBasedStateMachine):
    """One group, three reviewers, one of whom may turn out to be a member or to have a conflict."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "shop.sqlite")
        self.context = make_app(self.folder).app_context()
        self.context.push()
        self.applicant = add_user("maya@example.org")
        self.reviewers = [add_user(f"r{n}@example.org", Role.REVIEWER, name=f"R{n}") for n in range(3)]
        self.barred: set[int] = set()
        self.said: dict[int, Act] = {}
        self.may_show = False
        self.days = 0
        self.case_ref = ""
        self.start()
        self.submit()
        self.find_all(0)

    def teardown(self) -> None:
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        shutil.rmtree(self.folder)

    @property
    def now(self):
        return clock.now() + timedelta(days=self.days)

    def case(self) -> Case:
        found = finding.by_ref(self.case_ref, lock=True)
        assert found is not None
        return found

    def producer(self) -> Producer | None:
        session().rollback()
        return session().scalars(select(Producer)).first()

    @contextmanager
    def trying(self) -> Iterator[None]:
        try:
            with clock.at(self.now), unit_of_work():
                yield
        except REFUSED:
            pass

    @rule()
    def start(self) -> None:
        with self.trying():
            party = session().scalars(select(Producer)).first()
            case = applying.start(self.applicant, Kind.PRODUCER, clock.now(), producer=party)
            if case.ref != self.case_ref:
                self.case_ref, self.said = case.ref, {}
            for asked in criteria.current(Kind.PRODUCER).asked:
                text = ANSWERS[Kind.PRODUCER].get(asked.key, "" if isinstance(asked, criteria.Question) else "So.")
                applying.answer(case, self.applicant, asked.key, text, clock.now())

    @rule()
    def submit(self) -> None:
        with self.trying():
            applying.submit(self.case(), self.applicant, clock.now())
            self.said = {}

    @rule()
    def withdraw(self) -> None:
        with self.trying():
            applying.withdraw(self.case(), self.applicant, "", clock.now())
            self.said = {}

    @rule(who=WHO)
    def find_all(self, who: int) -> None:
        with self.trying():
            for one in criteria.current(Kind.PRODUCER).criteria:
                deciding.find(self.case(), self.reviewers[who], one.key, Verdict.MET, "", clock.now())

    @rule(who=WHO, act=st.sampled_from([Act.APPROVE, Act.APPROVE, Act.REJECT, Act.REINSTATE]))
    def vote(self, who: int, act: Act) -> None:
        with self.trying():
            decision = deciding.vote(self.case(), self.reviewers[who], act, "So.", clock.now())
            assert who not in self.barred, "someone voted who must not"
            self.said[who] = act
            agreeing = {one for one, said in self.said.items() if said == act and one not in self.barred}
            assert (decision is not None) == (len(agreeing) >= 2)
            if decision is not None:
                self.said = {}
                if act == Act.REINSTATE or (act == Act.APPROVE and not self.is_suspended()):
                    self.may_show = True

    def is_suspended(self) -> bool:
        party = session().scalars(select(Producer)).first()
        return party is not None and party.status == "suspended"

    @rule(who=WHO)
    def ask(self, who: int) -> None:
        with self.trying():
            deciding.ask(self.case(), self.reviewers[who], "More, please.", clock.now())
            self.said = {}

    @rule(who=WHO)
    def suspend(self, who: int) -> None:
        with self.trying():
            deciding.suspend(self.case(), self.reviewers[who], "A report.", clock.now())
            self.said, self.may_show = {}, False

    @rule()
    def appeal(self) -> None:
        with self.trying():
            appealing.appeal(self.case(), self.applicant, "Look again.", clock.now())

    @rule(who=WHO, granted=st.booleans())
    def decide_appeal(self, who: int, granted: bool) -> None:
        with self.trying():
            was_suspended = self.is_suspended()
            deciding.decide_appeal(self.case(), self.reviewers[who], granted, "So.", clock.now())
            assert who not in self.barred
            self.said = {}
            if granted and was_suspended:
                self.may_show = True

    @rule()
    def third_has_a_conflict(self) -> None:
        with self.trying():
            deciding.declare_conflict(self.case(), self.reviewers[2], "A cousin.", clock.now())
            self.barred.add(2)

    @rule()
    def second_joins_the_group(self) -> None:
        with self.trying():
            party = session().scalars(select(Producer)).first()
            if party is not None and 1 not in self.barred:
                session().add(
                    Member(producer_id=party.id, user_id=self.reviewers[1].id, role="editor", since=clock.now())
                )
                self.barred.add(1)

    @rule(days=st.sampled_from([1, 200, 800]))
    def time_passes(self, days: int) -> None:
        self.days += days
        with clock.at(self.now):
            expiring.end_approvals()

    @invariant()
    def only_what_two_agreed_to_is_shown(self) -> None:
        party = self.producer()
        if party is not None and party.status in ("approved", "lapsed"):
            assert self.may_show

    @invariant()
    def an_approved_case_rests_on_two_different_votes(self) -> None:
        session().rollback()
        for case in session().scalars(select(Case).where(Case.state == "approved")):
            decision = finding.latest(case, Act.APPROVE)
            assert decision is not None
            assert len(set(decision.actor.split(", "))) >= 2


def play(template: Path, examples: int) -> None:
    Vetting.template = template
    run_state_machine_as_test(
        Vetting,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


def test_no_sequence_of_decisions_shows_an_unapproved_group(sqlite_template):
    play(sqlite_template, EXAMPLES)


def test_a_vetting_that_asks_one_reviewer_alone_is_caught(sqlite_template, monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr(deciding, "NEEDED", 1)
    with pytest.raises(AssertionError):
        play(sqlite_template, 100)
