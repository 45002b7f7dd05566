"""Cancelling an order, or one producer's parcel of it, before it is sent: what would change, then the act."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from storefront.checkout.models import Order
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.core.money import Money
from storefront.payments import cancelling, refunding
from storefront.payments.cancelling import NothingChosen, TooLate
from storefront.payments.finding import hold_sold, payment_of
from storefront.payments.models import Payment
from storefront.payments.refunding import NothingToRefund, NotRefundable
from storefront.receipts.foreseeing import Foreseen, NotSeen, foresee
from storefront.web.forms.accounts import trimmed
from storefront.web.guards import public
from storefront.web.limits import limited
from storefront.web.rendering import private_page
from storefront.web.shop.orders import actor, find

pages = Blueprint("cancellations", __name__, url_prefix="/orders/<ref>/cancellation")

LONGEST_REASON = 300


_REFUSALS = (NotSeen, TooLate, NothingChosen, NotRefundable, NothingToRefund)


@pages.get("")
@public
def look(ref: str) -> Response:
    """What cancelling would change: of the parcels named `parcel`, or of all that have not left."""
    return _page(find(ref), request.args.getlist("parcel"))


@pages.post("")
@public
@limited("checkout")
def cancel(ref: str) -> Response | BaseResponse:
    """Cancel the named parcels, as they were shown."""
    found, chosen = find(ref), request.form.getlist("parcel")
    reason = trimmed(request.form.get("reason"))
    if len(reason) > LONGEST_REASON:
        return _page(found, chosen, _("Say it in at most %(most)s characters", most=LONGEST_REASON))
    try:
        refund_ref = _cancel(found, chosen, reason)
    except _REFUSALS:
        return _page(find(ref), chosen, again=True)
    refunding.send(refund_ref)
    return redirect(url_for("orders.order", ref=ref, key=request.args.get("key")), 303)


def _cancel(found: Order, chosen: list[str], reason: str) -> str:
    with unit_of_work():
        payment = hold_sold(found.id)
        parcels = cancelling.choose(found, chosen)
        if payment is None or _foreseen(payment, found, chosen).seal != request.form.get("seen"):
            raise NotSeen
        title = _("Cancelled before it was sent")
        now = clock.now()
        return cancelling.cancel(payment, parcels, reason=reason, title=title, actor=actor(), now=now).ref


def _foreseen(payment: Payment, found: Order, chosen: list[str]) -> Foreseen:
    back = cancelling.allocation(payment, cancelling.choose(found, chosen))
    return foresee(payment, back, clock.now())


def _page(found: Order, chosen: list[str], error: str = "", *, again: bool = False) -> Response:
    """The page; 422 where the form was refused, 409 where what it showed has changed or nothing can be cancelled."""
    parcels, payment = cancelling.cancellable(found), payment_of(found.id)
    named = [parcel for parcel in parcels if parcel.ref in chosen] if chosen else parcels
    foreseen = None
    if payment is not None and named and len(named) == len(set(chosen) or named):
        foreseen = _foreseen(payment, found, [parcel.ref for parcel in named])
    page = private_page(
        render_template(
            "shop/orders/cancellation.html",
            order=found,
            parcels=named,
            whole=len(named) == len(found.parcels),
            foreseen=foreseen,
            again=again,
            error=error,
            reason=request.form.get("reason", ""),
            longest=LONGEST_REASON,
            key=request.args.get("key") or None,
            Money=Money,
        )
    )
    page.status_code = 422 if error else 409 if again or foreseen is None else 200
    return page
