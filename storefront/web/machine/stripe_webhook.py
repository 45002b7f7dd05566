"""Where Stripe sends its events: checked and stored here, worked on by the worker."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, make_response, request

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.payments import receiving
from storefront.payments.gateway import BadEvent, BadSignature
from storefront.web.guards import public
from storefront.web.security import from_anywhere

pages = Blueprint("stripe_webhook", __name__)

# Stripe's events are a few kilobytes; nobody else has business here.
MOST_BYTES = 512 * 1024

log = logging.getLogger(__name__)


@pages.post("/stripe/webhook")
@public
@from_anywhere
def receive() -> Response:
    """200 once the event is stored, 400 for what is not Stripe's or not of our mode, 503 to get it again later.

    The signature over the raw body stands in for a form token and an origin.
    """
    request.max_content_length = MOST_BYTES
    try:
        event = receiving.read(request.get_data(), request.headers.get("Stripe-Signature"))
        with unit_of_work():
            receiving.receive(event, clock.now())
    except (BadSignature, BadEvent, receiving.WrongMode) as error:
        log.warning("a webhook was refused: %s", error)
        return _answer("Not an event for this shop.", 400)
    except receiving.NotYetKnown as error:
        log.info("event %s came before the row it is about", error)
        return _answer("Not known here yet; please send it again.", 503)
    return _answer("Received.", 200)


def _answer(text: str, status: int) -> Response:
    response = make_response(text + "\n", status)
    response.mimetype = "text/plain"
    return response
