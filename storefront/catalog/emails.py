"""The letter that tells a group what a reviewer decided about its listing or batch, with the reviewer's own words."""

from __future__ import annotations

from sqlalchemy import select

from storefront import config
from storefront.accounts.models import User
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.events import RevisionDecided
from storefront.catalog.models import Revised, RevisionState
from storefront.core import mail
from storefront.core.db import session
from storefront.producers.models import Member, MemberRole


def send_decision(event: RevisionDecided) -> None:
    """Queue a letter to everyone who writes the group's listings."""
    revision, product = event.revision, event.revision.product
    about = _about(revision, config.current().base_url.rstrip("/"))
    people = session().scalars(
        select(User)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.producer_id == product.producer_id,
            Member.role.in_((MemberRole.OWNER, MemberRole.EDITOR, MemberRole.AGENT)),
            User.closed_at.is_(None),
        )
        .order_by(User.id)
    )
    for person in people:
        letter = mail.compose(
            "listing_decided",
            person.email,
            name=person.name,
            approved=revision.state == RevisionState.APPROVED,
            note=revision.note,
            **about,
        )
        mail.queue(letter, event.now)


def _about(revision: Revised, base: str) -> dict[str, str]:
    """What was decided on, and where it is."""
    product = revision.product
    studio = f"{base}/studio/{product.producer.slug}/listings/{product.slug}"
    if isinstance(revision, BatchRevision):
        code = revision.content["facts"]["code"]
        title, page, studio = f"{product.title}, {code}", f"{base}/trace/{code}", f"{studio}/batches/{revision.ref}"
        return {"title": title, "page_url": page, "studio_url": studio}
    return {"title": revision.content["title"], "page_url": f"{base}/products/{product.slug}", "studio_url": studio}
