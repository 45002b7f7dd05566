"""Finds batches by the code that is printed on things, and the documents that shoppers may open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from storefront.catalog.models import Product, ProductStatus
from storefront.core.db import session
from storefront.core.documents import Document
from storefront.producers.models import SHOWN, Producer, ProducerStatus
from storefront.provenance import reading
from storefront.provenance.models import Batch, BatchEvent
from storefront.provenance.reading import BatchView

# Whoever holds a thing may read of it after it was sold out for good, but not of a group that is suspended.
_SHOWN = (Product.status != ProductStatus.DRAFT) & Producer.status.in_(SHOWN)


@dataclass(frozen=True)
class Traced:
    """A batch found by its code, the product that it is of, whether its documents are open, and its group suspended."""

    id: int
    batch: BatchView
    product_id: int
    documents_open: bool
    suspended: bool


def by_code(code: str, day: date) -> Traced | None:
    """The batch with this trace code, in any case of letters, or None; two statements."""
    wanted = reading.normal_code(code)
    if not wanted:
        return None
    current = session()
    found = current.execute(
        select(Batch.__table__, _SHOWN.label("shown"), Producer.status.label("standing"))
        .join(Product, Product.id == Batch.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(func.upper(Batch.code) == wanted)
    ).mappings().first()  # fmt: skip
    if found is None:
        return None
    events = current.execute(
        select(BatchEvent.__table__)
        .where(BatchEvent.batch_id == found["id"])
        .order_by(BatchEvent.happened_on, BatchEvent.id)
    ).mappings()
    batch = reading.batch(dict(found), map(dict, events), day)
    suspended = found["standing"] == ProducerStatus.SUSPENDED
    return Traced(found["id"], batch, found["product_id"], bool(found["shown"]), suspended)


def open_document(code: str, ref: str) -> Document | None:
    """A document behind a step of this batch that shoppers may open now, or None."""
    return session().scalar(
        select(Document)
        .join(BatchEvent, BatchEvent.document_ref == Document.ref)
        .join(Batch, Batch.id == BatchEvent.batch_id)
        .join(Product, Product.id == Batch.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(
            Document.ref == ref,
            func.upper(Batch.code) == reading.normal_code(code),
            BatchEvent.document_open,
            Document.withdrawn_at.is_(None),
            _SHOWN,
        )
        .limit(1)
    )
