"""Two editors at one answer: what the other one wrote, and what of one's own has lost its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from storefront.catalog import content, revising
from storefront.catalog.content import Content
from storefront.catalog.models import ListingRevision
from storefront.catalog.revising import EditedMeanwhile
from storefront.web import listing_words
from storefront.web.shop.labels import language_name


def theirs(error: EditedMeanwhile, currency: str) -> list[tuple[str, list[str]]]:
    """What the other editor wrote, part by part, as lines."""
    found = []
    for name, value in error.theirs.items():
        if isinstance(value, str):
            found.append((name, [value]))
        elif name == "story":
            found.append((name, _story(value)))
        elif name == "stock":
            found.append((name, [_("%(sku)s begins with %(n)s", sku=sku, n=count) for sku, count in value.items()]))
        elif name == "pictures":
            found.append((name, [line for one in value for line in (one["alt"], _people(one))]))
        else:
            found.append((name, listing_words.lines(name, value, currency)))
    return found


def homeless(typed: Mapping[str, str], what: Content) -> list[str]:
    """Descriptions that were typed for photographs which another editor took out."""
    refs = {one["ref"] for one in what["pictures"]} | {typed.get("act", "").removeprefix("remove-")}
    fields = {f"alt-{ref}" for ref in refs}
    return [words for name, words in typed.items() if name.startswith("alt-") and name not in fields and words.strip()]


def seen_photographs(form: Mapping[str, str], revision: ListingRevision) -> str:
    """What the form's editor had read of the photographs; those that only came since are in nobody's way."""
    seen = form.get("seen", "")
    known = [one for one in revision.content["pictures"] if f"alt-{one['ref']}" in form]
    return revising.seen(revision, ("pictures",)) if content.digest({"pictures": known}) == seen else seen


def _story(story: dict[str, Any]) -> list[str]:
    translation = story.get("translation", {})
    facts = {"story_lang": language_name(story["lang"])}
    facts |= {f"story_translated_{part}": translation.get(part, "") for part in ("title", "body", "by")}
    named = [f"{listing_words.field_name(name)}: {words}" for name, words in facts.items() if words]
    return [story["title"], story["body"], *named, _people(story)]


def _people(one: dict[str, Any]) -> str:
    who = listing_words.people(one)
    return _("People: %(who)s", who=who) if who else ""
