"""People: who has an account, what they may do, and ending their sessions."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront.accounts import finding, second_step, sessions, signing_in
from storefront.accounts.models import Role, User
from storefront.accounts.signing_in import LastAdmin
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_change_roles
from storefront.web import paging
from storefront.web.guards import require
from storefront.web.rendering import private_page

pages = Blueprint("admin_people", __name__, url_prefix="/admin")

PAGE_SIZE = 50
MOST_REASON = 500


@pages.get("/people")
@require(may_change_roles)
def people() -> Response:
    """Accounts, the newest first; `words` (part of an address or a name) and `role` narrow them down."""
    words, role = request.args.get("words", "").strip()[:320], request.args.get("role", "")
    count, found = finding.search(words, role, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

    def address(page: int) -> str:
        return url_for("admin_people.people", words=words or None, role=role or None, page=page)

    return private_page(
        render_template(
            "admin/people/list.html",
            rows=found,
            count=count,
            words=words,
            role=role,
            roles=_roles(),
            **paging.around(count, PAGE_SIZE, address),
        )
    )


@pages.get("/people/<ref>")
@require(may_change_roles)
def person(ref: str) -> Response:
    """One account: its role, its second step, and where it is signed in."""
    return _person(_find(ref))


@pages.post("/people/<ref>/role")
@require(may_change_roles)
def change_role(ref: str) -> Response | Redirect:
    """Another role, with the reason; nobody changes their own, so the last admin can't leave the shop alone."""
    user, role, reason = _find(ref), request.form.get("role", ""), request.form.get("reason", "").strip()
    if user.id == current_user.id:
        return _person(user, _("Nobody changes their own role: ask another admin"))
    if role not in set(Role) - {user.role}:
        return _person(user, _("Choose another role than they have"), "role")
    if not reason:
        return _person(user, _("Say why: the journal keeps it"), "reason")
    if len(reason) > MOST_REASON:
        return _person(user, _("Say why in at most %(most)s characters", most=MOST_REASON), "reason")
    try:
        with unit_of_work():
            signing_in.change_role(user, Role(role), actor=f"user:{current_user.ref}", now=clock.now(), reason=reason)
    except LastAdmin:
        return _person(user, _("Nobody else is an admin any more: make somebody one first"))
    flash(_("The role is changed, and %(email)s is signed out everywhere.", email=user.email), "success")
    return redirect(url_for("admin_people.person", ref=ref), 303)


@pages.post("/people/<ref>/sessions/end")
@require(may_change_roles)
def end_sessions(ref: str) -> Redirect:
    """Sign someone out everywhere, for example after a telephone was stolen."""
    user = _find(ref)
    with unit_of_work():
        sessions.end_all_as(user, actor=f"user:{current_user.ref}", now=clock.now())
    flash(_("%(email)s is signed out everywhere.", email=user.email), "success")
    return redirect(url_for("admin_people.person", ref=ref), 303)


def _find(ref: str) -> User:
    return finding.by_ref(ref) or abort(404)


def _person(user: User, wrong: str = "", field: str = "") -> Response:
    response = private_page(
        render_template(
            "admin/people/person.html",
            person=user,
            roles=_roles(),
            wrong=wrong,
            field=field,
            role=request.form.get("role", user.role),
            reason=request.form.get("reason", ""),
            second_step=second_step.is_set_up(user),
            sessions=sessions.of_user(user, None, clock.now()),
            own=user.id == current_user.id,
        )
    )
    response.status_code = 422 if wrong else 200
    return response


def _roles() -> list[tuple[str, str]]:
    return [(Role.SHOPPER, _("Shopper")), (Role.REVIEWER, _("Reviewer")), (Role.ADMIN, _("Admin"))]
