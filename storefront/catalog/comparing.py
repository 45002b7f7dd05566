"""The difference between two versions of a listing, for reviewers and for the public history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from storefront.catalog.content import Content

Mark = Literal["same", "gone", "new"]
# A word with the blanks after it: blanks by themselves would be found alike everywhere, which takes a minute a story.
_PIECES = re.compile(r"\S+\s*|\s+")
# Above so many words both texts are shown whole: finding the difference would take seconds.
_MOST_PIECES = 4000


@dataclass(frozen=True)
class PictureChange:
    """What became of a picture: new, gone, or same with another place or other words."""

    mark: Mark
    ref: str
    before: dict[str, str | int] | None
    after: dict[str, str | int] | None
    moved: bool


def changed(before: Content, after: Content) -> list[str]:
    """The parts of the content that differ."""
    return [name for name in after if before.get(name) != after[name]]


def marked_words(before: str, after: str) -> list[tuple[Mark, str]]:
    """Both texts in one: runs of words that stayed, went and came."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > _MOST_PIECES:
        return [("gone", before), ("new", after)]
    return [(mark, "".join(run)) for mark, run in _runs(old, new, common=True)]


def marked_lines(before: Sequence[str], after: Sequence[str]) -> list[tuple[Mark, str]]:
    """Both lists of lines in one: each line that stayed, went or came."""
    return [(mark, line) for mark, run in _runs(before, after) for line in run]


def _runs(old: Sequence[str], new: Sequence[str], *, common: bool = False) -> list[tuple[Mark, Sequence[str]]]:
    """Runs of pieces; with `common` ones that stand everywhere in a long text ("the") are no place to begin at."""
    runs: list[tuple[Mark, Sequence[str]]] = []
    for op, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=common).get_opcodes():
        if op == "equal":
            runs.append(("same", old[old_from:old_to]))
            continue
        if old_to > old_from:
            runs.append(("gone", old[old_from:old_to]))
        if new_to > new_from:
            runs.append(("new", new[new_from:new_to]))
    return runs


def pictures(before: Content, after: Content) -> list[PictureChange]:
    """What became of each picture, in the new order, with those that went at the end; nothing where all is the same."""
    old, new = before["pictures"], after["pictures"]
    if old == new:
        return []
    places = {one["ref"]: at for at, one in enumerate(old)}
    there = {one["ref"]: one for one in old}
    changes = [
        PictureChange(
            "same" if one["ref"] in there else "new",
            one["ref"],
            there.get(one["ref"]),
            one,
            one["ref"] in there and places[one["ref"]] != at,
        )
        for at, one in enumerate(new)
    ]
    kept = {one["ref"] for one in new}
    return changes + [PictureChange("gone", one["ref"], one, None, False) for one in old if one["ref"] not in kept]
