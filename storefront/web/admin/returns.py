"""Every return: the queue, one of them, an answer in the group's place, and the money."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as Redirect

from storefront.checkout.models import Parcel
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.payments import refunding, remaining, return_settling, returning
from storefront.payments.finding import payment_of
from storefront.payments.return_models import OPEN, Return, ReturnStatus
from storefront.payments.returning import IllegalStep
from storefront.permissions import may_handle_returns, may_refund
from storefront.producers.models import Producer
from storefront.receipts.foreseeing import Foreseen, foresee
from storefront.web import paging, return_desk
from storefront.web.admin.orders import said, tell
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.return_desk import DeskForm

pages = Blueprint("admin_returns", __name__, url_prefix="/admin/returns")

PAGE_SIZE = 50
_REFUSALS = (
    refunding.NeverLeft,
    refunding.NotRefundable,
    refunding.NothingToRefund,
    refunding.OverRefund,
    remaining.TooMany,
)


@pages.get("")
@require(may_handle_returns)
def queue() -> Response:
    """Returns by state and producer, the oldest first."""
    state, producer = request.args.get("state", ""), request.args.get("producer", "")
    names = dict(session().execute(select(Producer.slug, Producer.name).order_by(Producer.name)).all())
    found = select(Return).join(Return.parcel)
    if state != "all":
        found = found.where(Return.status.in_((state,) if state in set(ReturnStatus) else OPEN))
    if producer in names:
        found = found.where(Parcel.producer_slug == producer)
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session().scalars(
        found.options(contains_eager(Return.parcel).joinedload(Parcel.order))
        .order_by(Return.asked_at, Return.id)
        .limit(PAGE_SIZE)
        .offset(paging.skip(PAGE_SIZE))
    )

    def address(page: int) -> str:
        return url_for("admin_returns.queue", state=state or None, producer=producer or None, page=page)

    return private_page(
        render_template(
            "admin/returns/queue.html",
            rows=rows.all(),
            count=count,
            state=state,
            producer=producer,
            producers=names.items(),
            now=clock.now(),
            **paging.around(count, PAGE_SIZE, address),
        )
    )


@pages.get("/<ref>")
@require(may_handle_returns)
def one(ref: str) -> Response:
    """One return: every step, what its refund would change, and what comes next."""
    found = _find(ref)
    return _page(found, return_desk.fresh_form(found))


@pages.post("/<ref>/decisions")
@require(may_handle_returns)
def decide(ref: str) -> Response | Redirect:
    """Agree or refuse in the group's place; what has come can be refused too."""
    form, states = DeskForm.read(), (ReturnStatus.ASKED, ReturnStatus.RECEIVED)
    if not return_desk.answer(_find(ref).ref, form, _actor(), from_states=states):
        return _page(_find(ref), form)
    return redirect(url_for("admin_returns.one", ref=ref), 303)


@pages.post("/<ref>/arrival")
@require(may_handle_returns)
def arrive(ref: str) -> Response | Redirect:
    """Say in the group's place that it has come."""
    form = DeskForm.read()
    if not return_desk.arrive(_find(ref).ref, form, _actor()):
        return _page(_find(ref), form)
    return redirect(url_for("admin_returns.one", ref=ref), 303)


@pages.post("/<ref>/refund")
@require(may_refund)
def refund(ref: str) -> Response | Redirect:
    """Give back the price of what has come."""
    found = _find(ref)
    try:
        with unit_of_work():
            refund_ref = returning.refund(returning.hold(found.ref), actor=_actor(), now=clock.now()).ref
    except IllegalStep:
        return _page(_find(ref), DeskForm(wrong={"": return_desk.moved_on()}))
    except _REFUSALS as error:
        return _page(_find(ref), DeskForm(wrong={"": said(error)}))
    tell(refunding.send(refund_ref))
    return redirect(url_for("admin_returns.one", ref=ref), 303)


@pages.post("/<ref>/settlement")
@require(may_refund)
def settle(ref: str) -> Response | Redirect:
    """Close it, since its price went back on the order's page."""
    found = _find(ref)
    try:
        with unit_of_work():
            return_settling.settle(returning.hold(found.ref), actor=_actor(), now=clock.now())
    except IllegalStep:
        return _page(_find(ref), DeskForm(wrong={"": return_desk.moved_on()}))
    return redirect(url_for("admin_returns.one", ref=ref), 303)


def _find(ref: str) -> Return:
    return session().scalar(select(Return).where(Return.ref == ref)) or abort(404)


def _page(found: Return, form: DeskForm) -> Response:
    on_its_way, paid = returning.being_refunded(found), return_settling.may_settle(found)
    facts = {"found": found, "form": form, "foreseen": _foreseen(found), "on_its_way": on_its_way, "paid": paid}
    page = private_page(render_template("admin/returns/return.html", **facts))
    page.status_code = 422 if form.wrong else 200
    return page


def _foreseen(found: Return) -> Foreseen | None:
    """What its refund would change; None once it is on its way, or where less is left than was asked back."""
    payment = payment_of(found.parcel.order_id)
    if found.status not in OPEN or payment is None or returning.being_refunded(found):
        return None
    try:
        return foresee(payment, returning.allocation(payment, returning.units_of(found)), clock.now())
    except remaining.TooMany:
        return None


def _actor() -> str:
    return f"user:{current_user.ref}"
