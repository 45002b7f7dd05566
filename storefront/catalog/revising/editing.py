"""Changes the answers of an open revision, never over another editor's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from storefront.catalog import content
from storefront.catalog.checking import MOST_REASON
from storefront.catalog.content import Content
from storefront.catalog.models import ListingRevision, Revised
from storefront.catalog.revising.moving import EditedMeanwhile, LongReason, check_open, lock_revision, touch


def seen(revision: ListingRevision, names: tuple[str, ...]) -> str:
    """What an editor's form carries along, so that `edit` knows which answer the editor had read."""
    return content.digest(_parts(revision, names))


def _parts(revision: ListingRevision, names: tuple[str, ...]) -> Content:
    """Some answers as they are; with the kinds comes what each begins with."""
    parts = {name: revision.content[name] for name in names}
    return {**parts, "stock": revision.stock} if "variants" in names else parts


def edit(
    revision: ListingRevision,
    changes: Content,
    *,
    seen_digest: str,
    actor: str,
    now: datetime,
    stock: Mapping[str, int] | None = None,
) -> None:
    """Change some answers of an open revision, if nobody changed them since they were read.

    Raises NotOpen, and EditedMeanwhile with what another editor made of them; then nothing is changed.
    """
    lock_revision(revision)
    check_open(revision)
    unknown = set(changes) - set(content.empty())
    if unknown:
        raise KeyError(f"no part of a listing: {sorted(unknown)}")
    wanted = content.clean(changes)
    names = tuple(changes)
    theirs = _parts(revision, names)
    mine = wanted if stock is None else {**wanted, "stock": dict(stock)}
    if content.digest(theirs) != seen_digest and theirs != mine:
        raise EditedMeanwhile(theirs, revision.changed_by)
    revision.content = {**revision.content, **wanted}
    if stock is not None:
        revision.stock = dict(stock)
    touch(revision, actor, now)


def seen_why(revision: Revised) -> str:
    """What an editor's form carries along, so that `explain` knows which reason the editor had read."""
    return content.digest(_why(revision))


def _why(revision: Revised) -> Content:
    return {"reason": revision.reason, "correction": revision.correction}


def explain(revision: Revised, reason: str, correction: bool, *, seen_digest: str, actor: str, now: datetime) -> None:
    """Say why it changes, and whether it corrects something wrong: shoppers read both.

    Raises NotOpen, LongReason, and EditedMeanwhile with the reason that another editor gave; then nothing is changed.
    """
    lock_revision(revision)
    check_open(revision)
    wanted, theirs = {"reason": content.clean(reason), "correction": correction}, _why(revision)
    if len(wanted["reason"]) > MOST_REASON:
        raise LongReason
    if content.digest(theirs) != seen_digest and theirs != wanted:
        raise EditedMeanwhile({"reason": revision.reason}, revision.changed_by)
    revision.reason, revision.correction = wanted["reason"], correction
    touch(revision, actor, now)
