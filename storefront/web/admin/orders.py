"""Orders as an admin sees them: the list, and one order with its money and the form that gives it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as Redirect

from storefront.accounts.finding import normal
from storefront.checkout.addresses import address_lines
from storefront.checkout.models import Order, OrderStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving.models import EntryGroup
from storefront.payments import refunding, remaining, return_finding
from storefront.payments.models import Dispute, Payment, PaymentStatus, Refund, RefundStatus
from storefront.permissions import may_refund, may_see_orders
from storefront.web import paging
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.labels import country_name

pages = Blueprint("admin_orders", __name__, url_prefix="/admin/orders")

PAGE_SIZE = 50
_HAS_MONEY = (PaymentStatus.PAID, PaymentStatus.FLAGGED)


@pages.get("")
@require(may_see_orders)
def orders() -> Response:
    """Orders, the newest first; `status` and `words` (a reference or an e-mail address) narrow them down."""
    status, words = request.args.get("status", ""), request.args.get("words", "").strip()[:320]
    found = select(Order)
    if status in set(OrderStatus):
        found = found.where(Order.status == status)
    if words:
        found = found.where(or_(Order.ref == words.upper(), Order.email == normal(words)))
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session().scalars(found.order_by(Order.id.desc()).limit(PAGE_SIZE).offset(paging.skip(PAGE_SIZE))).all()

    def address(page: int) -> str:
        return url_for("admin_orders.orders", status=status or None, words=words or None, page=page)

    return private_page(
        render_template(
            "admin/orders/list.html",
            rows=rows,
            count=count,
            status=status,
            words=words,
            choices=_choices(),
            **paging.around(count, PAGE_SIZE, address),
        )
    )


@pages.get("/<ref>")
@require(may_see_orders)
def order(ref: str) -> Response:
    """One order: what was bought, what was paid, what went back, and every ledger group of it."""
    return private_page(_order_page(_find(ref), None, ""))


@pages.post("/<ref>/refunds")
@require(may_refund)
def refund(ref: str) -> Response | Redirect:
    """Give money back: all that is left, or so many units of each line, with or without delivery."""
    found = _find(ref)
    asked = RefundForm.read()
    try:
        with unit_of_work():
            refund_ref = asked.ask(found).ref
    except _REFUSALS as error:
        page = private_page(_order_page(_find(ref), asked, said(error)))
        page.status_code = 422
        return page
    tell(refunding.send(refund_ref))
    return redirect(url_for("admin_orders.order", ref=ref), 303)


class NotUnderstood(ValueError):
    """A field of the refund form makes no sense."""


_REFUSALS = (
    NotUnderstood,
    refunding.NotRefundable,
    refunding.NeverLeft,
    refunding.NothingToRefund,
    refunding.OverRefund,
    refunding.RefundedMeanwhile,
    remaining.TooMany,
    remaining.UnknownLine,
)


@dataclass(frozen=True)
class RefundForm:
    """What was filled in, as text; `left` is what was left of the payment when the page was made."""

    payment: str
    left: str
    quantities: dict[str, str]
    whole: bool
    delivery: bool
    restock: bool
    had_left: bool
    reason: str

    @classmethod
    def read(cls) -> RefundForm:
        """The form in the current request."""
        form = request.form
        prefix = "quantity-"
        return cls(
            payment=form.get("payment", ""),
            left=form.get("left", ""),
            quantities={name.removeprefix(prefix): form[name].strip() for name in form if name.startswith(prefix)},
            whole="whole" in form,
            delivery="delivery" in form,
            restock="restock" in form,
            had_left="had_left" in form,
            reason=form.get("reason", "").strip(),
        )

    def ask(self, order: Order) -> Refund:
        """Ask for the refund, inside a unit of work; raises one of `_REFUSALS`."""
        payment = session().scalar(select(Payment).where(Payment.ref == self.payment, Payment.order_id == order.id))
        if payment is None or not self.reason or not _is_number(self.left):
            raise NotUnderstood
        facts: dict[str, Any] = {
            "reason": self.reason,
            "asked_by": f"user:{current_user.ref}",
            "restock": self.restock,
            "now": clock.now(),
            "left_seen": int(self.left),
        }
        if self.whole:
            return refunding.ask_whole(payment, **facts)
        return refunding.ask(payment, self._units(), delivery=self.delivery, had_left=self.had_left, **facts)

    def _units(self) -> dict[str, int]:
        if not all(_is_number(text) for text in self.quantities.values() if text):
            raise NotUnderstood
        return {ref: int(text) for ref, text in self.quantities.items() if text}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


@dataclass(frozen=True)
class ShownPayment:
    """A payment with what is left of it and what went back."""

    payment: Payment
    left: remaining.Left
    disputes: list[Dispute]
    refundable: bool


def _choices() -> list[tuple[str, str]]:
    return [
        ("", _("All")),
        (OrderStatus.PENDING, _("Waiting for payment")),
        (OrderStatus.PAID, _("Paid")),
        (OrderStatus.EXPIRED, _("Expired")),
        (OrderStatus.CANCELLED, _("Cancelled")),
        (OrderStatus.FLAGGED, _("Needs a look")),
    ]


def _find(ref: str) -> Order:
    found = session().scalar(select(Order).where(Order.ref == ref))
    if found is None:
        abort(404)
    return found


def _order_page(order: Order, asked: RefundForm | None, error: str) -> str:
    payments = session().scalars(
        select(Payment).where(Payment.order_id == order.id).order_by(Payment.attempt)
    ).all()  # fmt: skip
    groups = session().scalars(
        select(EntryGroup)
        .where(EntryGroup.order_id == order.id)
        .options(selectinload(EntryGroup.entries))
        .order_by(EntryGroup.id)
    )
    return render_template(
        "admin/orders/order.html",
        order=order,
        address=address_lines(order.address, country_name(order.address["country"])),
        payments=[_shown(payment) for payment in payments],
        groups=groups.all(),
        returns=return_finding.of_order(order),
        asked=asked,
        error=error,
        may_refund=may_refund(current_user),
        Money=Money,
    )


def _shown(payment: Payment) -> ShownPayment:
    left = remaining.left_of(payment)
    disputes = session().scalars(select(Dispute).where(Dispute.payment_id == payment.id)).all()
    return ShownPayment(payment, left, list(disputes), payment.status in _HAS_MONEY and left.total_minor > 0)


def said(error: Exception) -> str:
    """Why a refund was not asked for, in words."""
    if isinstance(error, remaining.TooMany):
        return _("%(title)s: only %(left)s are left to refund.", title=error.line.title, left=error.left)
    if isinstance(error, refunding.NeverLeft):
        return _("%(title)s: only %(out)s have left and were not given back.", title=error.line.title, out=error.out)
    if isinstance(error, refunding.OverRefund):
        return _("That is more than what is left of the payment.")
    if isinstance(error, refunding.NothingToRefund):
        return _("Choose at least one item, or the delivery.")
    if isinstance(error, refunding.RefundedMeanwhile):
        return _("Something was refunded since you opened this page. Look at what is left now, then ask again.")
    if isinstance(error, refunding.NotRefundable):
        return _("Nothing was paid here that could go back.")
    return _("Give a reason, and whole numbers of items.")


def tell(status: RefundStatus) -> None:
    """Say what became of a refund that was sent."""
    if status == RefundStatus.DONE:
        flash(_("The refund is done."), "success")
    elif status == RefundStatus.FAILED:
        flash(_("Stripe refused the refund. The reason stands next to it."), "error")
    elif status == RefundStatus.PENDING:
        flash(_("The refund is on its way."), "info")
    else:
        flash(
            _("Stripe has not answered yet. The shop keeps asking, and never refunds the same thing twice."), "warning"
        )
