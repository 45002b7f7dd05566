"""An order's page, for whoever has its key or whose order it is: its state, parcels, receipt and invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from storefront import config
from storefront.checkout import finding, invoice
from storefront.checkout.addresses import address_lines
from storefront.checkout.models import Order, OrderStatus, Parcel
from storefront.core import clock
from storefront.core.db import session
from storefront.core.money import Money
from storefront.giving.line_parts import owed_by_line
from storefront.payments import cancelling, matters, return_finding, returning, starting
from storefront.payments.finding import payment_of
from storefront.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from storefront.payments.remaining import left_of
from storefront.payments.starting import OrderNotPayable, PaymentUnavailable
from storefront.permissions import may_see_orders
from storefront.receipts import reading
from storefront.voices import reviewing
from storefront.voices.reviewing import Chance
from storefront.web.guards import public
from storefront.web.limits import limited
from storefront.web.rendering import day_text, money, private_page
from storefront.web.shop import order_parcels
from storefront.web.shop.labels import country_name
from storefront.web.wording import gettext

pages = Blueprint("orders", __name__, url_prefix="/orders")

_ON_ITS_WAY = timedelta(days=1)  # as long as a letter can be


@dataclass(frozen=True)
class Movements:
    """What Stripe did with the money of an order; `stuck_minor` could not go back, and a person sees to it."""

    refunds: list[Refund]
    stuck_minor: int
    processing: bool
    problem: str


@pages.get("/<ref>")
@public
def order(ref: str) -> BaseResponse:
    """The order; `key` opens it for a guest."""
    return _page(find(ref))


@pages.post("/<ref>/payment")
@public
@limited("checkout")
def pay_again(ref: str) -> BaseResponse:
    """Go (back) to Stripe for an order that is placed and not paid."""
    found = find(ref)
    try:
        return redirect(starting.start(found.ref), 303)
    except OrderNotPayable:
        return redirect(url_for("orders.order", ref=ref, key=request.args.get("key")), 303)
    except PaymentUnavailable:
        return _page(find(ref), 503)


@pages.get("/<ref>/invoice.pdf")
@public
def invoice_pdf(ref: str) -> BaseResponse:
    """The invoice of an order that was paid."""
    found = find(ref)
    payment = payment_of(found.id) or abort(404)
    left = left_of(payment, [RefundStatus.DONE]).total_minor
    content = invoice.render(
        found,
        left=Money(max(left, 0), found.currency),
        owed=Money(sum(owed_by_line(found).values()), found.currency),
        money=money,
        day=day_text,
        country=country_name(found.address["country"]),
    )
    response = private_page(make_response(content))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="invoice-{found.ref}.pdf"'
    return response


def find(ref: str) -> Order:
    """The order, for those who may open it; for everybody else there is none."""
    found = finding.by_ref(ref)
    if found is None:
        abort(404)
    if finding.opens(found, request.args.get("key", ""), None):
        return found
    user = current_user if current_user.is_authenticated else None
    if user is None or not (found.user_id == user.id or may_see_orders(user)):
        abort(404)
    return found


def actor() -> str:
    """Who acts on an order, for its journal: whoever is signed in, or whoever has the order's key."""
    return f"user:{current_user.ref}" if current_user.is_authenticated else "guest"


def _page(found: Order, status: int = 200) -> Response:
    paid, pictures, cancelled = _money(found), finding.pictures(found), cancelling.of_order(found)
    owed = owed_by_line(found)
    response = private_page(
        render_template(
            "shop/orders/order.html",
            order=found,
            state=_state(found, paid),
            paid=paid,
            stuck=Money(paid.stuck_minor, found.currency),
            refunds=[(refund, Money(refund.amount_minor, found.currency)) for refund in paid.refunds],
            parcels=[
                order_parcels.shown(found, parcel, pictures, owed, cancelled.get(parcel.id)) for parcel in found.parcels
            ],
            cancellable=cancelling.cancellable(found),
            returnable=_returnable(found),
            returns=return_finding.of_order(found),
            rows=_rows(found),
            given=_given(found, owed),
            receipt=reading.by_order(found.id) if found.paid_at else None,
            sold=found.paid_at is not None,
            payable=found.status == OrderStatus.PENDING and not paid.processing,
            unavailable=status == 503,
            address=address_lines(found.address, country_name(found.address["country"])),
            key=request.args.get("key") or None,
            help_address=config.current().help_address,
            chances=_chances(found),
            signed_in=current_user.is_authenticated,
            may_keep=found.user_id is None and not current_user.is_authenticated,
        )
    )
    response.status_code = status
    return response


def _returnable(found: Order) -> list[Parcel]:
    """The parcels of which something can be returned now."""
    sent = [parcel for parcel in found.parcels if parcel.dispatches]
    payment = payment_of(found.id) if sent else None
    return [parcel for parcel in sent if payment and returning.returnable(payment, parcel, clock.now())]


def _chances(found: Order) -> list[Chance]:
    """What the buyer may say something about; an admin who looks at the order says nothing."""
    user = current_user._get_current_object() if current_user.is_authenticated else None
    buyers = finding.opens(found, request.args.get("key", ""), user.id if user else None)
    return reviewing.chances(found, user) if buyers else []


def _money(found: Order) -> Movements:
    payments = session().scalars(select(Payment).where(Payment.order_id == found.id).order_by(Payment.attempt)).all()
    ids = [payment.id for payment in payments]
    refunds = session().scalars(
        select(Refund).where(Refund.payment_id.in_(ids), Refund.status != RefundStatus.FAILED).order_by(Refund.id)
    ).all()  # fmt: skip
    processing = any(payment.status == PaymentStatus.PROCESSING for payment in payments)
    failed = next((one.problem for one in reversed(payments) if one.status == PaymentStatus.FAILED), None)
    return Movements(list(refunds), matters.stuck_minor(found), processing, failed or "")


def _state(found: Order, paid: Movements) -> tuple[str, str, str]:
    """The order's state: kind of notice, title, what it means for the shopper."""
    match found.status:
        case OrderStatus.PENDING if paid.processing:
            text = gettext("Your bank takes a while with this kind of payment. We write when the money is here.")
            return "info", gettext("Your payment is on its way"), text
        case OrderStatus.PENDING:
            text = gettext(
                "If you have just paid, the confirmation comes within a minute: load this page again. "
                "If not, nothing was charged, and the goods are kept aside for you for a while."
            )
            return "warning", gettext("The payment is not confirmed yet"), text
        case OrderStatus.EXPIRED if paid.refunds:
            return "warning", gettext("Your money goes back to you"), paid.refunds[-1].reason
        case OrderStatus.EXPIRED if paid.stuck_minor:
            return "warning", gettext("Your money goes back to you"), gettext("What was paid bought nothing.")
        case OrderStatus.EXPIRED:
            text = gettext("It was not paid in time, so the goods are back on the shelf. Nothing was charged.")
            return "info", gettext("This order has ended"), text
        case OrderStatus.FLAGGED:
            text = gettext(
                "What arrived is not what was asked for. A person looks at it and writes to you; nothing is lost."
            )
            return "warning", gettext("Your payment is being checked"), text
        case OrderStatus.CANCELLED if paid.stuck_minor:
            return "warning", gettext("This order was cancelled"), gettext("What was paid for it goes back to you.")
        case OrderStatus.CANCELLED:
            text = gettext("All of it has been given back. Banks take five to ten days to show it.")
            return "info", gettext("This order was cancelled"), text
    if found.paid_at and clock.now() - found.paid_at > _ON_ITS_WAY:
        return "success", gettext("Your order is paid"), gettext("Each parcel below says where it is.")
    text = gettext("A confirmation is on its way to %(email)s.", email=found.email)
    return "success", gettext("Thank you. Your order is paid."), text


def _given(found: Order, owed: Mapping[int, int]) -> list[tuple[str, str, Money]]:
    """Address and name of each charity that the order was sold for, with what it owes them now, by the line's id."""
    sums: dict[tuple[str, str], int] = {}
    for line in found.lines:
        if line.pledge and line.pledge_minor:
            charity = (line.pledge["charity"], line.pledge["charity_name"])
            sums[charity] = sums.get(charity, 0) + owed[line.id]
    return [(slug, name, Money(minor, found.currency)) for (slug, name), minor in sums.items()]


def _rows(found: Order) -> list[tuple[str, Money | str]]:
    rows: list[tuple[str, Money | str]] = [(gettext("Goods"), Money(found.items_minor, found.currency))]
    if found.discount_minor:
        name = gettext("Voucher %(code)s", code=found.voucher_code or "")
        rows.append((name, Money(-found.discount_minor, found.currency)))
    rows.append((gettext("Delivery"), Money(found.delivery_minor, found.currency)))
    return rows
