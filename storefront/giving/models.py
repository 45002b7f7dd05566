"""Pledges, and the ledger that says what they came to."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.catalog.models import Product
from storefront.charities.models import Charity, Project
from storefront.core.db import Model
from storefront.core.money import Money
from storefront.producers.models import PayoutAccount, Producer


class PledgeKind(StrEnum):
    """A share of the price paid, or a fixed amount an item."""

    SHARE = "share"
    FIXED = "fixed"


class Pledge(Model):
    """The rule by which a sale of a product owes a charity money. Never edited, only superseded."""

    __tablename__ = "pledge"
    __table_args__ = (
        CheckConstraint("kind IN ('share', 'fixed')", name="kind_is_known"),
        CheckConstraint("(rate IS NULL) <> (amount_minor IS NULL)", name="is_a_rate_or_an_amount"),
        CheckConstraint("(kind = 'share') = (rate IS NOT NULL)", name="kind_fits_the_rule"),
        CheckConstraint("rate IS NULL OR (rate > 0 AND rate <= 1)", name="rate_is_a_share"),
        CheckConstraint("cap_minor IS NULL OR cap_minor > 0", name="cap_is_positive"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_it_starts"),
        Index("ix_pledge_product_current", "product_id", "superseded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    charity_id: Mapped[int] = mapped_column(ForeignKey("charity.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[str] = mapped_column(String(20))
    rate: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    amount_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3))
    cap_minor: Mapped[int | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship()
    charity: Mapped[Charity] = relationship()
    project: Mapped[Project | None] = relationship()


class EntryGroup(Model):
    """One balanced event of the ledger, unique by (kind, source), so that it can't be entered twice."""

    __tablename__ = "entry_group"
    __table_args__ = (UniqueConstraint("kind", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("order.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    memo: Mapped[str] = mapped_column(String(300), default="")

    entries: Mapped[list[Entry]] = relationship(back_populates="group", order_by="Entry.id")


class Entry(Model):
    """One side of a group: minor units into (+, debit) or out of (-, credit) an account."""

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("minor <> 0", name="moves_something"),
        Index("ix_entry_account", "account", "currency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("entry_group.id"), index=True)
    account: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int]
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), index=True)
    pledge_id: Mapped[int | None] = mapped_column(ForeignKey("pledge.id"), index=True)

    group: Mapped[EntryGroup] = relationship(back_populates="entries")


class Payout(Model):
    """Money that the shop sent to a producer, and the producer's word that it came. Amount in minor units.

    One that came back, or was never sent like this, is taken back with a reason; its row and entries stay.
    """

    __tablename__ = "payout"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("payout_account.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int]
    reference: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    return_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")

    producer: Mapped[Producer] = relationship()
    account: Mapped[PayoutAccount] = relationship()

    @property
    def awaited(self) -> bool:
        """Whether the group has still to say that it came."""
        return self.confirmed_at is None and self.returned_at is None

    @property
    def money(self) -> Money:
        """What was sent."""
        return Money(self.amount_minor, self.currency)


_IN_FORCE = text("lifted_at IS NULL")


class Freeze(Model):
    """That no money goes to a party while something is looked into; it ends when it is lifted.

    `party` is `producer:<slug>` or `charity:<slug>`, `concern_number` the case for which it was frozen. Actors are
    public references. What is owed keeps adding up.
    """

    __tablename__ = "freeze"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_someone"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        Index("uq_freeze_in_force", "party", "concern_number", unique=True, sqlite_where=_IN_FORCE,
              postgresql_where=_IN_FORCE),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    party: Mapped[str] = mapped_column(String(100))
    concern_number: Mapped[str] = mapped_column(String(20), index=True)
    reason: Mapped[str] = mapped_column(Text)
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[str] = mapped_column(String(120))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(120))
    lift_reason: Mapped[str] = mapped_column(Text, default="")
