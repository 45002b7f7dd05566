"""What follows from what. Everything here happens in the transaction of its cause, in this order."""

from __future__ import annotations

from storefront.checkout.events import OrderPlaced
from storefront.core.events import Reaction
from storefront.giving import ledger, pledges
from storefront.payments.events import DisputeOpened, DisputeWon, FeeKnown, OrderPaid, PaymentUnsold, RefundDone
from storefront.receipts import issuing

REACTIONS: dict[type, list[Reaction]] = {
    OrderPlaced: [pledges.freeze],
    OrderPaid: [ledger.enter_sale, issuing.issue],
    PaymentUnsold: [ledger.enter_unsold],
    FeeKnown: [ledger.enter_fee],
    RefundDone: [ledger.enter_refund, issuing.revise],
    DisputeOpened: [ledger.enter_dispute],
    DisputeWon: [ledger.enter_dispute_won],
}
