"""The criteria that parties are judged by, and the questions that they are asked: versioned files, read once.

A case keeps the version that it began under, and a decision names it. A version is never edited, only followed
by the next one, so that an old decision can still be read beside what it was about.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "criteria"


@dataclass(frozen=True)
class Question:
    """Something asked about the party itself.

    `kind` is line, text, number, year, days, money, coordinates, country, link, choice, choices or consent;
    a private answer is for the reviewers' eyes and goes into no public row.
    """

    key: str
    title: str
    hint: str = ""
    kind: str = "line"
    required: bool = True
    private: bool = False
    longest: int = 200
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """What is judged. One `by_reviewer` is looked up by the reviewers and not asked of the applicant."""

    key: str
    title: str
    question: str
    evidence: str
    by_reviewer: bool = False


@dataclass(frozen=True)
class CriteriaSet:
    """One version of what a kind of party is asked and judged by."""

    kind: str
    version: str
    title: str
    questions: tuple[Question, ...]
    criteria: tuple[Criterion, ...]

    def question(self, key: str) -> Question | None:
        """The question with this key, if there is one."""
        return next((one for one in self.questions if one.key == key), None)

    def criterion(self, key: str) -> Criterion | None:
        """The criterion with this key, if there is one."""
        return next((one for one in self.criteria if one.key == key), None)

    @property
    def asked(self) -> list[Question | Criterion]:
        """Everything that the applicant is asked, in order."""
        return [*self.questions, *(one for one in self.criteria if not one.by_reviewer)]


def current(kind: str) -> CriteriaSet:
    """The newest version for a kind of party."""
    return max((one for one in _every() if one.kind == kind), key=lambda one: _order(one.version))


def find(kind: str, version: str) -> CriteriaSet:
    """A certain version; raises LookupError for one that was never used."""
    for one in _every():
        if (one.kind, one.version) == (kind, version):
            return one
    raise LookupError(f"there are no criteria {version} for a {kind}")


@cache
def _every() -> tuple[CriteriaSet, ...]:
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.toml")))


def _read(path: Path) -> CriteriaSet:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    questions = tuple(
        Question(**{**row, "options": tuple(row.get("options", ())), "longest": row.get("longest", _longest(row))})
        for row in content["question"]
    )
    criteria = tuple(Criterion(**row) for row in content["criterion"])
    return CriteriaSet(content["kind"], content["version"], content["title"], questions, criteria)


def _longest(row: dict[str, Any]) -> int:
    return 5000 if row.get("kind") == "text" else 200


def _order(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
