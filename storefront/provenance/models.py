"""Stories, batches with their timelines, claims with what backs them, and the consents of people in any of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.core.db import Model
from storefront.core.documents import Document
from storefront.core.refs import new_ref
from storefront.producers.models import Producer


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
    expires_on: Mapped[date | None]


class Story(Model):
    """One version of a product's story. Never edited: a change is the next version, with its reason.

    `lang` is the language of `title` and `body`; the `translated_…` ones are in the shop's own. `consents` are as
    those of a picture. `withdrawn` versions have no words: they stand where a story stood that rested on a consent.
    """

    __tablename__ = "story"
    __table_args__ = (UniqueConstraint("product_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(35), default="en")
    translated_title: Mapped[str] = mapped_column(String(200), default="", server_default="")
    translated_body: Mapped[str] = mapped_column(Text, default="", server_default="")
    translated_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    consents: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str] = mapped_column(String(300), default="First published")
    published_at: Mapped[datetime]


class Batch(Model):
    """One lot of a product made by one maker at one time, as it was approved. Its code stands on labels and receipts,
    so it never changes."""

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
    """One dated step of a batch's timeline.

    `document` is what the paper behind it is called, `document_ref` the file of it, which shoppers may open where
    `document_open` says so. `consents` are as those of a picture. A `withdrawn` step has no words: it stands where
    one stood that rested on a consent.
    """

    __tablename__ = "batch_event"
    __table_args__ = (
        UniqueConstraint("batch_id", "ref"),
        CheckConstraint("NOT document_open OR document_ref IS NOT NULL", name="open_document_is_there"),
        CheckConstraint(_STORED_LEVELS, name="level_is_known"),
        CheckConstraint(_VERIFIED_NAMES_ITS_VERIFIER, name="verified_names_its_verifier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    ref: Mapped[str] = mapped_column(String(20), default=new_ref)
    happened_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    people: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    document_ref: Mapped[str | None] = mapped_column(ForeignKey("document.ref"))
    document_open: Mapped[bool] = mapped_column(default=False, server_default=false())
    consents: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=false())

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
    document_url: Mapped[str | None] = mapped_column(String(300))


class Given(StrEnum):
    """How somebody agreed: on paper, aloud before a witness, or by a guardian for a child."""

    WRITTEN = "written"
    SPOKEN = "spoken"
    GUARDIAN = "guardian"


class Use(StrEnum):
    """What somebody agreed to: being seen in the shop's pictures, being told of in its stories."""

    PICTURE = "picture"
    STORY = "story"


class Consent(Model):
    """That a person agreed to be recognised. `person` and the evidence are never public.

    A consent is never edited: another agreement is another row, and an end stays on record.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("given IN ('written', 'spoken', 'guardian')", name="given_is_known"),
        CheckConstraint("given = 'written' OR witness <> ''", name="names_witness_or_guardian"),
        CheckConstraint("given = 'spoken' OR document_id IS NOT NULL", name="has_evidence"),
        CheckConstraint("expires_on > given_on", name="ends_after_it_began"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_someone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    person: Mapped[str] = mapped_column(String(200))
    uses: Mapped[list[str]] = mapped_column(JSON)
    asked_in: Mapped[str] = mapped_column(String(35))
    given: Mapped[str] = mapped_column(String(20))
    witness: Mapped[str] = mapped_column(String(200), default="")
    given_on: Mapped[date]
    expires_on: Mapped[date] = mapped_column(index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    recorded_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_by: Mapped[str | None] = mapped_column(String(120))
    end_reason: Mapped[str] = mapped_column(String(300), default="")

    producer: Mapped[Producer] = relationship()
    document: Mapped[Document | None] = relationship()
