"""Many goods at once: a catalogue of invented products with the shape of real ones, for measuring.

Every product has a pledge, a story, a batch with four events, two claims, four price shares, two variants
and a picture; words are drawn so that some are common and some rare, as in a real catalogue.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from storefront import models as all_models
from storefront.catalog import indexing
from storefront.core import clock
from storefront.core.db import unit_of_work

CAUSES = ["education", "poverty", "youth", "environment", "women"]
REGIONS = ["East Asia", "South Asia", "East Africa", "West Africa", "Latin America", "Europe"]
MATERIALS = ["coffee", "tea", "cotton", "wool", "wood", "clay", "paper", "glass", "soap", "sisal"]
THINGS = ["basket", "scarf", "mug", "coffee", "soap", "towel", "notebook", "candle", "bowl", "bag", "rug", "toy"]
HOW = ["woven", "hand-thrown", "carved", "roasted", "dyed", "stitched", "pressed", "coiled", "knotted", "printed"]
PRODUCERS, CHARITIES = 200, 20


def fill(count: int, seed: int = 1) -> None:
    """Write `count` products and what hangs on them, then index them for search."""
    chance = random.Random(seed)
    now = clock.now()
    with unit_of_work() as session:
        session.execute(insert(all_models.charities.Charity), [_charity(n, now) for n in range(1, CHARITIES + 1)])
        session.execute(
            insert(all_models.charities.CharityCause),
            [{"charity_id": n, "cause": CAUSES[n % 5]} for n in range(1, CHARITIES + 1)],
        )
        session.execute(insert(all_models.producers.Producer), [_producer(n, now) for n in range(1, PRODUCERS + 1)])
        session.execute(insert(all_models.vetting.Approval), _approvals(now))
    for start in range(1, count + 1, 2000):
        with unit_of_work() as session:
            rows = _products(range(start, min(start + 2000, count + 1)), chance, now)
            for model, values in rows.items():
                session.execute(insert(model), values)
    with unit_of_work():
        indexing.reindex_all()


def _products(numbers: range, chance: random.Random, now: Any) -> dict[Any, list[dict[str, Any]]]:
    catalog, provenance, giving = all_models.catalog, all_models.provenance, all_models.giving
    rows: dict[Any, list[dict[str, Any]]] = {
        model: []
        for model in (
            all_models.media.Picture,
            catalog.Product,
            catalog.Variant,
            catalog.ProductPicture,
            catalog.ProductMaterial,
            catalog.PriceShare,
            provenance.Story,
            provenance.Batch,
            provenance.BatchEvent,
            provenance.Claim,
            giving.Pledge,
        )
    }
    for n in numbers:
        price = chance.randrange(500, 12000)
        title = f"{chance.choice(HOW).capitalize()} {chance.choice(THINGS)} of the {_word(n)} group"
        stock = 0 if n % 50 == 0 else 1000
        rows[all_models.media.Picture].append(
            {
                "id": n,
                "ref": f"bench{n:08d}",
                "alt": title,
                "width": 900,
                "height": 900,
                "widths": "320,480,640",
                "colour": "#d8c9b4",
                "created_at": now,
            }
        )
        rows[catalog.Product].append(
            {
                "id": n,
                "slug": f"product-{n}",
                "producer_id": 1 + n % PRODUCERS,
                "title": title,
                "subtitle": "Made by hand",
                "description": f"{title}, made by hand.",
                "cause": CAUSES[n % 5],
                "materials_text": "Of one material.",
                "care": "Keep it dry.",
                "currency": "USD",
                "price_from_minor": price,
                "donation_minor": -(-price // 20),
                "in_stock": stock > 0,
                "published_at": now - timedelta(minutes=n),
                "created_at": now,
                "option_name": "Size",
                "featured": n <= 8,
            }
        )
        for at in (0, 1):
            rows[catalog.Variant].append(
                {
                    "product_id": n,
                    "sku": f"B-{n}-{at}",
                    "name": ("Small", "Large")[at],
                    "position": at,
                    "price_minor": price + 300 * at,
                    "currency": "USD",
                    "stock": stock,
                    "weight_g": 200,
                }
            )
        rows[catalog.ProductPicture].append({"product_id": n, "picture_id": n, "position": 0})
        rows[catalog.ProductMaterial].append({"product_id": n, "material": MATERIALS[n % 10]})
        for at, (to, points) in enumerate((("makers", 5000), ("materials", 2000), ("other", 1500), ("shop", 1500))):
            rows[catalog.PriceShare].append(
                {
                    "product_id": n,
                    "position": at,
                    "share_to": to,
                    "label": to.capitalize(),
                    "basis": "cost",
                    "basis_points": points,
                }
            )
        rows[provenance.Story].append(
            {
                "product_id": n,
                "version": 1,
                "title": f"How the {_word(n)} group works",
                "body": _story(chance),
                "published_at": now,
            }
        )
        rows[provenance.Batch].append(
            {
                "id": n,
                "product_id": n,
                "code": f"BENCH-{n}",
                "maker": f"The {_word(n)} group",
                "people": 9,
                "made_from": now.date() - timedelta(days=40),
                "made_to": now.date() - timedelta(days=20),
                "quantity": 100,
                "unknown": "Who dyed the yarn.",
                "created_at": now,
            }
        )
        for step in range(4):
            rows[provenance.BatchEvent].append(
                {
                    "batch_id": n,
                    "happened_on": now.date() - timedelta(days=60 - 10 * step),
                    "kind": "made",
                    "title": f"Step {step + 1}",
                    "place": "A valley",
                    "people": "Nine people",
                    "text": "What was done.",
                    "level": "documented",
                    "document": "Book of the group",
                }
            )
        for text in ("Paid above the floor", "No plastic"):
            rows[provenance.Claim].append(
                {"product_id": n, "text": text, "level": "declared", "stated_on": now.date() - timedelta(days=30)}
            )
        rows[giving.Pledge].append(
            {
                "ref": f"P{n}",
                "product_id": n,
                "charity_id": 1 + n % CHARITIES,
                "kind": "share",
                "rate": Decimal("0.05"),
                "currency": "USD",
                "starts_on": now.date() - timedelta(days=30),
                "created_at": now,
            }
        )
    return rows


def _word(n: int) -> str:
    """A made-up name that only a few products share."""
    parts = ("ba", "do", "ki", "lu", "me", "no", "pa", "ra", "si", "tu", "va", "ze")
    return "".join(parts[(n // 12**place) % 12] for place in range(3)).capitalize()


def _story(chance: random.Random) -> str:
    words = [
        *THINGS,
        *HOW,
        *MATERIALS,
        "group",
        "valley",
        "river",
        "season",
        "market",
        "price",
        "hands",
        "work",
        "the",
        "and",
    ]
    sentences = (" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(16))
    return "\n\n".join(" ".join(paragraph) for paragraph in zip(*[sentences] * 4, strict=True))


def _charity(n: int, now: Any) -> dict[str, Any]:
    return {
        "id": n,
        "slug": f"charity-{n}",
        "name": f"Charity {n}",
        "mission": "It does one thing well.",
        "about": "What it does.",
        "country": "KE",
        "place": "Nakuru",
        "registration_number": f"F-{n}",
        "register_name": "Register",
        "register_url": "https://register.example/",
        "status": "approved",
        "created_at": now,
    }


def _producer(n: int, now: Any) -> dict[str, Any]:
    return {
        "id": n,
        "slug": f"producer-{n}",
        "name": f"{_word(n)} Workshop",
        "status": "approved",
        "country": "NP",
        "region": REGIONS[n % 6],
        "place": "A valley",
        "latitude": 27.0,
        "longitude": 85.0,
        "legal_form": "co-operative",
        "founded": 2001,
        "people": 30,
        "people_served": "rural women",
        "summary": "A workshop.",
        "story": "Its story.",
        "words": "Our words.",
        "payment": "Monthly.",
        "facts": [],
        "crest": "grid",
        "ships_from": "Kathmandu",
        "delivery_minor": 800,
        "delivery_free_from_minor": 9000,
        "delivery_days_min": 6,
        "delivery_days_max": 10,
        "created_at": now,
    }


def _approvals(now: Any) -> list[dict[str, Any]]:
    parties = [{"producer_id": n, "charity_id": None} for n in range(1, PRODUCERS + 1)]
    parties += [{"producer_id": None, "charity_id": n} for n in range(1, CHARITIES + 1)]
    common = {
        "criteria_version": "2026.1",
        "decided_by": "two reviewers",
        "decided_on": now.date() - timedelta(days=30),
        "review_due_on": now.date() + timedelta(days=600),
        "created_at": now,
    }
    return [party | common for party in parties]
