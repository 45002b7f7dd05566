"""Holding back what a party is owed while something is looked into: who, when, why, for which concern, and its end.

Whoever pays a party takes `lock` and asks `in_force` in the same transaction, so that a freeze and a payment that come
at once are one before the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from storefront.charities.models import Charity
from storefront.core import journal
from storefront.core.db import insert_unless_there, session
from storefront.core.refs import new_ref
from storefront.giving.models import Freeze
from storefront.producers.models import Producer

KINDS: dict[str, type[Producer | Charity]] = {"producer": Producer, "charity": Charity}


class NoReason(ValueError):
    """A freeze, and its end, need a reason: both stay on record."""


class AlreadyFrozen(ValueError):
    """The party's money is held back for this concern already, for a reason that is on record."""


class NotInForce(LookupError):
    """The freeze was lifted already."""


def party(of: Producer | Charity) -> str:
    """How the ledger and the journal call it: `producer:<slug>` or `charity:<slug>`."""
    return f"{'producer' if isinstance(of, Producer) else 'charity'}:{of.slug}"


def lock(name: str) -> None:
    """Queue behind whoever pays this party or freezes it, until the unit of work ends."""
    kind, _, slug = name.partition(":")
    model = KINDS[kind]
    session().execute(select(model.id).where(model.slug == slug).with_for_update())


def freeze(name: str, number: str, reason: str, *, actor: str, now: datetime) -> None:
    """Pay nothing to the party from now on, for the concern of this number.

    The same words twice are once; raises AlreadyFrozen for others, and NoReason.
    """
    if not reason:
        raise NoReason(name)
    lock(name)
    ref = new_ref()
    facts = {"ref": ref, "party": name, "concern_number": number, "reason": reason, "lift_reason": ""}
    if not insert_unless_there(Freeze, facts | {"frozen_at": now, "frozen_by": actor}):
        if any(one.lifted_at is None and (one.party, one.reason) == (name, reason) for one in of_concern(number)):
            return
        raise AlreadyFrozen(name)
    # The journal is read by admins of the party too: it doesn't say which concern.
    journal.record("payments frozen", subject=name, actor=actor, now=now, freeze=ref)


def lift(one: Freeze, reason: str, *, actor: str, now: datetime) -> None:
    """Let payments go on, as far as this freeze is concerned. Raises NoReason and NotInForce."""
    lock(one.party)
    session().refresh(one, with_for_update=True)
    if one.lifted_at is not None:
        raise NotInForce(one.ref)
    if not reason:
        raise NoReason(one.ref)
    one.lifted_at, one.lifted_by, one.lift_reason = now, actor, reason
    session().flush()
    journal.record("payments released", subject=one.party, actor=actor, now=now, freeze=one.ref)


def in_force(name: str) -> Freeze | None:
    """The first freeze that still holds this party's money back."""
    return session().scalar(_standing().where(Freeze.party == name).limit(1))


def all_in_force() -> Sequence[Freeze]:
    """Every freeze that holds money back, the eldest first."""
    return session().scalars(_standing()).all()


def of_concern(number: str) -> Sequence[Freeze]:
    """Every freeze for the concern of this number, lifted ones too."""
    return session().scalars(select(Freeze).where(Freeze.concern_number == number).order_by(Freeze.id)).all()


def _standing() -> Select[Freeze]:
    return select(Freeze).where(Freeze.lifted_at.is_(None)).order_by(Freeze.frozen_at, Freeze.id)
