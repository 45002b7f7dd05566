"""Who did something, by name: records keep an actor as a code (`producers.members.actor`), people read names."""

from __future__ import annotations

from collections.abc import Iterable

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from storefront.accounts.models import User
from storefront.core.db import session
from storefront.producers.models import Producer
from storefront.provenance import consenting

_KINDS = {"user": (User.ref, User.name), "producer": (Producer.slug, Producer.name)}


def meet(actors: Iterable[str | None]) -> None:
    """Look up at once, for this request, everybody whom a page will name with the filter `who`."""
    known = _known()
    codes = {code for actor in actors if actor for code in actor.split(" for ")} - known.keys()
    known.update((code, code) for code in codes)
    for kind, (key, name) in _KINDS.items():
        keys = [code.partition(":")[2] for code in codes if code.startswith(f"{kind}:")]
        if keys:
            rows = session().execute(select(key, name).where(key.in_(keys)))
            known.update((f"{kind}:{one}", called) for one, called in rows)


def who(actor: str | None) -> str:
    """`Ada Agent for Sunlit Bench Workshop`; a code that stands for nobody (any more) stays as it is."""
    if not actor:
        return ""
    meet([actor])
    person, _for, group = actor.partition(" for ")
    known = _known()
    return _("%(person)s for %(group)s", person=known[person], group=known[group]) if group else known[person]


def _known() -> dict[str, str]:
    known: dict[str, str] = g.setdefault(
        "actors", {"system": _("the shop itself"), consenting.RULE: _("an ended consent")}
    )
    return known
