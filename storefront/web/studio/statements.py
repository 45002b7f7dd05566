"""A group's money by month: on screen, printed, as a file; and its word that a payout came."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.checkout.models import Order, Parcel
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.spreadsheets import csv_lines
from storefront.giving import freezing, paying_out, statements
from storefront.giving.models import Payout
from storefront.giving.statements import Month, Statement
from storefront.permissions import may_confirm_payouts, may_fulfil, may_see_statements
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web.rendering import day_text, private_page
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_statements", __name__, url_prefix="/studio/<producer_slug>")

COLUMNS = ("at", "what", "order", "goods and delivery", "donation", "shop", "to the group", "currency", "note")


@pages.get("/statements")
@studio(may_see_statements)
def overview(membership: Member) -> Response:
    """What is owed now, payouts that wait for a word, and every month."""
    producer = membership.producer
    return studio_page(
        "studio/statements/list.html",
        membership,
        owed=statements.owed(producer.slug, config.current().currency),
        payouts=paying_out.of_producer(producer.id),
        help_address=config.current().help_address,
        frozen=freezing.in_force(freezing.party(producer)),
        months=statements.by_month(producer.slug, config.current().currency, clock.now()),
    )


@pages.get("/statements/<month>")
@studio(may_see_statements)
def month(month: str, membership: Member) -> Response:
    """One month, from what was carried in to what is carried over."""
    found = _statement(membership, month)
    return studio_page(
        "studio/statements/month.html", membership, statement=found, kinds=_kinds(), parcels=_parcels(membership, found)
    )


@pages.get("/statements/<month>.csv")
@studio(may_see_statements)
def as_file(month: str, membership: Member) -> Response:
    """The same, a line each movement."""
    found = _statement(membership, month)
    response = private_page(Response(csv_lines([COLUMNS, *_rows(found)]), mimetype="text/csv"))
    name = f"statement-{membership.producer.slug}-{found.month}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.post("/payouts/<ref>/confirmation")
@studio(may_confirm_payouts)
def confirm(ref: str, membership: Member) -> Redirect:
    """Say that the money came."""
    found = session().scalar(
        select(Payout).where(Payout.ref == ref, Payout.producer_id == membership.producer_id)
    ) or abort(404)  # fmt: skip
    with unit_of_work():
        paying_out.confirm(found, actor=members.actor(membership), now=clock.now())
    flash(_("Thank you. The shop knows now that it came."), "success")
    return redirect(url_for("studio_statements.overview", producer_slug=membership.producer.slug), 303)


def _statement(membership: Member, text: str) -> Statement:
    try:
        month = Month.read(text)
    except ValueError:
        abort(404)
    if month not in statements.months(membership.producer.slug, clock.now()):
        abort(404)
    return statements.statement(membership.producer, month, config.current().currency)


def _parcels(membership: Member, found: Statement) -> dict[str, str]:
    """The group's parcel by the order's ref, for those who may open it."""
    if not may_fulfil(membership):
        return {}
    refs = {one.order_ref for one in found.movements if one.order_ref}
    rows = session().execute(
        select(Order.ref, Parcel.ref)
        .join(Parcel.order)
        .where(Parcel.producer_id == membership.producer_id, Order.ref.in_(refs))
    )
    return dict(rows.all())


def _rows(found: Statement) -> Iterator[list[object]]:
    kinds, none = _kinds(), ("", "", "")
    begins, ends = found.month.begins.isoformat(), found.month.next.begins.isoformat()
    yield [
        begins,
        _("Left from %(month)s", month=day_text(found.month.previous.first_day, "month")),
        "",
        *none,
        found.carried_in.amount,
        found.currency,
        "",
    ]
    for one in found.movements:
        figures = [one.gross.amount, -one.donation.amount, -one.commission.amount] if one.kind == "sale" else none
        what = kinds.get(one.kind, one.kind)
        yield [one.at.isoformat(), what, one.order_ref, *figures, one.amount.amount, found.currency, one.memo]
    yield [
        ends,
        _("Left for %(month)s", month=day_text(found.month.next.first_day, "month")),
        "",
        *none,
        found.carry_over.amount,
        found.currency,
        "",
    ]


def _kinds() -> dict[str, str]:
    return {
        "sale": _("Sale"),
        "refund": _("Refund"),
        "fee": _("Payment fee"),
        "refund-fee": _("Payment fee on a refund"),
        "payout": _("Payout"),
        "payout-returned": _("Payout taken back"),
    }
