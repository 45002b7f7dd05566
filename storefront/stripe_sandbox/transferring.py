"""Separate charges and transfers: money for connected accounts, within the charge it comes from.

Accounts are not modelled beyond what a transfer asks of them: that they exist and may receive
transfers. They are made by the control API, not by Stripe's Accounts API.
"""

from __future__ import annotations

from typing import Any

from . import objects
from .currencies import SUPPORTED, written
from .errors import invalid, missing, refused
from .params import EXPAND, METADATA, Field, Schema
from .state import Body, State, new_id

CREATE: Schema = {
    "amount": Field("integer", required=True, least=1),
    "currency": Field(required=True),
    "destination": Field(required=True),
    "source_transaction": Field(),
    "transfer_group": Field(most=500),
    "description": Field(most=1000),
    "metadata": METADATA,
    "expand": EXPAND,
}
REVERSE: Schema = {
    "amount": Field("integer", least=1),
    "description": Field(most=1000),
    "metadata": METADATA,
    "expand": EXPAND,
}


def add_account(state: State, active: bool) -> Body:
    """A connected account that may, or may not yet, receive transfers."""
    with state.transaction():
        status = "active" if active else "inactive"
        return state.add(
            {
                "id": new_id("account"),
                "object": "account",
                "created": state.now(),
                "capabilities": {"transfers": status},
            }
        )


def set_account(state: State, account_id: str, active: bool) -> Body:
    """Switch an account's transfers capability on or off."""
    with state.transaction():
        account = state.get("account", account_id)
        if account is None:
            raise missing("account", account_id)
        account["capabilities"] = {"transfers": "active" if active else "inactive"}
        return state.save(account)


def create(state: State, params: dict[str, Any]) -> Body:
    """Move money to an account, from a charge or from what is available."""
    params["currency"] = params["currency"].lower()
    if params["currency"] not in SUPPORTED:
        raise invalid(f"Invalid currency: {params['currency']}.", "currency")
    with state.transaction():
        account = state.get("account", params["destination"])
        if account is None:
            raise missing("destination", params["destination"], "destination", 400)
        if account["capabilities"]["transfers"] != "active":
            message = (
                "Your destination account needs to have at least one of the following capabilities enabled: transfers"
            )
            raise refused(message, "insufficient_capabilities_for_transfer")
        group = params.get("transfer_group")
        if "source_transaction" in params:
            group = _from_charge(state, params)
        elif params["amount"] > available(state, params["currency"]):
            raise refused("You have insufficient available funds for this transfer.", "balance_insufficient")
        transfer = objects.transfer(state, params, group)
        movement = state.add(objects.balance_transaction(state, transfer, "transfer", -transfer["amount"]))
        transfer["balance_transaction"] = movement["id"]
        return state.add(transfer)


def _from_charge(state: State, params: dict[str, Any]) -> str:
    """Check a transfer against its charge; the group that it belongs to.

    All transfers together stay within the charge. What was reversed is not given out again: whether
    Stripe would is not known here, so the stricter reading is kept.
    """
    charge = state.get("charge", params["source_transaction"])
    if charge is None or charge["status"] != "succeeded":
        raise missing("charge", params["source_transaction"], "source_transaction", 400)
    if charge["currency"] != params["currency"]:
        message = f"The transfer must be in the currency of its source_transaction, {charge['currency']}."
        raise refused(message, param="source_transaction")
    moved = sum(one["amount"] for one in state.where("transfer", source_transaction=charge["id"]))
    if moved + params["amount"] > charge["amount"]:
        left = written(charge["amount"] - moved, charge["currency"])
        message = f"Transfers using this transaction as a source must not exceed the source amount ({left} are left)."
        raise refused(message, param="amount")
    group = charge["transfer_group"] or f"group_{charge['id']}"
    if params.get("transfer_group", group) != group:
        raise refused("The transfer_group must be that of the source_transaction.", param="transfer_group")
    if charge["transfer_group"] is None:
        charge["transfer_group"] = group
        state.save(charge)
    return str(group)


def available(state: State, currency: str) -> int:
    """What may be transferred without naming a charge: all that became available by now."""
    now = state.now()
    movements = state.where("balance_transaction", currency=currency)
    # Money that leaves counts at once; money that comes counts from the day it is available.
    return sum(one["net"] for one in movements if one["net"] < 0 or one["available_on"] <= now)


def find(state: State, transfer_id: str) -> Body:
    """The transfer with this id; raises ApiError (404)."""
    found = state.get("transfer", transfer_id)
    if found is None:
        raise missing("transfer", transfer_id)
    return found


def reverse(state: State, transfer_id: str, params: dict[str, Any]) -> Body:
    """Take back `amount`, or all that is left, of a transfer."""
    with state.transaction():
        transfer = find(state, transfer_id)
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = params.get("amount", left)
        if not left:
            raise refused(f"Transfer {transfer_id} is already fully reversed.")
        if amount > left:
            money = [written(part, transfer["currency"]) for part in (amount, left)]
            raise refused(
                f"Reversal amount ({money[0]}) is greater than unreversed amount on transfer ({money[1]})",
                param="amount",
            )
        reversal = objects.reversal(state, transfer, amount, params)
        movement = state.add(objects.balance_transaction(state, reversal, "transfer_refund", amount))
        reversal["balance_transaction"] = movement["id"]
        state.add(reversal)
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        transfer["reversals"]["data"] = [reversal, *transfer["reversals"]["data"]][:10]
        transfer["reversals"]["has_more"] = len(state.where("transfer_reversal", transfer=transfer_id)) > 10
        state.save(transfer)
        return reversal
