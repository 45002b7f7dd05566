"""The letters that tell a group what became of its listings: a reviewer's decision, and the end of a consent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from storefront import config
from storefront.accounts.models import User
from storefront.catalog import withdrawing
from storefront.catalog.batches.models import BatchRevision
from storefront.catalog.events import RevisionDecided
from storefront.catalog.models import Revised, RevisionState
from storefront.core import mail
from storefront.core.db import session
from storefront.producers import members
from storefront.producers.models import Member, MemberRole
from storefront.provenance.events import ConsentEnded


def send_decision(event: RevisionDecided) -> None:
    """Queue a letter to everyone who writes the group's listings."""
    revision, product = event.revision, event.revision.product
    about = _about(revision, config.current().base_url.rstrip("/"))
    for person in _writers(product.producer_id):
        letter = mail.compose(
            "listing_decided",
            person.email,
            name=person.name,
            approved=revision.state == RevisionState.APPROVED,
            note=revision.note,
            **about,
        )
        mail.queue(letter, event.now)


def tell_of_consent(event: ConsentEnded) -> None:
    """Tell those who write the group's listings what is hidden since a consent ended, unless the group ended it itself.

    Names stay between the group and the shop, and off the mail: the letter has the consent's reference.
    """
    consent, group = event.consent, event.consent.producer
    by = members.person_of(consent.ended_by or "")
    if by in {f"user:{one.user.ref}" for one in members.of_group(group.id)}:
        return
    facts: dict[str, Any] = {
        "ref": consent.ref,
        "ran_out": by == "system",
        "goods": withdrawing.goods(consent),
        "link": f"{config.current().base_url.rstrip('/')}/studio/{group.slug}/consents/{consent.ref}",
    }
    for person in _writers(group.id):
        mail.queue(mail.compose("consent_ended", person.email, name=person.name, **facts), event.now)


def _writers(producer_id: int) -> Sequence[User]:
    return (
        session()
        .scalars(
            select(User)
            .join(Member, Member.user_id == User.id)
            .where(
                Member.producer_id == producer_id,
                Member.role.in_((MemberRole.OWNER, MemberRole.EDITOR, MemberRole.AGENT)),
                User.closed_at.is_(None),
            )
            .order_by(User.id)
        )
        .all()
    )


def _about(revision: Revised, base: str) -> dict[str, str]:
    """What was decided on, and where it is."""
    product = revision.product
    studio = f"{base}/studio/{product.producer.slug}/listings/{product.slug}"
    if isinstance(revision, BatchRevision):
        code = revision.content["facts"]["code"]
        title, page, studio = f"{product.title}, {code}", f"{base}/trace/{code}", f"{studio}/batches/{revision.ref}"
        return {"title": title, "page_url": page, "studio_url": studio}
    return {"title": revision.content["title"], "page_url": f"{base}/products/{product.slug}", "studio_url": studio}
