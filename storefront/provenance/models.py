"""Stories, batches with their timelines, and claims with what backs them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.core.db import Model


class Level(StrEnum):
    """How well a statement is backed. `expired` is never stored: it is what the day makes of the others."""

    DECLARED = "declared"
    DOCUMENTED = "documented"
    VERIFIED = "verified"
    EXPIRED = "expired"


_STORED_LEVELS = "level IN ('declared', 'documented', 'verified')"
_VERIFIED_NAMES_ITS_VERIFIER = "level <> 'verified' OR verifier IS NOT NULL"


class Evidenced:
    """What an event and a claim share: a level, who verified, the document, and how long that holds."""

    level: Mapped[str] = mapped_column(String(20))
    verifier: Mapped[str | None] = mapped_column(String(200))
    document: Mapped[str | None] = mapped_column(String(200))
    document_url: Mapped[str | None] = mapped_column(String(300))
    expires_on: Mapped[date | None]

    def level_on(self, day: date) -> Level:
        """The level that may be shown on `day`: an expiry downgrades the badge that same day."""
        if self.expires_on is not None and self.expires_on <= day:
            return Level.EXPIRED
        return Level(self.level)


class Story(Model):
    """One version of a product's story. Never edited: a change is the next version, with its reason."""

    __tablename__ = "story"
    __table_args__ = (UniqueConstraint("product_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(35), default="en")
    reason: Mapped[str] = mapped_column(String(300), default="First published")
    published_at: Mapped[datetime]


class Batch(Model):
    """One lot of a product made by one maker at one time."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="has_a_quantity"),
        CheckConstraint("made_to >= made_from", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    maker: Mapped[str] = mapped_column(String(200))
    people: Mapped[int]
    made_from: Mapped[date]
    made_to: Mapped[date] = mapped_column(index=True)
    quantity: Mapped[int]
    unknown: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    events: Mapped[list[BatchEvent]] = relationship(
        back_populates="batch", order_by="(BatchEvent.happened_on, BatchEvent.id)"
    )


class BatchEvent(Evidenced, Model):
    """One dated step of a batch's timeline."""

    __tablename__ = "batch_event"
    __table_args__ = (
        CheckConstraint(_STORED_LEVELS, name="level_is_known"),
        CheckConstraint(_VERIFIED_NAMES_ITS_VERIFIER, name="verified_names_its_verifier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    happened_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    people: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)

    batch: Mapped[Batch] = relationship(back_populates="events")


class Claim(Evidenced, Model):
    """A statement about a product that can be checked."""

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint(_STORED_LEVELS, name="level_is_known"),
        CheckConstraint(_VERIFIED_NAMES_ITS_VERIFIER, name="verified_names_its_verifier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    text: Mapped[str] = mapped_column(String(300))
    stated_on: Mapped[date]
