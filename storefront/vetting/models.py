"""Approvals: that a producer or charity met a version of the criteria, and until when."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storefront.core.db import Model


class Approval(Model):
    """One decision to let a party in. The latest one is what the public vetting summary shows."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("(producer_id IS NULL) <> (charity_id IS NULL)", name="is_of_one_party"),
        CheckConstraint("review_due_on > decided_on", name="expires_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"), index=True)
    charity_id: Mapped[int | None] = mapped_column(ForeignKey("charity.id"), index=True)
    criteria_version: Mapped[str] = mapped_column(String(40))
    decided_by: Mapped[str] = mapped_column(String(120))
    decided_on: Mapped[date]
    review_due_on: Mapped[date]
    summary: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
