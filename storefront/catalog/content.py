"""What a version of a listing holds: everything that shoppers see of a product, as plain data.

`shown` reads it from the product's rows and `put` writes it there, so that what was approved and what is shown
can be compared byte by byte: `canonical` gives the bytes, `digest` their SHA-256. Stock is not part of it. The
pledge belongs to a domain above this one, which is why `shown` is given it and `put` leaves it alone.

Some answers are in a content only once they were given, so that older versions keep their digests: `consents` of a
picture or story (which people's, none where nobody can be recognised), `translation` of a story, and `withdrawn`
of a story that a person in it took back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from storefront.catalog import listing
from storefront.catalog.listing import NewShare
from storefront.catalog.models import Product, ProductMaterial, ProductPicture, Variant
from storefront.core.db import session
from storefront.core.media import Picture
from storefront.core.unseen import without_unseen
from storefront.provenance.models import Claim, Story

Content = dict[str, Any]

_TEXTS = ("title", "subtitle", "description", "cause", "materials_text", "care", "unit", "option_name")
_CLAIM_TEXTS = ("text", "level", "verifier", "document", "document_url")
_CLAIM_DATES = ("stated_on", "expires_on")
_TRANSLATED = ("title", "body", "by")
_EMPTY: Content = {
    **dict.fromkeys(_TEXTS, ""),
    "unit_amount": None,
    "materials": [],
    "pictures": [],
    "variants": [],
    "shares": [],
    "pledge": None,
    "story": {"title": "", "body": "", "lang": "en"},
    "claims": [],
}


def empty() -> Content:
    """A listing in which nothing is filled in yet."""
    return deepcopy(_EMPTY)


def canonical(value: Any) -> bytes:
    """The one way to write a content, or a part of it, as bytes: JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> str:
    """SHA-256 of `canonical(value)`, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def shown(product: Product, pledge: Mapping[str, Any] | None) -> Content:
    """What shoppers see of a product now, from its rows and its current pledge."""
    return {
        **{name: getattr(product, name) or "" for name in _TEXTS},
        "unit_amount": product.unit_amount,
        "materials": sorted(row.material for row in product.materials),
        "pictures": [
            {
                "ref": row.picture.ref,
                "alt": row.picture.alt,
                "focus_x": row.picture.focus_x,
                "focus_y": row.picture.focus_y,
                **_consents(row.picture.consents),
            }
            for row in product.pictures
        ],
        "variants": [
            {"sku": row.sku, "name": row.name, "price_minor": row.price_minor, "weight_g": row.weight_g}
            for row in product.variants
        ],
        "shares": [
            {"share_to": row.share_to, "label": row.label, "basis": row.basis, "basis_points": row.basis_points}
            for row in product.shares
        ],
        "pledge": dict(pledge) if pledge else None,
        "story": _story(product.stories[0] if product.stories else None),
        "claims": [
            {name: getattr(row, name) or "" for name in _CLAIM_TEXTS}
            | {name: _iso(getattr(row, name)) for name in _CLAIM_DATES}
            for row in product.claims
        ],
    }


def _story(story: Story | None) -> dict[str, Any]:
    if story is None:
        return dict(_EMPTY["story"])
    told: dict[str, Any] = {"title": story.title, "body": story.body, "lang": story.lang, **_consents(story.consents)}
    translation = {name: getattr(story, f"translated_{name}") for name in _TRANSLATED}
    if any(translation.values()):
        told["translation"] = translation
    return told | ({"withdrawn": True} if story.withdrawn else {})


def _consents(refs: list[str] | None) -> dict[str, list[str]]:
    return {} if refs is None else {"consents": refs}


def settled(content: Content, day: date) -> Content:
    """The content as it is approved on `day`: a pledge without a first day begins then, sets are in order."""
    done = deepcopy(content)
    for one in (*done["pictures"], done["story"]):
        if "consents" in one:
            one["consents"] = sorted(set(one["consents"]))
    if not any(done["story"].get("translation", {}).values()):
        done["story"].pop("translation", None)
    done["materials"] = sorted(set(done["materials"]))
    if done["pledge"] and not done["pledge"]["starts_on"]:
        done["pledge"]["starts_on"] = day.isoformat()
    return done


def retold(story: dict[str, Any]) -> dict[str, Any]:
    """The story as it is or, where words stand again in place of one that was taken back, one like any new story.

    Of whom it tells is open again then.
    """
    if not story.get("withdrawn") or not (story["title"] or story["body"]):
        return story
    return {name: value for name, value in story.items() if name not in ("withdrawn", "consents")}


def clean(value: Any) -> Any:
    """The same data without what no column can hold: lines end in one way, nothing invisible is kept."""
    if isinstance(value, str):
        lines = value.replace("\r\n", "\n").replace("\r", "\n")
        return without_unseen(lines).strip()
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        return {name: clean(one) for name, one in value.items()}
    return value


def put(product: Product, content: Content, *, stock: Mapping[str, int], reason: str, now: datetime) -> None:
    """Write a content, all but its pledge, into the product's rows; new variants begin with their `stock`.

    A changed story becomes its next version, with `reason`. Variants that left the content must not exist yet.
    """
    current = session()
    for name in _TEXTS:
        setattr(product, name, content[name] or (None if name == "unit" else ""))
    product.unit_amount = content["unit_amount"]
    _put_variants(product, content["variants"], stock)
    for model in (ProductMaterial, ProductPicture, Claim):
        current.execute(delete(model).where(model.product_id == product.id))
    current.add_all(ProductMaterial(product_id=product.id, material=one) for one in content["materials"])
    _put_pictures(product, content["pictures"])
    for row in content["claims"]:
        current.add(
            Claim(
                product_id=product.id,
                text=row["text"],
                level=row["level"],
                stated_on=date.fromisoformat(row["stated_on"]),
                expires_on=date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
                **{name: row[name] or None for name in ("verifier", "document", "document_url")},
            )
        )
        current.flush()  # One by one: their order is that of their keys.
    _put_story(product, content["story"], reason, now)
    listing.save_split(product, [NewShare(**row) for row in content["shares"]])
    current.expire(product)


def _put_variants(product: Product, wanted: list[dict[str, Any]], stock: Mapping[str, int]) -> None:
    there = {variant.sku: variant for variant in product.variants}
    for position, row in enumerate(wanted):
        facts = {"name": row["name"], "price_minor": row["price_minor"], "weight_g": row["weight_g"]}
        variant = there.get(row["sku"])
        if variant is None:
            session().add(
                Variant(
                    product_id=product.id,
                    sku=row["sku"],
                    position=position,
                    currency=product.currency,
                    stock=stock.get(row["sku"], 0),
                    **facts,
                )
            )
            continue
        variant.position = position
        for name, value in facts.items():
            setattr(variant, name, value)
    session().flush()


def _put_pictures(product: Product, wanted: list[dict[str, Any]]) -> None:
    refs = [row["ref"] for row in wanted]
    pictures = {one.ref: one for one in session().scalars(select(Picture).where(Picture.ref.in_(refs)))}
    for position, row in enumerate(wanted):
        picture = pictures[row["ref"]]
        picture.alt, picture.focus_x, picture.focus_y = row["alt"], row["focus_x"], row["focus_y"]
        picture.consents = row.get("consents")
        session().add(ProductPicture(product_id=product.id, picture_id=picture.id, position=position))


def _put_story(product: Product, wanted: dict[str, Any], reason: str, now: datetime) -> None:
    last = product.stories[0] if product.stories else None
    if last and _story(last) == wanted:
        return
    version = last.version + 1 if last else 1
    session().add(
        Story(
            product_id=product.id,
            version=version,
            reason=reason or "First published",
            published_at=now,
            consents=wanted.get("consents"),
            withdrawn=wanted.get("withdrawn", False),
            **{name: wanted[name] for name in ("title", "body", "lang")},
            **{f"translated_{name}": wanted.get("translation", {}).get(name, "") for name in _TRANSLATED},
        )
    )


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""
