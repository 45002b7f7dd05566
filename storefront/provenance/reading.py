"""Reads stories, batches and claims as shoppers see them, each at the level that the day allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from storefront.provenance.models import Level


@dataclass(frozen=True, slots=True)
class Step:
    """One dated step of a batch, with its evidence as it stands on the day of reading; `document_ref` only of a
    document that shoppers may open."""

    on: date
    kind: str
    title: str
    place: str
    people: str
    text: str
    level: Level
    verifier: str
    document: str
    document_ref: str
    expires_on: date | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with its timeline, oldest step first."""

    code: str
    maker: str
    people: int
    made_from: date
    made_to: date
    quantity: int
    unknown: str
    events: list[Step]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A statement that can be checked, with its evidence as it stands on the day of reading."""

    text: str
    level: Level
    verifier: str
    document: str
    document_url: str
    stated_on: date
    expires_on: date | None


def level_on(level: str, expires_on: date | None, day: date) -> Level:
    """The level that may be shown on `day`: evidence counts up to the day before it expires."""
    return Level.EXPIRED if expires_on is not None and expires_on <= day else Level(level)


def step(row: Mapping[str, Any], day: date) -> Step:
    """A step from the columns of its row; dates may be ISO text."""
    expires_on = as_date(row["expires_on"])
    return Step(
        required_date(row["happened_on"]), row["kind"], row["title"], row["place"], row["people"], row["text"],
        level_on(row["level"], expires_on, day), row["verifier"] or "", row["document"] or "",
        (row["document_ref"] or "") if row["document_open"] else "", expires_on, bool(row["withdrawn"]),
    )  # fmt: skip


def claim(row: Mapping[str, Any], day: date) -> ClaimView:
    """A claim from the columns of its row; dates may be ISO text."""
    expires_on = as_date(row["expires_on"])
    return ClaimView(
        row["text"], level_on(row["level"], expires_on, day), row["verifier"] or "", row["document"] or "",
        row["document_url"] or "", required_date(row["stated_on"]), expires_on,
    )  # fmt: skip


def batch(row: Mapping[str, Any], events: Iterable[Mapping[str, Any]], day: date) -> BatchView:
    """A batch from the columns of its row and those of its events."""
    return BatchView(
        row["code"], row["maker"], row["people"], required_date(row["made_from"]), required_date(row["made_to"]),
        row["quantity"], row["unknown"], [step(event, day) for event in events],
    )  # fmt: skip


def normal_code(code: str) -> str:
    """A trace code as it is stored: upper case, without the spaces and long dashes that people type."""
    plain = "".join(code.split()).upper().replace("–", "-").replace("—", "-").replace("_", "-")
    return plain if plain.isprintable() and len(plain) <= 40 else ""


def as_date(value: date | str | None) -> date | None:
    """A date from a date or from ISO text."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value


def required_date(value: date | str) -> date:
    """The same, where there always is one."""
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value
