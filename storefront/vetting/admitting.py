"""From an approved application to a party: the producer or charity is written from the answers, once."""

from __future__ import annotations

import re
from datetime import datetime

from anyascii import anyascii
from sqlalchemy import select

from storefront import config
from storefront.charities.models import Charity, CharityCause, CharityStatus
from storefront.core.db import session
from storefront.core.refs import new_ref
from storefront.producers.models import Member, MemberRole, Producer, ProducerStatus
from storefront.vetting import answering, finding
from storefront.vetting.models import Case, Kind

# What stands in addresses of the studio where a group's name would.
RESERVED = frozenset({"application", "invitations"})
CRESTS = ("grid", "waves", "diamonds", "steps", "rings", "leaves", "fans", "rows")


def admit(case: Case, now: datetime) -> None:
    """Write the party's row, not yet approved, unless the case is about one that is there already.

    What a group says on its pages is changed in the studio later on; a renewal leaves it alone.
    """
    if case.producer_id is not None or case.charity_id is not None:
        return
    said = {key: given.text for key, given in finding.answers(case).items()}
    if case.kind == Kind.PRODUCER:
        producer = _producer(said, now)
        session().add(producer)
        session().flush()
        session().add(Member(producer_id=producer.id, user_id=case.applicant_id, role=MemberRole.OWNER, since=now))
        case.producer_id = producer.id
    else:
        charity = _charity(said, now)
        session().add(charity)
        session().flush()
        case.charity_id = charity.id
    session().flush()
    session().refresh(case)


def _producer(said: dict[str, str], now: datetime) -> Producer:
    latitude, longitude = answering.coordinates(said["map"])
    fewest, most = answering.days(said["delivery_days"])
    slug = _slug(said["name"], Producer)
    return Producer(
        slug=slug,
        name=said["name"],
        native_name=said.get("native_name") or None,
        country=said["country"],
        region=said["region"],
        place=said["place"],
        latitude=latitude,
        longitude=longitude,
        legal_form=said["legal_form"],
        founded=answering.number(said["founded"]),
        people=answering.number(said["people"]),
        people_served=said["people_served"],
        summary=said["summary"],
        story=said["story"],
        words=said["words"],
        payment=said["payment"],
        facts=[],
        crest=CRESTS[sum(slug.encode()) % len(CRESTS)],
        ships_from=said["ships_from"],
        delivery_minor=answering.minor(said["delivery_price"], config.current().currency),
        delivery_days_min=fewest,
        delivery_days_max=most,
        status=ProducerStatus.APPLYING,
        created_at=now,
    )


def _charity(said: dict[str, str], now: datetime) -> Charity:
    columns = "name mission about country place registration_number register_name register_url"
    return Charity(
        slug=_slug(said["name"], Charity),
        **{name: said[name] for name in columns.split()},
        causes=[CharityCause(cause=cause) for cause in sorted(set(answering.chosen(said["causes"])))],
        status=CharityStatus.PENDING,
        created_at=now,
    )


def _slug(name: str, model: type[Producer] | type[Charity]) -> str:
    """The name as it stands in addresses, with something at its end where another party has it already."""
    plain = re.sub("[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")[:60].strip("-") or "party"
    taken = plain in RESERVED or session().scalar(select(model.id).where(model.slug == plain)) is not None
    return f"{plain}-{new_ref(5).lower()}" if taken else plain
