"""Whatever editors and reviewers do to batches, and whose consents end meanwhile: shoppers read an approved version.

Every edit carries a word of its own that no other edit has, so the page itself says which version it shows.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from batches import day, facts, step
from cast import build_world
from conftest import make_app
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from listings import EDITOR, REVIEWER

from storefront.catalog import content as contents
from storefront.catalog import revising
from storefront.catalog.batches import content, deciding, staging
from storefront.catalog.batches.models import BatchRevision
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.provenance import consenting
from storefront.provenance.consenting import NewConsent
from storefront.provenance.models import Batch, Given, Use

STEPS, EXAMPLES = (60, 60) if os.environ.get("DRILL") else (25, 10)
REFUSALS = (
    revising.IllegalMove, revising.NotOpen, revising.EditedMeanwhile, revising.NotReady, revising.NothingChanged,
    revising.OwnGroup, revising.NoReason, revising.ProducerNotApproved, revising.ProductArchived,
    staging.CodeIsPrinted, consenting.AlreadyEnded,
)  # fmt: skip
MARK = re.compile(r"MARK\d+")
CODES = ("SB-1", "SB-2")


class BatchMachine(RuleBasedStateMachine):
    """A shop in which two batches of one product are written, one of them by a person who may take it back."""

    template: Path

    @initialize()
    def open_the_shop(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "shop.sqlite")
        self.app = make_app(self.folder)
        self.context = self.app.app_context()
        self.context.push()
        self.world = build_world()
        self.client = FlaskClient(self.app)  # quicker than the one that checks each page as HTML
        self.marks = 0
        self.approved: dict[str, str] = {}
        told = NewConsent(
            person="Zenobia", uses=(Use.STORY,), asked_in="en", given=Given.SPOKEN, witness="Ana",
            given_on=clock.today(), expires_on=clock.today().replace(year=clock.today().year + 2),
        )  # fmt: skip
        with unit_of_work():
            self.consent = consenting.record(self.world.sunlit_bench, told, None, actor=EDITOR, now=clock.now())

    def teardown(self) -> None:
        if hasattr(self, "context"):
            session().close()
            session().get_bind().dispose()  # type: ignore[union-attr]
            self.context.pop()
            shutil.rmtree(self.folder)

    def _try(self, act, *args, **more) -> bool:
        try:
            with unit_of_work():
                act(*args, now=clock.now(), **more)
        except REFUSALS:
            return False
        return True

    def _batch(self, code: str) -> Batch | None:
        session().rollback()
        session().expire_all()
        return session().query(Batch).filter_by(code=code).one_or_none()

    def _open(self, code: str) -> BatchRevision | None:
        session().rollback()
        every = session().query(BatchRevision).filter(BatchRevision.state.in_(revising.OPEN))
        return next((one for one in every if one.content["facts"]["code"] == code), None)

    @rule(code=st.sampled_from(CODES))
    def begin(self, code: str) -> None:
        batch = self._batch(code)
        if batch is not None:
            self._try(staging.open_draft, self.world.coffee, batch, actor=EDITOR)
        elif self._open(code) is None and self._try(staging.begin, self.world.coffee, actor=EDITOR):
            new = session().query(BatchRevision).order_by(BatchRevision.id.desc()).first()
            seen = staging.seen(new, staging.FACTS)
            self._try(staging.edit, new, staging.FACTS, facts(code), seen_digest=seen, actor=EDITOR)

    @rule(code=st.sampled_from(CODES), ref=st.sampled_from(["S1", "S2"]), out=st.booleans(), person=st.booleans())
    def edit(self, code: str, ref: str, out: bool, person: bool) -> None:
        revision = self._open(code)
        if revision is None:
            return
        self.marks += 1
        word = f"MARK{self.marks}"
        told = step(title=word, text=word, on=day(self.marks % 5), consents=[self.consent.ref] if person else [])
        seen = staging.seen(revision, ref)
        self._try(staging.edit, revision, ref, None if out else told, seen_digest=seen, actor=EDITOR)
        seen = revising.seen_why(revision)
        self._try(revising.explain, revision, word, False, seen_digest=seen, actor=EDITOR)

    @rule(code=st.sampled_from(CODES), to=st.sampled_from(CODES))
    def rename(self, code: str, to: str) -> None:
        revision = self._open(code)
        if revision is not None:
            told = {**revision.content["facts"], "code": to}
            seen = staging.seen(revision, staging.FACTS)
            self._try(staging.edit, revision, staging.FACTS, told, seen_digest=seen, actor=EDITOR)

    @rule(code=st.sampled_from(CODES))
    def send(self, code: str) -> None:
        revision = self._open(code)
        if revision is not None:
            self._try(staging.send, revision, stamp=revision.stamp, actor=EDITOR)

    @rule(code=st.sampled_from(CODES), stale=st.sampled_from([False, False, True]), own=st.sampled_from([False, True]))
    def approve(self, code: str, stale: bool, own: bool) -> None:
        revision = self._open(code)
        if revision is None:
            return
        who = {"stamp": "old" if stale else revision.stamp, "reviewer_id": 0}
        if self._try(deciding.approve, revision, actor=EDITOR if own else REVIEWER, **who):
            assert not own
            assert not stale
            self.approved[code] = contents.digest(revision.content)

    @rule(code=st.sampled_from(CODES), act=st.sampled_from(["take_back", "drop"]))
    def give_up(self, code: str, act: str) -> None:
        revision = self._open(code)
        if revision is not None:
            self._try(getattr(revising, act), revision, actor=EDITOR)

    @rule()
    def withdraw(self) -> None:
        if self._try(consenting.end, self.consent, "She asked", actor="user:A"):
            for code in self.approved:
                batch = self._batch(code)
                assert batch is not None
                left = content.shown(batch)
                assert not any(self.consent.ref in one.get("consents", ()) for one in left["steps"].values())
                self.approved[code] = contents.digest(left)

    @invariant()
    def shoppers_read_what_was_approved_last_and_nothing_else(self) -> None:
        if not hasattr(self, "approved"):
            return
        for code in CODES:
            batch = self._batch(code)
            page = self.client.get(f"/trace/{code}")
            marks = set(MARK.findall(page.get_data(as_text=True)))
            if code not in self.approved:
                assert batch is None
                assert page.status_code == 404
                continue
            assert batch is not None
            last = staging.approved(batch)
            assert last is not None
            assert contents.digest(content.shown(batch)) == last.digest == self.approved[code]
            assert marks == set(MARK.findall(contents.canonical(last.content).decode()))
        assert {"SB-1", "SB-2"}.isdisjoint(deciding.unapproved())


def test_no_sequence_of_edits_and_reviews_shows_an_unapproved_batch(sqlite_template: Path) -> None:
    BatchMachine.template = sqlite_template
    run_state_machine_as_test(
        BatchMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_notices_a_step_that_goes_straight_to_the_page(sqlite_template: Path, monkeypatch) -> None:
    """The control: without the staging, the invariant above must fail."""
    edit = staging.edit

    def edit_in_public(revision, part, wanted, **more):
        edit(revision, part, wanted, **more)
        if revision.batch and part != staging.FACTS:
            content.put(revision.batch, revision.content)

    BatchMachine.template = sqlite_template
    machine = BatchMachine()
    try:
        machine.open_the_shop()
        machine.begin("SB-1")
        machine.edit("SB-1", "S1", False, False)
        machine.send("SB-1")
        machine.approve("SB-1", False, False)
        assert "SB-1" in machine.approved
        machine.shoppers_read_what_was_approved_last_and_nothing_else()
        monkeypatch.setattr(staging, "edit", edit_in_public)
        machine.begin("SB-1")
        machine.edit("SB-1", "S1", False, False)
        with pytest.raises(AssertionError):
            machine.shoppers_read_what_was_approved_last_and_nothing_else()
    finally:
        machine.teardown()
