"""Members of a group: who they are, inviting, changing what they may do, removing, leaving."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from storefront.accounts.models import User
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.permissions import may_enter_studio, may_manage_members
from storefront.producers import inviting, members
from storefront.producers.inviting import DeadInvitation
from storefront.producers.members import AlreadyMember, LastOwner, NotOwner, UnknownMember
from storefront.producers.models import Member, MemberRole
from storefront.web.forms.studio import InviteForm
from storefront.web.guards import signed_in
from storefront.web.limits import may_write_to
from storefront.web.rendering import private_page
from storefront.web.studio.scope import studio, studio_page
from storefront.web.studio.words import role_choices, role_names

pages = Blueprint("studio_members", __name__)

STUDIO = "/studio/<producer_slug>"


@pages.get(f"{STUDIO}/members")
@studio(may_enter_studio)
def everyone(membership: Member) -> Response:
    """Who acts for the group, who is invited, and the way out."""
    return _everyone(membership, InviteForm(formdata=None))


@pages.post(f"{STUDIO}/invitations")
@studio(may_manage_members)
def invite(membership: Member) -> Response | Redirect:
    """Write to somebody whom the group wants."""
    form = InviteForm()
    if not form.validate():
        return _everyone(membership, form, 422)
    email = form.email.data
    if not may_write_to(email):
        form.refuse("email", _("We have written to this address often enough for now. Try again in an hour."))
        return _everyone(membership, form, 422)
    try:
        with unit_of_work():
            inviting.invite(membership, email, MemberRole(form.role.data), clock.now())
    except AlreadyMember:
        form.refuse("email", _("Somebody with this address is a member already"))
        return _everyone(membership, form, 422)
    except NotOwner:
        abort(403)
    flash(_("We have written to %(email)s. The link works for 14 days.", email=email), "success")
    return _to_everyone(membership)


@pages.post(f"{STUDIO}/invitations/<ref>/withdrawal")
@studio(may_manage_members)
def withdraw(ref: str, membership: Member) -> Redirect:
    """Take back an invitation that nobody took."""
    try:
        with unit_of_work():
            inviting.withdraw(membership, ref, clock.now())
    except DeadInvitation:
        abort(404)
    except NotOwner:
        abort(403)
    flash(_("The invitation is withdrawn: its link does not work any more."), "success")
    return _to_everyone(membership)


@pages.get(f"{STUDIO}/members/<ref>")
@studio(may_manage_members)
def member(ref: str, membership: Member) -> Response:
    """One member: what they may do, and the end of it."""
    return _member(membership, _find(membership, ref))


@pages.post(f"{STUDIO}/members/<ref>/role")
@studio(may_manage_members)
def change_role(ref: str, membership: Member) -> Response | Redirect:
    """What the member may do from now on."""
    role = request.form.get("role", "")
    if role not in set(MemberRole):
        return _member(membership, _find(membership, ref), _("Choose what they may do"), 422)
    try:
        with unit_of_work():
            changed = members.change_role(membership, ref, MemberRole(role), clock.now())
            name = changed.user.name
    except LastOwner:
        return _member(membership, _find(membership, ref), _last_owner(), 422)
    except UnknownMember:
        abort(404)
    except NotOwner:
        abort(403)
    flash(_("%(name)s: %(role)s.", name=name, role=role_names()[role]), "success")
    return _to_everyone(membership)


@pages.post(f"{STUDIO}/members/<ref>/removal")
@studio(may_manage_members)
def remove(ref: str, membership: Member) -> Response | Redirect:
    """End what the member may do, at once."""
    try:
        with unit_of_work():
            name = members.remove(membership, ref, clock.now()).name
    except LastOwner:
        return _member(membership, _find(membership, ref), _last_owner(), 422)
    except UnknownMember:
        abort(404)
    except NotOwner:
        abort(403)
    flash(_("%(name)s does not act for the group any more.", name=name), "success")
    return _to_everyone(membership) if ref != current_user.ref else redirect(url_for("studio.groups"), 303)


@pages.post(f"{STUDIO}/leaving")
@studio(may_enter_studio)
def leave(membership: Member) -> Response | Redirect:
    """Go of one's own will, once it is ticked that this is no slip of the thumb."""
    name = membership.producer.name
    if "sure" not in request.form:
        problem = _("Tick that you want to leave, then send it again.")
        return _everyone(membership, InviteForm(formdata=None), 422, problem=problem)
    try:
        with unit_of_work():
            members.leave(membership, clock.now())
    except LastOwner:
        return _everyone(membership, InviteForm(formdata=None), 422, problem=_last_owner())
    except UnknownMember:
        abort(404)
    flash(_("You do not act for %(group)s any more.", group=name), "success")
    return redirect(url_for("studio.groups"), 303)


@pages.get("/invitations/<token>")
@signed_in
def invitation(token: str) -> Response:
    """Where the letter leads; opening it changes nothing yet."""
    try:
        found = inviting.of_link(token, _me(), clock.now())
    except DeadInvitation:
        return _dead()
    page = render_template("studio/invitation.html", invitation=found, role=role_names()[found.role], link=token)
    return private_page(page)


@pages.post("/invitations/<token>")
@signed_in
def accept(token: str) -> Response | Redirect:
    """Join the group."""
    try:
        with unit_of_work():
            slug = inviting.accept(token, _me(), clock.now()).producer.slug
    except DeadInvitation:
        return _dead()
    except AlreadyMember:
        flash(_("You are a member already."), "info")
        return redirect(url_for("studio.groups"), 303)
    flash(_("Welcome. This is the group's studio."), "success")
    return redirect(url_for("studio.dashboard", producer_slug=slug), 303)


def _me() -> User:
    user: User = current_user._get_current_object()
    return user


def _dead() -> Response:
    page = private_page(render_template("studio/dead_invitation.html", email=current_user.email))
    page.status_code = 404
    return page


def _find(membership: Member, ref: str) -> Member:
    found = members.of_group(membership.producer_id)
    return next((one for one in found if one.user.ref == ref), None) or abort(404)


def _last_owner() -> str:
    return _("A group needs an owner. Make somebody else an owner first.")


def _everyone(membership: Member, form: InviteForm, status: int = 200, problem: str = "") -> Response:
    return studio_page(
        "studio/members/list.html",
        membership,
        status,
        members=members.of_group(membership.producer_id),
        waiting=inviting.waiting(membership.producer_id, clock.now()),
        roles=role_names(),
        choices=role_choices(),
        may_manage=may_manage_members(membership),
        form=form,
        problem=problem,
    )


def _member(membership: Member, shown: Member, problem: str = "", status: int = 200) -> Response:
    return studio_page(
        "studio/members/member.html", membership, status, member=shown, choices=role_choices(), problem=problem
    )


def _to_everyone(membership: Member) -> Redirect:
    return redirect(url_for("studio_members.everyone", producer_slug=membership.producer.slug), 303)
