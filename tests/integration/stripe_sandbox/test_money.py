"""Money: charges and their fees, refunds, disputes, transfers, delayed payments."""

from __future__ import annotations

import threading

import pytest
import stripe


def charge_of(session):
    return session.payment_intent.latest_charge


def test_a_payment_leaves_a_succeeded_intent_and_charge(paid):
    session = paid()
    intent, charge = session.payment_intent, charge_of(session)
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert (intent.id[:11], intent.status, intent.amount_received) == ("pi_sandbox_", "succeeded", 2500)
    assert (charge.paid, charge.captured, charge.transfer_group) == (True, True, "HH-1")
    assert intent.metadata["order"] == charge.metadata["order"] == "HH-1"
    assert charge.balance_transaction is None
    assert session.customer_details.email == "mei@example.org"


def test_the_fee_comes_with_a_later_event_and_only_then(client, control, paid, ear, wait_for):
    session = paid()
    wait_for(lambda: "checkout.session.completed" in ear.types())
    assert "charge.updated" not in ear.types()
    control("clock", advance=700)
    charge = client.v1.charges.retrieve(charge_of(session).id, params={"expand": ["balance_transaction"]})
    movement = charge.balance_transaction
    assert (movement.amount, movement.fee, movement.net, movement.type) == (2500, 103, 2397, "charge")
    assert movement.fee_details[0].type == "stripe_fee"
    assert movement.status == "pending"
    event = client.v1.events.list(params={"type": "charge.updated"}).data[0]
    assert event.data.object["balance_transaction"] == movement.id
    assert event.data.previous_attributes["balance_transaction"] is None
    wait_for(lambda: "charge.updated" in ear.types())
    control("clock", advance=3 * 86400)
    assert client.v1.balance_transactions.retrieve(movement.id).status == "available"


@pytest.mark.parametrize(("currency", "amount", "fee"), [("jpy", 2500, 91), ("usd", 999, 59), ("kwd", 9990, 391)])
def test_every_currency_has_a_fee_of_its_own(client, control, paid, currency, amount, fee):
    charge = charge_of(paid(amount, currency))
    settled = control(f"charges/{charge.id}/settle")
    assert client.v1.balance_transactions.retrieve(settled["balance_transaction"]).fee == fee


def test_refunds_add_up_to_the_charge_and_no_further(client, paid):
    session = paid()
    intent = session.payment_intent.id
    first = client.v1.refunds.create(
        params={"payment_intent": intent, "amount": 1000, "reason": "requested_by_customer", "metadata": {"row": "7"}}
    )
    assert (first.status, first.amount, first.metadata["row"], first.charge) == (
        "succeeded", 1000, "7", charge_of(session).id,
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        client.v1.refunds.create(params={"payment_intent": intent, "amount": 1501})
    assert refused.value.param == "amount"
    rest = client.v1.refunds.create(params={"charge": charge_of(session).id})
    assert rest.amount == 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create(params={"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(charge_of(session).id, params={"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded) == (True, 2500)
    assert [one.id for one in charge.refunds.data] == [rest.id, first.id]
    assert client.v1.balance_transactions.retrieve(first.balance_transaction).net == -1000
    assert len(client.v1.refunds.list(params={"payment_intent": intent}).data) == 2


def test_refunds_at_the_same_moment_do_not_pass_the_charge(client, paid, make_client):
    intent = paid().payment_intent.id
    start, refused = threading.Barrier(6), []

    def go(row: int) -> None:
        mine = make_client()
        start.wait()
        try:
            mine.v1.refunds.create(
                params={"payment_intent": intent, "amount": 1000}, options={"idempotency_key": f"refund:{row}"}
            )
        except stripe.InvalidRequestError as error:
            refused.append(error)

    threads = [threading.Thread(target=go, args=(row,)) for row in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 4
    assert sum(one.amount for one in client.v1.refunds.list(params={"payment_intent": intent}).data) == 2000


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"charge": "ch_none"},
        {"payment_intent": "pi_none"},
        {"amount": 0},
        {"reason": "bored"},
        {"reverse_transfer": True},
    ],
)
def test_refunds_of_nothing_are_refused(client, params):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create(params=params)


def test_an_unpaid_session_has_nothing_to_refund(client, control, session_params):
    session = client.v1.checkout.sessions.create(params=session_params())
    body = control(f"sessions/{session.id}/pay", card="4000000000000002")
    with pytest.raises(stripe.InvalidRequestError, match="no successful charge"):
        client.v1.refunds.create(params={"payment_intent": body["payment_intent"]})


def test_a_dashboard_refund_is_told_like_any_other(client, control, paid, ear, wait_for):
    charge = charge_of(paid())
    made = control(f"charges/{charge.id}/refund", amount=700)
    assert client.v1.refunds.retrieve(made["id"]).amount == 700
    wait_for(lambda: {"refund.created", "charge.refunded"} <= set(ear.types()))


def test_a_refund_that_fails_is_back_in_the_charge(client, control, paid):
    session = paid()
    refund = client.v1.refunds.create(params={"charge": charge_of(session).id})
    control(f"refunds/{refund.id}/fail")
    failed = client.v1.refunds.retrieve(refund.id, params={"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_balance_transaction.amount) == ("failed", 2500)
    charge = client.v1.charges.retrieve(charge_of(session).id)
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert client.v1.events.list(params={"type": "refund.failed"}).data[0].data.object["id"] == refund.id


def test_the_dispute_card_is_disputed_after_the_payment(client, paid, wait_for):
    session = paid(card="4000000000000259")
    assert session.payment_status == "paid"
    event = wait_for(lambda: client.v1.events.list(params={"type": "charge.dispute.created"}).data)[0]
    dispute = client.v1.disputes.retrieve(event.data.object["id"], params={"expand": ["charge"]})
    assert (dispute.status, dispute.amount, dispute.charge.disputed) == ("needs_response", 2500, True)
    assert dispute.balance_transactions[0].net == -4000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create(params={"charge": dispute.charge.id})
    assert refused.value.code == "charge_disputed"


@pytest.mark.parametrize(("outcome", "movements"), [("won", 2), ("lost", 1)])
def test_a_dispute_ends_won_or_lost(client, control, paid, outcome, movements):
    opened = control(f"charges/{charge_of(paid()).id}/dispute", reason="product_not_received")
    control(f"disputes/{opened['id']}/close", outcome=outcome)
    dispute = client.v1.disputes.retrieve(opened["id"])
    assert (dispute.status, len(dispute.balance_transactions)) == (outcome, movements)
    assert client.v1.events.list(params={"type": "charge.dispute.closed"}).data


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_delayed_payment_is_complete_before_it_is_paid(client, control, session_params, outcome):
    session = client.v1.checkout.sessions.create(params=session_params())
    control(f"sessions/{session.id}/pay", method="delayed")
    waiting = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent.latest_charge"]})
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert (waiting.payment_intent.status, charge_of(waiting).status) == ("processing", "pending")
    control(f"sessions/{session.id}/outcome", outcome=outcome)
    after = client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent.latest_charge"]})
    assert after.payment_status == ("paid" if outcome == "succeeded" else "unpaid")
    assert charge_of(after).status == outcome
    kind = f"checkout.session.async_payment_{outcome}"
    assert client.v1.events.list(params={"type": kind}).data[0].data.object["id"] == session.id


def test_a_refund_of_a_delayed_payment_takes_its_time(client, control, session_params):
    session = client.v1.checkout.sessions.create(params=session_params())
    body = control(f"sessions/{session.id}/pay", method="delayed")
    control(f"sessions/{session.id}/outcome", outcome="succeeded")
    refund = client.v1.refunds.create(params={"payment_intent": body["payment_intent"]})
    assert refund.status == "pending"
    control("clock", advance=700)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert client.v1.events.list(params={"type": "refund.updated"}).data


def test_transfers_stay_within_their_charge(client, control, paid):
    charge = charge_of(paid())
    account = control("accounts", active=True)["id"]
    params = {"amount": 2000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    transfer = client.v1.transfers.create(params=params)
    assert (transfer.transfer_group, transfer.id[:11]) == ("HH-1", "tr_sandbox_")
    with pytest.raises(stripe.InvalidRequestError, match="must not exceed the source amount"):
        client.v1.transfers.create(params={**params, "amount": 501})
    client.v1.transfers.create(params={**params, "amount": 500})
    first = client.v1.transfers.reversals.create(transfer.id, params={"amount": 700})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unreversed"):
        client.v1.transfers.reversals.create(transfer.id, params={"amount": 1301})
    client.v1.transfers.reversals.create(transfer.id)
    after = client.v1.transfers.retrieve(transfer.id)
    assert (after.amount_reversed, after.reversed, len(after.reversals.data)) == (2000, True, 2)
    assert client.v1.transfers.reversals.retrieve(transfer.id, first.id).amount == 700
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        client.v1.transfers.reversals.create(transfer.id)


def test_only_accounts_that_may_receive_get_transfers(client, control, paid):
    charge = charge_of(paid())
    account = control("accounts", active=False)["id"]
    params = {"amount": 100, "currency": "usd", "destination": account, "source_transaction": charge.id}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create(params=params)
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    control(f"accounts/{account}", active=True)
    assert client.v1.transfers.create(params=params).amount == 100
    for more, code in (
        ({"destination": "acct_none"}, "resource_missing"),
        ({"currency": "eur"}, None),
        ({"transfer_group": "other"}, None),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.transfers.create(params={**params, **more})
        assert refused.value.code == code


def test_without_a_charge_only_available_money_moves(client, control, paid):
    charge = charge_of(paid())
    account = control("accounts")["id"]
    params = {"amount": 2000, "currency": "usd", "destination": account}
    control(f"charges/{charge.id}/settle")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create(params=params)
    assert refused.value.code == "balance_insufficient"
    control("clock", advance=3 * 86400)
    assert client.v1.transfers.create(params=params).amount == 2000
