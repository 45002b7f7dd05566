"""Listings for tests: drafts that are complete, and the roads they take."""

from __future__ import annotations

from typing import Any

from cast import World
from people import add_user
from sqlalchemy import select

from storefront.accounts.models import Role, User
from storefront.catalog import content, revising
from storefront.catalog.models import ListingRevision, Product, Revised
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.media import Picture
from storefront.core.refs import new_ref
from storefront.giving import promising
from storefront.producers.models import Member, MemberRole, Producer

EDITOR, REVIEWER = "user:EDITOR", "user:REVIEWER"


def add_member(producer: Producer, email: str, role: str = MemberRole.EDITOR, name: str = "Aroon") -> User:
    """Someone who acts for the group."""
    user = add_user(email, name=name)
    with unit_of_work() as current:
        current.add(Member(producer_id=producer.id, user_id=user.id, role=role, since=clock.now()))
    return user


def add_reviewer(email: str = "reviewer@example.org") -> User:
    """Someone who reviews, and belongs to no group."""
    return add_user(email, Role.REVIEWER, name="Rosa")


def add_picture() -> str:
    """A picture as an upload leaves it, without its files; returns its reference."""
    ref = new_ref(16).lower()
    with unit_of_work() as current:
        current.add(
            Picture(ref=ref, alt="Not described yet", width=900, height=900, widths="320", colour="#aabbcc",
                    created_at=clock.now())
        )  # fmt: skip
    return ref


def filled(ref: str, sku: str = "BALM") -> dict[str, Any]:
    """A content with every question answered."""
    return content.empty() | {
        "title": "Garden balm",
        "subtitle": "For hands that work",
        "description": "A balm of beeswax and nettle.",
        "cause": "women",
        "materials": ["beeswax", "nettle"],
        "materials_text": "Wax from our own hives.",
        "care": "Keep it cool.",
        "pictures": [{"ref": ref, "alt": "A tin of balm", "focus_x": 50, "focus_y": 0, "consents": []}],
        "variants": [{"sku": sku, "name": "", "price_minor": 1500, "weight_g": 80}],
        "shares": [
            {"share_to": "makers", "label": "Makers", "basis": "cost", "basis_points": 8500},
            {"share_to": "shop", "label": "Running the shop", "basis": "cost", "basis_points": 1500},
        ],
        "pledge": {
            "charity": "hill-schools-trust", "project": "", "rate": "0.05", "amount_minor": None,
            "cap_minor": None, "starts_on": "", "ends_on": "",
        },
        "story": {"title": "The hives", "body": "It began with two hives.", "lang": "en", "consents": []},
        "claims": [
            {"text": "Paid by the hour", "level": "declared", "verifier": "", "document": "", "document_url": "",
             "stated_on": "2026-01-05", "expires_on": ""}
        ],
    }  # fmt: skip


def start(product: Product) -> ListingRevision:
    """The open revision of a product, begun now if there is none."""
    with unit_of_work():
        return revising.open_draft(product, promising.plain(product.id), actor=EDITOR, now=clock.now())


def change(revision: ListingRevision, by: str = EDITOR, **changes: Any) -> None:
    """Change answers as someone who has just read them."""
    with unit_of_work():
        now_seen = revising.seen(revision, tuple(changes))
        revising.edit(revision, changes, seen_digest=now_seen, actor=by, now=clock.now())


def explain(revision: ListingRevision, reason: str = "The words were wrong", correction: bool = False) -> None:
    """Say why."""
    with unit_of_work():
        seen = revising.seen_why(revision)
        revising.explain(revision, reason, correction, seen_digest=seen, actor=EDITOR, now=clock.now())


def send(revision: ListingRevision) -> None:
    """Send it as it is."""
    with unit_of_work():
        revising.send(revision, stamp=revision.stamp, actor=EDITOR, now=clock.now())


def ask(revision: Revised, note: str) -> None:
    """A reviewer asks for a change."""
    facts: dict[str, Any] = {"stamp": revision.stamp, "reviewer_id": 0, "actor": REVIEWER, "now": clock.now()}
    with unit_of_work():
        revising.ask_for_changes(revision, note, **facts)


def approve(revision: ListingRevision, reviewer_id: int = 0) -> None:
    """Approve it as it is."""
    with unit_of_work():
        revising.approve(revision, stamp=revision.stamp, reviewer_id=reviewer_id, actor=REVIEWER, now=clock.now())


def shown(product: Product) -> dict[str, Any]:
    """What shoppers see now, read from the rows."""
    session().rollback()
    session().expire_all()
    return content.shown(product, promising.plain(product.id))


def draft_of(world: World, sku: str = "BALM") -> ListingRevision:
    """A new listing of Sunlit Bench that is complete but not sent."""
    with unit_of_work():
        product = revising.begin(world.sunlit_bench, currency="USD", actor=EDITOR, now=clock.now())
    revision = start(product)
    change(revision, **filled(add_picture(), sku))
    return revision


def revisions(product: Product) -> list[ListingRevision]:
    """Every revision of the product, the oldest first."""
    session().rollback()
    return list(
        session().scalars(
            select(ListingRevision).where(ListingRevision.product_id == product.id).order_by(ListingRevision.id)
        )
    )
