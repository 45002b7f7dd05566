"""A sandbox on a free port, the official SDK that speaks to it, and an endpoint that hears its events."""

from __future__ import annotations

import http.client
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from storefront.stripe_sandbox import Options, Sandbox, run_in_thread

KEY = "sk_test_sandbox_tests"
SECRET = "whsec_sandbox_tests"


@dataclass
class Reply:
    """What an HTTP request without a library came back with."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def ask(
    base: str,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One plain request; redirects are not followed."""
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=15)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Reply(response.status, dict(response.headers), response.read().decode())
    finally:
        connection.close()


@dataclass
class Ear:
    """The shop's webhook endpoint: hears events, and answers with the statuses it is given."""

    url: str = ""
    heard: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in list(self.heard)]

    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body, _ in list(self.heard)]


def wait_for(true: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Wait until something holds, and give it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def ear() -> Iterator[Ear]:
    """An endpoint that runs in a thread."""
    ear = Ear()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ear.heard.append((body, self.headers["Stripe-Signature"]))
            self.send_response(ear.answers.pop(0) if ear.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    ear.url = f"http://127.0.0.1:{server.server_port}/stripe/webhook"
    yield ear
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def options(ear: Ear, tmp_path: Any) -> Options:
    """Fast, and with nothing that happens by itself: charges settle when a test says so."""
    return Options(
        port=0,
        database=str(tmp_path / "sandbox.sqlite"),
        webhook_url=ear.url,
        webhook_secret=SECRET,
        settle_seconds=600,
        dispute_seconds=0,
        retry_seconds=(0.05, 0.1),
        tick_seconds=0.05,
    )


@pytest.fixture
def sandbox(options: Options) -> Iterator[Sandbox]:
    """A running sandbox."""
    with run_in_thread(options) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    """The official SDK, told only the sandbox's address; it does not retry by itself."""
    return make_client(sandbox.url)


def make_client(url: str, retries: int = 0, key: str = KEY) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=retries)


@dataclass
class Control:
    """The control API."""

    url: str

    def __call__(self, path: str, /, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        reply = ask(self.url, "POST", f"/_sandbox/{path}", json.dumps(body).encode(), headers)
        assert reply.status == 200, reply.text
        return reply.json

    def deliveries(self) -> list[dict[str, Any]]:
        reply = ask(self.url, "GET", "/_sandbox/webhooks/deliveries", None, {"Authorization": f"Bearer {KEY}"})
        return list(reply.json["data"])


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    return Control(sandbox.url)


@dataclass
class Buyer:
    """A browser without scripts, at the checkout page."""

    url: str

    def look(self, address: str) -> Reply:
        return ask(self.url, "GET", urlsplit(address).path)

    def send(self, address: str, **form: str) -> Reply:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return ask(self.url, "POST", urlsplit(address).path, urlencode(form).encode(), kind)

    def pay(self, address: str, card: str = "4242424242424242", **form: str) -> Reply:
        return self.send(address, **{"name": "Mei Lin", "card": card, "expiry": "12 / 34", "cvc": "123", **form})


@pytest.fixture
def buyer(sandbox: Sandbox) -> Buyer:
    return Buyer(sandbox.url)


def session_params(amount: int = 2500, currency: str = "usd", **more: Any) -> dict[str, Any]:
    """What the shop asks of Stripe for one order: goods and delivery as line items."""
    lines = [("Soap from Hualien", amount - 500, 1), ("Delivery", 500, 1)] if amount > 500 else [("Soap", amount, 1)]
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": "http://127.0.0.1:5000/checkout/return?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:5000/cart",
        "customer_email": "mei@example.org",
        "client_reference_id": "HH-1",
        "metadata": {"order": "HH-1"},
        "payment_intent_data": {"metadata": {"order": "HH-1"}, "transfer_group": "HH-1"},
        "line_items": [
            {
                "quantity": quantity,
                "price_data": {"currency": currency, "unit_amount": unit, "product_data": {"name": name}},
            }
            for name, unit, quantity in lines
        ],
        **more,
    }


@pytest.fixture
def paid(client: stripe.StripeClient, control: Control) -> Callable[..., Any]:
    """Make a session, pay it, and give it with its payment intent and charge expanded."""

    def pay(amount: int = 2500, currency: str = "usd", card: str = "4242424242424242", **more: Any) -> Any:
        made = client.v1.checkout.sessions.create(params=session_params(amount, currency, **more))  # type: ignore[arg-type]
        control(f"sessions/{made.id}/pay", card=card)
        return client.v1.checkout.sessions.retrieve(made.id, params={"expand": ["payment_intent.latest_charge"]})

    return pay


@pytest.fixture(name="make_client")
def make_client_fixture(sandbox: Sandbox) -> Callable[..., stripe.StripeClient]:
    return lambda retries=0, key=KEY: make_client(sandbox.url, retries, key)


@pytest.fixture(name="wait_for")
def wait_for_fixture() -> Callable[..., Any]:
    return wait_for


@pytest.fixture(name="session_params")
def session_params_fixture() -> Callable[..., dict[str, Any]]:
    return session_params


@pytest.fixture
def plain(sandbox: Sandbox) -> Callable[..., Reply]:
    """Plain requests to the API with a sandbox key."""

    def send(method: str, path: str, form: str | None = None, **headers: str) -> Reply:
        given = {"Authorization": f"Bearer {KEY}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if form is not None:
            given.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return ask(sandbox.url, method, path, form.encode() if form is not None else None, given)

    return send
