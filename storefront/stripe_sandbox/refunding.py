"""Refunds and disputes: money going back, never more than came."""

from __future__ import annotations

from typing import Any

from . import objects
from .currencies import dispute_fee, written
from .errors import invalid, missing, refused
from .events import emit
from .params import EXPAND, METADATA, Field, Schema
from .state import Body, State

CREATE: Schema = {
    "charge": Field(),
    "payment_intent": Field(),
    "amount": Field("integer", least=1),
    "reason": Field(choices=("duplicate", "fraudulent", "requested_by_customer")),
    "metadata": METADATA,
    "expand": EXPAND,
}


def create(state: State, params: dict[str, Any]) -> Body:
    """Give back `amount`, or all that is left, of a charge."""
    with state.transaction():
        charge = _charge(state, params)
        left = charge["amount"] - charge["amount_refunded"]
        if charge["disputed"] and not _won(state, charge):
            raise refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed")
        if not left:
            raise refused(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
        amount = params.get("amount", left)
        if amount > left:
            money = [written(part, charge["currency"]) for part in (amount, left)]
            raise refused(
                f"Refund amount ({money[0]}) is greater than unrefunded amount on charge ({money[1]})", param="amount"
            )
        card = charge["payment_method_details"]["type"] == "card"
        refund = objects.refund(state, charge, amount, params, "succeeded" if card else "pending")
        kind = "refund" if card else "payment_refund"
        movement = state.add(objects.balance_transaction(state, refund, kind, -amount))
        refund["balance_transaction"] = movement["id"]
        state.add(refund)
        _count(state, charge, amount)
        emit(state, "refund.created", refund)
        emit(state, "charge.refunded", charge)
        if not card:
            state.plan("refund", refund["id"], state.options.settle_seconds)
        return refund


def succeed(state: State, refund_id: str) -> Body:
    """A pending refund arrived."""
    with state.transaction():
        refund = find(state, refund_id)
        if refund["status"] == "pending":
            refund["status"] = "succeeded"
            state.save(refund)
            emit(state, "refund.updated", refund, {"status": "pending"})
        return refund


def fail(state: State, refund_id: str) -> Body:
    """The buyer's bank sent the money back: it is in the balance again and the charge less refunded."""
    with state.transaction():
        refund = find(state, refund_id)
        if refund["status"] not in {"pending", "succeeded"}:
            raise refused(f"This refund is {refund['status']}.")
        movement = state.add(objects.balance_transaction(state, refund, "refund_failure", refund["amount"]))
        refund.update(status="failed", failure_reason="lost_or_stolen_card", failure_balance_transaction=movement["id"])
        state.save(refund)
        charge = state.get("charge", refund["charge"])
        if charge is not None:
            _count(state, charge, -refund["amount"])
        emit(state, "refund.failed", refund)
        return refund


def find(state: State, refund_id: str) -> Body:
    """The refund with this id; raises ApiError (404)."""
    found = state.get("refund", refund_id)
    if found is None:
        raise missing("refund", refund_id)
    return found


def _charge(state: State, params: dict[str, Any]) -> Body:
    if "charge" not in params and "payment_intent" not in params:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise invalid(message, "payment_intent", "parameter_missing")
    charge = state.get("charge", params.get("charge"))
    if "charge" in params and charge is None:
        raise missing("charge", params["charge"], "charge")
    if "payment_intent" in params:
        intent = state.get("payment_intent", params["payment_intent"])
        if intent is None:
            raise missing("payment_intent", params["payment_intent"], "payment_intent")
        if charge is not None and charge["payment_intent"] != intent["id"]:
            raise refused("The charge does not belong to the PaymentIntent.", param="charge")
        charge = charge or state.get("charge", intent["latest_charge"])
    if charge is None or charge["status"] != "succeeded":
        raise refused("There is no successful charge to refund.", "payment_intent_unexpected_state", "payment_intent")
    return charge


def _count(state: State, charge: Body, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    state.save(charge)


def _won(state: State, charge: Body) -> bool:
    return all(dispute["status"] == "won" for dispute in state.where("dispute", charge=charge["id"]))


def open_dispute(state: State, charge_id: str, reason: str = "fraudulent") -> Body:
    """A buyer's bank takes back what is left of a charge, and a fee."""
    with state.transaction():
        charge = state.get("charge", charge_id)
        if charge is None or charge["status"] != "succeeded":
            raise missing("charge", charge_id)
        if charge["disputed"]:
            raise refused(f"Charge {charge_id} is disputed already.", "charge_disputed")
        amount = charge["amount"] - charge["amount_refunded"]
        if not amount:
            raise refused(f"Charge {charge_id} has already been refunded.", "charge_already_refunded")
        dispute = objects.dispute(state, charge, amount, reason)
        cost = dispute_fee(charge["currency"])
        dispute["balance_transactions"].append(
            state.add(objects.balance_transaction(state, dispute, "adjustment", -amount, cost))
        )
        charge["disputed"] = True
        state.save(charge)
        state.add(dispute)
        emit(state, "charge.dispute.created", dispute)
        return dispute


def close_dispute(state: State, dispute_id: str, won: bool) -> Body:
    """The bank decided; won money comes back, the fee does not."""
    with state.transaction():
        dispute = state.get("dispute", dispute_id)
        if dispute is None:
            raise missing("dispute", dispute_id)
        if dispute["status"] in {"won", "lost"}:
            raise refused(f"This dispute is {dispute['status']} already.")
        previous = {"status": dispute["status"]}
        dispute["status"] = "won" if won else "lost"
        if won:
            dispute["balance_transactions"].append(
                state.add(objects.balance_transaction(state, dispute, "adjustment", dispute["amount"]))
            )
        state.save(dispute)
        emit(state, "charge.dispute.closed", dispute, previous)
        return dispute
