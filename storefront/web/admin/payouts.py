"""What is owed to producers, and recording what was paid out to them."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront import config
from storefront.concerns import finding as concerns
from storefront.concerns import subjects
from storefront.core import amounts, clock
from storefront.core.amounts import NoAmount
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.giving import freezing, paying_out, statements
from storefront.giving.models import Payout
from storefront.giving.paying_out import Confirmed, Frozen, MoreThanOwed, NoAccount, NotSentThen, OwedDiffers
from storefront.permissions import may_pay_out
from storefront.producers import payout_accounts
from storefront.producers.models import Producer
from storefront.web.forms.accounts import trimmed
from storefront.web.guards import require
from storefront.web.rendering import money, private_page
from storefront.web.shop.account import me

pages = Blueprint("admin_payouts", __name__, url_prefix="/admin/payouts")


@pages.get("")
@require(may_pay_out)
def everyone() -> Response:
    """Every producer with what is owed to it now."""
    held, rows = freezing.all_in_force(), statements.owed_to_all(config.current().currency)
    names = subjects.names({one.party for one in held})
    # An admin with a stake in a party reads that its money is held, and not for which case.
    open_cases = concerns.open_to(me(), {one.concern_number for one in held})
    facts = {"rows": rows, "held": held, "names": names, "open_cases": open_cases}
    return private_page(render_template("admin/payouts/list.html", **facts))


@pages.get("/<slug>")
@require(may_pay_out)
def producer(slug: str) -> Response:
    """One producer: what is owed, what was paid, and the form."""
    return _page(_find(slug))


@pages.post("/<slug>")
@require(may_pay_out)
def record(slug: str) -> Response | Redirect:
    """Note that money was sent, with the bank's reference."""
    found, currency, form = _find(slug), config.current().currency, request.form
    reference, seen = trimmed(form.get("reference")), form.get("owed_seen", "")
    if _has_stake(found):
        return _page(found, _("You have to do with this group, so another admin records what it is paid."))
    if not reference or len(reference) > 120:
        return _page(found, _("Give the bank's reference, by which the group can find the money"))
    try:
        amount = Money(amounts.read(form.get("amount", ""), currency), currency)
        with unit_of_work():
            paying_out.record(
                found,
                amount,
                reference,
                owed_seen=int(seen) if seen.removeprefix("-").isdecimal() and len(seen) < 16 else 0,
                sent_on=_day(form.get("sent_on", "")),
                actor=f"user:{current_user.ref}",
                now=clock.now(),
            )
    except _REFUSALS as error:
        return _page(_find(slug), _said(error))
    flash(_("Recorded, and the group has a letter."), "success")
    return redirect(url_for("admin_payouts.producer", slug=slug), 303)


@pages.post("/<slug>/<ref>/return")
@require(may_pay_out)
def take_back(slug: str, ref: str) -> Response | Redirect:
    """Say that a payout came back or was never sent like this, and why."""
    found, reason = _find(slug), trimmed(request.form.get("reason"))
    payout = session().scalar(select(Payout).where(Payout.ref == ref, Payout.producer_id == found.id)) or abort(404)
    if _has_stake(found):
        return _page(found, _("You have to do with this group, so another admin records what it is paid."))
    if not reason or len(reason) > 200:
        return _page(found, _("Say why the payout is taken back, in at most 200 characters: the group reads it"))
    try:
        with unit_of_work():
            confirmed = "although_confirmed" in request.form
            actor = f"user:{current_user.ref}"
            paying_out.take_back(payout, reason, although_confirmed=confirmed, actor=actor, now=clock.now())
    except Confirmed:
        return _page(_find(slug), _("The group has said that it came. Say that you take it back all the same."))
    flash(_("Taken back, and the group has a letter."), "success")
    return redirect(url_for("admin_payouts.producer", slug=slug), 303)


_REFUSALS = (Frozen, MoreThanOwed, NoAccount, NoAmount, NotSentThen, OwedDiffers, ValueError)


def _said(error: Exception) -> str:
    if isinstance(error, MoreThanOwed):
        return _("Only %(left)s are owed, or were by the end of that day", left=money(error.left))
    return {
        Frozen: _(
            "Payments to the group are held back. Whoever looks into it can lift that; what left on an earlier day "
            "can be recorded with that day."
        ),
        NoAccount: _("The group has not said yet where its money goes"),
        OwedDiffers: _("What is owed has changed since you opened this page. Look again, then send it."),
        NotSentThen: _(
            "Give the day on which the money left, not in the future and at most %(days)s days back",
            days=paying_out.LATEST.days,
        ),
    }.get(type(error), _("Give the amount like 120.50"))


def _day(text: str) -> date | None:
    """The day that was typed, None for today; raises NotSentThen for what is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise NotSentThen(text) from error


def _has_stake(found: Producer) -> bool:
    return freezing.party(found) in subjects.own_parties(me())


def _find(slug: str) -> Producer:
    return session().scalar(select(Producer).where(Producer.slug == slug)) or abort(404)


def _page(found: Producer, wrong: str = "") -> Response:
    account = payout_accounts.in_use(found.id, clock.now())
    response = private_page(
        render_template(
            "admin/payouts/producer.html",
            producer=found,
            account=account,
            number=payout_accounts.number(account) if account else "",
            waiting=payout_accounts.waiting(found.id, clock.now()),
            owed=statements.owed(found.slug, config.current().currency),
            payouts=paying_out.of_producer(found.id),
            frozen=freezing.in_force(freezing.party(found)),
            has_stake=_has_stake(found),
            today=clock.today(),
            wrong=wrong,
            amount=request.form.get("amount", "")[:40],
            reference=request.form.get("reference", "")[:120],
            sent_on=request.form.get("sent_on", "")[:20],
        )
    )
    response.status_code = 422 if wrong else 200
    return response
