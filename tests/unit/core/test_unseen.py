"""What can't be seen is no answer, and harms no word in any script."""

import pytest

from storefront.core.unseen import without_unseen


@pytest.mark.parametrize(
    "text", ["\u200b", "\u200d\u2060\u00ad", "\u3164", "\u2800\u2800", "\ufe0f", "\u202e\u200f", "\u034f", ""]
)
def test_where_nothing_can_be_seen_nothing_was_written(text):
    assert without_unseen(text) == ""
    assert without_unseen(f" {text}\n") == " \n"


@pytest.mark.parametrize(
    "text", ["नेपाली\u200dभाषा", "می\u200cخواهم", "👩\u200d🌾", "❤\ufe0f", "a\u00adb", "ㅎㅎ", "…", "0", "   "]
)
def test_what_joins_and_varies_stays_where_there_is_something_to_see(text):
    assert without_unseen(text) == text
