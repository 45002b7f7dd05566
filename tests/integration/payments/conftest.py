"""A shop beside a running Stripe sandbox: the real library over loopback, and a hand on both sides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from ordering import place_order
from paying import KEY, SECRET, Stripe, fresh, payment_of
from werkzeug.serving import make_server

from storefront.payments import gateway, settling, starting
from storefront.payments.models import Payment
from storefront.stripe_sandbox import Options, Sandbox, run_in_thread


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of this test's own. Fees and disputes come when asked for; nothing is delivered by itself."""
    options = Options(port=0, settle_seconds=86400, dispute_seconds=86400, tick_seconds=0.05)
    with run_in_thread(options) as running:
        yield running
    gateway.forget_clients()


@pytest.fixture
def app_settings(sandbox: Sandbox) -> dict[str, Any]:
    return {"stripe_api_base": sandbox.url, "stripe_secret_key": KEY, "stripe_webhook_secret": SECRET}


@pytest.fixture
def stripe(sandbox: Sandbox) -> Stripe:
    """The other side of the wire."""
    return Stripe(sandbox.url)


@pytest.fixture
def endpoint(app: Flask, stripe: Stripe) -> Iterator[str]:
    """The shop on a port, registered as the endpoint for webhooks; they wait for `stripe.deliver()`."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.port}/stripe/webhook"
    stripe("webhooks/pause")
    stripe("webhooks/endpoint", url=url, secret=SECRET)
    yield url
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def buy(world: Any) -> Callable[..., Payment]:
    """Place an order and start its payment: `buy({"COFFEE": 2})`."""

    def do(wanted: dict[str, int] | None = None, **facts: Any) -> Payment:
        order_ref = place_order(wanted or {"COFFEE": 2, "SCARF-RED": 1}, **facts)
        starting.start(order_ref)
        return payment_of(order_ref)

    return do


@pytest.fixture
def paid(buy: Callable[..., Payment], stripe: Stripe) -> Callable[..., Payment]:
    """Place an order and pay it, wholly settled."""

    def do(wanted: dict[str, int] | None = None, **facts: Any) -> Payment:
        payment = buy(wanted, **facts)
        stripe.pay(payment)
        settling.settle(payment.session_id or "")
        return fresh(payment)

    return do
