"""The guard of the studio: a group is found through the memberships of whoever asks, then its act allowed by role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, abort, render_template
from flask_login import current_user
from sqlalchemy.orm.exc import ObjectDeletedError

from storefront.producers import members
from storefront.producers.models import Member
from storefront.web.guards import View, to_sign_in, without_second_step
from storefront.web.rendering import private_page


def studio(act: Callable[[Member], bool]) -> Callable[[View], View]:
    """For views under `/studio/<producer_slug>/…`: 404 for a stranger to the group, 403 where `act` says no.

    The view gets `membership` (with its producer and user) instead of the slug.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, producer_slug: str, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return to_sign_in()
            membership = members.of_user_in(current_user.id, producer_slug) or abort(404)
            if not act(membership):
                abort(403)
            try:
                return without_second_step() or view(*args, membership=membership, **kwargs)
            except ObjectDeletedError:
                # Removed from the group while the request ran; anything else that is gone is a fault.
                if members.of_user_in(current_user.id, producer_slug) is None:
                    abort(404)
                raise

        guarded.access = f"studio:{act.__name__}"  # type: ignore[attr-defined]
        return guarded

    return mark


def studio_page(template: str, membership: Member, status: int = 200, **facts: Any) -> Response:
    """A page of the group's studio, which knows `membership` and `producer`."""
    page = private_page(
        render_template(template, membership=membership, producer=membership.producer, **facts),
    )
    page.status_code = status
    return page
