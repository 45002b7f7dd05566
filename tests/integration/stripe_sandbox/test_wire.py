"""The wire: keys, versions, refusals, paging, expanding; by the SDK where it can be, by hand where not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import stripe
from stripe import _api_version

import storefront.stripe_sandbox as sandbox_package
from storefront.stripe_sandbox import API_VERSION

UNKNOWN = "parameter_unknown"


def test_the_sandbox_speaks_the_version_of_the_pinned_sdk():
    assert API_VERSION == _api_version._ApiVersion.CURRENT


def test_the_sandbox_imports_nothing_of_the_shop_and_no_sdk():
    for path in Path(sandbox_package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(name.name.split(".")[0] in {"storefront", "stripe"} for name in node.names), path
            if isinstance(node, ast.ImportFrom):
                assert node.level in (0, 1), path
                assert node.level == 1 or (node.module or "").split(".")[0] not in {"storefront", "stripe"}, path


def test_a_session_is_made_as_the_sdk_asks(client, session_params):
    session = client.v1.checkout.sessions.create(params=session_params())
    assert session.id.startswith("cs_test_sandbox_")
    assert (session.amount_total, session.currency, session.status, session.payment_status) == (
        2500, "usd", "open", "unpaid",
    )  # fmt: skip
    assert session.livemode is False
    assert session.metadata["order"] == "HH-1"
    assert session.payment_intent is None
    assert session.url.endswith(f"/c/pay/{session.id}")
    assert session.expires_at - session.created == 86400
    assert session.last_response.headers["Request-Id"].startswith("req_sandbox_")


@pytest.mark.parametrize("key", ["sk_test_51abc", "sk_live_51abcdefghijklmnopqrstuv", "sk_test_sandbox_"])
def test_only_sandbox_keys_are_taken(make_client, key):
    with pytest.raises(stripe.AuthenticationError) as refused:
        make_client(key=key).v1.refunds.list()
    assert refused.value.http_status == 401
    assert key not in str(refused.value) or len(key) < 18


def test_without_a_key_nothing_is_answered(plain):
    assert plain("GET", "/v1/events", Authorization="").status == 401
    assert plain("GET", "/v1/events", Authorization="Basic c2tfdGVzdA==").status == 401
    assert plain("GET", "/_sandbox/webhooks/deliveries", Authorization="").status == 401


def test_the_sandbox_refuses_other_versions_and_accounts(plain):
    assert plain("GET", "/v1/events", Stripe_Version="2019-01-01").status == 400
    assert plain("GET", "/v1/events", Stripe_Account="acct_1").status == 403


def test_the_sandbox_answers_this_machine_only(plain):
    assert plain("GET", "/v1/events", Host="rebound.example").status == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/customers"), ("POST", "/v1/customers"), ("GET", "/v1"), ("GET", "/v1/refunds/re_1/cancel"),
        ("DELETE", "/v1/events/evt_1"), ("POST", "/v1/payment_intents"), ("GET", "/v2/core/accounts"),
        ("POST", "/v2/core/accounts"), ("GET", "/v1/balance"), ("GET", "/anything"), ("POST", "/_sandbox/unknown"),
    ],
)  # fmt: skip
def test_what_is_not_modelled_is_refused_and_never_a_canned_200(plain, method, path):
    reply = plain(method, path, "" if method == "POST" else None)
    assert reply.status == 404
    assert reply.json["error"]["type"] == "invalid_request_error"


def test_the_sdk_hears_of_unknown_endpoints(client):
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.customers.create(params={"email": "mei@example.org"})


@pytest.mark.parametrize(
    ("more", "param", "code"),
    [
        ({"allow_promotion_codes": True}, "allow_promotion_codes", UNKNOWN),
        ({"nonsense": "x"}, "nonsense", UNKNOWN),
        ({"payment_intent_data": {"capture_method": "manual"}}, "payment_intent_data[capture_method]", UNKNOWN),
        ({"mode": "subscription"}, "mode", None),
        ({"ui_mode": "elements"}, "ui_mode", None),
        ({"success_url": "shop"}, "success_url", "url_invalid"),
        ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
        ({"customer_email": ""}, "customer_email", "parameter_invalid_empty"),
        ({"expires_at": "soon"}, "expires_at", "parameter_invalid_integer"),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "line_items[0][price]", UNKNOWN),
        ({"metadata": {"k" * 41: "x"}}, "metadata[" + "k" * 41 + "]", None),
    ],
)  # fmt: skip
def test_wrong_or_unmodelled_parameters_are_named(client, session_params, more, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params=session_params(**more))
    assert (refused.value.param, refused.value.code) == (param, code)


def test_a_missing_parameter_is_named(plain):
    reply = plain("POST", "/v1/checkout/sessions", "mode=payment")
    assert reply.json["error"]["code"] == "parameter_missing"
    assert reply.json["error"]["param"] == "line_items"
    assert plain("POST", "/v1/refunds", "{}", Content_Type="application/json").status == 400


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("usd", 49, "amount_too_small"),
        ("jpy", 49, "amount_too_small"),
        ("kwd", 2501, "parameter_invalid_integer"),
        ("xxx", 2500, None),
    ],
)
def test_amounts_that_stripe_would_not_charge_are_refused(client, session_params, currency, amount, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params=session_params(amount, currency))
    assert refused.value.code == code


def test_all_lines_of_a_session_have_one_currency(client, session_params):
    params = session_params()
    params["line_items"][1]["price_data"]["currency"] = "eur"
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        client.v1.checkout.sessions.create(params=params)


@pytest.mark.parametrize("seconds", [60, 1700, 86500, 200000])
def test_a_session_lives_from_half_an_hour_to_a_day(client, session_params, seconds):
    now = client.v1.checkout.sessions.create(params=session_params()).created
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params=session_params(expires_at=now + seconds))
    assert refused.value.param == "expires_at"
    assert client.v1.checkout.sessions.create(params=session_params(expires_at=now + 1830)).status == "open"


def test_lists_page_newest_first_and_say_whether_there_is_more(client, session_params):
    made = [client.v1.checkout.sessions.create(params=session_params()).id for _ in range(5)]
    first = client.v1.checkout.sessions.list(params={"limit": 2})
    assert [one.id for one in first.data] == made[:-3:-1]
    assert first.has_more
    last = client.v1.checkout.sessions.list(params={"limit": 3, "starting_after": first.data[-1].id})
    assert [one.id for one in last.data] == made[2::-1]
    assert not last.has_more
    before = client.v1.checkout.sessions.list(params={"limit": 2, "ending_before": made[0]})
    assert [one.id for one in before.data] == [made[2], made[1]]
    assert [one.id for one in client.v1.checkout.sessions.list(params={"limit": 2}).auto_paging_iter()] == made[::-1]


def test_wrong_pages_are_refused(client):
    for params in ({"limit": 0}, {"limit": 101}, {"starting_after": "re_none"}, {"colour": "red"}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.list(params=params)


def test_lists_are_filtered(client, session_params, paid):
    client.v1.checkout.sessions.create(params=session_params())
    done = paid()
    assert [one.id for one in client.v1.checkout.sessions.list(params={"status": "complete"}).data] == [done.id]
    by_intent = client.v1.checkout.sessions.list(params={"payment_intent": done.payment_intent.id})
    assert [one.id for one in by_intent.data] == [done.id]
    assert not client.v1.checkout.sessions.list(params={"created": {"gt": done.created + 9}}).data
    types = ["charge.succeeded", "payment_intent.succeeded"]
    assert {one.type for one in client.v1.events.list(params={"types": types}).data} == set(types)


def test_expand_replaces_ids_along_a_path(client, control, paid):
    session = paid()
    control(f"charges/{session.payment_intent.latest_charge.id}/settle")
    path = ["payment_intent.latest_charge.balance_transaction", "line_items"]
    again = client.v1.checkout.sessions.retrieve(session.id, params={"expand": path})
    assert again.payment_intent.latest_charge.balance_transaction.fee == 103
    assert [line.description for line in again.line_items.data] == ["Soap from Hualien", "Delivery"]
    listed = client.v1.checkout.sessions.list(params={"expand": ["data.payment_intent"]})
    assert listed.data[0].payment_intent.id == session.payment_intent.id
    assert isinstance(client.v1.checkout.sessions.retrieve(session.id).payment_intent, str)


@pytest.mark.parametrize("path", ["metadata", "payment_intent.payment_method", "a.b.c.d.e", "data.payment_intent"])
def test_what_cannot_be_expanded_is_refused(client, paid, path):
    session = paid()
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        client.v1.checkout.sessions.retrieve(session.id, params={"expand": [path]})


def test_expand_is_read_in_the_form_that_curl_uses(plain, paid):
    session = paid()
    reply = plain("GET", f"/v1/checkout/sessions/{session.id}?expand[]=payment_intent&expand[]=line_items")
    assert reply.json["payment_intent"]["id"] == session.payment_intent.id
    assert reply.json["line_items"]["data"]
    assert not [name for name in (*reply.json, *reply.json["payment_intent"]) if name.startswith("_")]


def test_line_items_are_a_list_of_their_own(client, session_params):
    session = client.v1.checkout.sessions.create(params=session_params())
    first = client.v1.checkout.sessions.line_items.list(session.id, params={"limit": 1})
    assert first.has_more
    rest = client.v1.checkout.sessions.line_items.list(session.id, params={"starting_after": first.data[0].id})
    assert [line.amount_total for line in [*first.data, *rest.data]] == [2000, 500]


def test_what_does_not_exist_is_missing(client):
    for find in (client.v1.refunds.retrieve, client.v1.charges.retrieve, client.v1.checkout.sessions.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            find("none_1")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
