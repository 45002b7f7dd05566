"""A group's own part of orders: what is to be packed, to whom, that it left, and that it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, Response, abort, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager, selectinload
from werkzeug.wrappers import Response as Redirect

from storefront.checkout import dispatching, packing
from storefront.checkout.addresses import address_lines
from storefront.checkout.dispatching import NothingToSend, NotToBeSent, SentMeanwhile, TooManyToSend, UnknownDispatch
from storefront.checkout.models import Dispatch, Order, OrderStatus, Parcel, ParcelStatus
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.payments import cancelling, disputing, return_finding, to_send
from storefront.permissions import may_fulfil
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web import paging
from storefront.web.forms.dispatch import DispatchForm
from storefront.web.rendering import day_text, private_page
from storefront.web.shop.labels import country_name
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_orders", __name__, url_prefix="/studio/<producer_slug>/orders")

PAGE_SIZE = 30
_SOLD = (OrderStatus.PAID, OrderStatus.CANCELLED)
_REFUSALS = (NothingToSend, NotToBeSent, SentMeanwhile, TooManyToSend)


@pages.get("")
@studio(may_fulfil)
def orders(membership: Member) -> Response:
    """The group's parcels by state: those to pack with the longest wait first, all others the newest first."""
    states = _states()
    state = request.args.get("state", "")
    state = state if state in states else "to_pack"
    found = (
        select(Parcel)
        .join(Parcel.order)
        .where(Parcel.producer_id == membership.producer_id, Order.status.in_(_SOLD), _condition(state))
    )
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    parcels = session().scalars(
        found.options(contains_eager(Parcel.order), selectinload(Parcel.lines))
        .order_by(Parcel.id if state == "to_pack" else Parcel.id.desc())
        .limit(PAGE_SIZE)
        .offset(paging.skip(PAGE_SIZE))
    )

    def address(page: int) -> str:
        return url_for("studio_orders.orders", producer_slug=membership.producer.slug, state=state, page=page)

    return studio_page(
        "studio/orders/list.html",
        membership,
        parcels=[(parcel, _status(parcel), _whom(parcel)) for parcel in parcels],
        state=state,
        states=states,
        count=count,
        **paging.around(count, PAGE_SIZE, address),
    )


@pages.get("/<ref>")
@studio(may_fulfil)
def order(ref: str, membership: Member) -> Response:
    """The group's own lines of one order, where they go, and what has left."""
    return _page(membership, _find(membership, ref))


@pages.get("/<ref>/packing-list.pdf")
@studio(may_fulfil)
def packing_list(ref: str, membership: Member) -> Response:
    """What is still to be sent, for the box."""
    parcel = _with_address(membership, ref)
    left = dispatching.left_to_send(parcel, to_send.units_dropped(parcel.order))
    content = packing.packing_list(parcel, left, day=day_text, country=_country(parcel))
    return _pdf(content, f"packing-list-{parcel.ref}.pdf")


@pages.get("/<ref>/label.pdf")
@studio(may_fulfil)
def label(ref: str, membership: Member) -> Response:
    """Both addresses, for the outside."""
    parcel = _with_address(membership, ref)
    return _pdf(packing.label(parcel, country=_country(parcel)), f"label-{parcel.ref}.pdf")


@pages.post("/<ref>/dispatches")
@studio(may_fulfil)
def send(ref: str, membership: Member) -> Response | Redirect:
    """Say that so much has left, with whom, and how it can be followed."""
    parcel, form = _find(membership, ref), DispatchForm.read()
    if wrong := form.wrong():
        return _page(membership, parcel, form, wrong)
    try:
        with unit_of_work():
            dispatching.send(
                parcel,
                form.units(),
                **form.way(),
                given_back=to_send.units_dropped,
                actor=members.actor(membership),
                now=clock.now(),
                seen=request.form.get("seen", type=int),
            )
    except _REFUSALS as error:
        return _page(membership, _find(membership, ref), form, _wrong(error, form))
    flash(_("Noted, and the shopper has a letter about it."), "success")
    return _back(membership, ref)


@pages.post("/<ref>/dispatches/<dispatch>/delivery")
@studio(may_fulfil)
def deliver(ref: str, dispatch: str, membership: Member) -> Redirect:
    """Say that it has arrived."""
    parcel = _find(membership, ref)
    try:
        with unit_of_work():
            dispatching.deliver(
                parcel, dispatch, given_back=to_send.units_dropped, actor=members.actor(membership), now=clock.now()
            )
    except UnknownDispatch:
        if all(one.ref != dispatch for one in parcel.dispatches):
            abort(404)  # else it was noted already
    flash(_("Noted as delivered."), "success")
    return _back(membership, ref)


@pages.post("/<ref>/dispatches/<dispatch>/tracking")
@studio(may_fulfil)
def correct(ref: str, dispatch: str, membership: Member) -> Response | Redirect:
    """Say anew who carries it and how it can be followed."""
    parcel, form = _find(membership, ref), DispatchForm.read()
    found = next((one for one in parcel.dispatches if one.ref == dispatch), None) or abort(404)
    if found.delivered_at:
        flash(_("This has arrived already, so there is nothing to follow."), "warning")
        return _back(membership, ref)
    if wrong := {f"{name}-{dispatch}": words for name, words in form.wrong().items()}:
        return _page(membership, parcel, wrong=wrong, corrected={dispatch: form})
    try:
        with unit_of_work():
            dispatching.correct(parcel, dispatch, **form.way(), actor=members.actor(membership), now=clock.now())
    except UnknownDispatch:
        abort(404)
    flash(_("Noted, and the shopper knows how to follow it."), "success")
    return _back(membership, ref)


def _find(membership: Member, ref: str) -> Parcel:
    """One of the group's own parcels of an order that was sold."""
    found = session().scalar(
        select(Parcel)
        .join(Parcel.order)
        .options(contains_eager(Parcel.order), selectinload(Parcel.dispatches).selectinload(Dispatch.lines))
        .where(Parcel.producer_id == membership.producer_id, Parcel.ref == ref, Order.status.in_(_SOLD))
    )
    return found or abort(404)


def _with_address(membership: Member, ref: str) -> Parcel:
    parcel = _find(membership, ref)
    return parcel if _shows_address(parcel) else abort(404)


def _shows_address(parcel: Parcel) -> bool:
    return dispatching.shows_address(parcel, clock.now()) or return_finding.needs_address(parcel, clock.now())


def _page(
    membership: Member,
    parcel: Parcel,
    form: DispatchForm | None = None,
    wrong: Mapping[str, str] = MappingProxyType({}),
    corrected: Mapping[str, DispatchForm] = MappingProxyType({}),
) -> Response:
    """The parcel's page; `wrong` is by field, `corrected` what was filled in about a dispatch that has left."""
    dropped = to_send.units_dropped(parcel.order)
    left = dispatching.left_to_send(parcel, dropped)
    cancelled = parcel.status == ParcelStatus.CANCELLED
    open_to_send = parcel.order.status == OrderStatus.PAID and not cancelled and any(left.values())
    shown = _shows_address(parcel)
    fields = {f"{name}-{one.ref}" for one in parcel.dispatches for name in ("carrier", "tracking")}
    if open_to_send:
        fields |= {f"quantity-{line.ref}" for line in parcel.lines if left[line.id]} | {"carrier", "tracking"}
    wrong = {name if name in fields else "": words for name, words in wrong.items()}
    usual = {line.ref: str(left[line.id]) for line in parcel.lines}
    return studio_page(
        "studio/orders/order.html",
        membership,
        422 if wrong else 200,
        parcel=parcel,
        left=left,
        dropped=dropped,
        disputed=open_to_send and disputing.open_about(parcel.order),
        open_to_send=open_to_send,
        address=address_lines(parcel.order.address, _country(parcel)) if shown else [],
        tag=_status(parcel),
        form=form or DispatchForm(usual),
        wrong=wrong,
        corrected=corrected,
        cancellation=cancelling.of_parcel(parcel.id) if cancelled else None,
    )


def _condition(state: str) -> ColumnElement[bool]:
    return {
        "to_pack": to_send.waits_to_be_sent(),
        "sent": Parcel.status.in_((ParcelStatus.PART_SENT, ParcelStatus.DISPATCHED)),
        "delivered": Parcel.status == ParcelStatus.DELIVERED,
        "all": Parcel.id.is_not(None),
    }[state]


def _states() -> dict[str, str]:
    return {"to_pack": _("To pack"), "sent": _("On the way"), "delivered": _("Delivered"), "all": _("All")}


def _status(parcel: Parcel) -> tuple[str, str]:
    return {
        ParcelStatus.WAITING: (_("to pack"), "honey"),
        ParcelStatus.PART_SENT: (_("partly sent"), "honey"),
        ParcelStatus.DISPATCHED: (_("on its way"), "slate"),
        ParcelStatus.DELIVERED: (_("delivered"), "leaf"),
        ParcelStatus.CANCELLED: (_("cancelled"), "plain"),
    }[ParcelStatus(parcel.status)]


def _wrong(error: Exception, form: DispatchForm) -> dict[str, str]:
    """Why nothing was sent, by the field where that can be mended; by none where none is left."""
    if isinstance(error, TooManyToSend):
        words = _("%(title)s: only %(left)s are left to send.", title=error.title, left=error.left)
        return {f"quantity-{error.line}" if error.left else "": words}
    if isinstance(error, SentMeanwhile):
        return {"": _("Something has left since you opened this page. Look at what is left, then note yours.")}
    if isinstance(error, NothingToSend):
        first = next((f"quantity-{ref}" for ref in form.quantities), "")
        return {first: _("Say how many of at least one thing have left.")}
    return {"": _("This order was cancelled. Do not send it.")}


def _whom(parcel: Parcel) -> str:
    """To whom and to which country it goes; nothing once it has left, as a list needs to tell it no more."""
    return f"{parcel.order.name}, {_country(parcel)}" if dispatching.waits(parcel) else ""


def _country(parcel: Parcel) -> str:
    return country_name(parcel.order.address["country"])


def _pdf(content: bytes, name: str) -> Response:
    response = private_page(make_response(content))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _back(membership: Member, ref: str) -> Redirect:
    return redirect(url_for("studio_orders.order", producer_slug=membership.producer.slug, ref=ref), 303)
