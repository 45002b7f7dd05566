"""Who may enter: every view carries exactly one of these marks, and a test looks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from storefront.accounts import second_step
from storefront.accounts.models import User
from storefront.web.kept_words import written

View = Callable[..., Any]


class SignedOut(Unauthorized):
    """Somebody wrote words into a form and is not signed in any more: they get them back before they sign in."""


def public(view: View) -> View:
    """Open to everyone."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Open to any user; a guest is sent to sign in and comes back."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return to_sign_in()
        return view(*args, **kwargs)

    guarded.access = "signed_in"  # type: ignore[attr-defined]
    return guarded


def without_second_step() -> Response | None:
    """For someone who may do nothing without the second step and came without it: where to set it up."""
    if not second_step.required_of(current_user._get_current_object()) or session.get("second_step"):
        return None
    return redirect(url_for("second_step.overview"), 303)


def require(predicate: Callable[[User], bool]) -> Callable[[View], View]:
    """Open to users for whom the predicate of `permissions` holds and who took the second step; 403 for others."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return to_sign_in()
            if not predicate(current_user._get_current_object()):
                abort(403)
            return without_second_step() or view(*args, **kwargs)

        guarded.access = predicate.__name__  # type: ignore[attr-defined]
        return guarded

    return mark


def to_sign_in() -> Response:
    """Send a guest to sign in; only a page that was asked for with GET is come back to. Raises SignedOut."""
    if written():
        raise SignedOut
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.sign_in", next=back), 303)
