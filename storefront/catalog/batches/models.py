"""The versions of batches."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.catalog.models import APPROVED_ONES_ARE_NUMBERED, STATE_IS_KNOWN, STATE_IS_OPEN, Revised
from storefront.provenance.models import Batch


class BatchRevision(Revised):
    """A version of a batch and its timeline: `content`, as `catalog.batches.content` lays it out. Without `batch_id`
    until the first version of the batch is approved."""

    NOUN = "batch"
    __tablename__ = "batch_revision"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        CheckConstraint(STATE_IS_KNOWN, name="state_is_known"),
        CheckConstraint(APPROVED_ONES_ARE_NUMBERED, name="approved_ones_are_numbered"),
        CheckConstraint("number IS NULL OR batch_id IS NOT NULL", name="approved_ones_have_a_batch"),
        Index(
            "ix_one_open_batch_revision", "batch_id", unique=True,
            sqlite_where=text(STATE_IS_OPEN), postgresql_where=text(STATE_IS_OPEN),
        ),
        Index("ix_batch_revision_queue", "state", "sent_at"),
        Index("ix_batch_revision_product_id", "product_id"),
    )  # fmt: skip

    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))

    batch: Mapped[Batch | None] = relationship()
