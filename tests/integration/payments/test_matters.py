"""Money that a person must look at: it waits in one queue, and the shopper reads what is true of it."""

from __future__ import annotations

import pytest
from ordering import order_of
from people import add_user, letters, post, sign_in
from selling import sell, take_back
from sqlalchemy import select

from storefront.accounts.models import Role
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.journal import JournalEntry
from storefront.giving import accounts, checking, posting
from storefront.giving.models import EntryGroup
from storefront.payments import matters, refunded, refunding, states, to_send
from storefront.payments.answers import RefundState
from storefront.payments.finding import lock_refund, payment_of
from storefront.payments.matters import MatterKind, NotOpen, NoWords
from storefront.payments.models import Dispute, Payment, PaymentStatus, Refund, RefundStatus
from storefront.receipts import checking as receipt_checking
from storefront.receipts import reading


@pytest.fixture
def admin(world, client):
    user = add_user("boss@example.org", Role.ADMIN)
    sign_in(client, user.email)
    return user


def failed(order, sku):
    """A refund of one unit that Stripe refused; returns its ref."""
    line = next(one for one in order_of(order.ref).lines if one.sku == sku)
    with unit_of_work():
        refund = refunding.ask(
            payment_of(order.id), {line.ref: 1}, delivery=False, reason="It broke", asked_by="user:A", restock=False,
            now=clock.now(),
        )  # fmt: skip
        states.move_refund(refund, RefundStatus.FAILED)
        refund.problem = "closed account"
        return refund.ref


def came_back(order):
    """All of the order went back, and came back to Stripe; returns the refund's ref."""
    ref = take_back(order).ref
    with unit_of_work():
        refunded.came_back(lock_refund(ref), "closed account", clock.now())
    return ref


def disputed(order, status):
    with unit_of_work() as current:
        row = Dispute(
            payment_id=payment_of(order.id).id, stripe_id="dp_1", status=status, amount_minor=5490, reason="fraudulent",
            opened_at=clock.now(), closed_at=clock.now() if status in ("won", "lost") else None,
        )  # fmt: skip
        current.add(row)


def refund_of(ref):
    session().rollback()
    return session().scalars(select(Refund).where(Refund.ref == ref)).one()


def kinds():
    session().rollback()
    return [one.kind for one in matters.open_ones()]


def page(client, order):
    return client.get(f"/orders/{order.ref}?key={order.key}").get_data(as_text=True)


def test_a_refund_that_failed_waits_until_somebody_says_what_became_of_it(world, client, admin):
    order = sell({"COFFEE": 2})
    ref = failed(order, "COFFEE")
    assert "Money to look at" in client.get("/admin").get_data(as_text=True)
    assert matters.waiting()[0] == 1
    html = client.get("/admin/money").get_data(as_text=True)
    assert "A refund failed: $24.00" in html
    assert "closed account" in html
    assert "$24.00 could not go back by itself" in page(client, order)
    path = f"/admin/money/refund_failed/{ref}/closing"
    for words in ("", " ", "x" * 501):
        assert post(client, path, {"words": words}).status_code == 422
    assert post(client, path, {"words": "Paid by transfer"}).status_code == 303
    assert kinds() == []
    assert "could not go back" not in page(client, order)
    entry = session().scalars(select(JournalEntry).where(JournalEntry.act == "money matter closed")).one()
    assert (entry.subject, entry.facts["words"]) == (f"order:{order.ref}", "Paid by transfer")
    assert post(client, path, {"words": "Again"}).status_code == 404


def test_a_refund_that_stripe_did_after_all_waits_for_nobody(world):
    order = sell({"COFFEE": 2})
    ref = failed(order, "COFFEE")
    with unit_of_work():
        refund = lock_refund(ref)
        states.move_refund(refund, RefundStatus.DONE)
        refund.problem = None
        refunded.done(refund, clock.now())
    assert kinds() == []


def test_the_shopper_is_not_told_that_all_went_back_when_it_came_back(world, client):
    order = sell({"COFFEE": 2})
    ref = came_back(order)
    html = page(client, order)
    assert "All of it has been given back" not in html
    assert "and sent back to us by the bank" in html
    assert "$54.90 could not go back by itself" in html
    assert kinds() == [MatterKind.REFUND_RETURNED]
    with unit_of_work():
        matters.close(MatterKind.REFUND_RETURNED, ref, "Sent to another account", actor="user:A", now=clock.now())
    assert "All of it has been given back" in page(client, order)
    assert checking.check() == []


def test_late_money_that_could_not_go_back_was_not_nothing(world, client):
    order = sell({"COFFEE": 1})
    failed(order, "COFFEE")
    with unit_of_work() as current:
        current.get_one(type(order), order.id).status = "expired"
    html = page(client, order)
    assert "Nothing was charged" not in html
    assert "Your money goes back to you" in html


@pytest.mark.parametrize(
    ("status", "kind"),
    [("needs_response", MatterKind.DISPUTE_OPEN), ("lost", MatterKind.DISPUTE_LOST), ("won", None)],
)
def test_disputes_wait_unless_they_are_won(world, status, kind):
    disputed(sell({"COFFEE": 2}), status)
    assert kinds() == ([kind] if kind else [])


def test_a_dispute_that_was_looked_at_and_is_lost_then_waits_anew(world):
    disputed(sell({"COFFEE": 2}), "needs_response")
    with unit_of_work():
        matters.close(MatterKind.DISPUTE_OPEN, "dp_1", "Evidence sent", actor="user:A", now=clock.now())
    assert kinds() == []
    with unit_of_work() as current:
        dispute = current.scalars(select(Dispute)).one()
        dispute.status, dispute.closed_at = "lost", clock.now()
    assert kinds() == [MatterKind.DISPUTE_LOST]


def test_a_flagged_payment_waits_until_all_of_it_went_back(world):
    order = sell({"COFFEE": 2})
    with unit_of_work() as current:
        current.scalars(select(Payment)).one().status = PaymentStatus.FLAGGED
    assert kinds() == [MatterKind.PAYMENT_FLAGGED]
    take_back(order)
    assert kinds() == []


def test_a_matter_is_closed_once_and_with_words(world):
    ref = failed(sell({"COFFEE": 2}), "COFFEE")
    facts = {"actor": "user:A", "now": clock.now()}
    with pytest.raises(NoWords), unit_of_work():
        matters.close(MatterKind.REFUND_FAILED, ref, "", **facts)
    with pytest.raises(NotOpen), unit_of_work():
        matters.close(MatterKind.REFUND_RETURNED, ref, "Done", **facts)
    assert session().scalars(select(Refund.status)).one() == RefundStatus.FAILED


def stripe_says(ref, status):
    with unit_of_work():
        refund = lock_refund(ref)
        state = RefundState(f"re_{ref}", status, refund.amount_minor, "USD", None, ref, problem="closed account")
        refunding.apply(refund, state, clock.now())


def balance(account):
    session().rollback()
    return posting.balance(account, "USD")


def test_a_refund_that_failed_and_was_paid_from_the_shops_bank_is_done(world, client, admin):
    order = sell({"COFFEE": 1})
    ref = failed(order, "COFFEE")
    assert "pay it from our bank account" in client.get("/admin/money").text
    path, words = f"/admin/money/refund_failed/{ref}/closing", {"words": "They gave us an account"}
    refused = post(client, path, {**words, "bank_reference": "x" * 121})
    assert refused.status_code == 422
    assert 'value="They gave us an account"' in refused.text
    assert post(client, path, {**words, "bank_reference": "TT-88"}).status_code == 303
    assert kinds() == []
    (group,) = session().scalars(select(EntryGroup).where(EntryGroup.kind == "refund"))
    assert sum(entry.minor for entry in group.entries if entry.account == accounts.BANK) == -refund_of(ref).amount_minor
    assert balance(accounts.STRIPE) == order.total_minor
    assert len(reading.revisions(reading.by_order(order.id))) == 2
    assert to_send.count(world.sunlit_bench.id) == 0
    assert "reference TT-88" in page(client, order)
    assert "with the reference TT-88" in letters("refund_notice")[-1].text
    for late in ("failed", "succeeded"):
        stripe_says(ref, late)
    with pytest.raises((refunding.NothingToRefund, refunding.OverRefund)):
        take_back(order)
    assert checking.check() + receipt_checking.check() == []


def test_a_refund_that_came_back_and_was_paid_from_the_shops_bank_is_owed_no_more(world, client, admin):
    order = sell({"COFFEE": 2})
    ref = came_back(order)
    assert balance(accounts.SHOPPERS) == -order.total_minor
    fields = {"words": "They gave us an account", "bank_reference": "TT-89"}
    path = f"/admin/money/refund_returned/{ref}/closing"
    assert post(client, path, fields).status_code == 303
    assert post(client, path, fields).status_code == 404
    assert (balance(accounts.SHOPPERS), balance(accounts.BANK)) == (0, -order.total_minor)
    stripe_says(ref, "failed")
    assert "reference TT-89" in page(client, order)
    assert kinds() == []
    assert checking.check() + receipt_checking.check() == []


def test_what_went_back_meanwhile_is_not_paid_from_the_bank_too(world, client, admin):
    order = sell({"COFFEE": 1, "SOAP": 1})
    ref = failed(order, "COFFEE")
    take_back(order, {"COFFEE": 1})
    refused = post(client, f"/admin/money/refund_failed/{ref}/closing", {"words": "Sent", "bank_reference": "TT-88"})
    assert refused.status_code == 422
    assert "went back in another way" in refused.text
    assert balance(accounts.BANK) == 0
    assert kinds() == [MatterKind.REFUND_FAILED]
    disputed(order, "lost")
    facts = {"actor": "user:A", "now": clock.now(), "bank_reference": "TT-88"}
    with pytest.raises(NotOpen), unit_of_work():
        matters.close(MatterKind.DISPUTE_LOST, "dp_1", "Sent", **facts)


@pytest.mark.parametrize("back", [False, True], ids=["failed", "came back"])
def test_the_check_finds_a_transfer_that_was_not_entered(world, back):
    order = sell({"COFFEE": 1})
    ref = came_back(order) if back else take_back(order).ref
    with unit_of_work():
        lock_refund(ref).bank_reference = "TT-88"
    assert f"paid by bank of refund {ref} was {order.total_minor}, the ledger says 0" in checking.check()


def test_two_tries_at_the_same_are_told_once_and_no_more_once_all_went_back(world, client):
    order = sell({"COFFEE": 2})
    failed(order, "COFFEE")
    failed(order, "COFFEE")
    assert "$24.00 could not go back by itself" in page(client, order)
    take_back(order)
    assert "could not go back" not in page(client, order)
    assert kinds() == []


def test_no_more_is_told_than_is_left(world, client):
    order = sell({"COFFEE": 1, "SOAP": 1})
    failed(order, "COFFEE")
    failed(order, "SOAP")
    take_back(order, {"COFFEE": 1}, delivery=True)
    assert "$18.00 could not go back by itself" in page(client, order)
