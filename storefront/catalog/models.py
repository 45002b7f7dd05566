"""Products and what hangs on them: variants with price and stock, pictures, materials, price shares."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from storefront.charities.models import CAUSES_SQL
from storefront.core.db import Model
from storefront.core.media import Picture
from storefront.core.money import Money
from storefront.producers.models import Producer
from storefront.provenance.models import Batch, Claim, Story


class ProductStatus(StrEnum):
    """Only live products are shown and sold; paused ones are shown and can't be bought."""

    DRAFT = "draft"
    LIVE = "live"
    PAUSED = "paused"
    ARCHIVED = "archived"


class RevisionState(StrEnum):
    """How far a version of a listing is. Only an approved one is ever shown to shoppers."""

    DRAFT = "draft"
    SENT = "sent"
    CHANGES_ASKED = "changes_asked"
    APPROVED = "approved"
    DROPPED = "dropped"


STATE_IS_KNOWN = "state IN ('draft', 'sent', 'changes_asked', 'approved', 'dropped')"
STATE_IS_OPEN = "state IN ('draft', 'sent', 'changes_asked')"
APPROVED_ONES_ARE_NUMBERED = "(state = 'approved') = (number IS NOT NULL)"


class Share(StrEnum):
    """To whom a part of a price goes."""

    MAKERS = "makers"
    MATERIALS = "materials"
    CHARITY = "charity"
    SHOP = "shop"
    OTHER = "other"


class Basis(StrEnum):
    """Why a part of a price is what it is: paid before, owed because of this sale, or a cost."""

    PREPAID = "prepaid"
    PLEDGE = "pledge"
    COST = "cost"


class Product(Model):
    """What is sold. `price_from_minor`, `donation_minor` and `in_stock` are kept by `catalog.listing`
    and `giving.pledges` for lists alone; what a shopper pays is always computed from the variant."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'live', 'paused', 'archived')", name="status_is_known"),
        CheckConstraint(f"cause IN {CAUSES_SQL}", name="cause_is_known"),
        Index("ix_product_shelf_new", "status", "published_at", "id"),
        Index("ix_product_shelf_price", "status", "price_from_minor", "id"),
        Index("ix_product_shelf_donation", "status", "donation_minor", "id"),
        Index("ix_product_shelf_name", "status", "title", "id"),
        Index("ix_product_shelf_featured", "status", "featured", "published_at", "id"),
        Index("ix_product_of_producer", "producer_id", "status", "in_stock", "published_at", "id"),
        Index("ix_product_shelf_cause", "status", "cause", "published_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    title: Mapped[str] = mapped_column(String(200))
    subtitle: Mapped[str] = mapped_column(String(120), default="")
    description: Mapped[str] = mapped_column(String(200))
    cause: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default=ProductStatus.LIVE)
    materials_text: Mapped[str] = mapped_column(Text, default="")
    care: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str | None] = mapped_column(String(10))
    unit_amount: Mapped[int | None]
    option_name: Mapped[str] = mapped_column(String(60), default="")
    featured: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str] = mapped_column(String(3))
    price_from_minor: Mapped[int]
    donation_minor: Mapped[int] = mapped_column(default=0)
    in_stock: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime]
    created_at: Mapped[datetime]

    producer: Mapped[Producer] = relationship()
    variants: Mapped[list[Variant]] = relationship(back_populates="product", order_by="Variant.position")
    pictures: Mapped[list[ProductPicture]] = relationship(order_by="ProductPicture.position")
    materials: Mapped[list[ProductMaterial]] = relationship(order_by="ProductMaterial.material")
    shares: Mapped[list[PriceShare]] = relationship(order_by="PriceShare.position")
    stories: Mapped[list[Story]] = relationship(order_by="Story.version.desc()", viewonly=True)
    batches: Mapped[list[Batch]] = relationship(order_by="Batch.made_to.desc()", viewonly=True)
    claims: Mapped[list[Claim]] = relationship(order_by="Claim.id", viewonly=True)


class Variant(Model):
    """What lies in a cart: one form of a product, with its own price, SKU and stock."""

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="stock_is_not_negative"),
        CheckConstraint("price_minor > 0", name="price_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    sku: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[int] = mapped_column(default=0)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    stock: Mapped[int]
    weight_g: Mapped[int] = mapped_column(default=0)

    product: Mapped[Product] = relationship(back_populates="variants")

    @property
    def price(self) -> Money:
        """What one costs, taxes included."""
        return Money(self.price_minor, self.currency)


class ProductPicture(Model):
    """A picture in a product's gallery."""

    __tablename__ = "product_picture"
    __table_args__ = (UniqueConstraint("product_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    picture_id: Mapped[int] = mapped_column(ForeignKey("picture.id"))
    position: Mapped[int]

    picture: Mapped[Picture] = relationship()


class ProductMaterial(Model):
    """A material that the catalogue can be filtered by."""

    __tablename__ = "product_material"
    __table_args__ = (UniqueConstraint("product_id", "material"), Index("ix_material", "material", "product_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    material: Mapped[str] = mapped_column(String(40))


class PriceShare(Model):
    """A part of what is left of the price after the pledge, in basis points; a product's parts sum to 10,000."""

    __tablename__ = "price_share"
    __table_args__ = (
        UniqueConstraint("product_id", "position"),
        CheckConstraint("basis_points BETWEEN 1 AND 10000", name="is_a_part"),
        CheckConstraint("share_to IN ('makers', 'materials', 'shop', 'other')", name="goes_to_someone"),
        CheckConstraint("basis IN ('prepaid', 'cost')", name="basis_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    position: Mapped[int]
    share_to: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(120))
    basis: Mapped[str] = mapped_column(String(20))
    basis_points: Mapped[int]


class Revised(Model):
    """What the versions of listings and of batches share. `digest` is that of `content`; `number` counts the approved
    versions from 1, and the highest is what shoppers see. An approved row can't be changed or deleted, by triggers.
    Actors are public references (`user:…`, `system`); `editors` are all who wrote any of it, whoever they acted for.
    """

    __abstract__ = True

    NOUN: ClassVar[str]

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    number: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(20), default=RevisionState.DRAFT)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(300), default="")
    correction: Mapped[bool] = mapped_column(default=False)
    made_by: Mapped[str] = mapped_column(String(120))
    changed_by: Mapped[str] = mapped_column(String(120))
    editors: Mapped[list[str]] = mapped_column(JSON)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    @declared_attr
    def product(cls) -> Mapped[Product]:
        """Of what it is a version, or the product that the batch is one of."""
        return relationship()

    @property
    def stamp(self) -> str:
        """What a page that shows all of it carries along, so that it goes on only as it was read there."""
        return sha256(json.dumps([self.digest, self.reason, self.correction]).encode()).hexdigest()


class ListingRevision(Revised):
    """A version of everything that shoppers see of a product: `content`, as `catalog.content` lays it out.

    `stock` says, by SKU, with how much a variant begins that isn't on sale yet.
    """

    NOUN = "listing"
    __tablename__ = "listing_revision"
    __table_args__ = (
        UniqueConstraint("product_id", "number"),
        CheckConstraint(STATE_IS_KNOWN, name="state_is_known"),
        CheckConstraint(APPROVED_ONES_ARE_NUMBERED, name="approved_ones_are_numbered"),
        Index(
            "ix_one_open_revision", "product_id", unique=True,
            sqlite_where=text(STATE_IS_OPEN), postgresql_where=text(STATE_IS_OPEN),
        ),
        Index("ix_listing_revision_queue", "state", "sent_at"),
    )  # fmt: skip

    stock: Mapped[dict[str, int]] = mapped_column(JSON)


class OldSlug(Model):
    """An address that a page once had; it redirects for ever. `kind` is product, producer or charity."""

    __tablename__ = "old_slug"
    __table_args__ = (UniqueConstraint("kind", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(120))
    target_id: Mapped[int]


class FavouriteList(Model):
    """The favourites of a shopper: a guest's list is found by the hash of the cookie's key and ends, a user's stays."""

    __tablename__ = "favourite_list"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (key_hash IS NULL)", name="is_a_users_or_a_guests"),
        CheckConstraint("(key_hash IS NULL) = (expires_at IS NULL)", name="only_a_guests_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    key_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)


class Favourite(Model):
    """A product on such a list."""

    __tablename__ = "favourite"
    __table_args__ = (UniqueConstraint("list_id", "product_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("favourite_list.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    kept_at: Mapped[datetime]


class FavouriteLink(Model):
    """An address that shows a list to others; deleting the row closes it."""

    __tablename__ = "favourite_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("favourite_list.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


class StockWait(Model):
    """Who gets one letter when a sold-out variant is back (`catalog.waiting`); the row goes with the letter."""

    __tablename__ = "stock_wait"
    __table_args__ = (UniqueConstraint("variant_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    email: Mapped[str] = mapped_column(String(320), index=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)

    variant: Mapped[Variant] = relationship()
