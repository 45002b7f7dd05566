"""Asking to return goods of one parcel: which, how many and why; then what would change; then the wish itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from storefront.checkout.models import Order, Parcel
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.payments import return_finding, returning
from storefront.payments.finding import hold_sold, payment_of
from storefront.payments.models import Payment
from storefront.payments.return_models import ReturnReason
from storefront.payments.returning import IllegalStep, NothingToReturn, TooManyToReturn, Wanted
from storefront.receipts.foreseeing import Foreseen, NotSeen, foresee
from storefront.web.forms.accounts import trimmed_lines
from storefront.web.guards import public
from storefront.web.limits import limited
from storefront.web.rendering import private_page
from storefront.web.shop.orders import actor, find

pages = Blueprint("returns", __name__, url_prefix="/orders/<ref>")

LONGEST_WORDS = 500


@dataclass
class ReturnForm:
    """What was filled in, as text, by the line's ref; `wrong` says what is the matter, by the field's id."""

    quantities: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> ReturnForm:
        """The form in the current request."""

        def part(prefix: str) -> dict[str, str]:
            named = (name for name in request.form if name.startswith(prefix))
            return {name.removeprefix(prefix): trimmed_lines(request.form[name]) for name in named}

        return cls(part("quantity-"), part("reason-"), part("words-"))

    def wanted(self, left: dict[str, int]) -> dict[str, Wanted]:
        """What is asked for, of lines of which so many are left; what makes no sense goes into `wrong`."""
        found = {}
        for ref, most in left.items():
            text = self.quantities.get(ref, "") or "0"
            units = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1
            if not 0 <= units <= most:
                self.wrong[f"quantity-{ref}"] = _("Give a number from 0 to %(most)s", most=most)
            elif units and self._makes_sense(ref):
                found[ref] = Wanted(units, ReturnReason(self.reasons[ref]), self.words.get(ref, ""))
        if left and not found and not self.wrong:
            self.wrong[f"quantity-{next(iter(left))}"] = _("Say how many of at least one thing go back")
        return found

    def _makes_sense(self, ref: str) -> bool:
        reason, words = self.reasons.get(ref, ""), self.words.get(ref, "")
        if reason not in set(ReturnReason):
            self.wrong[f"reason-{ref}"] = _("Choose why it goes back")
        if len(words) > LONGEST_WORDS:
            self.wrong[f"words-{ref}"] = _("Say it in at most %(most)s characters", most=LONGEST_WORDS)
        elif reason == ReturnReason.OTHER and not words:
            self.wrong[f"words-{ref}"] = _("Say in a few words what it is")
        return not self.wrong


@pages.get("/parcels/<parcel_ref>/return")
@public
def look(ref: str, parcel_ref: str) -> Response:
    """What of the parcel can be returned."""
    return _page(*_find(ref, parcel_ref), ReturnForm())


@pages.post("/parcels/<parcel_ref>/return")
@public
@limited("checkout")
def ask(ref: str, parcel_ref: str) -> Response | BaseResponse:
    """Show what would change, or ask for the return if that is what was shown."""
    (found, parcel), form = _find(ref, parcel_ref), ReturnForm.read()
    payment = payment_of(found.id) or abort(404)
    wanted = form.wanted(returning.returnable(payment, parcel, clock.now()))
    if form.wrong or not wanted:
        return _page(found, parcel, form)
    try:
        foreseen = _foreseen(payment, wanted)
        if "look" in request.form or foreseen.seal != request.form.get("seen"):
            return _page(found, parcel, form, foreseen)
        _ask(found, parcel_ref, wanted)
    except (NotSeen, TooManyToReturn, NothingToReturn):
        found, parcel = _find(ref, parcel_ref)
        form.wrong[""] = _("Something has changed since you looked. Look again, then ask.")
        return _page(found, parcel, form)
    return redirect(url_for("orders.order", ref=ref, key=request.args.get("key"), _anchor="returns"), 303)


@pages.post("/returns/<return_ref>/withdrawal")
@public
def withdraw(ref: str, return_ref: str) -> BaseResponse:
    """Keep the goods after all; what is past that stays as it is."""
    found = find(ref)
    if return_ref not in {one.ref for one in return_finding.of_order(found)}:
        abort(404)
    try:
        with unit_of_work():
            returning.withdraw(returning.hold(return_ref), actor=actor(), now=clock.now())
    except IllegalStep:
        pass  # the page says where it stands
    return redirect(url_for("orders.order", ref=ref, key=request.args.get("key"), _anchor="returns"), 303)


def _find(ref: str, parcel_ref: str) -> tuple[Order, Parcel]:
    found = find(ref)
    return found, next((one for one in found.parcels if one.ref == parcel_ref), None) or abort(404)


def _foreseen(payment: Payment, wanted: dict[str, Wanted]) -> Foreseen:
    units = {ref: one.quantity for ref, one in wanted.items()}
    back = returning.allocation(payment, units)
    if not back.minor:
        raise NothingToReturn
    return foresee(payment, back, clock.now())


def _ask(found: Order, parcel_ref: str, wanted: dict[str, Wanted]) -> None:
    with unit_of_work():
        payment = hold_sold(found.id)
        if payment is None or _foreseen(payment, wanted).seal != request.form.get("seen"):
            raise NotSeen
        parcel = next(one for one in payment.order.parcels if one.ref == parcel_ref)
        returning.ask(payment, parcel, wanted, actor=actor(), now=clock.now())


def _page(found: Order, parcel: Parcel, form: ReturnForm, foreseen: Foreseen | None = None) -> Response:
    payment = payment_of(found.id)
    page = private_page(
        render_template(
            "shop/orders/return.html",
            order=found,
            parcel=parcel,
            left=returning.returnable(payment, parcel, clock.now()) if payment else {},
            until=returning.open_until(parcel),
            form=form,
            foreseen=foreseen,
            longest=LONGEST_WORDS,
            key=request.args.get("key") or None,
        )
    )
    page.status_code = 422 if form.wrong else 200
    return page
