"""A stand-in for Stripe on this machine: a separate HTTP server that speaks Stripe's wire format.

Start it with `python -m storefront.stripe_sandbox --port 5010 --database PATH --webhook-url URL
--webhook-secret whsec_...`, or from a test with `with run_in_thread(Options(port=0)) as sandbox`. The shop
reaches it through `STRIPE_API_BASE` alone, with the official SDK and a key that begins with
`sk_test_sandbox_`; nothing of the shop is imported here, and the shop imports nothing from here.

Under `/v1/` it models checkout sessions, payment intents, charges, balance transactions, refunds,
disputes, events, transfers and their reversals; everything else it refuses, as Stripe refuses what it
does not know. Under `/c/pay/` is the page where a buyer pays with a published test card. Under
`/_sandbox/` is the control API (JSON, same key), with which tests and demonstrations make things
happen that only a bank, a broken network or a passing day would:

    POST sessions/ID/pay {"card": "4242...", "authentication": "approve|refuse|leave"} or {"method": "delayed"}
    POST sessions/ID/outcome {"outcome": "succeeded|failed"}      POST sessions/ID/expire
    POST charges/ID/settle    POST charges/ID/refund {"amount"}   POST charges/ID/dispute {"reason"}
    POST refunds/ID/fail      POST disputes/ID/close {"outcome": "won|lost"}
    POST accounts {"active"}  POST accounts/ID {"active"}
    POST clock {"advance": seconds} or {"reset": true}
    POST faults {"kind", "method", "path", "times", "commit", "seconds"}    POST faults/clear
    POST webhooks/mishaps {"kind": "drop|delay|duplicate|reorder", "times", "type", "seconds"}
    POST webhooks/endpoint {"url", "secret"}   POST webhooks/pause   POST webhooks/resume
    POST webhooks/deliver {"order": "oldest|newest|[event ids]"}   GET webhooks/deliveries
    POST events/ID/resend

No money moves here. It has not been compared with live Stripe: see `docs/stripe-sandbox.md`.
"""

from __future__ import annotations

from .options import API_VERSION, Options
from .server import Sandbox, create_sandbox, run_in_thread, serve

__all__ = ["API_VERSION", "Options", "Sandbox", "create_sandbox", "run_in_thread", "serve"]
