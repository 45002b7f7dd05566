"""Photographs from the phone: those that open are kept, the others are named with what to do."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from storefront import config
from storefront.catalog import checking, revising
from storefront.catalog.models import Product
from storefront.core import clock, media
from storefront.core.db import unit_of_work


def receive(product: Product, sent: Sequence[FileStorage], first: int, actor: str) -> tuple[int, list[tuple[str, str]]]:
    """Add photographs, numbered from `first`, to a listing: how many were added, and what is wrong with the others.

    One that the listing has already is not kept twice: a line that drops loses the answer as often as the photograph.
    Raises NotOpen.
    """
    decoded, errors = [], []
    if len(sent) > checking.MOST_PICTURES:
        room = _("Send at most %(n)s photographs at once: the others were not looked at.", n=checking.MOST_PICTURES)
        errors.append(("photos", room))
    for number, file in enumerate(sent[: checking.MOST_PICTURES], start=first):
        try:
            one = media.decode(file.stream.read(media.MAX_BYTES + 1))
            media.refuse_withdrawn(one)
            decoded.append(one)
        except media.UnreadablePicture as error:
            errors.append(("photos", _unreadable(number, error.why)))
    with unit_of_work():
        revising.lock(product.id)
        revision = revising.open_revision(product)
        if revision is None:
            raise revising.NotOpen
        there = revision.content["pictures"]
        decoded = media.not_among(decoded, [one["ref"] for one in there])
        if len(there) + len(decoded) > checking.MOST_PICTURES:
            decoded = []
            errors.append(("photos", _("A listing has room for %(n)s photographs.", n=checking.MOST_PICTURES)))
        new = [media.receive(one, folder=config.current().media_dir, now=clock.now()) for one in decoded]
        added = [{"ref": one.ref, "alt": "", "focus_x": 50, "focus_y": 50} for one in new]
        if added:
            revising.edit(
                revision, {"pictures": [*there, *added]}, seen_digest=revising.seen(revision, ("pictures",)),
                actor=actor, now=clock.now(),
            )  # fmt: skip
    return len(added), errors


def _unreadable(number: int, why: str) -> str:
    return {
        "heic": _(
            "Photograph %(n)s is in Apple's HEIC form, which can't be read here. On an iPhone choose Settings, "
            "Camera, Formats, Most Compatible, or send it as JPEG.", n=number,
        ),
        "large": _("Photograph %(n)s is too large. Take it at a normal size, up to 20 MB.", n=number),
        "withdrawn": _("Photograph %(n)s can't be used: somebody in it has withdrawn their consent.", n=number),
        "kind": _("File %(n)s is no photograph. Send a JPEG, PNG, WebP or AVIF picture.", n=number),
    }.get(why, _("Photograph %(n)s did not arrive whole. Send it again.", n=number))  # fmt: skip
