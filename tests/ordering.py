"""Orders for tests: written as checkout writes them, without a cart and its pages."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from storefront.catalog.models import Variant
from storefront.checkout import holding
from storefront.checkout.events import OrderPlaced
from storefront.checkout.models import Order, OrderLine, OrderStatus, Parcel
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.events import announce
from storefront.core.money import split
from storefront.core.refs import new_key, new_ref
from storefront.giving.splitting import freeze_shares


def place_order(wanted: dict[str, int], *, discount_minor: int = 0, email: str = "mei@example.org") -> str:
    """Place an order for so many of each SKU of the cast, with its stock held; returns its ref."""
    now = clock.now()
    with unit_of_work() as current:
        variants = {
            variant.sku: variant for variant in current.scalars(select(Variant).where(Variant.sku.in_(list(wanted))))
        }
        gross = [variants[sku].price_minor * quantity for sku, quantity in wanted.items()]
        off = split(discount_minor, gross)
        order = Order(
            ref=new_ref(), key=new_key(), status=OrderStatus.PENDING, email=email, name="Mei Lin",
            address={"street": "1 Long Road", "city": "Leeds", "postcode": "LS1 1AA", "country": "GB"},
            terms_accepted_at=now, currency=next(iter(variants.values())).currency, items_minor=sum(gross),
            discount_minor=discount_minor, delivery_minor=0, total_minor=0, placed_at=now,
            hold_until=now + timedelta(minutes=40),
        )  # fmt: skip
        parcels: dict[int, Parcel] = {}
        with current.no_autoflush:
            for (sku, quantity), whole, less in zip(wanted.items(), gross, off, strict=True):
                _add_line(order, parcels, variants[sku], quantity, whole, whole - less)
        order.delivery_minor = sum(parcel.delivery_minor for parcel in order.parcels)
        order.total_minor = order.items_minor - order.discount_minor + order.delivery_minor
        current.add(order)
        current.flush()
        holding.hold(order, {variants[sku].id: quantity for sku, quantity in wanted.items()})
        announce(OrderPlaced(order, now))
        return order.ref


def order_of(ref: str) -> Order:
    """The order as the database has it now."""
    session().rollback()
    return session().scalars(select(Order).where(Order.ref == ref)).one()


def _add_line(order: Order, parcels: dict[int, Parcel], variant: Variant, quantity: int, gross: int, net: int) -> None:
    product, producer = variant.product, variant.product.producer
    if producer.id not in parcels:
        day = order.placed_at.date()
        parcels[producer.id] = Parcel(
            ref=new_ref(), order=order, producer_id=producer.id, producer_name=producer.name,
            producer_slug=producer.slug, ships_from=producer.ships_from, delivery_minor=producer.delivery_minor,
            arrives_from=day + timedelta(days=6), arrives_to=day + timedelta(days=10),
        )  # fmt: skip
    line = OrderLine(
        ref=new_ref(), order=order, parcel=parcels[producer.id], variant_id=variant.id, product_id=product.id,
        product_slug=product.slug, title=product.title, variant_name=variant.name, sku=variant.sku,
        quantity=quantity, unit_minor=variant.price_minor, gross_minor=gross, net_minor=net,
        shares=freeze_shares(product.shares), story_id=product.stories[0].id, batch_code=product.batches[0].code,
    )  # fmt: skip
    session().add(line)
