"""The letter that tells a group what a reviewer decided about its listing, with the reviewer's own words."""

from __future__ import annotations

from sqlalchemy import select

from storefront import config
from storefront.accounts.models import User
from storefront.catalog.events import ListingDecided
from storefront.catalog.models import RevisionState
from storefront.core import mail
from storefront.core.db import session
from storefront.producers.models import Member, MemberRole


def send_decision(event: ListingDecided) -> None:
    """Queue a letter to everyone who writes the group's listings."""
    revision, product = event.revision, event.revision.product
    base = config.current().base_url.rstrip("/")
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
            title=revision.content["title"],
            approved=revision.state == RevisionState.APPROVED,
            note=revision.note,
            page_url=f"{base}/products/{product.slug}",
            studio_url=f"{base}/studio/{product.producer.slug}/listings/{product.slug}",
        )
        mail.queue(letter, event.now)
