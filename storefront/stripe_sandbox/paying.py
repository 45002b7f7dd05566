"""What a buyer does at the checkout page, and what follows: one charge at most for a session."""

from __future__ import annotations

from typing import Any

from . import objects
from .cards import DELAYED, Card
from .currencies import fee
from .errors import refused
from .events import emit
from .sessions import find
from .state import Body, State, new_id

_DECLINES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
}


class NotOpen(Exception):
    """The session is complete or expired; `session` says which."""

    def __init__(self, session: Body) -> None:
        super().__init__(session["status"])
        self.session = session


def _open(state: State, session_id: str) -> Body:
    body = find(state, session_id)
    if body["status"] == "open" and body["expires_at"] <= state.now():
        body["status"] = "expired"  # it is about to be expired for good by the housekeeper
    if body["status"] != "open":
        raise NotOpen(body)
    return body


def pay_by_card(state: State, session_id: str, card: Card, name: str = "", email: str = "") -> Body:
    """Try a card; the session afterwards, still open if the card was declined or asks for 3-D Secure."""
    with state.transaction():
        body = _open(state, session_id)
        if not body["amount_total"]:
            return pay_nothing(state, session_id, name, email)
        _details(body, name, email)
        intent = _intent(state, body, "card")
        intent["_card"] = {"last4": card.last4, "outcome": card.outcome, "name": name}
        if card.outcome == "declined":
            _decline(state, body, intent, card.decline_code or "generic_decline")
        elif card.outcome == "authenticate":
            next_action = {"type": "redirect_to_url", "redirect_to_url": {"url": f"{body['url']}/authenticate"}}
            intent.update(status="requires_action", next_action=next_action, last_payment_error=None)
            state.save(intent)
        else:
            _succeed(state, body, intent)
        return state.save(body)


def authenticate(state: State, session_id: str, approved: bool) -> Body:
    """The buyer's bank has asked; the session afterwards, paid or still open."""
    with state.transaction():
        body = _open(state, session_id)
        intent = state.get("payment_intent", body["payment_intent"])
        if intent is None or intent["status"] != "requires_action":
            return body
        intent["next_action"] = None
        if approved:
            _succeed(state, body, intent)
        else:
            _fail(state, intent, "payment_intent_authentication_failure", "The bank did not confirm the payment.", None)
        return state.save(body)


def pay_nothing(state: State, session_id: str, name: str = "", email: str = "") -> Body:
    """Complete a session that costs nothing."""
    with state.transaction():
        body = _open(state, session_id)
        if body["amount_total"]:
            raise refused("This session has to be paid.")
        _details(body, name, email)
        _complete(state, body, "no_payment_required")
        return body


def pay_delayed(state: State, session_id: str, name: str = "", email: str = "") -> Body:
    """Complete a session with a method whose outcome is known later: complete, yet unpaid."""
    with state.transaction():
        body = _open(state, session_id)
        method = DELAYED.get(body["currency"])
        if method is None or not body["amount_total"]:
            raise refused(f"No delayed method takes {body['currency']} here.", "payment_method_unactivated")
        _details(body, name, email)
        intent = _intent(state, body, method)
        charge = objects.charge(state, intent, {"type": method, method: {}}, _billing(body), "pending")
        intent.update(status="processing", latest_charge=charge["id"], last_payment_error=None)
        state.add(charge)
        state.save(intent)
        _complete(state, body, "unpaid")
        return body


def finish_delayed(state: State, session_id: str, succeeded: bool) -> Body:
    """The delayed payment came, or did not."""
    with state.transaction():
        body = find(state, session_id)
        intent = state.get("payment_intent", body["payment_intent"])
        if intent is None or intent["status"] != "processing":
            raise refused("This session waits for no delayed payment.")
        charge = state.get("charge", intent["latest_charge"]) or {}
        if succeeded:
            charge.update(status="succeeded", paid=True, amount_captured=charge["amount"])
            intent.update(status="succeeded", amount_received=intent["amount"])
            body["payment_status"] = "paid"
            state.save(body)
            _announce_success(state, intent, state.save(charge))
            emit(state, "checkout.session.async_payment_succeeded", body)
        else:
            charge.update(status="failed", paid=False, captured=False, failure_code="payment_method_customer_decline")
            state.save(charge)
            _fail(state, intent, "payment_method_customer_decline", "The bank debit failed.", None)
            emit(state, "checkout.session.async_payment_failed", body)
        return body


def settle(state: State, charge_id: str) -> Body:
    """Give a charge its balance transaction, with the fee, and say so by `charge.updated`."""
    with state.transaction():
        charge = state.get("charge", charge_id)
        if charge is None or charge["status"] != "succeeded":
            raise refused(f"No paid charge: '{charge_id}'")
        if charge["balance_transaction"] is None:
            taken = fee(charge["amount"], charge["currency"])
            kind = "charge" if charge["payment_method_details"]["type"] == "card" else "payment"
            movement = state.add(objects.balance_transaction(state, charge, kind, charge["amount"], taken))
            charge["balance_transaction"] = movement["id"]
            state.save(charge)
            emit(state, "charge.updated", charge, {"balance_transaction": None})
        return charge


def _intent(state: State, body: Body, method: str) -> Body:
    intent = state.get("payment_intent", body["payment_intent"])
    if intent is None:
        intent = state.add(objects.payment_intent(state, body, method))
        body["payment_intent"] = intent["id"]
    intent.update(payment_method=new_id("payment_method"), payment_method_types=[method])
    return intent


def _details(body: Body, name: str, email: str) -> None:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    body["customer_details"] = {
        "address": address, "business_name": None, "email": email or body["customer_email"], "individual_name": None,
        "name": name or None, "phone": None, "tax_exempt": "none", "tax_ids": [],
    }  # fmt: skip


def _billing(body: Body) -> Body:
    details = body["customer_details"]
    return {
        "address": details["address"],
        "email": details["email"],
        "name": details["name"],
        "phone": None,
        "tax_id": None,
    }


def _card_details(card: dict[str, Any]) -> Body:
    secured = {"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
    return {
        "type": "card",
        "card": {
            "brand": "visa", "country": "US", "funding": "credit", "last4": card["last4"], "network": "visa",
            "exp_month": 12, "exp_year": 2034, "wallet": None, "fingerprint": f"sandbox{card['last4']}",
            "three_d_secure": secured if card["outcome"] == "authenticate" else None,
        },
    }  # fmt: skip


def _succeed(state: State, body: Body, intent: Body) -> None:
    charge = objects.charge(state, intent, _card_details(intent["_card"]), _billing(body), "succeeded")
    charge["outcome"] = {"network_status": "approved_by_network", "reason": None, "risk_level": "normal",
                         "seller_message": "Payment complete.", "type": "authorized"}  # fmt: skip
    intent.update(
        status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"], last_payment_error=None
    )
    state.add(charge)
    _announce_success(state, intent, charge)
    _complete(state, body, "paid")
    if intent["_card"]["outcome"] == "dispute":
        state.plan("dispute", charge["id"], state.options.dispute_seconds)


def _announce_success(state: State, intent: Body, charge: Body) -> None:
    state.save(intent)
    emit(state, "charge.succeeded", charge)
    emit(state, "payment_intent.succeeded", intent)
    state.plan("settle", charge["id"], state.options.settle_seconds)


def _complete(state: State, body: Body, payment_status: str) -> None:
    body.update(status="complete", payment_status=payment_status, url=None)
    state.save(body)
    emit(state, "checkout.session.completed", body)


def _decline(state: State, body: Body, intent: Body, decline_code: str) -> None:
    charge = objects.charge(state, intent, _card_details(intent["_card"]), _billing(body), "failed")
    message = _DECLINES[decline_code]
    charge.update(failure_code="card_declined", failure_message=message)
    charge["outcome"] = {"network_status": "declined_by_network", "reason": decline_code, "risk_level": "normal",
                         "seller_message": "The bank declined the payment.", "type": "issuer_declined"}  # fmt: skip
    state.add(charge)
    intent["latest_charge"] = charge["id"]
    _fail(state, intent, "card_declined", message, decline_code)


def _fail(state: State, intent: Body, code: str, message: str, decline_code: str | None) -> None:
    error = {"code": code, "message": message, "type": "card_error", "charge": intent["latest_charge"]}
    if decline_code:
        error["decline_code"] = decline_code
    intent.update(status="requires_payment_method", last_payment_error=error, payment_method=None)
    state.save(intent)
    emit(state, "payment_intent.payment_failed", intent)
