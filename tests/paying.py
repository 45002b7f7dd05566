"""Both sides of a payment, for tests: what Stripe's side does, and what the shop's rows say."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from storefront.catalog.models import Variant
from storefront.checkout.models import Order
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.payments import handling, refunding
from storefront.payments.models import Payment, Refund, StripeEvent

KEY = "sk_test_sandbox_demo"
SECRET = "whsec_sandbox_demo"
CARD = "4242424242424242"


class Stripe:
    """The other side of the wire: what a buyer, a bank, the dashboard and the network do."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, path: str, /, **asked: Any) -> Any:
        """Ask the control API; fails the test unless it does what was asked."""
        return self._ask("POST", f"/_sandbox/{path}", json.dumps(asked))

    def get(self, path: str) -> Any:
        """Read something through the API itself."""
        return self._ask("GET", path)

    def pay(self, payment: Payment, card: str = CARD) -> Any:
        return self(f"sessions/{payment.session_id}/pay", card=card)

    def pay_later(self, payment: Payment) -> Any:
        return self(f"sessions/{payment.session_id}/pay", method="delayed")

    def fault(self, kind: str, path: str = "/v1/", times: int = 1, **detail: Any) -> None:
        """Let the next POSTs to `path` go wrong."""
        self("faults", kind=kind, path=path, times=times, method="POST", **detail)

    def deliver(self, order: Any = "oldest") -> list[dict[str, Any]]:
        """Deliver every waiting webhook once; the answers that came back."""
        return self("webhooks/deliver", order=order)["data"]

    def refunds(self, payment: Payment) -> list[Any]:
        """The refunds of a payment as the sandbox has them, the oldest first."""
        return self.get(f"/v1/refunds?payment_intent={payment.intent_id}&limit=100")["data"][::-1]

    def sessions(self) -> list[Any]:
        return self.get("/v1/checkout/sessions?limit=100")["data"]

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
            connection.request(method, path, body, headers if body else {"Authorization": f"Bearer {KEY}"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, answer
        return answer


def payment_of(order_ref: str, attempt: int | None = None) -> Payment:
    """The latest attempt to pay for the order, or a certain one, as the database has it."""
    session().rollback()
    found = select(Payment).join(Order).where(Order.ref == order_ref).order_by(Payment.attempt.desc())
    if attempt is not None:
        found = found.where(Payment.attempt == attempt)
    return session().scalars(found.limit(1)).one()


def fresh(payment: Payment) -> Payment:
    """The same payment as the database has it now."""
    session().rollback()
    return session().get_one(Payment, payment.id, populate_existing=True)


def stock(sku: str) -> int:
    """What is on the shelf now."""
    session().rollback()
    return session().scalars(select(Variant.stock).where(Variant.sku == sku)).one()


def give_back(payment: Payment, lines: dict[str, int] | None = None, **facts: Any) -> Refund:
    """Ask for a refund as an admin does and send it; lines by SKU, everything where there are none."""
    usual = {"reason": "It broke", "asked_by": "user:ADMIN", "restock": False, "now": clock.now()}
    with unit_of_work():
        if lines is None:
            ref = refunding.ask_whole(payment, **{**usual, **facts}).ref
        else:
            refs = {line.sku: line.ref for line in payment.order.lines}
            wanted = {refs[sku]: quantity for sku, quantity in lines.items()}
            ref = refunding.ask(payment, wanted, **{"delivery": False, **usual, **facts}).ref
    refunding.send(ref)
    return session().scalars(select(Refund).where(Refund.ref == ref)).one()


def events() -> list[StripeEvent]:
    """The inbox."""
    session().rollback()
    return list(session().scalars(select(StripeEvent).order_by(StripeEvent.id)))


def work() -> int:
    """What the worker does after a webhook."""
    return handling.handle_events()


def at_once(app: Flask, *jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads of their own that begin together; what each returned or raised."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        with app.app_context():
            barrier.wait(10)
            try:
                results[place] = job()
            except Exception as error:
                results[place] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
