"""The door: signing up, proving the address, signing in and out, and a new password for a forgotten one.

Every answer is the same whether or not an account exists; what differs goes to the mailbox.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront.accounts import links, second_step, signing_in, signing_up
from storefront.accounts.finding import by_ref
from storefront.accounts.links import DeadLink, Purpose
from storefront.accounts.models import User
from storefront.accounts.passwords import UnfitPassword
from storefront.accounts.second_step import WrongCode
from storefront.accounts.signing_in import WrongCredentials
from storefront.catalog import favourites
from storefront.checkout import history
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_open_back_office
from storefront.producers import members
from storefront.web.forms.accounts import AskForResetForm, CodeForm, NewPasswordForm, ProveForm, SignInForm, SignUpForm
from storefront.web.guards import public, signed_in
from storefront.web.limits import count_sign_in, limited, may_write_to
from storefront.web.rendering import private_page
from storefront.web.security import own_path
from storefront.web.sessions import current_session
from storefront.web.shop import carrying
from storefront.web.shop.account import me

pages = Blueprint("sign_in", __name__)

Answer = Response | Redirect | tuple[Response, int]
HOME = "/account"
CODE_WITHIN = 600  # seconds after the password


@pages.get("/sign-in")
@public
def sign_in() -> Answer:
    """The form; who is signed in already goes straight on."""
    if current_user.is_authenticated:
        return redirect(own_path(request.args.get("next"), "") or _first_page(me()), 303)
    form = SignInForm(formdata=None, data={"next": own_path(request.args.get("next"), "")})
    return _page("sign_in", form=form, news=request.args.get("news", ""))


@pages.post("/sign-in")
@public
def enter() -> Answer:
    """Check address and password; the try is counted before the password is looked at."""
    form = SignInForm()
    if not form.validate():
        return _page("sign_in", 422, form=form, news="")
    count_sign_in(form.email.data)
    try:
        user = signing_in.sign_in(form.email.data, form.password.data, clock.now())
    except WrongCredentials:
        form.refuse(
            "email",
            _("This e-mail address and password open no account, or the address is not confirmed yet"),
        )
        return _page("sign_in", 422, form=form, news="")
    target = own_path(form.next.data, "") or _first_page(user)
    if second_step.is_set_up(user):
        session["half_in"] = {"user": user.ref, "at": clock.now().timestamp(), "next": target}
        return redirect(url_for("sign_in.code"), 303)
    return _let_in(user, target)


@pages.get("/sign-in/code")
@public
def code() -> Answer:
    """The second step; only after the first, and not long after it."""
    if _half_in() is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    return _page("code", form=CodeForm(formdata=None))


@pages.post("/sign-in/code")
@public
def enter_code() -> Answer:
    """Check the code; tries are counted as those of the password are."""
    user, form = _half_in(), CodeForm()
    if user is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    if form.validate():
        count_sign_in(user.email)
        try:
            with unit_of_work():
                second_step.check(user, form.code.data, clock.now())
            return _let_in(user, session["half_in"]["next"], second_step=True)
        except WrongCode:
            form.refuse("code", _("This code opens nothing now. Enter the one that your app shows, or a recovery code"))
    return _page("code", 422, form=form)


def _half_in() -> User | None:
    """Who gave the right password a short while ago and owes the code."""
    half = session.get("half_in")
    if half is None or clock.now().timestamp() - half["at"] > CODE_WITHIN:
        return None
    user = by_ref(half["user"])
    return user if user is not None and user.is_active else None


@pages.post("/sign-out")
@signed_in
def sign_out() -> Redirect:
    """End the session; its key opens nothing any more."""
    current_session().end()
    response = redirect("/", 303)
    carrying.forget_counts(response)
    return response


@pages.get("/sign-up")
@public
def sign_up() -> Answer:
    """The form for a new account."""
    return _page("sign_up", form=SignUpForm(formdata=None))


@pages.post("/sign-up")
@public
@limited("sign_up")
def begin() -> Answer:
    """Begin an account; the next step lies in the mailbox, which says whether there was one already."""
    form = SignUpForm()
    if not form.validate():
        return _page("sign_up", 422, form=form)
    try:
        if may_write_to(form.email.data):
            signing_up.sign_up(form.email.data, form.name.data, form.password.data, clock.now())
    except UnfitPassword as error:
        form.refuse_password("password", error.why)
        return _page("sign_up", 422, form=form)
    return _page("letter_sent", about="sign_up")


@pages.get("/email-proof/<token>")
@public
def proof(token: str) -> Answer:
    """Where the letter leads: asks for the chosen password. Opening it changes nothing, as scanners open links."""
    try:
        user = links.user_of(Purpose.EMAIL_PROOF, token)
    except DeadLink:
        return _page("dead_link", 404, about="proof")
    return _page("prove", form=ProveForm(formdata=None), email=user.email, token=token)


@pages.post("/email-proof/<token>")
@public
def prove(token: str) -> Answer:
    """Open the account and sign in."""
    form = ProveForm()
    try:
        email = links.user_of(Purpose.EMAIL_PROOF, token).email
        if form.validate():
            count_sign_in(email)
            return _let_in(signing_up.prove_email(token, form.password.data, clock.now()), HOME)
    except DeadLink:
        return _page("dead_link", 404, about="proof")
    except WrongCredentials:
        form.refuse("password", _("This is not the password that was chosen. You can set another one"))
    return _page("prove", 422, form=form, email=email, token=token)


@pages.get("/password-reset")
@public
def reset() -> Answer:
    """Asks where the link shall go."""
    return _page("ask_for_reset", form=AskForResetForm(formdata=None))


@pages.post("/password-reset")
@public
@limited("letters")
def ask_for_reset() -> Answer:
    """Send the link, or that the address has no account; the answer doesn't say which."""
    form = AskForResetForm()
    if not form.validate():
        return _page("ask_for_reset", 422, form=form)
    if may_write_to(form.email.data):
        with unit_of_work():
            signing_in.ask_for_reset(form.email.data, clock.now())
    return _page("letter_sent", about="reset")


@pages.get("/password-reset/<token>")
@public
def new_password(token: str) -> Answer:
    """Where the letter leads: asks for the new password."""
    try:
        user = links.user_of(Purpose.PASSWORD_RESET, token)
    except DeadLink:
        return _page("dead_link", 404, about="reset")
    return _page("new_password", form=NewPasswordForm(formdata=None), email=user.email, token=token)


@pages.post("/password-reset/<token>")
@public
@limited("letters")
def set_password(token: str) -> Answer:
    """Set it. All sessions end, this browser's too, and the new password opens the next one."""
    form = NewPasswordForm()
    try:
        email = links.user_of(Purpose.PASSWORD_RESET, token).email
        if form.validate():
            signing_in.reset_password(token, form.password.data, clock.now())
            return redirect(url_for("sign_in.sign_in", news="password"), 303)
    except DeadLink:
        return _page("dead_link", 404, about="reset")
    except UnfitPassword as error:
        form.refuse_password("password", error.why)
    return _page("new_password", 422, form=form, email=email, token=token)


def _first_page(user: User) -> str:
    """Where somebody goes who came for no certain page: who never bought here and has work here, to that work."""
    if history.count(user.id):
        return HOME
    if may_open_back_office(user):
        return url_for("admin_home.home")
    groups = members.of_user(user.id)
    if len(groups) == 1:
        return url_for("studio.dashboard", producer_slug=groups[0].producer.slug)
    return url_for("studio.groups") if groups else HOME


def _let_in(user: User, target: str, **data: bool) -> Redirect:
    """A new session under a new key, the guest's cart and favourites taken along."""
    response = redirect(target, 303)
    left_out = carrying.take_along(user, response, clock.now())
    current_session().begin(user, **data)
    if left_out:
        told = ngettext(
            "There is room for %(most)s favourites; the latest stay, and %(num)s older one found none.",
            "There is room for %(most)s favourites; the latest stay, and %(num)s older ones found none.",
            left_out,
            most=favourites.MAX_FAVOURITES,
        )
        flash(told, "warning")
    return response


def _page(name: str, status: int = 200, **facts: Any) -> Response:
    response = private_page(render_template(f"account/{name}.html", **facts))
    response.status_code = status
    return response
