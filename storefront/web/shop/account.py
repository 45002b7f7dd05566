"""The account: its overview, the orders, and what keeps it safe."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront.accounts import emails, links, sessions, signing_in, signing_up
from storefront.accounts.links import DeadLink, Purpose
from storefront.accounts.models import User
from storefront.accounts.passwords import UnfitPassword
from storefront.accounts.signing_in import WrongCredentials
from storefront.checkout import history
from storefront.core import clock, mail
from storefront.core.db import unit_of_work
from storefront.permissions import may_open_back_office
from storefront.producers import members
from storefront.vetting import applying
from storefront.vetting import finding as vetting
from storefront.web import paging
from storefront.web.forms.accounts import ChangePasswordForm
from storefront.web.guards import signed_in
from storefront.web.limits import count_sign_in, limited, may_write_to
from storefront.web.rendering import private_page
from storefront.web.sessions import current_session
from storefront.web.studio.words import role_names
from storefront.web.vetting_words import state_names

pages = Blueprint("account", __name__, url_prefix="/account")

PAGE_SIZE = 20
SHOWN = 3


def me() -> User:
    """The signed-in user itself, not Flask-Login's proxy."""
    user: User = current_user._get_current_object()
    return user


@pages.get("")
@signed_in
def overview() -> Response:
    """Who you are here, the doors to your work if you have any, and the latest orders."""
    user = me()
    return _page(
        "overview",
        orders=history.of_user(user.id, size=SHOWN),
        staff=may_open_back_office(user),
        memberships=members.of_user(user.id),
        applications=[one for one in vetting.all_of_user(user) if one.state in applying.OPEN],
        roles=role_names(),
        states=state_names(),
    )


@pages.get("/orders")
@signed_in
def orders() -> Response:
    """All orders, and the way to bring in those that were placed as a guest."""
    around = paging.around(history.count(me().id), PAGE_SIZE, lambda page: url_for("account.orders", page=page))
    if around["page"] > around["pages"]:
        abort(404)
    rows = history.of_user(me().id, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))
    return _page("orders", orders=rows, **around)


@pages.post("/order-claims")
@signed_in
@limited("letters")
def ask_to_claim() -> Redirect:
    """Send a link to the account's mailbox: orders of guests are given to nobody but its owner."""
    if may_write_to(me().email):
        with unit_of_work():
            mail.queue(emails.order_claim(me()), clock.now())
    flash(_("We have sent a letter to %(email)s. Follow its link within an hour.", email=me().email), "success")
    return redirect(url_for("account.orders"), 303)


@pages.get("/order-claims/<token>")
@signed_in
def claim(token: str) -> Response:
    """Where the letter leads; opening it changes nothing yet."""
    try:
        mine = links.user_of(Purpose.ORDER_CLAIM, token).id == me().id
    except DeadLink:
        mine = False
    if not mine:
        return _page("dead_link", 404, about="claim")
    return _page("claim", token_of_link=token)


@pages.post("/order-claims/<token>")
@signed_in
def take_orders(token: str) -> Response | Redirect:
    """The orders placed as a guest with this address become the user's."""
    before = history.count(me().id)
    try:
        with unit_of_work():
            signing_up.prove_again(token, me(), clock.now())
    except DeadLink:
        return _page("dead_link", 404, about="claim")
    if history.count(me().id) > before:
        flash(_("The orders that you placed as a guest are here now."), "success")
    else:
        flash(_("There was no order placed as a guest with your address."), "info")
    return redirect(url_for("account.orders"), 303)


@pages.get("/security")
@signed_in
def security() -> Response:
    """The password, and everywhere you are signed in."""
    return _security(ChangePasswordForm(formdata=None))


@pages.post("/password")
@signed_in
def change_password() -> Response | Redirect:
    """Set a new password; every other session ends and this one gets a new key."""
    form = ChangePasswordForm()
    if not form.validate():
        return _security(form, 422)
    count_sign_in(me().email)
    own = current_session()
    try:
        signing_in.change_password(me(), form.old.data, form.new.data, keep=own.key_hash, now=clock.now())
    except WrongCredentials:
        form.refuse("old", _("This is not your password of now"))
        return _security(form, 422)
    except UnfitPassword as error:
        form.refuse_password("new", error.why)
        return _security(form, 422)
    own.renew()
    flash(_("Your password is changed. Everywhere else you have been signed out."), "success")
    return redirect(url_for("account.security"), 303)


@pages.post("/sessions/<ref>/end")
@signed_in
def end_session(ref: str) -> Redirect:
    """Sign out one other browser; somebody else's session is as unknown as one that never was."""
    with unit_of_work():
        if not sessions.end_by_ref(me(), ref):
            abort(404)
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("account.security"), 303)


@pages.post("/sessions/end")
@signed_in
def end_other_sessions() -> Redirect:
    """Sign out everywhere but here."""
    with unit_of_work():
        sessions.end_all(me(), keep=current_session().key_hash)
    flash(_("You are signed out everywhere else."), "success")
    return redirect(url_for("account.security"), 303)


def _security(form: ChangePasswordForm, status: int = 200) -> Response:
    listed = sessions.of_user(me(), current_session().key_hash, clock.now())
    return _page("security", status, form=form, sessions=listed)


def _page(name: str, status: int = 200, **facts: Any) -> Response:
    response = private_page(render_template(f"account/{name}.html", user=me(), **facts))
    response.status_code = status
    return response
