"""What must hold before a version of a listing can be sent to a reviewer, question by question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from storefront.catalog.content import Content
from storefront.catalog.listing import WHOLE
from storefront.catalog.models import Basis, Product, Share, Variant
from storefront.charities.models import Cause, Charity, CharityStatus, Project
from storefront.core import clock
from storefront.core.db import session
from storefront.core.links import is_https
from storefront.core.media import UNDESCRIBED, Picture
from storefront.core.money import ceil_share
from storefront.provenance import consenting
from storefront.provenance.models import Level, Use

# Characters at most, as the columns have it; a story and what a thing is made of have room for pages.
LENGTHS = {"title": 200, "subtitle": 120, "description": 200, "option_name": 60, "unit": 10}
LONG_TEXTS = {"materials_text": 4000, "care": 4000, "body": 20_000}
MOST_PICTURES, MOST_VARIANTS, MOST_CLAIMS, MOST_MATERIALS, MOST_SHARES = 12, 40, 20, 12, 12
MOST_MINOR = 100_000_000
MOST_REASON = 300  # characters of why a version changes
TASKS = (
    "photos", "title", "description", "kinds", "split", "pledge", "materials", "story", "translation", "claims",
    "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Something that is missing or wrong: in which task of the editor, what (`code`), and the facts to say it."""

    task: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)


def problems(product: Product, content: Content) -> list[Problem]:
    """Everything that keeps this content from being sent, in the order of the tasks; empty when nothing does."""
    looks = (_photos, _words, _kinds, _split, _pledge, _materials, _story, _claims)
    found = [problem for look in looks for problem in look(product, content)]
    return sorted(found, key=lambda problem: TASKS.index(problem.task))


def _photos(product: Product, content: Content) -> Iterator[Problem]:
    pictures = content["pictures"]
    if not pictures:
        yield Problem("photos", "no_photo")
    if len(pictures) > MOST_PICTURES:
        yield Problem("photos", "too_many", {"most": MOST_PICTURES})
    refs = [one["ref"] for one in pictures]
    found = select(Picture.ref).where(Picture.ref.in_(refs), Picture.withdrawn_at.is_(None))
    there = set(session().scalars(found))
    agreed = consenting.in_force(product.producer_id, Use.PICTURE)
    for number, one in enumerate(pictures, start=1):
        if one["ref"] not in there or refs.count(one["ref"]) > 1:
            yield Problem("photos", "gone", {"number": number})
        elif not one["alt"] or one["alt"] == UNDESCRIBED:
            yield Problem("photos", "no_alt", {"number": number})
        elif len(one["alt"]) > 400:
            yield Problem("photos", "too_long", {"most": 400})
        if "consents" not in one:
            yield Problem("photos", "people_unasked", {"number": number})
        elif not agreed.keys() >= set(one["consents"]):
            yield Problem("photos", "no_consent", {"number": number})


def _words(_product: Product, content: Content) -> Iterator[Problem]:
    if not content["title"]:
        yield Problem("title", "missing")
    if not content["description"]:
        yield Problem("description", "missing")
    if content["cause"] not in set(Cause):
        yield Problem("description", "no_cause")
    tasks = {"title": "title", "subtitle": "title", "description": "description", "option_name": "kinds"}
    for name, task in tasks.items():
        if len(content[name]) > LENGTHS[name]:
            yield Problem(task, "too_long", {"most": LENGTHS[name]})


def _kinds(product: Product, content: Content) -> Iterator[Problem]:
    variants = content["variants"]
    if not variants:
        yield Problem("kinds", "no_kind")
    if len(variants) > MOST_VARIANTS:
        yield Problem("kinds", "too_many", {"most": MOST_VARIANTS})
    skus = [row["sku"] for row in variants]
    taken = set(session().scalars(select(Variant.sku).where(Variant.sku.in_(skus), Variant.product_id != product.id)))
    for row in variants:
        sku = row["sku"]
        if not sku or len(sku) > 60 or not sku.isprintable():
            yield Problem("kinds", "no_sku")
        elif sku in taken or skus.count(sku) > 1:
            yield Problem("kinds", "sku_taken", {"sku": sku})
        if len(variants) > 1 and not row["name"]:
            yield Problem("kinds", "no_name", {"sku": sku})
        if not 0 < row["price_minor"] <= MOST_MINOR:
            yield Problem("kinds", "no_price", {"sku": sku})
        if len(row["name"]) > 120 or not 0 <= row["weight_g"] <= 1_000_000:
            yield Problem("kinds", "too_long", {"most": 120})
    names = [row["name"] for row in variants]
    if len(set(names)) < len(names):
        yield Problem("kinds", "same_name")
    gone = {variant.sku for variant in product.variants} - set(skus)
    for sku in sorted(gone):
        yield Problem("kinds", "kind_is_live", {"sku": sku})
    if bool(content["unit"]) != bool(content["unit_amount"]) or len(content["unit"]) > LENGTHS["unit"]:
        yield Problem("kinds", "half_a_unit")


def _split(_product: Product, content: Content) -> Iterator[Problem]:
    shares = content["shares"]
    total = sum(row["basis_points"] for row in shares)
    if total != WHOLE:
        yield Problem("split", "does_not_sum", {"percent": total / 100})
    if len(shares) > MOST_SHARES:
        yield Problem("split", "too_many", {"most": MOST_SHARES})
    if not any(row["share_to"] == Share.MAKERS for row in shares):
        yield Problem("split", "nothing_for_makers")
    for row in shares:
        fits = row["share_to"] in set(Share) - {Share.CHARITY} and row["basis"] in (Basis.PREPAID, Basis.COST)
        if not fits or not 1 <= row["basis_points"] <= WHOLE or not 0 < len(row["label"]) <= 120:
            yield Problem("split", "not_a_part")


def _pledge(_product: Product, content: Content) -> Iterator[Problem]:
    pledge = content["pledge"]
    if pledge is None:
        return
    charity = session().scalar(select(Charity).where(Charity.slug == pledge["charity"]))
    if charity is None or charity.status != CharityStatus.APPROVED:
        yield Problem("pledge", "charity_not_approved")
    elif pledge["project"]:
        of = session().scalar(select(Project.charity_id).where(Project.slug == pledge["project"]))
        if of != charity.id:
            yield Problem("pledge", "charity_not_approved")
    prices = [row["price_minor"] for row in content["variants"]]
    if prices and owed(pledge, min(prices)) > min(prices):
        yield Problem("pledge", "more_than_price")
    if pledge["ends_on"] and not is_day(pledge["ends_on"]):
        yield Problem("pledge", "no_day")
    elif pledge["ends_on"] and pledge["starts_on"] and pledge["ends_on"] < pledge["starts_on"]:
        yield Problem("pledge", "ends_before")
    elif pledge["ends_on"] and not pledge["starts_on"] and pledge["ends_on"] < clock.today().isoformat():
        yield Problem("pledge", "over")  # it begins on the day of its approval


def owed(pledge: dict[str, Any], price_minor: int) -> int:
    """What a pledge promises of one item at this price, in minor units."""
    return ceil_share(price_minor, Decimal(pledge["rate"])) if pledge["rate"] else int(pledge["amount_minor"])


def _materials(_product: Product, content: Content) -> Iterator[Problem]:
    materials = content["materials"]
    if not materials:
        yield Problem("materials", "missing")
    if len(materials) > MOST_MATERIALS or any(len(one) > 40 for one in materials):
        yield Problem("materials", "too_many", {"most": MOST_MATERIALS})
    for name in ("materials_text", "care"):
        if len(content[name]) > LONG_TEXTS[name]:
            yield Problem("materials", "too_long", {"most": LONG_TEXTS[name]})


def _story(product: Product, content: Content) -> Iterator[Problem]:
    story = content["story"]
    if (not story["title"] or not story["body"]) and not story.get("withdrawn"):
        yield Problem("story", "missing")
    if "consents" not in story:
        yield Problem("story", "story_people_unasked")
    elif not consenting.in_force(product.producer_id, Use.STORY).keys() >= set(story["consents"]):
        yield Problem("story", "no_story_consent")
    translation = story.get("translation", {})
    if bool(translation.get("title")) != bool(translation.get("body")):
        yield Problem("translation", "half_a_translation")
    lengths = {"title": 200, "body": LONG_TEXTS["body"], "by": 200}
    if any(len(text) > lengths[name] for name, text in translation.items()):
        yield Problem("translation", "too_long", {"most": LONG_TEXTS["body"]})
    if len(story["title"]) > 200 or len(story["body"]) > LONG_TEXTS["body"] or not 0 < len(story["lang"]) <= 35:
        yield Problem("story", "too_long", {"most": LONG_TEXTS["body"]})


def _claims(_product: Product, content: Content) -> Iterator[Problem]:
    claims = content["claims"]
    if len(claims) > MOST_CLAIMS:
        yield Problem("claims", "too_many", {"most": MOST_CLAIMS})
    for number, row in enumerate(claims, start=1):
        if not row["text"] or not is_day(row["stated_on"]) or (row["expires_on"] and not is_day(row["expires_on"])):
            yield Problem("claims", "half_a_claim", {"number": number})
        elif row["stated_on"] > clock.today().isoformat() or (row["expires_on"] or "9") < row["stated_on"]:
            yield Problem("claims", "claim_days", {"number": number})
        if row["level"] not in (Level.DECLARED, Level.DOCUMENTED, Level.VERIFIED):
            yield Problem("claims", "half_a_claim", {"number": number})
        if row["level"] == Level.VERIFIED and not row["verifier"]:
            yield Problem("claims", "no_verifier", {"number": number})
        if row["level"] == Level.DOCUMENTED and not row["document"]:
            yield Problem("claims", "no_document", {"number": number})
        if row["document_url"] and not is_https(row["document_url"]):
            yield Problem("claims", "no_https", {"number": number})
        most = {"text": 300, "verifier": 200, "document": 200, "document_url": 300}
        if any(len(row[name]) > length for name, length in most.items()):
            yield Problem("claims", "too_long", {"most": 300})


def is_day(value: str) -> bool:
    """Whether this is a day in ISO form."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
