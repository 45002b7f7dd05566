"""The difference between two texts, as reviewers and shoppers read it."""

from storefront.catalog.comparing import marked_words


def test_what_was_told_anew_is_all_gone_and_all_new():
    """Blanks that were alike everywhere made this a minute's work, on a page that anyone may open."""
    before, after = (" ".join(f"{word}{at}" for at in range(990)) for word in ("one", "other"))
    assert marked_words(before, after) == [("gone", before), ("new", after)]


def test_words_that_stayed_are_found_between_those_that_did_not():
    assert marked_words("We weave at home.\n\nIn winter.", "We spin at home.\n\nIn winter.") == [
        ("same", "We "), ("gone", "weave "), ("new", "spin "), ("same", "at home.\n\nIn winter."),
    ]  # fmt: skip


def test_a_word_in_a_long_text_is_found_though_others_stand_everywhere():
    before = " ".join(f"the word{at}" for at in range(300))
    marks = marked_words(before, before.replace("word150", "place"))
    assert [(mark, text.strip()) for mark, text in marks if mark != "same"] == [("gone", "word150"), ("new", "place")]
    assert "".join(text for mark, text in marks if mark != "new") == before
