"""Money to look at: what went wrong with it, on which order, and saying what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.payments import matters
from storefront.payments.matters import NotOpen, NoWords
from storefront.payments.repaying import NotOwed
from storefront.permissions import may_refund
from storefront.web.forms.accounts import trimmed
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.account import me

pages = Blueprint("admin_money", __name__, url_prefix="/admin/money")

LONGEST_WORDS = 500
LONGEST_REFERENCE = 120


@pages.get("")
@require(may_refund)
def queue() -> Response:
    """All that waits, the eldest first."""
    return _page()


@pages.post("/<kind>/<ref>/closing")
@require(may_refund)
def close(kind: str, ref: str) -> Response | Redirect:
    """Say what became of one of them, and by which transfer its money went back, if it did."""
    words, reference = trimmed(request.form.get("words")), trimmed(request.form.get("bank_reference"))
    words = words if len(words) <= LONGEST_WORDS else ""
    if len(reference) > LONGEST_REFERENCE:
        return _page(ref, {"bank_reference": _("A reference has at most %(most)s characters", most=LONGEST_REFERENCE)})
    try:
        with unit_of_work():
            matters.close(kind, ref, words, actor=f"user:{me().ref}", now=clock.now(), bank_reference=reference)
    except NotOpen:
        abort(404)
    except NoWords:
        return _page(ref, {"words": _("Say what became of it, in at most %(most)s characters", most=LONGEST_WORDS)})
    except NotOwed:
        return _page(ref, {"bank_reference": _("What it was for went back in another way. See the order.")})
    flash(_("Noted. It waits no more."), "success")
    return redirect(url_for("admin_money.queue"), 303)


def _page(ref: str = "", wrong: Mapping[str, str] | None = None) -> Response:
    """`wrong` says of each field of the form about `ref` what makes no sense."""
    page = private_page(
        render_template(
            "admin/money/queue.html",
            matters=matters.open_ones(),
            repayable=matters.REPAYABLE,
            ref=ref,
            wrong=wrong or {},
            typed=request.form,
            longest_words=LONGEST_WORDS,
            longest_reference=LONGEST_REFERENCE,
        )
    )
    page.status_code = 422 if wrong else 200
    return page
