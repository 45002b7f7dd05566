"""Producer groups, the people who run their listings, and what a group says of itself."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.accounts.models import User
from storefront.core.db import Model
from storefront.core.media import Picture


class ProducerStatus(StrEnum):
    """Only an approved producer's products are listed and can be bought. When an approval has lapsed the pages
    stay and say so; a suspended producer's pages are hidden. Only `vetting.deciding` changes it."""

    APPLYING = "applying"
    APPROVED = "approved"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"


# Whose pages shoppers may open.
SHOWN = (ProducerStatus.APPROVED, ProducerStatus.LAPSED)


class MemberRole(StrEnum):
    """What a member may do for the group. An agent is not of the group and acts on its behalf."""

    OWNER = "owner"
    EDITOR = "editor"
    FULFILMENT = "fulfilment"
    FINANCE = "finance"
    AGENT = "agent"


ROLE_IS_KNOWN = "role IN ('owner', 'editor', 'fulfilment', 'finance', 'agent')"


class Producer(Model):
    """A vetted enterprise or group that sells here."""

    __tablename__ = "producer"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="is_on_earth"),
        CheckConstraint("delivery_minor >= 0", name="delivery_is_not_negative"),
        CheckConstraint("delivery_days_min > 0 AND delivery_days_max >= delivery_days_min", name="delivery_takes_time"),
        CheckConstraint("status IN ('applying', 'approved', 'lapsed', 'suspended')", name="status_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    native_name: Mapped[str | None] = mapped_column(String(200))
    native_lang: Mapped[str | None] = mapped_column(String(35))
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str] = mapped_column(String(60), index=True)
    place: Mapped[str] = mapped_column(String(120))
    latitude: Mapped[float]
    longitude: Mapped[float]
    legal_form: Mapped[str] = mapped_column(String(120))
    founded: Mapped[int]
    people: Mapped[int]
    people_served: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(200))
    story: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    words_native: Mapped[str | None] = mapped_column(Text)
    payment: Mapped[str] = mapped_column(Text)
    facts: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    crest: Mapped[str] = mapped_column(String(20))
    ships_from: Mapped[str] = mapped_column(String(120))
    delivery_minor: Mapped[int]
    delivery_free_from_minor: Mapped[int | None]
    delivery_days_min: Mapped[int]
    delivery_days_max: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=ProducerStatus.APPLYING)
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"))
    created_at: Mapped[datetime]

    picture: Mapped[Picture | None] = relationship()


class Member(Model):
    """A user who acts for a producer."""

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("producer_id", "user_id"),
        CheckConstraint(ROLE_IS_KNOWN, name="role_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]

    producer: Mapped[Producer] = relationship()
    user: Mapped[User] = relationship()


class Closure(Model):
    """Days on which a group takes no orders, both ends included, in UTC like all days of the shop's terms."""

    __tablename__ = "closure"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    producer: Mapped[Producer] = relationship()


class PayoutWay(StrEnum):
    """How money reaches a group."""

    BANK = "bank"
    MOBILE = "mobile"


class PayoutAccount(Model):
    """Where a group's money goes. Never edited: another one follows it, and waits before it is used.

    The number is sealed; its last characters are kept readable, so that people can tell accounts apart.
    """

    __tablename__ = "payout_account"
    __table_args__ = (CheckConstraint("way IN ('bank', 'mobile')", name="way_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    way: Mapped[str] = mapped_column(String(10))
    holder: Mapped[str] = mapped_column(String(200))
    provider: Mapped[str] = mapped_column(String(200))
    number_sealed: Mapped[str] = mapped_column(Text)
    number_end: Mapped[str] = mapped_column(String(4))
    created_at: Mapped[datetime]
    used_from: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Invitation(Model):
    """A place in a group offered to whoever has a mailbox. Open until it ends, is taken, or is withdrawn."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint(ROLE_IS_KNOWN, name="role_is_known"),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="is_taken_or_withdrawn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    role: Mapped[str] = mapped_column(String(20))
    invited_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    producer: Mapped[Producer] = relationship()


class Pace(StrEnum):
    """How soon a member is told of something."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


class Notice(Model):
    """How a member wants to be told of one kind of news, and until when they have been (see `noticing`)."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("member_id", "kind"),
        CheckConstraint("pace IN ('at_once', 'daily', 'never')", name="pace_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    pace: Mapped[str] = mapped_column(String(20))
    told_until: Mapped[datetime]
