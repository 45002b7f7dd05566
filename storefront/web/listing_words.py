"""The words of listings that the studio, the reviewers and the public history share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from storefront.catalog import comparing
from storefront.catalog.checking import Problem, is_day
from storefront.catalog.comparing import Mark, PictureChange
from storefront.catalog.content import Content
from storefront.catalog.models import ListingRevision, Product, ProductStatus, RevisionState
from storefront.charities.models import Charity
from storefront.core.db import session
from storefront.core.media import Picture
from storefront.core.money import Money
from storefront.web.rendering import SOURCE_LANGUAGE, day_text, money, percent
from storefront.web.shop.labels import cause_name, material_name


@dataclass(frozen=True)
class FieldChange:
    """A part of a listing that differs, as marked text."""

    name: str
    marks: list[tuple[Mark, str]]
    by_line: bool


def status_of(product: Product, revision: ListingRevision | None) -> list[tuple[str, str]]:
    """Where a listing stands, as (words, tone of the status tag): what shoppers see first, then the open edit."""
    tags = {
        ProductStatus.DRAFT: [],
        ProductStatus.LIVE: [(_("Live"), "leaf")],
        ProductStatus.PAUSED: [(_("Paused"), "honey")],
        ProductStatus.ARCHIVED: [(_("Archived"), "slate")],
    }[ProductStatus(product.status)]
    if revision is None:
        return tags or [(_("Dropped"), "slate")]
    first = product.status == ProductStatus.DRAFT
    state = {
        RevisionState.DRAFT: (_("Draft") if first else _("Edit in draft"), "plain"),
        RevisionState.SENT: (_("Sent for check") if first else _("Edit sent for check"), "honey"),
        RevisionState.CHANGES_ASKED: (_("Changes asked"), "rose"),
    }[RevisionState(revision.state)]
    return [*tags, state]


@dataclass(frozen=True)
class Listed:
    """A listing among others of its group: as its writers have it now, with where it stands."""

    slug: str
    title: str
    picture: Picture | None
    tags: list[tuple[str, str]]


def listed(rows: Sequence[tuple[Product, ListingRevision | None]]) -> list[Listed]:
    """Listings with their open revisions, to be shown with the first picture of each."""
    firsts = [_first_picture(*row) for row in rows]
    pictures = pictures_by_ref([ref for ref in firsts if ref])
    return [
        Listed(
            product.slug,
            revision.content["title"] if revision else product.title,
            pictures.get(first),
            status_of(product, revision),
        )
        for (product, revision), first in zip(rows, firsts, strict=True)
    ]


def _first_picture(product: Product, revision: ListingRevision | None) -> str:
    if revision:
        return next((one["ref"] for one in revision.content["pictures"]), "")
    return next((one.picture.ref for one in product.pictures), "")


def task_name(task: str) -> str:
    """What a task of the editor is called."""
    return {
        "photos": _("Photographs"),
        "title": _("Its name"),
        "description": _("In one sentence"),
        "kinds": _("Kinds, prices and stock"),
        "split": _("Where the price goes"),
        "pledge": _("A pledge to a charity"),
        "materials": _("Materials and care"),
        "story": _("Its story"),
        "translation": _("The story in English"),
        "claims": _("What can be checked"),
        "reason": _("Why it changes"),
    }[task]


def problem_text(problem: Problem) -> str:
    """What to do about a problem."""
    texts = {
        "no_photo": _("Add at least one photograph."),
        "no_alt": _("Say in a few words what photograph %(number)s shows."),
        "gone": _("Photograph %(number)s is no longer there. Take it out or add it again."),
        "people_unasked": _("Say whether somebody can be recognised in photograph %(number)s."),
        "no_consent": _("Photograph %(number)s shows somebody whose consent is missing or has ended."),
        "story_people_unasked": _("Say whether the story names or describes somebody."),
        "no_story_consent": _("The story tells of somebody whose consent is missing or has ended."),
        "half_a_translation": _("Translate both the title and the story, or neither."),
        "too_many": _("That is too much: keep it to %(most)s."),
        "too_long": _("Shorten this to %(most)s characters."),
        "missing": _("This is still to be answered."),
        "no_cause": _("Choose the cause that it serves."),
        "no_kind": _("Add at least one kind with a price."),
        "no_sku": _("Give each kind an article code of at most 60 characters."),
        "sku_taken": _("The article code %(sku)s is taken. Choose another."),
        "no_name": _("Name each kind, so that shoppers can choose."),
        "same_name": _("Two kinds have the same name. Change one."),
        "no_price": _("Give %(sku)s a price above zero."),
        "kind_is_live": _("%(sku)s is on sale and can't be taken out. Set its stock to 0 instead."),
        "half_a_unit": _("Give both the unit and how much there is, or neither."),
        "does_not_sum": _("The parts come to %(percent)s %%. Change them so that they make 100 %%."),
        "nothing_for_makers": _("Leave a part for the makers."),
        "not_a_part": _("Give each part a name and a share of at least 0.01 %%."),
        "charity_not_approved": _("Choose a charity that is approved now."),
        "more_than_price": _("The pledge is more than the price. Lower it."),
        "over": _("The pledge's last day is over, and it begins on the day of its approval. Choose a later one."),
        "ends_before": _("The pledge ends before it begins. Change one of the days."),
        "no_day": _("Write the last day of the pledge as a date."),
        "half_a_claim": _("Claim %(number)s needs its words, a level and the day since when it holds."),
        "claim_days": _("Claim %(number)s begins on a day to come, or ends before it begins. Change one of the days."),
        "no_verifier": _("Say who verified claim %(number)s."),
        "no_document": _("Name the document behind claim %(number)s."),
        "no_https": _("The link of claim %(number)s must begin with https://."),
    }
    return texts[problem.code] % problem.facts if "%" in texts[problem.code] else texts[problem.code]


def differences(before: Content, after: Content, currency: str) -> list[FieldChange]:
    """What differs, part by part, pictures apart."""
    found = []
    for name in comparing.changed(before, after):
        if name == "pictures":
            continue
        if name == "story":
            found += _story_differences(before[name], after[name])
        elif isinstance(after[name], str):
            found.append(FieldChange(name, comparing.marked_words(before[name], after[name]), False))
        else:
            marks = comparing.marked_lines(lines(name, before[name], currency), lines(name, after[name], currency))
            found.append(FieldChange(name, marks, True))
    return found


def unmarked(changes: Sequence[FieldChange]) -> list[FieldChange]:
    """What a first version says, as plain text: there is nothing beside which it would be new."""
    return [replace(one, marks=[("same", text) for _mark, text in one.marks]) for one in changes]


def _story_differences(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    pairs = [(part, before[part], after[part]) for part in ("title", "body", "lang")]
    old, new = (one.get("translation", {}) for one in (before, after))
    pairs += [(f"translated_{part}", old.get(part, ""), new.get(part, "")) for part in ("title", "body", "by")]
    pairs.append(("people", people(before), people(after)))
    return [
        FieldChange(f"story_{part}", comparing.marked_words(was, now), False) for part, was, now in pairs if was != now
    ]


def people(one: dict[str, Any]) -> str:
    """What was said of the people in a picture or story: references of their consents, never their names."""
    if "consents" not in one:
        return ""
    missing = _("a consent is missing")
    return ", ".join(_("consent %(ref)s", ref=ref) if ref else missing for ref in one["consents"]) or _("nobody")


def in_other_words(content: Content) -> bool:
    """Whether the story is in another language than the shop's, so that it can have a translation."""
    return bool(content["story"]["lang"] != SOURCE_LANGUAGE)


def wants_translation(content: Content) -> bool:
    """Whether it has none yet."""
    return in_other_words(content) and "translation" not in content["story"]


def field_name(name: str) -> str:
    """What a part of a listing is called."""
    return {
        "title": _("Name"),
        "subtitle": _("Line below the name"),
        "description": _("In one sentence"),
        "cause": _("Cause"),
        "materials_text": _("What it is made of"),
        "care": _("Care"),
        "unit": _("Unit"),
        "unit_amount": _("Amount in one"),
        "option_name": _("What the kinds differ in"),
        "materials": _("Materials"),
        "variants": _("Kinds and prices"),
        "shares": _("Where the price goes"),
        "pledge": _("Pledge"),
        "story_title": _("Title of the story"),
        "story_body": _("Story"),
        "story_lang": _("Language of the story"),
        "story_people": _("People in the story"),
        "story_translated_title": _("Title of the story in English"),
        "story_translated_body": _("Story in English"),
        "story_translated_by": _("Who translated it"),
        "claims": _("Claims"),
    }[name]


def part_name(name: str) -> str:
    """What a part of a listing is called, pictures and the whole story too."""
    whole = {"pictures": _("Photographs"), "story": _("Story")}
    return whole.get(name) or field_name(name)


def share_name(share_to: str) -> str:
    """To whom a part of the price goes, as the colours of the bar have it."""
    names = {"makers": _("Makers"), "materials": _("Materials"), "shop": _("The shop"), "other": _("Others")}
    return names.get(share_to, share_to)


def lines(name: str, value: Any, currency: str) -> list[str]:
    """A part of a listing that is no text, as lines of words."""
    if value is None:
        return []
    if name == "materials":
        return [material_name(one) for one in value]
    if name == "variants":
        return [
            f"{row['name'] or '–'} · {row['sku']} · {money(Money(row['price_minor'], currency))} · {row['weight_g']} g"
            for row in value
        ]
    if name == "shares":
        basis = {"prepaid": _("paid before the sale"), "cost": _("cost")}
        return [
            f"{share_name(row['share_to'])}: {row['label']} · {points(row['basis_points'])} · {basis[row['basis']]}"
            for row in value
        ]
    if name == "claims":
        return [_claim(row) for row in value]
    if name == "pledge":
        return _pledge(value, currency)
    return [str(value)]


def points(basis_points: int) -> str:
    """`12.5%` for 1250 basis points."""
    return percent(Decimal(basis_points) / 10_000)


def _claim(row: dict[str, str]) -> str:
    verified = _("Verified by %(body)s", body=row["verifier"]) if row["verifier"] else _("Verified")
    levels = {"declared": _("Declared by the group"), "documented": _("Documented"), "verified": verified}
    backed = [levels.get(row["level"], ""), row["document"], row["document_url"]]
    if row["stated_on"]:
        backed.append(_("since %(day)s", day=_day(row["stated_on"])))
    if row["expires_on"]:
        backed.append(_("until %(day)s", day=_day(row["expires_on"])))
    return "\n".join(part for part in (row["text"], ", ".join(fact for fact in backed if fact)) if part)


def _day(written: str) -> str:
    """A day in words, or what was written in its place."""
    return day_text(date.fromisoformat(written)) if is_day(written) else written


def _pledge(row: dict[str, Any], currency: str) -> list[str]:
    name = session().scalar(select(Charity.name).where(Charity.slug == row["charity"])) or row["charity"]
    amount = percent(Decimal(row["rate"])) if row["rate"] else money(Money(row["amount_minor"], currency))
    told = [_("%(amount)s to %(charity)s", amount=amount, charity=name)]
    if row["project"]:
        told.append(_("for %(project)s", project=row["project"]))
    if row["cap_minor"]:
        told.append(_("at most %(amount)s in all", amount=money(Money(row["cap_minor"], currency))))
    told.append(_("from %(day)s", day=_day(row["starts_on"])) if row["starts_on"] else _("from the day of approval"))
    if row["ends_on"]:
        told.append(_("until %(day)s", day=_day(row["ends_on"])))
    return told


def cause_words(content: Content) -> str:
    """The cause's name, or nothing before one was chosen."""
    return cause_name(content["cause"]) if content["cause"] else ""


def pictures_by_ref(refs: Sequence[str]) -> dict[str, Picture]:
    """Pictures as rows, for components to draw; those that were withdrawn are not there any more."""
    found = select(Picture).where(Picture.ref.in_(refs), Picture.withdrawn_at.is_(None))
    return {one.ref: one for one in session().scalars(found)}


def picture_changes(before: Content, after: Content) -> list[tuple[PictureChange, Picture | None]]:
    """What became of each picture, with its row."""
    found = comparing.pictures(before, after)
    rows = pictures_by_ref([one.ref for one in found])
    return [(one, rows.get(one.ref)) for one in found]
