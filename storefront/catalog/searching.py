"""Finds products, producers and stories by words: tolerant of accents, of endings and of small typing errors.

The index is made of tokens that name their field (`catalog.indexing`). One statement asks for the best places
first and stops after `CAP` rows, so that a common word costs no more than a rare one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text

from storefront.catalog.filters import Filters, Sort
from storefront.catalog.indexing import index_producer, index_product, reindex_all, squeezed
from storefront.catalog.shelf import ProducerBrief, Shelf, bitmap, members, shelf
from storefront.catalog.words import clean, deletions, fold, nearest, prefix, query_words, split, token
from storefront.core.db import session

__all__ = ["Found", "StoryHit", "find", "index_producer", "index_product", "reindex_all", "stories"]

CAP = 240
ALL = 50_000
_STORY = 5
_PRODUCER = -1


@dataclass(frozen=True)
class Found:
    """What words were found in: product ids, best first, and producers.

    `words` are those that were searched for; `instead` is the corrected query when what was typed found nothing;
    `some` says that only some of the words were found; `capped` that more match than were looked at.
    """

    query: str
    words: list[str]
    ids: list[int] = field(default_factory=list)
    in_story_only: list[int] = field(default_factory=list)
    producers: list[ProducerBrief] = field(default_factory=list)
    instead: str = ""
    some: bool = False
    capped: bool = False


@dataclass(frozen=True)
class StoryHit:
    """A story that has the words: where it is, and the sentence that says them, in `lang` or the shop's language."""

    slug: str
    product: str
    title: str
    excerpt: str
    lang: str


def find(query: str, filters: Filters | None = None, *, on: Shelf | None = None) -> Found:
    """Search for `query`; one statement where the words are found as they are written, more otherwise.

    With `filters` that narrow or sort otherwise than by fit, all products with the words are looked at.
    """
    one = on or shelf()
    typed = clean(query)
    words = query_words(typed)
    if not words:
        return Found(typed, [])
    everything = filters is not None and (filters.narrows or filters.sort != Sort.BEST)
    found = _look(one, typed, words, everything)
    if found.ids or found.producers:
        return found
    corrected = _corrected(words)
    if corrected and corrected != words:
        meant = _look(one, typed, corrected, everything)
        if meant.ids or meant.producers:
            return _with(meant, instead=_rewrite(typed, words, corrected))
    return _some(one, typed, corrected or words)


def _look(one: Shelf, typed: str, words: list[str], everything: bool) -> Found:
    rows = _candidates(_tiers(words), CAP)
    if everything and len(rows) >= CAP:
        rows = _candidates(_tiers(words), ALL)
    elif not rows:
        # An unfinished word that only stories have: dear to look for, so it is looked for last.
        rows = _candidates([(_STORY, [*("3" + token(word) for word in words[:-1]), f"3{prefix(words[-1])}*"])], CAP)
    return _found(one, typed, words, rows, capped=len(rows) >= CAP and not everything)


def _tiers(words: Sequence[str]) -> list[tuple[int, list[str]]]:
    """What to ask for, best first: (tier, tokens that must all be there; `*` ends a prefix)."""
    exact = [token(word) for word in words]
    begun = [*exact[:-1], prefix(words[-1]) + "*"]
    return [
        (_PRODUCER, ["p" + part for part in begun]),
        (0, ["0" + squeezed(words) + "*"]),
        (1, ["1" + part for part in exact]),
        (2, ["1" + part for part in begun]),
        (3, ["2" + part for part in exact]),
        (4, ["2" + part for part in begun]),
        (_STORY, ["3" + part for part in exact]),
    ]


def _candidates(tiers: list[tuple[int, list[str]]], cap: int) -> list[Any]:
    sqlite = session().get_bind().dialect.name == "sqlite"
    values: dict[str, Any] = {"cap": cap}
    for at, (_, tokens) in enumerate(tiers):
        values[f"q{at}"] = _fts5(tokens) if sqlite else _tsquery(tokens)
    return list(session().execute(_union(tuple(tier for tier, _ in tiers), sqlite), values))


@lru_cache(maxsize=64)
def _union(tiers: tuple[int, ...], sqlite: bool) -> TextClause:
    """One statement that asks for each tier in turn and stops when it has enough."""
    parts = []
    for at, tier in enumerate(tiers):
        asks = f"search_fts MATCH :q{at}" if sqlite else f"tokens @@ CAST(:q{at} AS tsquery)"
        most = "6" if tier == _PRODUCER else ":cap"
        parts.append(
            f"SELECT * FROM (SELECT {tier} AS tier, rowid FROM search_fts WHERE {asks} "  # noqa: S608
            f"ORDER BY rowid DESC LIMIT {most}) AS t{at}"
        )
    return text(" UNION ALL ".join(parts) + " LIMIT :cap")


def _fts5(tokens: Iterable[str]) -> str:
    return " AND ".join(f'"{part.removesuffix("*")}"{"*" if part.endswith("*") else ""}' for part in tokens)


def _tsquery(tokens: Iterable[str]) -> str:
    return " & ".join(f"'{part.removesuffix('*')}'{':*' if part.endswith('*') else ''}" for part in tokens)


def _found(one: Shelf, typed: str, words: list[str], rows: list[Any], *, capped: bool) -> Found:
    tiers: dict[int, int] = {}
    for row in rows:
        if row.tier != _PRODUCER:
            tiers.setdefault(row.rowid, row.tier)
    producers = [one.producers[-row.rowid] for row in rows if row.tier == _PRODUCER and -row.rowid in one.producers]
    live = _live(one, tiers)
    ids = sorted(live, key=lambda id_: (tiers[id_], -id_))
    story_only = [id_ for id_ in ids if tiers[id_] == _STORY]
    return Found(typed, words, ids, story_only, producers, capped=capped)


def _live(one: Shelf, ids: Iterable[int]) -> list[int]:
    return list(members(bitmap([id_ for id_ in ids if id_ > 0]) & one.live))


def _corrected(words: list[str]) -> list[str]:
    """The words with typing errors mended; empty when there is nothing to mend."""
    wanted = {word: deletions(word) for word in words if len(word) >= 4 and word.isascii()}
    every = sorted({short for shorts in wanted.values() for short in shorts})
    if not every:
        return []
    names = [f"d{at}" for at in range(len(every))]
    statement = f"SELECT deletion, word FROM search_typo WHERE deletion IN ({', '.join(':' + name for name in names)})"  # noqa: S608
    rows = session().execute(text(statement), dict(zip(names, every, strict=True))).all()
    mended = []
    for word in words:
        near = {row.word for row in rows if row.deletion in wanted.get(word, ())}
        mended.append(word if word in near else nearest(word, near) or word)
    return mended


def _some(one: Shelf, typed: str, words: list[str]) -> Found:
    """When not all words are found together: products with any of them, those with the most first."""
    if len(words) < 2:
        return Found(typed, words)
    tiers = [(at, ["3" + token(word)]) for at, word in enumerate(words)]
    counts: dict[int, int] = {}
    for row in _candidates(tiers, CAP):
        counts[row.rowid] = counts.get(row.rowid, 0) + 1
    ids = sorted(_live(one, counts), key=lambda id_: (-counts[id_], -id_))
    return Found(typed, words, ids, some=True)


def _with(found: Found, *, instead: str) -> Found:
    return Found(
        found.query, found.words, found.ids, found.in_story_only, found.producers, instead, found.some, found.capped
    )


def _rewrite(typed: str, words: list[str], corrected: list[str]) -> str:
    """The typed query with the mended words in their places."""
    mended = dict(zip(words, corrected, strict=True))
    return " ".join(mended.get(fold(part), part) for part in typed.split()) if typed else ""


def stories(ids: Sequence[int], words: Sequence[str]) -> list[StoryHit]:
    """The stories of these products with the sentence that has the words; one statement."""
    if not ids:
        return []
    names = [f"id{at}" for at in range(len(ids))]
    statement = (
        "SELECT product.id, product.slug, product.title AS product, story.lang, "  # noqa: S608
        "story.title, story.body, story.translated_title, story.translated_body FROM story "
        "JOIN product ON product.id = story.product_id WHERE story.version = "
        "(SELECT max(newer.version) FROM story AS newer WHERE newer.product_id = story.product_id) "
        f"AND story.body <> '' AND product.id IN ({', '.join(':' + name for name in names)})"
    )
    rows = {row.id: row for row in session().execute(text(statement), dict(zip(names, ids, strict=True)))}
    return [_hit(rows[id_], tuple(words)) for id_ in ids if id_ in rows]


def _hit(row: Any, words: tuple[str, ...]) -> StoryHit:
    """In the shop's language where there is a translation."""
    if row.translated_body:
        return StoryHit(row.slug, row.product, row.translated_title, excerpt(row.translated_body, words), "")
    return StoryHit(row.slug, row.product, row.title, excerpt(row.body, words), row.lang)


@lru_cache(maxsize=1024)
def excerpt(body: str, words: tuple[str, ...], length: int = 180) -> str:
    """The sentence of a story that has the most of the words, in plain text, cut at a word's end."""
    plain = " ".join(body.replace("*", "").replace(">", " ").split())
    sentences = plain.replace("? ", "?\n").replace(". ", ".\n").split("\n")
    wanted = [prefix(word) for word in words]
    best = max(
        sentences,
        key=lambda sentence: sum(any(token(part).startswith(want) for part in split(sentence)) for want in wanted),
    )
    return best if len(best) <= length else best[:length].rsplit(" ", 1)[0] + " …"
