"""Writes the demo's content into the database. Everything is found by its slug or code first, so that
seeding twice adds nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from storefront import config
from storefront.catalog import listing, revising
from storefront.catalog.batches import staging
from storefront.catalog.models import OldSlug, PriceShare, Product, ProductMaterial, ProductPicture, Variant
from storefront.charities.models import Charity, CharityCause, Project
from storefront.core import clock, media
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.demo import content, history, vetting
from storefront.giving import pledges, promising
from storefront.producers.models import Producer
from storefront.provenance.models import Batch, BatchEvent, Claim, Story
from storefront.vetting.models import Kind

Tell = Callable[[str], object]
BEFORE_ALL_ORDERS = timedelta(days=max(past.days for past in history.PASTS) + 1)


def seed_content(tell: Tell) -> None:
    """Charities, producers and products; `tell` hears of each that is new."""
    today = clock.today()
    alts = content.alt_texts()
    for facts in content.charities(today):
        with unit_of_work():
            if _missing(Charity, facts["slug"]):
                _add_charity(facts)
                tell(f"charity {facts['name']}")
        vetting.let_in(Kind.CHARITY, facts, _id(Charity, facts["slug"]))
    for facts in content.producers(today):
        with unit_of_work():
            if _missing(Producer, facts["slug"]):
                _add_producer(facts, alts)
        vetting.let_in(Kind.PRODUCER, facts, _id(Producer, facts["slug"]))
        for place, product in enumerate(facts["product"]):
            with unit_of_work():
                if _missing(Product, product["slug"]):
                    _add_product(facts["slug"], product, alts, place)
                    tell(f"{facts['name']}: {product['title']}")


def _missing(model: type[Charity] | type[Producer] | type[Product], slug: str) -> bool:
    return session().scalar(select(model.id).where(model.slug == slug)) is None


def _id(model: type[Charity] | type[Producer], slug: str) -> int:
    return session().scalars(select(model.id).where(model.slug == slug)).one()


def _add_charity(facts: dict[str, Any]) -> None:
    now = clock.now()
    columns = "slug name mission about country place registration_number register_name register_url"
    charity = Charity(
        **{name: facts[name] for name in columns.split()},
        created_at=now,
        causes=[CharityCause(cause=cause) for cause in facts["causes"]],
        projects=[
            Project(slug=row["slug"], name=row["name"], summary=row["summary"], cause=row["cause"])
            for row in facts.get("project", ())
        ],
    )
    session().add(charity)
    session().flush()


def _add_producer(facts: dict[str, Any], alts: dict[str, str]) -> None:
    now = clock.now()
    columns = (
        "slug name country region place latitude longitude legal_form founded people people_served summary story words "
        "payment crest ships_from delivery_minor"
    )
    producer = Producer(
        **{name: facts[name] for name in columns.split()},
        native_name=facts.get("native_name"),
        native_lang=facts.get("native_lang"),
        words_native=facts.get("words_native"),
        facts=facts.get("fact", []),
        delivery_free_from_minor=facts.get("delivery_free_from_minor"),
        delivery_days_min=facts["delivery_days"][0],
        delivery_days_max=facts["delivery_days"][1],
        picture=_picture(facts["picture"], alts, now) if facts.get("picture") else None,
        created_at=now,
    )
    session().add(producer)
    session().flush()


def _add_product(producer_slug: str, facts: dict[str, Any], alts: dict[str, str], place: int) -> None:
    now = _published(facts, clock.now(), place)
    currency = config.current().currency
    producer = session().scalars(select(Producer).where(Producer.slug == producer_slug)).one()
    columns = ("slug", "title", "subtitle", "description", "cause", "materials_text", "care")
    product = Product(
        **{name: facts[name] for name in columns},
        producer_id=producer.id,
        unit=facts.get("unit"),
        unit_amount=facts.get("unit_amount"),
        option_name=facts.get("option_name", ""),
        featured=facts.get("featured", False),
        currency=currency,
        price_from_minor=facts["variant"][0]["price"],
        published_at=now,
        created_at=now,
        materials=[ProductMaterial(material=material) for material in facts["materials"]],
        variants=[_variant(row, at, currency) for at, row in enumerate(facts["variant"])],
        pictures=[
            ProductPicture(position=at, picture=_picture(name, alts, now)) for at, name in enumerate(facts["pictures"])
        ],
    )
    session().add(product)
    session().flush()
    session().add_all(OldSlug(kind="product", slug=slug, target_id=product.id) for slug in facts.get("old_slugs", ()))
    words = {"title": facts["story_title"], "body": facts["story"], "consents": []}
    story = Story(product_id=product.id, version=1, published_at=now, **words)
    session().add(story)
    for row in facts["batch"]:
        session().add(_batch(product.id, row, now))
    session().add_all(_claim(product.id, row) for row in facts.get("claim", ()))
    listing.save_split(product, [_share(row, at) for at, row in enumerate(facts["share"])])
    session().flush()
    if "pledge" in facts:
        _pledge(product, facts["pledge"], now)
    listing.publish(product)
    session().expire(product)
    revising.baseline(product, promising.plain(product.id), now)
    for batch in product.batches:
        newest = datetime.combine(max(event.happened_on for event in batch.events), now.time(), UTC)
        staging.approve_as_is(product, batch, "First published", by="system", now=max(now, newest))


def _published(facts: dict[str, Any], now: datetime, place: int) -> datetime:
    """A product went live when its newest batch was ready, so that "newest" sorts as a shop's would.

    All of them were live before the first of the demo's orders.
    """
    ready = max(row["made_to"] for row in facts["batch"])
    live = now.replace(year=ready.year, month=ready.month, day=ready.day, minute=place)
    return min(live, now - BEFORE_ALL_ORDERS)


def _picture(name: str, alts: dict[str, str], now: datetime) -> media.Picture:
    data = (content.PICTURES / name).read_bytes()
    return media.take_in(data, alt=alts[name], folder=config.current().media_dir, now=now)


def _variant(row: dict[str, Any], position: int, currency: str) -> Variant:
    return Variant(
        sku=row["sku"],
        name=row.get("name", ""),
        position=position,
        price_minor=row["price"],
        currency=currency,
        stock=row["stock"],
        weight_g=row.get("weight_g", 0),
    )


def _share(row: dict[str, Any], position: int) -> PriceShare:
    points = round(Decimal(str(row["percent"])) * 100)
    return PriceShare(
        position=position, share_to=row["to"], label=row["label"], basis=row["basis"], basis_points=points
    )


def _batch(product_id: int, row: dict[str, Any], now: datetime) -> Batch:
    columns = ("code", "maker", "people", "made_from", "made_to", "quantity", "unknown")
    return Batch(
        **{name: row[name] for name in columns},
        product_id=product_id,
        created_at=now,
        events=[
            BatchEvent(
                happened_on=event["on"],
                **{name: event[name] for name in ("kind", "title", "place", "people", "text", "level")},
                **{name: event.get(name) for name in ("verifier", "document", "expires_on")},
            )
            for event in row["event"]
        ],
    )


def _claim(product_id: int, row: dict[str, Any]) -> Claim:
    return Claim(
        product_id=product_id,
        **{name: row[name] for name in ("text", "level", "stated_on")},
        **{name: row.get(name) for name in ("verifier", "document", "expires_on")},
    )


def _pledge(product: Product, row: dict[str, Any], now: datetime) -> None:
    charity = session().scalars(select(Charity).where(Charity.slug == row["charity"])).one()
    projects = {project.slug: project for project in charity.projects}
    pledges.pledge(
        product.id,
        charity,
        now=now,
        starts_on=row["starts_on"],
        ends_on=row.get("ends_on"),
        currency=product.currency,
        project=projects[row["project"]] if row.get("project") else next(iter(projects.values()), None),
        rate=Decimal(str(row["rate"])) if "rate" in row else None,
        amount=Money(row["amount"], product.currency) if "amount" in row else None,
        cap=Money(row["cap"], product.currency) if "cap" in row else None,
    )
