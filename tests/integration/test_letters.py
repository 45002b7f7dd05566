"""Letters: plain text says names as they are, HTML escapes them; what nobody needs to get is kept for a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from people import add_user, letters, sign_in

from storefront.chores import CHORES
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.core.mail import MAX_ATTEMPTS, Email, compose, queue, send_due
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


def test_letters_that_a_link_ends_are_gone_from_the_outbox_after_a_month_and_others_stay(app, context):
    needed = Email("mei@example.org", "Your order", "x", "x", "order_confirmation")
    for days, kind in ((31, "answer"), (29, "digest")):
        with clock.at(clock.now() - timedelta(days=days)):
            with unit_of_work():
                queue(needed, clock.now())
                queue(replace(needed, kind=kind, unsubscribe_url="http://localhost/unsubscribe/x"), clock.now())
            assert send_due("", "shop@example.org") == 2
    assert CHORES["forget_letters"]() == 1
    assert CHORES["forget_letters"]() == 0
    assert [letter.kind for letter in letters()] == ["order_confirmation", "order_confirmation", "digest"]


def test_a_letter_that_nothing_sent_for_a_month_is_not_forgotten_before_it_is_sent(app, context):
    with clock.at(clock.now() - timedelta(days=40)), unit_of_work():
        queue(Email("mei@example.org", "An answer", "x", "x", "answer", "http://localhost/unsubscribe/x"), clock.now())
    assert CHORES["forget_letters"]() == 0
    assert send_due("", "shop@example.org") == 1
    assert CHORES["forget_letters"]() == 0


def test_letters_are_found_by_whom_they_go_to_what_they_say_and_what_became_of_them(context, client):
    for number in range(51):
        with unit_of_work():
            queue(
                Email(f"n{number}@example.org", f"Your 100% order {number}", "x", "x", "order_confirmation"),
                clock.now(),
            )
    given_up, waiting, *_ = letters()
    with unit_of_work():
        for letter in letters():
            letter.sent_at = clock.now()
        waiting.sent_at = given_up.sent_at = None
        given_up.attempts, given_up.error = MAX_ATTEMPTS, "no such mailbox"
    assert "51 letters" in client.get("/mail").text
    assert "Your 100% order 0<" in client.get("/mail?page=3").text
    for words in ("N50@", "100% order 50"):
        found = client.get("/mail", query_string={"words": words}).text
        assert "One letter" in found
        assert "n50@example.org" in found
    for state, letter, told in (("waiting", waiting, "not yet"), ("failed", given_up, f"Tried {MAX_ATTEMPTS} times")):
        found = client.get(f"/mail?state={state}").text
        assert "One letter" in found
        assert letter.recipient in found
        assert told in found
    assert "No letter is like this" in client.get("/mail?words=nobody").text


def test_a_confidential_letter_that_could_not_be_sent_is_not_kept_for_ever(context, client):
    with clock.at(clock.now() - timedelta(days=40)), unit_of_work():
        queue(Email("mei@example.org", "Your case", "x", "x", "concern_news"), clock.now())
    with unit_of_work():
        (letter,) = letters()
        letter.attempts = MAX_ATTEMPTS
    add_user("admin@example.org", "admin")
    sign_in(client, "admin@example.org")
    row = client.get("/admin").text.partition("Letters that could not be sent")[2]
    assert ">0<" in row.partition("</tr>")[0], "what no admin may read is not counted for them"
    assert CHORES["forget_letters"]() == 1
