"""Hides what rests on an ended consent: pictures with all their copies, stories and steps, everywhere at once.

What is left of a live listing becomes its next approved version by rule, so that what was approved stays what is
shown. Versions from before can't be changed; whoever shows one asks `redacted` for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from sqlalchemy import Text, cast, or_, select, update

from storefront import config
from storefront.catalog import content, revising
from storefront.catalog.batches import deciding
from storefront.catalog.content import Content
from storefront.catalog.events import ListingApproved
from storefront.catalog.models import ListingRevision, Product, ProductPicture, ProductStatus
from storefront.core import journal, media
from storefront.core.db import session
from storefront.core.events import announce
from storefront.producers.models import Producer
from storefront.provenance import consenting
from storefront.provenance.events import ConsentEnded
from storefront.provenance.models import Consent

WITHDRAWN = "The consent of a person in it has ended"


def uses(consent: Consent) -> tuple[set[str], set[int]]:
    """What ever rested on a consent, in any version: references of pictures, and ids of products with their story."""
    rows = session().execute(
        select(ListingRevision.product_id, ListingRevision.content)
        .join(Product, Product.id == ListingRevision.product_id)
        .where(Product.producer_id == consent.producer_id, _names(consent.ref))
    )
    pictures, stories = set(), set()
    for product_id, what in rows:
        pictures |= {one["ref"] for one in what["pictures"] if consent.ref in one.get("consents", ())}
        if consent.ref in what["story"].get("consents", ()):
            stories.add(product_id)
    return pictures, stories


def goods(consent: Consent) -> list[str]:
    """The names of all products that ever had something which rests on this consent."""
    ids = select(ListingRevision.product_id).where(_names(consent.ref))
    own = select(Product.title).where(Product.producer_id == consent.producer_id, Product.title != "")
    return list(session().scalars(own.where(Product.id.in_(ids)).order_by(Product.title)))


def hide(event: ConsentEnded) -> None:
    """Take everything that rests on the consent off every page, its files off the disk, and say so to the group."""
    refs, stories = uses(event.consent)
    gone = media.withdraw(refs, folder=config.current().media_dir, now=event.now)
    ids, refs = [one.id for one in gone], {one.ref for one in gone}
    session().execute(update(Producer).where(Producer.picture_id.in_(ids)).values(picture_id=None))
    showing = select(ProductPicture.product_id).where(ProductPicture.picture_id.in_(ids))
    staged = select(ListingRevision.product_id).where(
        ListingRevision.state.in_(revising.OPEN), or_(False, *(_names(ref) for ref in refs))
    )
    touched = stories | set(session().scalars(showing)) | set(session().scalars(staged))
    papers = deciding.withdraw_papers(event)
    revising.lock(*touched, *deciding.resting_on(event.consent, papers))
    deciding.hide(event, papers, consenting.RULE, WITHDRAWN)
    for product_id in sorted(touched):
        product = session().get_one(Product, product_id)
        session().refresh(product)
        if product.status != ProductStatus.DRAFT:
            _hide_in_shop(product, refs, event)
        _hide_in_draft(product, refs, event)


def _hide_in_draft(product: Product, refs: set[str], event: ConsentEnded) -> None:
    """Pictures leave the open version, and its story gives way to the one that shoppers see now, if there is any."""
    staged = revising.open_revision(product)
    if staged is None:
        return
    session().refresh(staged)
    left = _without(staged.content, refs)
    if _rests(left["story"], product, event.consent):
        shown = revising.approved(product)
        left["story"] = (shown.content if shown else content.empty())["story"]
    staged.content = left
    staged.digest = content.digest(staged.content)
    session().flush()


def _rests(story: Mapping[str, Any], product: Product, consent: Consent) -> bool:
    """Whether a story rests on a consent: it names it, or tells what another version of the product told by it.

    That one says that nobody is in it makes no difference to the same words.
    """
    those = select(ListingRevision.content).where(ListingRevision.product_id == product.id, _names(consent.ref))
    told = [what["story"] for what in session().scalars(those) if consent.ref in what["story"].get("consents", ())]
    return any(one == story or _tellings(one) & _tellings(story) for one in told)


def _tellings(story: Mapping[str, Any]) -> set[str]:
    """Its words, in each language."""
    return {story["body"], story.get("translation", {}).get("body", "")} - {""}


def _hide_in_shop(product: Product, refs: set[str], event: ConsentEnded) -> None:
    last = revising.approved(product)
    if last is None:
        return
    left = _without(last.content, refs)
    if _rests(left["story"], product, event.consent):
        left["story"] = withdrawn_story(left["story"])
    if left == last.content:
        return
    content.put(product, left, stock={}, reason=WITHDRAWN, now=event.now)
    revising.make_known(product, ProductStatus(product.status))
    revision = revising.approve_as_is(product, left, WITHDRAWN, by=consenting.RULE, now=event.now)
    announce(ListingApproved(product, revision, event.now))
    journal.record(
        "media withdrawn", subject=revising.subject_of(product), actor=event.consent.ended_by or "system",
        now=event.now, consent=event.consent.ref, number=revision.number, digest=revision.digest,
    )  # fmt: skip


def withdrawn_story(story: dict[str, Any]) -> dict[str, Any]:
    """What stands in place of a story that was taken back."""
    return {"title": "", "body": "", "lang": story["lang"], "consents": [], "withdrawn": True}


def redacted(contents: Sequence[Content]) -> list[Content]:
    """These versions of one product, the eldest first, without what has been withdrawn since; one statement.

    A story that rested on an ended consent is withheld up to the last version that says so, also where an earlier one
    says that nobody is in it: it told of the same people. So is a later one with the same words. A picture is withheld
    from all of them.
    """
    named = {ref for what in contents for one in (*what["pictures"], what["story"]) for ref in one.get("consents", ())}
    ended = consenting.ended_among(named)
    gone = {one["ref"] for what in contents for one in what["pictures"] if ended & set(one.get("consents", ()))}
    told = [at for at, what in enumerate(contents) if ended & set(what["story"].get("consents", ()))]
    words = {one for at in told for one in _tellings(contents[at]["story"])}
    done = []
    for at, what in enumerate(contents):
        left = _without(what, gone)
        if at <= max(told, default=-1) or words & _tellings(what["story"]):
            left["story"] = withdrawn_story(left["story"])
        done.append(left)
    return done


def _without(what: Content, refs: set[str]) -> Content:
    left = deepcopy(what)
    left["pictures"] = [one for one in left["pictures"] if one["ref"] not in refs]
    return left


def _names(ref: str) -> Any:
    """Whether a version names this reference anywhere; what it names it for is read from the content itself."""
    return cast(ListingRevision.content, Text).contains(ref, autoescape=True)
