"""How each object looks when it is new: every field that the SDK's version of it declares and a shop may read."""

from __future__ import annotations

from typing import Any

from .listing import as_list
from .state import Body, State, new_id


def _new(state: State, kind: str, **fields: Any) -> Body:
    return {"id": new_id(kind), "object": kind, "created": state.now(), "livemode": False, **fields}


def session(state: State, params: dict[str, Any], items: list[Body], base_url: str) -> Body:
    """A Checkout Session, open, with the page where it is paid."""
    total = sum(item["amount_total"] for item in items)
    body = _new(
        state, "checkout.session",
        adaptive_pricing={"enabled": False}, after_expiration=None, allow_promotion_codes=None,
        amount_subtotal=total, amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        billing_address_collection=None, cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"), client_secret=None, collected_information=None,
        consent=None, consent_collection=None, currency=items[0]["currency"], currency_conversion=None,
        custom_fields=[], custom_text={"after_submit": None, "shipping_address": None, "submit": None,
                                       "terms_of_service_acceptance": None},
        customer=None, customer_account=None, customer_creation="if_required", customer_details=None,
        customer_email=params.get("customer_email"), discounts=[], expires_at=params["expires_at"],
        invoice=None, invoice_creation={"enabled": False}, locale=params.get("locale"),
        metadata=params.get("metadata", {}), mode="payment", origin_context=None, payment_intent=None,
        payment_link=None, payment_method_collection="if_required", payment_method_configuration_details=None,
        payment_method_options={}, payment_method_types=["card"],
        payment_status="unpaid" if total else "no_payment_required", permissions=None,
        phone_number_collection={"enabled": False}, recovered_from=None, saved_payment_method_options=None,
        setup_intent=None, shipping_address_collection=None, shipping_cost=None, shipping_options=[], status="open",
        submit_type=params.get("submit_type"), subscription=None, success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, ui_mode="hosted_page",
        wallet_options=None, _line_items=items, _intent=params.get("payment_intent_data", {}),
    )  # fmt: skip
    body["url"] = f"{base_url.rstrip('/')}/c/pay/{body['id']}"
    return body


def line_item(state: State, params: dict[str, Any]) -> Body:
    """A line of a session, with the price and product that Stripe makes up for `price_data`."""
    data = params["price_data"]
    product = {**data["product_data"]}
    amount = data["unit_amount"] * params["quantity"]
    price = _new(
        state, "price", active=False, billing_scheme="per_unit", currency=data["currency"], custom_unit_amount=None,
        lookup_key=None, metadata={}, nickname=None, product=new_id("product"), recurring=None,
        tax_behavior=data.get("tax_behavior", "unspecified"), tiers_mode=None, transform_quantity=None, type="one_time",
        unit_amount=data["unit_amount"], unit_amount_decimal=str(data["unit_amount"]),
    )  # fmt: skip
    return {
        "id": new_id("item"), "object": "item", "amount_discount": 0, "amount_subtotal": amount, "amount_tax": 0,
        "amount_total": amount, "currency": data["currency"], "description": product["name"], "price": price,
        "quantity": params["quantity"], "adjustable_quantity": None, "metadata": params.get("metadata", {}),
        "_details": product.get("description"),
    }  # fmt: skip


def payment_intent(state: State, session_body: Body, method: str) -> Body:
    """What a session makes when its buyer first tries to pay."""
    data = session_body["_intent"]
    return _new(
        state, "payment_intent",
        amount=session_body["amount_total"], amount_capturable=0, amount_details={"tip": {}}, amount_received=0,
        application=None, application_fee_amount=None, automatic_payment_methods=None, canceled_at=None,
        cancellation_reason=None, capture_method="automatic_async", client_secret=None, confirmation_method="automatic",
        currency=session_body["currency"], customer=None, customer_account=None, description=data.get("description"),
        last_payment_error=None, latest_charge=None, metadata=data.get("metadata", {}), next_action=None,
        on_behalf_of=None, payment_method=None, payment_method_configuration_details=None, payment_method_options={},
        payment_method_types=[method], processing=None, receipt_email=data.get("receipt_email"), review=None,
        setup_future_usage=None, shipping=None, source=None,
        statement_descriptor=None, statement_descriptor_suffix=data.get("statement_descriptor_suffix"),
        status="requires_payment_method", transfer_data=None, transfer_group=data.get("transfer_group"),
        _session=session_body["id"],
    )  # fmt: skip


def charge(state: State, intent: Body, details: Body, billing: Body, status: str) -> Body:
    """An attempt to take money; its balance transaction comes later, or never."""
    paid = status == "succeeded"
    return _new(
        state, "charge",
        amount=intent["amount"], amount_captured=intent["amount"] if paid else 0, amount_refunded=0, application=None,
        application_fee=None, application_fee_amount=None, balance_transaction=None, billing_details=billing,
        calculated_statement_descriptor="SANDBOX", captured=status != "failed", currency=intent["currency"],
        customer=None, description=intent["description"], disputed=False, failure_balance_transaction=None,
        failure_code=None, failure_message=None, fraud_details={}, metadata=intent["metadata"], on_behalf_of=None,
        outcome=None, paid=paid, payment_intent=intent["id"], payment_method=intent["payment_method"],
        payment_method_details=details, radar_options={}, receipt_email=intent["receipt_email"], receipt_number=None,
        receipt_url=None, refunded=False, review=None, shipping=None, source=None, source_transfer=None,
        statement_descriptor=None, statement_descriptor_suffix=intent["statement_descriptor_suffix"], status=status,
        transfer_data=None, transfer_group=intent["transfer_group"],
    )  # fmt: skip


def balance_transaction(state: State, source: Body, kind: str, amount: int, fee: int = 0) -> Body:
    """A movement of the balance, `amount` before and `net` after the fee; available after two days."""
    category = {"adjustment": "dispute", "payment_refund": "refund"}.get(kind, kind)
    details = [{"amount": fee, "application": None, "currency": source["currency"],
                "description": "Sandbox processing fees", "type": "stripe_fee"}]  # fmt: skip
    body = _new(
        state, "balance_transaction", amount=amount, available_on=state.now() + 2 * 86400, balance_type="payments",
        currency=source["currency"], description=source.get("description"), exchange_rate=None, fee=fee,
        fee_details=details if fee else [], net=amount - fee, reporting_category=category, source=source["id"],
        status="pending", type=kind,
    )  # fmt: skip
    del body["livemode"]  # balance transactions have none
    return body


def refund(state: State, charge_body: Body, amount: int, params: dict[str, Any], status: str) -> Body:
    """Money on its way back."""
    body = _new(
        state, "refund", amount=amount, balance_transaction=None, charge=charge_body["id"],
        currency=charge_body["currency"], destination_details={"type": "card", "card": {"type": "refund"}},
        metadata=params.get("metadata", {}), payment_intent=charge_body["payment_intent"],
        payment_method=charge_body["payment_method"], reason=params.get("reason"), receipt_number=None,
        source_transfer_reversal=None, status=status, transfer_reversal=None,
    )  # fmt: skip
    del body["livemode"]  # nor have refunds
    return body


def dispute(state: State, charge_body: Body, amount: int, reason: str) -> Body:
    """A buyer's bank takes a charge back."""
    return _new(
        state, "dispute", amount=amount, balance_transactions=[], charge=charge_body["id"],
        currency=charge_body["currency"], enhanced_eligibility_types=[], evidence={},
        evidence_details={"due_by": state.now() + 7 * 86400, "enhanced_eligibility": {}, "has_evidence": False,
                          "past_due": False, "submission_count": 0},
        is_charge_refundable=False, metadata={}, payment_intent=charge_body["payment_intent"],
        payment_method_details={"type": "card", "card": {"brand": "visa", "case_type": "chargeback",
                                                         "network_reason_code": "10.4"}},
        reason=reason, status="needs_response",
    )  # fmt: skip


def transfer(state: State, params: dict[str, Any], group: str | None) -> Body:
    """Money moved to a connected account."""
    body = _new(
        state, "transfer", amount=params["amount"], amount_reversed=0, balance_transaction=None,
        currency=params["currency"], description=params.get("description"), destination=params["destination"],
        destination_payment=None, metadata=params.get("metadata", {}), reversed=False,
        source_transaction=params.get("source_transaction"), source_type="card", transfer_group=group,
    )  # fmt: skip
    body["reversals"] = as_list([], f"/v1/transfers/{body['id']}/reversals")
    return body


def reversal(state: State, transfer_body: Body, amount: int, params: dict[str, Any]) -> Body:
    """Money of a transfer taken back."""
    body = _new(
        state, "transfer_reversal", amount=amount, balance_transaction=None, currency=transfer_body["currency"],
        destination_payment_refund=None, metadata=params.get("metadata", {}), source_refund=None,
        transfer=transfer_body["id"],
    )  # fmt: skip
    del body["livemode"]
    return body
