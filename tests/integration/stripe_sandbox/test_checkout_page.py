"""The checkout page, used by a browser without scripts."""

from __future__ import annotations

import threading

import html5lib
import pytest


@pytest.fixture
def session(client, session_params):
    return client.v1.checkout.sessions.create(params=session_params())


def again(client, session):
    return client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent"]})


def test_the_page_says_what_it_is_and_what_is_bought(buyer, session):
    page = buyer.look(session.url)
    assert page.status == 200
    for text in (
        "No money moves",
        "Soap from Hualien",
        "Delivery",
        "USD 25.00",
        "4242 4242 4242 4242",
        'href="http://127.0.0.1:5000/cart"',
    ):
        assert text in page.text
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert buyer.look("/assets/sandbox.css").status == 200


def test_a_payment_sends_the_buyer_back_to_the_shop(buyer, client, session):
    reply = buyer.pay(session.url, "4242 4242 4242 4242")
    assert reply.status == 303
    assert reply.headers["Location"] == f"http://127.0.0.1:5000/checkout/return?session={session.id}"
    assert again(client, session).customer_details.name == "Mei Lin"


@pytest.mark.parametrize(
    ("card", "words"), [("4000000000000002", "was declined"), ("4000000000009995", "insufficient funds")]
)
def test_a_declined_card_leaves_the_session_open(buyer, client, session, card, words):
    reply = buyer.pay(session.url, card)
    assert reply.status == 402
    assert words in reply.text
    assert 'value="4' not in reply.text
    after = again(client, session)
    assert (after.status, after.payment_status) == ("open", "unpaid")
    assert after.payment_intent.last_payment_error.code == "card_declined"
    assert client.v1.events.list(params={"type": "payment_intent.payment_failed"}).data
    assert buyer.pay(session.url).status == 303
    assert again(client, session).payment_intent.id == after.payment_intent.id


def test_no_other_number_is_taken_kept_or_shown(buyer, client, session, sandbox):
    reply = buyer.pay(session.url, "4111111111111111")
    assert reply.status == 422
    assert "takes only the test cards" in reply.text
    assert "4111111111111111" not in reply.text
    assert again(client, session).payment_intent is None


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "Write the name"),
        ({"expiry": "13/34"}, "Write the expiry"),
        ({"expiry": "01/20"}, "in the future"),
        ({"cvc": "1"}, "security code"),
    ],
)
def test_a_form_with_mistakes_says_what_is_wrong(buyer, session, form, words):
    reply = buyer.pay(session.url, **form)
    assert reply.status == 422
    assert words in reply.text
    assert 'aria-invalid="true"' in reply.text
    html5lib.HTMLParser(strict=True).parse(reply.text)


def test_pressing_twice_charges_once(buyer, client, session):
    """Eight submits at the same moment: all are sent on to the shop, one charge is made."""
    start, replies = threading.Barrier(8), []

    def press() -> None:
        start.wait()
        replies.append(buyer.pay(session.url))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(reply.status, reply.headers["Location"].split("?")[0]) for reply in replies} == {
        (303, "http://127.0.0.1:5000/checkout/return")
    }
    assert len(client.v1.charges.list().data) == 1
    assert len(client.v1.events.list(params={"type": "checkout.session.completed"}).data) == 1


def test_without_the_guard_pressing_twice_charges_twice(buyer, client, session, monkeypatch):
    """The control of the test above: with the look at the session taken away, the second press charges again."""
    from storefront.stripe_sandbox import checkout_page, paying
    from storefront.stripe_sandbox.sessions import find

    def reopened(state, session_id):
        return {**find(state, session_id), "status": "open", "url": "http://127.0.0.1/"}

    monkeypatch.setattr(paying, "_open", reopened)
    monkeypatch.setattr(checkout_page, "find_session", reopened)
    buyer.pay(session.url)
    buyer.pay(session.url)
    assert len(client.v1.charges.list().data) == 2


def test_the_bank_asks_and_the_buyer_approves(buyer, client, session):
    reply = buyer.pay(session.url, "4000002760003155")
    assert reply.status == 303
    assert reply.headers["Location"] == f"/c/pay/{session.id}/authenticate"
    question = buyer.look(reply.headers["Location"])
    assert "Approve" in question.text
    html5lib.HTMLParser(strict=True).parse(question.text)
    assert again(client, session).payment_intent.status == "requires_action"
    done = buyer.send(reply.headers["Location"], decision="approve")
    assert done.headers["Location"].startswith("http://127.0.0.1:5000/checkout/return")
    assert buyer.send(reply.headers["Location"], decision="approve").headers["Location"] == done.headers["Location"]
    assert len(client.v1.charges.list().data) == 1


def test_the_bank_asks_and_the_buyer_refuses(buyer, client, session):
    asked = buyer.pay(session.url, "4000002760003155").headers["Location"]
    reply = buyer.send(asked, decision="refuse")
    assert (reply.status, reply.headers["Location"]) == (303, f"/c/pay/{session.id}")
    assert "did not confirm" in buyer.look(session.url).text
    after = again(client, session)
    assert after.payment_intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert not client.v1.charges.list().data
    assert buyer.pay(session.url).status == 303


def test_a_delayed_method_needs_no_card(buyer, client, session):
    reply = buyer.send(session.url, name="Mei Lin", method="delayed")
    assert reply.status == 303
    assert again(client, session).payment_status == "unpaid"
    assert again(client, session).status == "complete"


def test_nothing_to_pay_is_completed_without_a_card(buyer, client, session_params):
    free = client.v1.checkout.sessions.create(params=session_params(0))
    assert "Complete the order" in buyer.look(free.url).text
    assert buyer.send(free.url, name="Mei Lin").status == 303
    after = client.v1.checkout.sessions.retrieve(free.id)
    assert (after.status, after.payment_status, after.payment_intent) == ("complete", "no_payment_required", None)


@pytest.mark.parametrize(("currency", "shown"), [("jpy", "JPY 2,500"), ("kwd", "KWD 2.500")])
def test_amounts_have_the_decimals_of_their_currency(buyer, client, session_params, currency, shown):
    made = client.v1.checkout.sessions.create(params=session_params(2500, currency))
    assert f"<h1>Pay {shown}</h1>" in buyer.look(made.url).text


def test_a_paid_session_says_so(buyer, session):
    buyer.pay(session.url)
    page = buyer.look(session.url)
    assert "Paid already" in page.text
    assert buyer.pay(session.url).status == 303


def test_a_session_expires_by_the_clock(buyer, client, control, session, ear, wait_for):
    control("clock", advance=86500)
    page = buyer.look(session.url)
    assert page.status == 410
    assert "This session expired" in page.text
    assert buyer.look(buyer.pay(session.url).headers["Location"]).status == 410
    after = client.v1.checkout.sessions.retrieve(session.id)
    assert (after.status, after.url, after.payment_intent) == ("expired", None, None)
    wait_for(lambda: "checkout.session.expired" in ear.types())


def test_the_shop_can_expire_a_session(client, session, buyer):
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    assert "expired" in buyer.look(session.url).text
    with pytest.raises(Exception, match="Only open"):
        client.v1.checkout.sessions.expire(session.id)


def test_expiry_cancels_a_payment_that_waits_for_the_bank(client, session, buyer):
    asked = buyer.pay(session.url, "4000002760003155").headers["Location"]
    client.v1.checkout.sessions.expire(session.id)
    assert again(client, session).payment_intent.status == "canceled"
    assert buyer.look(buyer.send(asked, decision="approve").headers["Location"]).status == 410
    assert not client.v1.charges.list().data


def test_there_is_no_page_for_an_unknown_session(buyer):
    assert buyer.look("/c/pay/cs_test_sandbox_none").status == 404
