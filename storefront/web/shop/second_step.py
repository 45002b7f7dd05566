"""Setting up the second step of signing in, renewing its recovery codes, and taking it off again."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, Response, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from storefront.accounts import second_step
from storefront.accounts.second_step import AlreadySetUp, WrongCode
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.web.forms.accounts import CodeForm
from storefront.web.guards import signed_in
from storefront.web.limits import count_sign_in
from storefront.web.rendering import private_page
from storefront.web.sessions import current_session
from storefront.web.shop.account import me

pages = Blueprint("second_step", __name__, url_prefix="/account/second-step")

Answer = Response | Redirect


@pages.get("")
@signed_in
def overview() -> Answer:
    """What there is, or the code to scan for a new app."""
    return _page(CodeForm(formdata=None))


@pages.post("")
@signed_in
def set_up() -> Answer:
    """Take on the app; the recovery codes are shown this once."""
    form, secret = CodeForm(), session.get("new_app")
    if secret is None or not form.validate():
        return _page(form, 422)
    try:
        with unit_of_work():
            codes = second_step.set_up(me(), secret, form.code.data, keep=current_session().key_hash, now=clock.now())
    except AlreadySetUp:
        return redirect(url_for("second_step.overview"), 303)
    except WrongCode:
        form.refuse("code", _("Your app shows another code for this account now. Enter the newest one"))
        return _page(form, 422)
    current_session().begin(me(), second_step=True)
    return private_page(render_template("account/recovery_codes.html", user=me(), codes=codes))


@pages.post("/recovery-codes")
@signed_in
def renew() -> Answer:
    """Ten new recovery codes; the old ones open nothing any more."""
    form = CodeForm()
    if form.validate():
        count_sign_in(me().email)
        try:
            with unit_of_work():
                codes = second_step.renew_recovery_codes(me(), form.code.data, clock.now())
            return private_page(render_template("account/recovery_codes.html", user=me(), codes=codes))
        except WrongCode:
            _refuse(form)
    return _page(form, 422)


@pages.post("/removal")
@signed_in
def remove() -> Answer:
    """Take the app off. Every session ends, this one too."""
    form = CodeForm()
    if form.validate():
        count_sign_in(me().email)
        try:
            with unit_of_work():
                second_step.remove(me(), form.code.data, clock.now())
            current_session().begin(me())
            flash(_("The app is taken off. Your password alone signs in from now on."), "success")
            return redirect(url_for("second_step.overview"), 303)
        except WrongCode:
            _refuse(form)
    return _page(form, 422)


def _refuse(form: CodeForm) -> None:
    form.refuse("code", _("This code opens nothing now. Enter the one that your app shows, or a recovery code"))


def _page(form: CodeForm, status: int = 200) -> Response:
    facts: dict[str, Any] = {"form": form, "user": me(), "required": second_step.required_of(me())}
    if second_step.is_set_up(me()):
        facts["left"] = second_step.recovery_codes_left(me())
        name = "account/second_step.html"
    else:
        secret = session.setdefault("new_app", second_step.new_secret())
        code = segno.make(second_step.app_address(secret, me()))
        facts["drawing"] = Markup(code.svg_inline(scale=5, light="#ffffff"))  # noqa: S704 - segno draws no text
        facts["groups"] = [secret[at : at + 4] for at in range(0, len(secret), 4)]
        name = "account/set_up_second_step.html"
    response = private_page(render_template(name, **facts))
    response.status_code = status
    return response
