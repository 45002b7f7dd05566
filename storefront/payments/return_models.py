"""Parcels cancelled before they left, and goods sent back: who asked, why, and every step since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.checkout.models import Parcel
from storefront.core.db import Model
from storefront.payments.models import Refund


class Cancellation(Model):
    """A parcel that its shopper wanted no more before anything of it had left, and the refund that follows."""

    __tablename__ = "cancellation"

    id: Mapped[int] = mapped_column(primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), unique=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    cancelled_by: Mapped[str] = mapped_column(String(120))
    cancelled_at: Mapped[datetime]

    parcel: Mapped[Parcel] = relationship()
    refund: Mapped[Refund] = relationship()
