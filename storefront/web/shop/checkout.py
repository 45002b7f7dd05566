"""From the cart to Stripe in three steps with addresses of their own; answers are kept with the cart.

A guest is the usual case: nothing asks for an account. Nothing about money is read from a form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form

from storefront.cart import filling
from storefront.checkout.addresses import address_lines
from storefront.checkout.comparing import Change, What, fingerprint
from storefront.checkout.models import Order, OrderStatus
from storefront.checkout.placing import CartChanged, Details, EmptyCart, NoSplit, OrderPending, OutOfStock, place
from storefront.checkout.vouchers import VoucherRefused
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.core.money import Money
from storefront.payments import gateway, settling, starting
from storefront.payments.abandoning import abandon
from storefront.payments.finding import NoSuchPayment
from storefront.payments.models import Payment
from storefront.payments.starting import OrderNotPayable, PaymentUnavailable
from storefront.web.forms.checkout import ContactForm, DeliveryForm, PaymentForm, countries, errors
from storefront.web.guards import public
from storefront.web.limits import limited
from storefront.web.rendering import money_code, private_page
from storefront.web.shop import carrying, checkout_words, sums
from storefront.web.shop.cart import Owner, owner
from storefront.web.shop.labels import country_name
from storefront.web.shop.sums import Look

pages = Blueprint("checkout", __name__, url_prefix="/checkout")

_CONTACT = ("email", "name")
_DELIVERY = ("street", "city", "country")


@dataclass(frozen=True)
class Here:
    """Who is checking out, what their cart is now, and what they answered so far."""

    who: Owner
    look: Look
    answers: dict[str, str] = field(default_factory=dict)

    def has(self, names: tuple[str, ...]) -> bool:
        """Whether these questions are answered."""
        return all(self.answers.get(name) for name in names)

    @property
    def details(self) -> Details:
        """The answers as placing takes them, empty where none was given."""
        return Details(**{one.name: self.answers.get(one.name, "") for one in fields(Details)})


class GivingChanged(Exception):
    """The charities would get less than the page said: a pledge's cap was reached in between."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__(f"{before} promised, {after} left")
        self.before = before
        self.after = after


@pages.get("")
@public
def contact() -> BaseResponse:
    """The first step."""
    here = _here()
    return _contact_page(here, ContactForm(data=here.answers)) if here.look.view.ready else _back()


@pages.post("")
@public
def keep_contact() -> BaseResponse:
    """Keep e-mail and name, and the address too where it came with them."""
    form, delivery = ContactForm(request.form), DeliveryForm(request.form)
    with_address = any(name in request.form for name in _DELIVERY)
    good = form.validate()
    if with_address and not delivery.validate() and good:
        _keep(form.data, seen=True)
        return _delivery_page(_here(), delivery, 422)
    if not good:
        return _contact_page(_here(), form, 422)
    _keep({**form.data, **(delivery.data if with_address else {})}, seen=True)
    return redirect(url_for("checkout.payment" if with_address else "checkout.delivery"), 303)


@pages.get("/delivery")
@public
def delivery() -> BaseResponse:
    """The second step."""
    here = _here()
    if not here.look.view.ready:
        return _back()
    if not here.has(_CONTACT):
        return redirect(url_for("checkout.contact"), 303)
    return _delivery_page(here, DeliveryForm(data=here.answers))


@pages.post("/delivery")
@public
def keep_delivery() -> BaseResponse:
    """Keep address and gift message."""
    form = DeliveryForm(request.form)
    if not form.validate():
        return _delivery_page(_here(), form, 422)
    _keep(form.data)
    return redirect(url_for("checkout.payment"), 303)


@pages.get("/payment")
@public
def payment() -> BaseResponse:
    """The third step: everything once more, the terms, and what happens next."""
    here = _here()
    return _missing_step(here) or _payment_page(here, PaymentForm())


@pages.post("/payment")
@public
@limited("checkout")
def pay() -> BaseResponse:
    """Place the order and send the shopper to Stripe; whatever is not as they saw it is shown first."""
    here = _here()
    form = PaymentForm(request.form)
    missing = _missing_step(here)
    if missing is not None:
        return missing
    if not form.validate():
        return _payment_page(here, form, 422)
    try:
        order_ref = _place(here, form)
        return redirect(starting.start(order_ref), 303)
    except (EmptyCart, OutOfStock):
        return _back()
    except CartChanged as error:
        return _payment_page(_here(), form, 409, error.changes)
    except NoSplit as error:
        return _payment_page(_here(), form, 409, no_split=error.titles)
    except GivingChanged as error:
        return _payment_page(_here(), form, 409, less_giving=(error.before, error.after))
    except OrderNotPayable as error:
        return redirect(order_address(error.order_ref), 303)
    except PaymentUnavailable:
        return _payment_page(_here(), form, 503, unavailable=True)


@pages.get("/return")
@public
def come_back() -> BaseResponse:
    """Back from Stripe: ask Stripe what became of the payment, then show the order."""
    session_id = request.args.get("session_id", "")[:200]
    try:
        order_ref = settling.settle(session_id)
    except NoSuchPayment:
        abort(404)
    except gateway.GatewayError:
        # The webhook will tell; until then the order's page says that the payment is not confirmed yet.
        order_ref = session().scalars(
            select(Order.ref).join(Payment, Payment.order_id == Order.id).where(Payment.session_id == session_id)
        ).one()  # fmt: skip
    response = redirect(order_address(order_ref), 303)
    response.headers["Cache-Control"] = "private, no-store"
    who = owner()
    carrying.remember(response, carrying.CART, filling.count(who.find()), None)
    return response


def order_address(order_ref: str) -> str:
    """The order's page, with the key that opens it: only for those who have just shown that it is theirs."""
    key = session().scalar(select(Order.key).where(Order.ref == order_ref))
    return url_for("orders.order", ref=order_ref, key=key)


def _here() -> Here:
    who = owner()
    cart = who.find()
    known = {"email": who.user.email, "name": who.user.name} if who.user else {}
    return Here(who, sums.look(cart, clock.now()), {**known, **(cart.checkout if cart else {})})


def _back() -> BaseResponse:
    """To the cart, which says at the line what can't be bought as it stands."""
    return redirect(url_for("cart.cart"), 303)


def _missing_step(here: Here) -> BaseResponse | None:
    if not here.look.view.ready:
        return _back()
    if not here.has(_CONTACT):
        return redirect(url_for("checkout.contact"), 303)
    return None if here.has(_DELIVERY) else redirect(url_for("checkout.delivery"), 303)


def _keep(answers: dict[str, Any], *, seen: bool = False) -> None:
    with unit_of_work():
        cart = owner().find(lock=True)
        if cart is not None:
            filling.keep_answers(cart, {name: str(value or "") for name, value in answers.items()}, clock.now())
            if seen:
                filling.seen(cart)


def _place(here: Here, form: PaymentForm) -> str:
    """Place the order as the shopper saw it. What is in the way of it and is ours is cleared up, twice at the most."""
    for _attempt in range(3):
        try:
            with unit_of_work():
                return _place_once(here.details, form)
        except VoucherRefused:
            # It takes nothing off, so it goes; if the page had promised otherwise, the next try tells.
            with unit_of_work():
                cart = owner().find(lock=True)
                if cart is not None:
                    cart.voucher_code = None
        except OrderPending as error:
            if abandon(error.order_ref) == OrderStatus.PAID:
                raise OrderNotPayable(error.order_ref, OrderStatus.PAID) from error
    raise PaymentUnavailable("")


def _place_once(details: Details, form: PaymentForm) -> str:
    who = owner()
    cart = who.find()
    if cart is None:
        raise EmptyCart
    order = place(cart, details, user=who.user, now=clock.now(), fingerprint=form.fingerprint.data or "")
    owed = sum(line.pledge_minor for line in order.lines)
    said = form.giving.data or ""
    promised = int(said) if said.isdecimal() and len(said) < 16 else 0
    if owed < promised <= order.total_minor:
        raise GivingChanged(promised, owed)
    return order.ref


def _contact_page(here: Here, form: Form, status: int = 200) -> BaseResponse:
    return _page("contact", here, form, status)


def _delivery_page(here: Here, form: Form, status: int = 200) -> BaseResponse:
    return _page("delivery", here, form, status, countries=[("", checkout_words.choose()), *countries()])


def _payment_page(
    here: Here,
    form: Form,
    status: int = 200,
    changes: list[Change] | None = None,
    *,
    less_giving: tuple[int, int] | None = None,
    unavailable: bool = False,
    no_split: Sequence[str] = (),
) -> BaseResponse:
    missing = _missing_step(here)
    if missing is not None:
        return missing
    look = here.look
    told = checkout_words.changes(changes or [])
    if less_giving:
        told.append(checkout_words.less_giving(*(Money(minor, look.priced.currency) for minor in less_giving)))
    return _page(
        "payment",
        here,
        form,
        status,
        changes=told,
        unseen=bool(changes) and changes[0].what == What.UNSEEN,
        unavailable=unavailable,
        no_split=", ".join(no_split),
        parcels=sums.parcels(look, clock.now(), {}),
        fingerprint=fingerprint(look.view, look.priced),
        giving_minor=look.giving_minor,
        address=address_lines(here.details.address, country_name(here.details.country)),
    )


def _page(step: str, here: Here, form: Form, status: int, **facts: Any) -> BaseResponse:
    look = here.look
    response = private_page(
        render_template(
            f"shop/checkout/{step}.html",
            form=form,
            wrong=errors(form),
            answers=here.answers,
            signed_in=here.who.user is not None,
            rows=sums.rows(look),
            total=look.priced.total,
            total_text=money_code(look.priced.total),
            giving=sums.giving_line(look),
            lines=[sums.line_shown(line, "", []) for line in look.view.lines],
            pending_ref=look.pending.ref,
            **facts,
        )
    )
    response.status_code = status
    return response
