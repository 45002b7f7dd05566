"""What every step of a revision shares: its states, the refusals, the locks and the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from storefront.catalog import content
from storefront.catalog.checking import Problem
from storefront.catalog.content import Content
from storefront.catalog.models import Product, Revised, RevisionState, Variant
from storefront.core import journal
from storefront.core.db import session
from storefront.producers import members
from storefront.vetting import finding as vetting

OPEN = (RevisionState.DRAFT, RevisionState.SENT, RevisionState.CHANGES_ASKED)
TRANSITIONS: dict[RevisionState, frozenset[RevisionState]] = {
    RevisionState.DRAFT: frozenset({RevisionState.SENT, RevisionState.DROPPED}),
    RevisionState.SENT: frozenset({RevisionState.APPROVED, RevisionState.CHANGES_ASKED, RevisionState.DRAFT}),
    RevisionState.CHANGES_ASKED: frozenset({RevisionState.SENT, RevisionState.DROPPED}),
    RevisionState.APPROVED: frozenset(),
    RevisionState.DROPPED: frozenset(),
}


class IllegalMove(ValueError):
    """The revision can't go from its state to that one."""

    def __init__(self, state: str, to: str) -> None:
        super().__init__(f"a revision that is {state} can't become {to}")
        self.state, self.to = state, to


class NotOpen(ValueError):
    """The revision is with the reviewers or was decided: it can't be edited."""


class EditedMeanwhile(ValueError):
    """Someone else changed the same answer since it was read. `theirs` is what it is now, `by` who changed it."""

    def __init__(self, theirs: Content, by: str) -> None:
        super().__init__(f"changed meanwhile by {by}")
        self.theirs, self.by = theirs, by


class NotReady(ValueError):
    """Something is missing or wrong: `problems` say what, question by question."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(f"{one.task}: {one.code}" for one in problems))
        self.problems = problems


class NothingChanged(ValueError):
    """The revision says what shoppers see already."""


class OwnGroup(PermissionError):
    """Nobody reviews anything of a group that they have a stake in, or a version that they wrote any of."""


class NoReason(ValueError):
    """Asking for changes needs a reason that helps the group."""


class LongReason(ValueError):
    """Why a version changes is said in more than MOST_REASON characters, of which none may be lost."""


class ProducerNotApproved(ValueError):
    """Nothing of a group that isn't approved can go live."""


class ProductArchived(ValueError):
    """An archived product isn't edited any more."""


def check_open(revision: Revised) -> None:
    """Raises NotOpen unless it can be edited."""
    if revision.state not in (RevisionState.DRAFT, RevisionState.CHANGES_ASKED):
        raise NotOpen


def may_move(revision: Revised, to: RevisionState) -> None:
    """Raises IllegalMove where its state doesn't lead there."""
    if to not in TRANSITIONS[RevisionState(revision.state)]:
        raise IllegalMove(revision.state, to)


def is_sent(revision: Revised, stamp: str) -> bool:
    """Whether exactly this waits for a reviewer already, as after a second click; locks the version."""
    lock_revision(revision)
    return revision.state == RevisionState.SENT and revision.stamp == stamp


def may_go(revision: Revised, to: RevisionState, stamp: str) -> None:
    """Lock a version that is to go on exactly as it was seen. Raises IllegalMove and EditedMeanwhile."""
    lock_revision(revision)
    may_move(revision, to)
    if revision.stamp != stamp:
        raise EditedMeanwhile(revision.content, revision.changed_by)


def check_reviewer(revision: Revised, reviewer_id: int, actor: str) -> None:
    """Who has a stake in the group, or wrote any of this version, is no reviewer of it."""
    staked = vetting.has_stake(revision.product.producer_id, reviewer_id, actor)
    # Versions from before their editors were kept name only who began them and who changed them last.
    if staked or actor in {
        *revision.editors,
        *map(members.person_of, (revision.made_by, revision.changed_by)),
    }:
        raise OwnGroup


def touch(revision: Revised, actor: str, now: datetime) -> None:
    """Note that somebody changed an open revision's content, and what it is now."""
    revision.digest = content.digest(revision.content)
    revision.changed_by, revision.changed_at = actor, now
    revision.editors = sorted({*revision.editors, members.person_of(actor)})
    session().flush()


def lock(*product_ids: int) -> None:
    """Queue behind whoever changes the listings of these products or buys them, until the unit of work ends.

    In the order of a checkout, which locks variants, then products, each by id; otherwise the two could wait for each
    other. Whoever needs several products names all of them at once. The products are read again: what waited must see
    what the other one did.
    """
    of_these = select(Variant.id).where(Variant.product_id.in_(product_ids)).order_by(Variant.id)
    session().execute(of_these.with_for_update(key_share=True)).all()
    these = select(Product).where(Product.id.in_(product_ids)).order_by(Product.id)
    locked = these.with_for_update(of=Product, key_share=True).execution_options(populate_existing=True)
    session().scalars(locked).all()


def lock_revision(revision: Revised) -> None:
    """Lock the product first, then the revision, which is read again: what waited must see what the other one did."""
    lock(revision.product_id)
    session().refresh(revision)


def record(act: str, revision: Revised, actor: str, now: datetime, **facts: Any) -> None:
    """Put into the journal what became of a version."""
    subject, act = subject_of(revision.product), f"{revision.NOUN} {act}"
    journal.record(act, subject=subject, actor=actor, now=now, revision=revision.ref, **facts)


def subject_of(product: Product) -> str:
    """How the journal names a product."""
    return f"product:{product.slug}"
