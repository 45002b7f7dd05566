"""Whatever editors, reviewers and admins do to a listing, and in whatever order: shoppers see an approved version.

Every edit carries a word of its own that no other edit has, so the page itself says which version it shows.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from cast import build_world
from conftest import make_app
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from listings import EDITOR, REVIEWER, filled

from storefront.catalog import adjusting, content, revising
from storefront.catalog.models import ListingRevision, Product, ProductStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.media import Picture
from storefront.giving import promising

STEPS, EXAMPLES = (60, 60) if os.environ.get("DRILL") else (25, 12)
REFUSALS = (
    revising.IllegalMove, revising.NotOpen, revising.EditedMeanwhile, revising.NotReady, revising.NothingChanged,
    revising.OwnGroup, revising.NoReason, revising.ProducerNotApproved, revising.ProductArchived, adjusting.NotLower,
    adjusting.StockTaken,
)  # fmt: skip
MARK = re.compile(r"MARK\d+")


class ListingMachine(RuleBasedStateMachine):
    """A shop with one listing that was live before and one that is new."""

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
        self.read: str = ""
        self.approved: dict[int, str] = {}
        now = clock.now()
        with unit_of_work() as current:
            current.add(Picture(ref="new-picture", alt="x", width=9, height=9, widths="9", colour="#aabbcc",
                                created_at=now))  # fmt: skip
            new = revising.begin(self.world.sunlit_bench, currency="USD", actor=EDITOR, now=now,
                                 start=filled("new-picture"))  # fmt: skip
        self.products = [self.world.coffee, new]

    def teardown(self) -> None:
        if hasattr(self, "context"):
            session().close()
            session().get_bind().dispose()  # type: ignore[union-attr]
            self.context.pop()
            shutil.rmtree(self.folder)

    def _open(self, which: int) -> ListingRevision | None:
        session().rollback()
        return revising.open_revision(self.products[which])

    def _try(self, act, *args, **facts) -> bool:
        try:
            with unit_of_work():
                act(*args, now=clock.now(), **facts)
        except REFUSALS:
            return False
        return True

    @rule(which=st.integers(0, 1), name=st.sampled_from(["title", "description", "care", "story", "claims", "price"]))
    def edit(self, which: int, name: str) -> None:
        product = self.products[which]
        self._try(revising.open_draft, product, promising.plain(product.id), actor=EDITOR)
        revision = self._open(which)
        if revision is None:
            return
        self.marks += 1
        word = f"MARK{self.marks}"
        if name == "story":
            changes = {"story": {"title": word, "body": word, "lang": "en", "consents": []}}
        elif name == "claims":
            changes = {
                "claims": [{**revision.content["claims"][0], "text": word}] if revision.content["claims"] else []
            }
        elif name == "price":
            changes = {"variants": [{**row, "price_minor": 100 + self.marks} for row in revision.content["variants"]]}
        else:
            changes = {name: word}
        facts = {"seen_digest": revising.seen(revision, tuple(changes)), "actor": EDITOR}
        self._try(revising.edit, revision, changes, **facts)
        seen = revising.seen_why(revision)
        self._try(revising.explain, revision, word, False, seen_digest=seen, actor=EDITOR)

    @rule(which=st.integers(0, 1))
    def edit_what_is_old(self, which: int) -> None:
        revision = self._open(which)
        if revision is not None:
            self._try(revising.edit, revision, {"title": "MARK0"}, seen_digest="old", actor=EDITOR)

    @rule(which=st.integers(0, 1))
    def send(self, which: int) -> None:
        revision = self._open(which)
        if revision is not None:
            self._try(revising.send, revision, stamp=revision.stamp, actor=EDITOR)

    @rule(which=st.integers(0, 1))
    def look(self, which: int) -> None:
        revision = self._open(which)
        self.read = revision.stamp if revision else ""

    @rule(which=st.integers(0, 1), fresh=st.booleans(), own=st.sampled_from([False, False, True]))
    def approve(self, which: int, fresh: bool, own: bool) -> None:
        revision = self._open(which)
        if revision is None:
            return
        facts = {"stamp": revision.stamp if fresh else self.read, "reviewer_id": 0}
        if self._try(revising.approve, revision, actor=EDITOR if own else REVIEWER, **facts):
            assert not own, "an editor approved their own words"
            self.approved[which] = content.digest(revision.content)

    @rule(which=st.integers(0, 1))
    def ask(self, which: int) -> None:
        revision = self._open(which)
        if revision is not None:
            self._try(revising.ask_for_changes, revision, "Why?", stamp=revision.stamp, reviewer_id=0, actor=REVIEWER)

    @rule(which=st.integers(0, 1), act=st.sampled_from(["take_back", "drop"]))
    def give_up(self, which: int, act: str) -> None:
        revision = self._open(which)
        if revision is not None:
            self._try(getattr(revising, act), revision, actor=EDITOR)

    @rule(which=st.integers(0, 1), act=st.sampled_from(["pause", "resume", "resume", "pause", "archive"]))
    def move(self, which: int, act: str) -> None:
        self._try(getattr(adjusting, act), self.products[which], actor=EDITOR)

    @rule(which=st.integers(0, 1), off=st.integers(1, 300), stock=st.integers(0, 9))
    def go_live_at_once(self, which: int, off: int, stock: int) -> None:
        product = self.products[which]
        session().rollback()
        if not product.variants:
            return
        variant, pledge = product.variants[0], promising.plain(product.id)
        before = self._seen_by_shoppers(product)
        if self._try(adjusting.lower_price, variant, variant.price_minor - off, pledge, actor=EDITOR):
            last = revising.approved(product)
            assert last is not None
            prices = [{**row, "price_minor": 0} for row in last.content["variants"]]
            assert {**last.content, "variants": prices} == {
                **before, "variants": [{**row, "price_minor": 0} for row in before["variants"]]
            }, "a lower price changed something else"  # fmt: skip
            self.approved[which] = last.digest
        self._try(adjusting.count_stock, variant, stock, seen_stock=variant.stock, actor=EDITOR)

    @rule(status=st.sampled_from(["suspended", "approved", "approved"]))
    def suspend_or_reinstate(self, status: str) -> None:
        with unit_of_work():
            self.world.sunlit_bench.status = status

    def _seen_by_shoppers(self, product: Product) -> content.Content:
        session().rollback()
        session().expire_all()
        return content.shown(product, promising.plain(product.id))

    @invariant()
    def shoppers_see_what_was_approved_last_and_nothing_else(self) -> None:
        if not hasattr(self, "products"):
            return
        for which, product in enumerate(self.products):
            seen = self._seen_by_shoppers(product)
            last = revising.approved(product)
            page = self.client.get(f"/products/{product.slug}")
            marks = set(MARK.findall(page.get_data(as_text=True)))
            if which in self.approved:
                assert last is not None
                assert content.digest(seen) == last.digest == self.approved[which]
                told = content.canonical(last.content).decode() + last.reason + "".join(
                    one.reason for one in product.stories
                )  # fmt: skip
                assert marks <= set(MARK.findall(told))
            else:
                assert not marks
                assert which == 0 or (product.status == ProductStatus.DRAFT and page.status_code == 404)
        for address in ("/products", "/products?q=mark1"):
            listed = set(MARK.findall(self.client.get(address).get_data(as_text=True))) - {"MARK1"}
            live = "".join(content.canonical(self._seen_by_shoppers(one)).decode() for one in self.products)
            assert listed <= set(MARK.findall(live))


def test_no_sequence_of_edits_and_reviews_shows_an_unapproved_version(sqlite_template: Path) -> None:
    ListingMachine.template = sqlite_template
    run_state_machine_as_test(
        ListingMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_notices_an_edit_that_goes_straight_to_the_page(sqlite_template: Path, monkeypatch) -> None:
    """The control: without the staging, the invariant above must fail."""
    edit = revising.edit

    def edit_in_public(revision, changes, **facts):
        edit(revision, changes, **facts)
        revision.product.title = revision.content["title"]

    ListingMachine.template = sqlite_template
    monkeypatch.setattr(revising, "edit", edit_in_public)
    machine = ListingMachine()
    try:
        machine.open_the_shop()
        machine.shoppers_see_what_was_approved_last_and_nothing_else()
        machine.edit(0, "title")
        with pytest.raises(AssertionError):
            machine.shoppers_see_what_was_approved_last_and_nothing_else()
    finally:
        machine.teardown()
