"""Idempotency keys, and the faults that make them needed."""

from __future__ import annotations

import threading

import pytest
import stripe


def create(client, params, key):
    return client.v1.checkout.sessions.create(params=params, options={"idempotency_key": key})


def test_the_same_request_with_the_same_key_happens_once(client, session_params):
    first = create(client, session_params(), "checkout:1:1")
    again = create(client, session_params(), "checkout:1:1")
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_another_request_with_the_same_key_is_refused(client, session_params):
    session = create(client, session_params(), "k")
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        create(client, session_params(2600), "k")
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "k"})


def test_what_fails_validation_leaves_the_key_free(client, session_params):
    with pytest.raises(stripe.InvalidRequestError):
        create(client, session_params(nonsense="x"), "k")
    assert create(client, session_params(), "k").status == "open"


def test_a_refusal_of_the_work_itself_is_kept(client, paid):
    session = paid()
    intent = session.payment_intent.id
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create(
                params={"payment_intent": intent, "amount": 9999}, options={"idempotency_key": "refund:1"}
            )
    assert refused.value.headers["Idempotent-Replayed"] == "true"


def test_a_key_is_forgotten_after_a_day(client, control, session_params):
    first = create(client, session_params(), "k")
    control("clock", advance=86500)
    assert create(client, session_params(), "k").id != first.id


def test_a_lost_answer_is_found_again_with_the_key(client, control, session_params):
    control("faults", kind="error_after_commit", method="POST", path="/v1/checkout/sessions")
    with pytest.raises(stripe.APIError) as broken:
        create(client, session_params(), "k")
    assert broken.value.http_status == 500
    made = client.v1.checkout.sessions.list().data
    assert [one.id for one in made] == [create(client, session_params(), "k").id]


def test_another_key_for_the_same_try_makes_a_second_session(client, control, session_params):
    control("faults", kind="error_after_commit", method="POST", path="/v1/checkout/sessions")
    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.create(params=session_params(), options={"idempotency_key": "one"})
    client.v1.checkout.sessions.create(params=session_params(), options={"idempotency_key": "two"})
    assert len(client.v1.checkout.sessions.list().data) == 2


@pytest.mark.parametrize("commit", [False, True])
def test_a_sticky_500_stays_with_its_key(client, control, session_params, commit):
    control("faults", kind="sticky_error", method="POST", path="/v1/checkout", commit=commit)
    for _ in range(3):
        with pytest.raises(stripe.APIError):
            create(client, session_params(), "k")
    assert len(client.v1.checkout.sessions.list().data) == int(commit)
    assert create(client, session_params(), "k2").status == "open"


def test_conflicts_and_rate_limits_leave_the_key_free(client, control, session_params):
    control("faults", kind="conflict", method="POST")
    control("faults", kind="rate_limit", method="POST")
    with pytest.raises(stripe.APIError) as conflict:
        create(client, session_params(), "k")
    assert conflict.value.http_status == 409
    with pytest.raises(stripe.RateLimitError):
        create(client, session_params(), "k")
    assert create(client, session_params(), "k").status == "open"


def test_the_sdk_retries_with_the_same_key_by_itself(make_client, control, session_params):
    control("faults", kind="error_after_commit", method="POST", path="/v1/checkout/sessions")
    client = make_client(retries=2)
    session = client.v1.checkout.sessions.create(params=session_params())
    assert session.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_a_request_that_times_out_has_been_done(sandbox, control, client, session_params):
    control("faults", kind="timeout", method="POST", path="/v1/checkout/sessions", seconds=1.5)
    hasty = stripe.StripeClient(
        "sk_test_sandbox_tests",
        base_addresses={"api": sandbox.url},
        max_network_retries=0,
        http_client=stripe.UrllibClient()
        if not hasattr(stripe, "RequestsClient")
        else stripe.RequestsClient(timeout=0.5),
    )
    with pytest.raises(stripe.APIConnectionError):
        create(hasty, session_params(), "k")
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_a_key_in_use_makes_the_second_request_wait(sandbox, client, session_params, plain):
    """The first request holds its key before its work is done; the second is told so by a 409."""
    form = "&".join(
        [
            "mode=payment", "success_url=http://127.0.0.1/", "line_items[0][quantity]=1",
            "line_items[0][price_data][currency]=usd", "line_items[0][price_data][unit_amount]=900",
            "line_items[0][price_data][product_data][name]=Soap",
        ]
    )  # fmt: skip
    from storefront.stripe_sandbox import idempotency

    mark = idempotency.fingerprint(form)
    assert idempotency.claim(sandbox.state, "k", "/v1/checkout/sessions", mark, "req_1") is None
    busy = plain("POST", "/v1/checkout/sessions", form, Idempotency_Key="k")
    assert (busy.status, busy.json["error"]["code"]) == (409, "idempotency_key_in_use")
    idempotency.give_back(sandbox.state, "k")
    assert plain("POST", "/v1/checkout/sessions", form, Idempotency_Key="k").status == 200


def test_many_threads_with_one_key_make_one_session(sandbox, client, session_params, make_client):
    found, start = [], threading.Barrier(8)

    def go() -> None:
        mine = make_client(retries=5)
        start.wait()
        found.append(create(mine, session_params(), "k").id)

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(client.v1.checkout.sessions.list().data) == 1
