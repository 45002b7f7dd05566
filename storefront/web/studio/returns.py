"""A group's returns: what shoppers want to send back, the answer, and that it has come."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, selectinload
from werkzeug.wrappers import Response as Redirect

from storefront.checkout.models import Parcel
from storefront.core.db import session
from storefront.payments.return_models import Return, ReturnLine, ReturnStatus
from storefront.permissions import may_fulfil
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web import paging, return_desk
from storefront.web.return_desk import DeskForm
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_returns", __name__, url_prefix="/studio/<producer_slug>/returns")

PAGE_SIZE = 30
_WAITING = (ReturnStatus.ASKED, ReturnStatus.AGREED)


@pages.get("")
@studio(may_fulfil)
def returns(membership: Member) -> Response:
    """Those that wait for the group, the oldest first, or all, the newest first."""
    everything = request.args.get("state") == "all"
    found = select(Return).join(Return.parcel).where(Parcel.producer_id == membership.producer_id)
    if not everything:
        found = found.where(Return.status.in_(_WAITING))
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session().scalars(
        found.options(selectinload(Return.lines).joinedload(ReturnLine.order_line))
        .order_by(Return.id.desc() if everything else Return.id)
        .limit(PAGE_SIZE)
        .offset(paging.skip(PAGE_SIZE))
    )

    def address(page: int) -> str:
        state = "all" if everything else None
        return url_for("studio_returns.returns", producer_slug=membership.producer.slug, state=state, page=page)

    return studio_page(
        "studio/returns/list.html",
        membership,
        returns=rows.all(),
        everything=everything,
        count=count,
        **paging.around(count, PAGE_SIZE, address),
    )


@pages.get("/<ref>")
@studio(may_fulfil)
def one(ref: str, membership: Member) -> Response:
    """One return: what, why, what became of it, and what comes next."""
    found = _find(membership, ref)
    return _page(membership, found, return_desk.fresh_form(found))


@pages.post("/<ref>/decisions")
@studio(may_fulfil)
def decide(ref: str, membership: Member) -> Response | Redirect:
    """Agree and say where to send it, or refuse and say why."""
    found, form = _find(membership, ref), DeskForm.read()
    if not return_desk.answer(found.ref, form, members.actor(membership), from_states=(ReturnStatus.ASKED,)):
        return _page(membership, _find(membership, ref), form)
    return _back(membership, ref)


@pages.post("/<ref>/arrival")
@studio(may_fulfil)
def arrive(ref: str, membership: Member) -> Response | Redirect:
    """Say that it has come, and whether it can be sold again."""
    found, form = _find(membership, ref), DeskForm.read()
    if not return_desk.arrive(found.ref, form, members.actor(membership)):
        return _page(membership, _find(membership, ref), form)
    return _back(membership, ref)


def _find(membership: Member, ref: str) -> Return:
    return session().scalar(
        select(Return)
        .join(Return.parcel)
        .options(contains_eager(Return.parcel).joinedload(Parcel.order))
        .where(Return.ref == ref, Parcel.producer_id == membership.producer_id)
    ) or abort(404)  # fmt: skip


def _page(membership: Member, found: Return, form: DeskForm) -> Response:
    status = 422 if form.wrong else 200
    return studio_page("studio/returns/return.html", membership, status, found=found, form=form)


def _back(membership: Member, ref: str) -> Redirect:
    flash(_("Noted, and the shopper has a letter about it."), "success")
    return redirect(url_for("studio_returns.one", producer_slug=membership.producer.slug, ref=ref), 303)
