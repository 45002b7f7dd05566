"""What follows from what. Everything here happens in the transaction of its cause, in this order."""

from __future__ import annotations

from storefront.accounts.events import EmailProven
from storefront.cart import filling
from storefront.cart.events import CartMerged
from storefront.catalog import emails as listing_emails
from storefront.catalog import indexing, withdrawing
from storefront.catalog.events import ListingApproved, RevisionDecided
from storefront.checkout import claiming
from storefront.checkout.events import OrderPlaced
from storefront.core.events import Reaction
from storefront.giving import entering, fees, pledges, promising
from storefront.payments import cancelling, returning, to_send, unselling
from storefront.payments import emails as payment_emails
from storefront.payments.events import (
    DisputeOpened,
    DisputeWon,
    FeeKnown,
    OrderPaid,
    PaymentFailed,
    PaymentUnsold,
    RefundDone,
    RefundFailed,
    RefundRepaid,
    RefundReturned,
)
from storefront.provenance.events import ConsentEnded
from storefront.receipts import emails, issuing
from storefront.updates import sending
from storefront.updates import writing as updates
from storefront.vetting.events import StandingChanged

REACTIONS: dict[type, list[Reaction]] = {
    ConsentEnded: [withdrawing.hide, updates.hide, listing_emails.tell_of_consent],
    CartMerged: [claiming.follow_cart],
    EmailProven: [claiming.claim_orders],
    ListingApproved: [promising.follow_listing, promising.prove_shown],
    RevisionDecided: [listing_emails.send_decision],
    OrderPlaced: [pledges.freeze],
    # The cart first: whoever places an order locks it before they lock a pledge.
    OrderPaid: [
        filling.empty_after,
        pledges.hold_to_cap,
        entering.enter_sale,
        issuing.issue,
        emails.send_confirmation,
    ],
    PaymentUnsold: [entering.enter_unsold],
    PaymentFailed: [payment_emails.send_failure_notice],
    FeeKnown: [fees.enter_fee],
    RefundDone: [
        entering.enter_refund,
        fees.enter_fee_of_refund,
        issuing.revise,
        to_send.follow_refund,
        cancelling.tell_groups,
        returning.follow_refund,
        payment_emails.send_refund_notice,
    ],
    RefundFailed: [to_send.follow_failure],
    RefundReturned: [entering.enter_returned_refund],
    RefundRepaid: [entering.enter_repaid_refund],
    DisputeOpened: [entering.enter_dispute],
    DisputeWon: [entering.enter_dispute_won],
    StandingChanged: [indexing.follow_producer, pledges.follow_charity, unselling.follow_producer, sending.hold],
}
