"""Charities, the causes they serve and the projects that money is for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.core.db import Model


class Cause(StrEnum):
    """The five causes; the value stands in addresses."""

    EDUCATION = "education"
    POVERTY = "poverty"
    YOUTH = "youth"
    ENVIRONMENT = "environment"
    WOMEN = "women"


CAUSES_SQL = "('education', 'poverty', 'youth', 'environment', 'women')"


class CharityStatus(StrEnum):
    """Only an approved charity can be chosen, and only to it pledges owe anything. When an approval has lapsed its
    page stays and says so; a suspended charity's page is hidden. Only `vetting.deciding` changes it."""

    PENDING = "pending"
    APPROVED = "approved"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"


# Whose pages shoppers may open.
SHOWN = (CharityStatus.APPROVED, CharityStatus.LAPSED)


class Charity(Model):
    """A screened organisation that receives money."""

    __tablename__ = "charity"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'approved', 'lapsed', 'suspended')", name="status_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    mission: Mapped[str] = mapped_column(String(200))
    about: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(String(2))
    place: Mapped[str] = mapped_column(String(120))
    registration_number: Mapped[str] = mapped_column(String(60))
    register_name: Mapped[str] = mapped_column(String(120))
    register_url: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(20), default=CharityStatus.PENDING)
    created_at: Mapped[datetime]

    causes: Mapped[list[CharityCause]] = relationship(order_by="CharityCause.cause", cascade="all, delete-orphan")
    projects: Mapped[list[Project]] = relationship(back_populates="charity", order_by="Project.id")


class CharityCause(Model):
    """A cause that the charity is approved for."""

    __tablename__ = "charity_cause"
    __table_args__ = (
        UniqueConstraint("charity_id", "cause"),
        CheckConstraint(f"cause IN {CAUSES_SQL}", name="cause_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    charity_id: Mapped[int] = mapped_column(ForeignKey("charity.id"), index=True)
    cause: Mapped[str] = mapped_column(String(20), index=True)


class Project(Model):
    """What a charity spends a gift on."""

    __tablename__ = "project"
    __table_args__ = (CheckConstraint(f"cause IN {CAUSES_SQL}", name="cause_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    charity_id: Mapped[int] = mapped_column(ForeignKey("charity.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(String(20))

    charity: Mapped[Charity] = relationship(back_populates="projects")
