"""A small named cast of people and goods, so that tests read like stories.

Sunlit Bench (a workshop in Taiwan) makes drip coffee and soap; the Tehrathum weavers (Nepal) make a scarf.
The coffee pledges 5 % to the Open Bench Foundation, the scarf a fixed 1.00 to the Hill Schools Trust, the
soap pledges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from storefront.catalog.models import PriceShare, Product, ProductMaterial, ProductPicture, Variant
from storefront.charities.models import Charity, CharityCause, Project
from storefront.config import current
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.media import Picture
from storefront.core.refs import new_ref
from storefront.giving.models import Pledge
from storefront.producers import payout_accounts
from storefront.producers.models import PayoutWay, Producer
from storefront.provenance.models import Batch, BatchEvent, Claim, Story
from storefront.vetting.models import Approval, Case


@dataclass
class World:
    """Everyone by name. Entities belong to the session of the test's application context."""

    sunlit_bench: Producer
    weavers: Producer
    open_bench: Charity
    hill_schools: Charity
    coffee: Product
    soap: Product
    scarf: Product

    # SKUs: COFFEE (24.00, 10 in stock), COFFEE-DARK (26.00, 5), SOAP (18.00, 3), SCARF-RED (48.00, 2),
    # SCARF-BLACK (48.00, 0)


def build_world(now: datetime | None = None) -> World:
    """Write the cast to the database in one unit of work."""
    now = now or clock.now()
    with unit_of_work():
        open_bench = add_charity("open-bench-foundation", "Open Bench Foundation", "poverty", now)
        hill_schools = add_charity("hill-schools-trust", "Hill Schools Trust", "education", now)
        sunlit = add_producer("sunlit-bench", "Sunlit Bench Workshop", "TW", "East Asia", now, delivery_minor=690)
        weavers = add_producer("tehrathum-weavers", "Tehrathum Weavers", "NP", "South Asia", now, delivery_minor=850)
        coffee = add_product(
            sunlit,
            "drip-coffee",
            "Sunlit drip coffee",
            "poverty",
            ["coffee", "paper"],
            now,
            [("COFFEE", "Medium roast", 2400, 10), ("COFFEE-DARK", "Dark roast", 2600, 5)],
        )
        soap = add_product(
            sunlit, "garden-soap", "Aruvel garden soap", "poverty", ["soap"], now, [("SOAP", "", 1800, 3)]
        )
        scarf = add_product(
            weavers,
            "dhaka-scarf",
            "Palpa Dhaka scarf",
            "women",
            ["cotton"],
            now,
            [("SCARF-RED", "Deep red", 4800, 2), ("SCARF-BLACK", "Black", 4800, 0)],
        )
        add_pledge(coffee, open_bench, now, rate=Decimal("0.05"))
        add_pledge(scarf, hill_schools, now, amount_minor=100)
    return World(sunlit, weavers, open_bench, hill_schools, coffee, soap, scarf)


def add_charity(slug: str, name: str, cause: str, now: datetime) -> Charity:
    """An approved charity with one project."""
    charity = Charity(
        slug=slug,
        name=name,
        mission=f"{name} does one thing well.",
        about="What it does, *in short*.",
        country="TW",
        place="Hualien",
        registration_number="FICT-1",
        register_name="Register (fictional)",
        register_url="https://register.example/1",
        status="approved",
        created_at=now,
        causes=[CharityCause(cause=cause)],
        projects=[Project(slug=f"{slug}-project", name="A first project", summary="What it is for.", cause=cause)],
    )
    session().add(charity)
    session().flush()
    add_approval(now, name, charity_id=charity.id)
    return charity


def add_producer(slug: str, name: str, country: str, region: str, now: datetime, *, delivery_minor: int) -> Producer:
    """An approved producer."""
    producer = Producer(
        slug=slug,
        name=name,
        country=country,
        region=region,
        place="A valley",
        latitude=24.0,
        longitude=121.0,
        legal_form="co-operative",
        founded=2009,
        people=34,
        people_served="adults with disabilities",
        summary="A workshop with open doors.",
        story="The story of the *workshop*.",
        words="We like the work.",
        payment="Paid monthly.",
        facts=[{"label": "Wage floor", "value": "paid monthly"}],
        crest="grid",
        ships_from="Hualien, Taiwan",
        delivery_minor=delivery_minor,
        delivery_free_from_minor=10000,
        delivery_days_min=6,
        delivery_days_max=10,
        status="approved",
        created_at=now,
    )
    session().add(producer)
    session().flush()
    add_approval(now, name, producer_id=producer.id)
    payout_accounts.enter(producer.id, PayoutWay.BANK, name, "First Bank", "DE89370400440532013000", now)
    return producer


def add_approval(now: datetime, name: str, **party: int) -> None:
    """A current approval of a producer or charity, and the case of a party that was let in before there were cases."""
    kind = next(iter(party)).removesuffix("_id")
    session().add(
        Case(
            **party, ref=new_ref(), kind=kind, name=name, criteria_version="2026.1", state="approved", opened_at=now,
            decided_at=now,
        )
    )  # fmt: skip
    session().add(
        Approval(
            **party,
            criteria_version="2026.1",
            decided_by="two reviewers",
            decided_on=now.date() - timedelta(days=90),
            review_due_on=now.date() + timedelta(days=600),
            created_at=now,
        )
    )


def add_product(
    producer: Producer,
    slug: str,
    title: str,
    cause: str,
    materials: list[str],
    now: datetime,
    variants: list[tuple[str, str, int, int]],
) -> Product:
    """A live product with a story, a batch of two events, two claims, a picture and a price split."""
    currency = current().currency
    product = Product(
        slug=slug,
        producer=producer,
        title=title,
        subtitle="Made by hand",
        description=f"{title}, made by hand.",
        cause=cause,
        materials_text="What it is made of.",
        care="How to keep it.",
        option_name="Kind",
        currency=currency,
        price_from_minor=min(price for _, _, price, _ in variants),
        in_stock=any(stock for *_, stock in variants),
        published_at=now,
        created_at=now,
        materials=[ProductMaterial(material=material) for material in materials],
        variants=[
            Variant(sku=sku, name=name, price_minor=price, currency=currency, stock=stock, position=at, weight_g=200)
            for at, (sku, name, price, stock) in enumerate(variants)
        ],
        shares=[
            PriceShare(position=0, share_to="makers", label="Makers", basis="prepaid", basis_points=5000),
            PriceShare(position=1, share_to="materials", label="Materials", basis="cost", basis_points=2000),
            PriceShare(position=2, share_to="other", label="Freight and duty", basis="cost", basis_points=1500),
            PriceShare(position=3, share_to="shop", label="Running the shop", basis="cost", basis_points=1500),
        ],
        pictures=[
            ProductPicture(
                position=0,
                picture=Picture(
                    ref=new_ref(16).lower(),
                    alt=f"{title} on a table",
                    width=900,
                    height=900,
                    widths="320,480,640",
                    colour="#d8c9b4",
                    consents=[],
                    created_at=now,
                ),
            )
        ],
    )
    session().add(product)
    session().flush()
    session().add(
        Story(
            product_id=product.id,
            version=1,
            title="Where it comes from",
            body="A *story*.",
            consents=[],
            published_at=now,
        )
    )
    add_batch(product, now)
    return product


def add_batch(product: Product, now: datetime) -> None:
    """A batch with two events, one of them verified, and two claims, one of them expired."""
    day = now.date()
    batch = Batch(
        product_id=product.id,
        code=f"B-{product.slug.upper()[:12]}",
        maker="Bench two",
        people=11,
        made_from=day - timedelta(days=60),
        made_to=day - timedelta(days=40),
        quantity=240,
        unknown="Which field the beans came from.",
        created_at=now,
        events=[
            BatchEvent(
                happened_on=day - timedelta(days=70),
                kind="grown",
                title="Beans bought",
                place="Yuli",
                people="Three farms",
                text="Bought at the gate.",
                level="documented",
                document="Invoice 14",
            ),
            BatchEvent(
                happened_on=day - timedelta(days=50),
                kind="made",
                title="Roasted and packed",
                place="Hualien",
                people="Bench two",
                text="Packed by hand.",
                level="verified",
                verifier="Fair Bench Audit (fictional)",
                document="Visit report",
            ),
        ],
    )
    claims = [
        Claim(
            product_id=product.id,
            text="Paid above the wage floor",
            level="verified",
            verifier="Fair Bench Audit",
            document="Payroll sample",
            stated_on=day - timedelta(days=90),
            expires_on=day + timedelta(days=300),
        ),
        Claim(
            product_id=product.id,
            text="No plastic in the box",
            level="documented",
            document="Packing list",
            stated_on=day - timedelta(days=400),
            expires_on=day - timedelta(days=30),
        ),
    ]
    session().add_all([batch, *claims])


def add_pledge(
    product: Product,
    charity: Charity,
    now: datetime,
    *,
    rate: Decimal | None = None,
    amount_minor: int | None = None,
    cap_minor: int | None = None,
    ends_on: date | None = None,
) -> Pledge:
    """A current pledge of the product to the charity's project."""
    pledge = Pledge(
        ref=new_ref(),
        product=product,
        charity=charity,
        project=charity.projects[0],
        kind="share" if rate is not None else "fixed",
        rate=rate,
        amount_minor=amount_minor,
        currency=product.currency,
        cap_minor=cap_minor,
        starts_on=now.date() - timedelta(days=30),
        ends_on=ends_on,
        created_at=now,
    )
    session().add(pledge)
    return pledge
