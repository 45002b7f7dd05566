"""Letters: their plain text and subject say names as they are, their HTML escapes them."""

from __future__ import annotations

import pytest

from storefront.core.mail import compose
from storefront.noticing import Line

NAME = "Jug & Tide's <balm>"


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "words_refused", "what": "question", "about": NAME, "reason": NAME, "link": "http://x/"},
        {"kind": "answer", "what": "question", "group": NAME, "about": NAME, "question": NAME, "text": "", "link": ""},
        {"kind": "digest", "name": NAME, "group": NAME, "base": "", "studio_url": "", "count": 2,
         "news": {"review": ([Line(NAME, 1, "/a"), Line(NAME, 5, "/b")], 1)}},
    ],
    ids=lambda facts: facts["kind"],
)  # fmt: skip
def test_a_name_is_escaped_in_the_html_of_a_letter_and_nowhere_else(app, facts):
    with app.app_context():
        letter = compose(facts["kind"], "mei@example.org", **{key: one for key, one in facts.items() if key != "kind"})
    assert NAME in letter.subject
    assert NAME in letter.text
    assert "&amp;" not in letter.subject + letter.text
    assert "&#39;" not in letter.subject + letter.text
    assert "<balm>" not in letter.html
    assert "Jug &amp; Tide&#39;s &lt;balm&gt;" in letter.html
    assert "&amp;amp;" not in letter.html
