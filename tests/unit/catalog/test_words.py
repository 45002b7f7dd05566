"""Words: what counts as the same, and what counts as a typing error."""

from __future__ import annotations

import pytest

from storefront.catalog.words import (
    MAX_QUERY,
    clean,
    deletions,
    distance,
    fold,
    nearest,
    query_words,
    split,
    stem,
    token,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Café", "cafe"),
        ("FUSSBALL", "Fußball"),
        ("Søren", "soren"),
        ("Łódź", "lodz"),
        ("Ilām", "ILAM"),
        ("naïve", "naive"),
    ],
)
def test_accents_and_case_make_no_other_word(left, right):
    assert fold(left) == fold(right)


def test_a_possessive_is_the_word_itself():
    assert split("the maker's hall, the weaver’s loom") == ["the", "maker", "hall", "the", "weaver", "loom"]


def test_scripts_without_spaces_are_found_by_any_two_characters():
    assert split("向陽工坊") == ["向陽", "陽工", "工坊"]
    assert token("向陽").isascii()


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("scarves", "scarve"),
        ("stories", "story"),
        ("baskets", "basket"),
        ("glass", "glass"),
        ("weaving", "weav"),
        ("tea", "tea"),
    ],
)
def test_endings_fall_away_but_short_words_stay(word, stemmed):
    assert stem(word).startswith(stemmed.removesuffix("e"))


def test_little_words_are_left_out_of_a_query_unless_there_are_no_others():
    assert query_words("the basket of Kenya") == ["basket", "kenya"]
    assert query_words("the") == ["the"]


def test_a_query_is_cut_and_freed_of_what_cannot_be_seen():
    assert clean("  soap\x00\u200b\n  bar ") == "soap bar"
    assert len(clean("x" * 5000)) == MAX_QUERY
    assert query_words("🙂 !!! '\" --") == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("scraf", "scarf"), ("cofee", "coffee"), ("baskett", "basket"), ("soup", "soap")]
)
def test_words_one_error_apart_share_a_deletion(typed, meant):
    assert distance(typed, meant) == 1
    assert deletions(typed) & deletions(meant)


def test_the_nearest_word_is_meant_and_a_far_one_never():
    assert nearest("cofee", ["toffee", "coffee"]) == "coffee"
    assert nearest("cofee", ["basket"]) is None
    assert nearest("necklaec", ["necklace"]) == "necklace"
