"""The only file that talks to Stripe, and the only importer of its library.

Each function asks one thing and returns facts of our own. What can go wrong is of two kinds: Stripe
said no (`Refused`), or we don't know what Stripe did (`Unknown`: no answer, its own failure, a
conflict, too many requests). The address is the only difference between Stripe and the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

import stripe
from stripe.params.checkout import SessionCreateParams

from storefront import config
from storefront.payments import reading
from storefront.payments.amounts import to_stripe
from storefront.payments.answers import (
    DisputeState,
    EventState,
    IntentState,
    RefundRequest,
    RefundState,
    SessionRequest,
    SessionState,
    read_event,
)

# Seconds to connect and to wait for an answer. A shopper waits for this, so it is short.
TIMEOUT = (5.0, 20.0)
# One more try after a network failure, a conflict or a 5xx; every POST carries an idempotency key.
RETRIES = 1
# How old a webhook's signature may be, in seconds.
TOLERANCE = 300
# How many sessions or refunds are looked through at most.
MOST_LISTED = 2000

LIVE_KEYS = ("sk_live_", "rk_live_")
SANDBOX_KEYS = ("sk_test_sandbox_",)

_SESSION_PARTS = ["payment_intent.latest_charge.balance_transaction"]


class GatewayError(RuntimeError):
    """Stripe could not be asked, or said no.

    The message may be logged. `said` has Stripe's own words, for pages alone: they may quote an e-mail address.
    """

    def __init__(self, message: str, said: str | None = None) -> None:
        super().__init__(message)
        self.said = said or message


class Refused(GatewayError):
    """Stripe answered that it won't; nothing was done."""


class Unknown(GatewayError):
    """We don't know whether Stripe did it. The same key may be tried again."""


class WrongKey(GatewayError):
    """The secret key doesn't belong to the address: a live key elsewhere, or a sandbox key at Stripe's."""


class BadSignature(GatewayError):
    """A webhook that Stripe did not sign, or signed too long ago."""


class BadEvent(GatewayError):
    """A signed body that is no event."""


def live() -> bool:
    """Whether the configured key moves real money."""
    return config.current().stripe_secret_key.startswith(LIVE_KEYS)


def check_key(key: str, base: str) -> None:
    """Raise WrongKey unless key and address belong together."""
    address = urlsplit(base)
    at_stripe = address.scheme == "https" and address.hostname == "api.stripe.com"
    if not at_stripe and not key.startswith(SANDBOX_KEYS):
        raise WrongKey(f"{base} is not Stripe's address: only a sandbox key may be sent there")
    if at_stripe and key.startswith(SANDBOX_KEYS):
        raise WrongKey("a sandbox key must not be sent to Stripe: set STRIPE_API_BASE to the sandbox's address")


@lru_cache(maxsize=8)
def _client_for(key: str, base: str) -> stripe.StripeClient:
    check_key(key, base)
    return stripe.StripeClient(
        key,
        base_addresses={"api": base.rstrip("/")},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


def forget_clients() -> None:
    """Let go of every connection: for a process that forks, and for tests with many sandboxes."""
    _client_for.cache_clear()


def _client() -> stripe.StripeClient:
    settings = config.current()
    return _client_for(settings.stripe_secret_key, settings.stripe_api_base)


@contextmanager
def _asking() -> Iterator[None]:
    """Turn the library's exceptions into ours."""
    try:
        yield
    except stripe.StripeError as error:
        status = error.http_status
        # An idempotency error: the key was used before with other parameters, so something was done under it.
        unclear = isinstance(error, stripe.IdempotencyError) or status is None or status in (409, 429) or status >= 500
        # Not `from error`: its words would stand in the log with the trace.
        raise (Unknown if unclear else Refused)(_named(error), error.user_message) from None


def _named(error: stripe.StripeError) -> str:
    """What may be logged of an error: its kind, status, code and the request's id in Stripe's dashboard."""
    facts = {"status": error.http_status, "code": error.code, "request": error.request_id}
    return " ".join([type(error).__name__, *(f"{name}={fact}" for name, fact in facts.items() if fact)])


def create_session(request: SessionRequest) -> SessionState:
    """Start a Checkout Session, or get the one that the same key started before."""
    metadata = {"shop": config.current().host, "order": request.order_ref, "payment": request.payment_ref}
    params: SessionCreateParams = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "line_items": [
            {
                "quantity": item.quantity,
                "price_data": {
                    "currency": request.currency.lower(),
                    "unit_amount": to_stripe(item.unit_minor, request.currency),
                    "product_data": {"name": item.name},
                },
            }
            for item in request.items
        ],
        "client_reference_id": request.order_ref,
        "customer_email": request.email,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "transfer_group": request.order_ref},
        "expires_at": int(request.expires_at.timestamp()),
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
    }
    with _asking():
        return reading.session(
            _client().v1.checkout.sessions.create(params, {"idempotency_key": request.key}),
        )


def session(session_id: str) -> SessionState:
    """The session as it is now, with its payment, charge and fee."""
    with _asking():
        found = _client().v1.checkout.sessions.retrieve(session_id, {"expand": _SESSION_PARTS})
        return reading.session(found)


def expire_session(session_id: str) -> SessionState:
    """Close an open session, so that it can't be paid any more; Refused when it isn't open."""
    with _asking():
        return reading.session(_client().v1.checkout.sessions.expire(session_id))


def find_session(payment_ref: str, since: datetime) -> SessionState | None:
    """The session that was started for this payment at `since` or later, for when its answer never came."""
    start = int((since - timedelta(minutes=1)).timestamp())
    with _asking():
        page = _client().v1.checkout.sessions.list({"created": {"gte": start}, "limit": 100})
        for found in islice(page.auto_paging_iter(), MOST_LISTED):
            if reading.field(found.metadata, "payment") == payment_ref:
                return reading.session(found)
    return None


def intent(intent_id: str) -> IntentState:
    """The payment behind a session, with its fee once that is known."""
    with _asking():
        found = _client().v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge.balance_transaction"]})
        return reading.intent(found)


def refund(request: RefundRequest) -> RefundState:
    """Give money back, or get the refund that the same key made before."""
    with _asking():
        made = _client().v1.refunds.create(
            {
                "payment_intent": request.intent_id,
                "amount": to_stripe(request.amount_minor, request.currency),
                "metadata": {
                    "shop": config.current().host,
                    "refund": request.refund_ref,
                    "payment": request.payment_ref,
                },
            },
            {"idempotency_key": request.key},
        )
        return reading.refund(made)


def refunds_of(intent_id: str) -> list[RefundState]:
    """Every refund of a payment, the oldest first, whoever made it."""
    with _asking():
        page = _client().v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        found = [reading.refund(one) for one in islice(page.auto_paging_iter(), MOST_LISTED)]
    return found[::-1]


def dispute(dispute_id: str) -> DisputeState:
    """The dispute as it is now."""
    with _asking():
        return reading.dispute(_client().v1.disputes.retrieve(dispute_id))


def event(event_id: str) -> EventState:
    """An event that Stripe still knows (30 days), for replaying one that never came."""
    with _asking():
        found = _client().v1.events.retrieve(event_id)
    return read_event(json.loads(str(found)))


def verified_event(raw: bytes, signature: str | None, secrets: list[str]) -> EventState:
    """The event in a webhook's raw body, signed with any of `secrets` in the last five minutes.

    Raises BadSignature, and BadEvent for a signed body that is no event.
    """
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(raw, signature, secret, TOLERANCE)
        except (stripe.SignatureVerificationError, TypeError, UnicodeError):
            continue
        break
    else:
        raise BadSignature("no configured secret made this signature in the last five minutes")
    try:
        return read_event(json.loads(raw))
    except (ValueError, AttributeError, TypeError) as error:
        raise BadEvent(str(error)) from error
