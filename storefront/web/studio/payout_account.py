"""Where the group's money goes: shown to those who look after it, changed by an owner with the second step."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.accounts import second_step
from storefront.accounts.second_step import WrongCode
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_give_payout_account, may_see_statements
from storefront.producers import payout_accounts
from storefront.producers.models import Member, PayoutWay
from storefront.producers.payout_accounts import BadNumber, UnknownAccount
from storefront.web.forms.accounts import trimmed
from storefront.web.limits import count_sign_in
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_payout_account", __name__, url_prefix="/studio/<producer_slug>/payout-account")

TEXTS = ("holder", "provider", "number", "code")


@pages.get("")
@studio(may_see_statements)
def account(membership: Member) -> Response:
    """The account in use, the one that waits, and for an owner the form for another."""
    return _page(membership)


@pages.post("")
@studio(may_give_payout_account)
def give(membership: Member) -> Response | Redirect:
    """Name another account."""
    wrong = _missing()
    if wrong:
        return _page(membership, wrong)
    count_sign_in(membership.user.email)
    form = {name: trimmed(request.form.get(name)) for name in TEXTS}
    try:
        with unit_of_work():
            payout_accounts.give(membership, PayoutWay(request.form["way"]), **form, now=clock.now())
    except BadNumber:
        return _page(membership, {"number": _("Check the number: no account has this one. Copy it from a statement")})
    except WrongCode:
        return _page(membership, {"code": _("This code opens nothing now. Enter the one that your app shows")})
    flash(_("Noted. Everyone who looks after the group's money has a letter."), "success")
    return _back(membership)


@pages.post("/<ref>/withdrawal")
@studio(may_give_payout_account)
def take_back(ref: str, membership: Member) -> Redirect:
    """The account that waits is not used after all."""
    try:
        with unit_of_work():
            payout_accounts.take_back(membership, ref, clock.now())
    except UnknownAccount:
        abort(404)
    flash(_("Taken back. Payouts go where they went."), "success")
    return _back(membership)


def _missing() -> dict[str, str]:
    """What was left out or is too long, by field."""
    words = {
        "holder": _("Give the name that the account is in"),
        "provider": _("Name the bank or the telephone company"),
        "number": _("Give the number of the account"),
        "code": _("Enter the code that your app shows"),
    }
    given = {name: trimmed(request.form.get(name)) for name in TEXTS}
    wrong = {} if request.form.get("way") in set(PayoutWay) else {"way": _("Choose one of the two")}
    return wrong | {name: words[name] for name in TEXTS if not 0 < len(given[name]) <= 200}


def _page(membership: Member, wrong: dict[str, str] | None = None) -> Response:
    now = clock.now()
    return studio_page(
        "studio/payout_account.html",
        membership,
        422 if wrong else 200,
        in_use=payout_accounts.in_use(membership.producer_id, now),
        waiting=payout_accounts.waiting(membership.producer_id, now),
        days=payout_accounts.WAIT.days,
        may_give=may_give_payout_account(membership),
        second_step=second_step.is_set_up(membership.user),
        ways=_ways(),
        options=[{"value": way, "label": text} for way, text in _ways().items()],
        wrong=wrong or {},
        given={name: request.form.get(name, "")[:200] for name in ("way", "holder", "provider", "number")},
    )


def _ways() -> dict[str, str]:
    return {PayoutWay.BANK: _("Bank transfer"), PayoutWay.MOBILE: _("Mobile money")}


def _back(membership: Member) -> Redirect:
    return redirect(url_for("studio_payout_account.account", producer_slug=membership.producer.slug), 303)
