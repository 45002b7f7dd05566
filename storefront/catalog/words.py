"""Words as the search knows them: folded, stemmed, split, and forgiven a typing error. Pure functions.

Everything that makes two spellings equal happens here, so that SQLite and PostgreSQL, which only ever see
plain ASCII tokens, give the same answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

MAX_QUERY = 200
MAX_WORDS = 8
LONGEST_WORD = 40

# Letters that NFKD leaves whole, as people without that key type them.
_PLAIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_APOSTROPHES = re.compile(r"['’ʼ`´]s?\b")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_RUNS = re.compile(r"[^\W_]+")
_WIDE = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
# Little words that say nothing of a thing; a query of nothing else keeps them.
_STOP = frozenset({
    "a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "made", "of", "on", "or", "our", "that", "the",
    "these", "this", "to", "with",
})  # fmt: skip


def clean(text: str) -> str:
    """What was typed without control characters, with single spaces, at most `MAX_QUERY` characters long."""
    visible = "".join(char if char.isprintable() else " " for char in text[: MAX_QUERY * 4])
    return " ".join(visible.split())[:MAX_QUERY].strip()


def fold(text: str) -> str:
    """Lower case, without the accents of Latin, Greek and Cyrillic: `Café` and `CAFE` are the same."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return _ACCENTS.sub("", decomposed)


def split(text: str) -> list[str]:
    """The folded words of a text, in order. Scripts without spaces give their characters two by two."""
    words: list[str] = []
    for run in _RUNS.findall(_APOSTROPHES.sub("", fold(text))):
        if _WIDE.search(run):
            words += [run[at : at + 2] for at in range(max(len(run) - 1, 1))]
        else:
            words.append(run[:LONGEST_WORD])
    return words


def query_words(text: str) -> list[str]:
    """The words of a query that say something, at most `MAX_WORDS`; of only little words, all are kept."""
    found = list(dict.fromkeys(split(text)))
    return [word for word in found if word not in _STOP][:MAX_WORDS] or found[:MAX_WORDS]


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A light English stem: plurals, -ing and -ed. Words of other scripts, short ones and numbers stay."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word.removesuffix(ending)
            return word[:-1] if word[-1] == word[-2] and word[-1] not in "aeiouls" else word
    return word.removesuffix("e") if len(word) > 4 else word


@lru_cache(maxsize=32768)
def token(word: str) -> str:
    """A word as the index keeps it: its stem, in ASCII; letters of other scripts become their code."""
    stemmed = stem(word)
    return stemmed if stemmed.isascii() else "x" + stemmed.encode("utf-8", "ignore").hex()


def prefix(word: str) -> str:
    """A word that may not be finished yet, as a prefix of the index's tokens."""
    stemmed = stem(word)
    whole = stemmed if word.startswith(stemmed) else word
    return whole if whole.isascii() else "x" + whole.encode("utf-8", "ignore").hex()


def deletions(word: str) -> set[str]:
    """The word, and what is left of it after one typing error: one letter taken out, two from 8 letters on.

    Two words one error apart (a letter more, less, other or swapped) share at least one of these.
    """
    if len(word) < 4:
        return {word}
    once = set(_without_one(word))
    twice = {shorter for left in once for shorter in _without_one(left)} if len(word) >= 8 else set()
    return {word} | once | twice


def _without_one(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def distance(left: str, right: str) -> int:
    """How many letters must be put in, taken out, replaced or swapped to make one word of the other."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for at, char in enumerate(left, 1):
        current = [at]
        for other_at, other in enumerate(right, 1):
            cost = min(row[other_at] + 1, current[-1] + 1, row[other_at - 1] + (char != other))
            if at > 1 and other_at > 1 and char == right[other_at - 2] and left[at - 2] == other:
                cost = min(cost, before[other_at - 2] + 1)
            current.append(cost)
        before, row = row, current
    return row[-1]


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that is the likeliest meant, or None when none is near enough."""
    allowed = 1 if len(word) < 8 else 2
    near = [(distance(word, other), other[:1] != word[:1], other) for other in candidates]
    best = min(near, default=None)
    return best[2] if best is not None and best[0] <= allowed else None
