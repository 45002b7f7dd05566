"""Spreadsheets that were sent in and wait: to be checked, to be agreed to, or to be imported."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.core.db import Model
from storefront.producers.models import Producer


class SheetState(StrEnum):
    """How far a spreadsheet is: `waiting` and `agreed` are the worker's, `checked` waits for a person."""

    WAITING = "waiting"
    CHECKED = "checked"
    AGREED = "agreed"
    DONE = "done"
    REFUSED = "refused"


class ListingSheet(Model):
    """A spreadsheet of listings in a folder of its own, `<ref>`, until it is done or a week old.

    `report` is what the check found, `digest` that of the plan which is agreed to. `done` of `total` photographs have
    been read. `taken_at` says when a worker last had it in hand.
    """

    __tablename__ = "listing_sheet"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'checked', 'agreed', 'done', 'refused')", name="state_is_known"),
        Index("ix_listing_sheet_state", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=SheetState.WAITING)
    actor: Mapped[str] = mapped_column(String(120))
    with_images: Mapped[bool]
    skip_bad: Mapped[bool] = mapped_column(default=False)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64), default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    producer: Mapped[Producer] = relationship()
