"""Letters that can be ended: by the page behind their link, by one click in a mail program, and begun again."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from people import letters as outbox

from storefront.core import clock, mail, refusing
from storefront.core.db import unit_of_work
from storefront.core.mail import Email

WHAT = ("back_in_stock", "Mei@example.org ")
ONE_CLICK = {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def what(context):
    return refusing.letters(*WHAT)


@pytest.fixture
def path(what):
    return urlsplit(refusing.link(what)).path


def test_opening_the_link_ends_nothing_and_its_button_does(client, what, path):
    assert "End these letters" in client.get(path).get_data(as_text=True)
    assert not refusing.refused(what)
    assert "have ended" in client.post(path).get_data(as_text=True)
    assert refusing.refused(refusing.letters("back_in_stock", "mei@example.org"))
    assert "have ended" in client.get(path).get_data(as_text=True)
    client.post(f"{path}/undo")
    assert not refusing.refused(what)


def test_a_mail_program_ends_them_by_one_click_twice_over_and_from_elsewhere(client, what, path):
    for _ in range(2):
        answered = client.post(path, headers={"Sec-Fetch-Site": "cross-site"}, **ONE_CLICK)
        assert answered.status_code == 200, "a redirect would not be followed"
        assert "Set-Cookie" not in answered.headers
    assert refusing.refused(what)


def test_only_these_letters_end(client, path):
    client.post(path)
    for other in (
        refusing.letters("back_in_stock", "otto@example.org"),
        refusing.letters("back_in_stock", "mei@example.org", "sunlit-bench"),
        refusing.letters("updates", "mei@example.org"),
    ):
        assert not refusing.refused(other)


def test_an_altered_link_and_one_of_no_known_kind_end_nothing(client, context, path):
    assert client.post(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    unknown = urlsplit(refusing.link(refusing.letters("nothing", "mei@example.org"))).path
    assert client.post(unknown).status_code == 404


def test_the_link_does_not_name_the_mailbox(path):
    assert "mei" not in path.lower()


def test_a_letter_that_can_be_ended_says_so_to_mail_programs_and_others_do_not(what, monkeypatch):
    sent = []
    monkeypatch.setattr(mail, "_deliver", lambda message, _url: sent.append(message))
    link = refusing.link(what)
    with unit_of_work():
        mail.queue(Email("mei@example.org", "It is back", "text", "<p>html</p>", "back_in_stock", link), clock.now())
        mail.queue(Email("mei@example.org", "Paid", "text", "<p>html</p>", "order"), clock.now())
    mail.send_due("smtp://nowhere", "shop@example.org")
    needed, optional = (message.as_bytes().decode() for message in sent)
    assert "Subject: Paid" in needed, "what somebody waits for goes first"
    assert f"\r\nList-Unsubscribe: <{link}>\r\n" in optional, "whole, on one line, not encoded"
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in optional
    assert "List-Unsubscribe" not in needed
    assert len(outbox()) == 2
