"""What the reviewers' desks for listings and for batches share: the queue, the decision and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from storefront.catalog import revising
from storefront.catalog.checking import Problem
from storefront.catalog.models import Product, Revised, RevisionState
from storefront.core import clock
from storefront.core.db import session, unit_of_work
from storefront.producers.reading import called
from storefront.web import paging
from storefront.web.rendering import private_page

R = TypeVar("R", bound=Revised)

PAGE_SIZE = 50
MOST_NOTE = 4000
_STATES = (RevisionState.SENT, RevisionState.CHANGES_ASKED, RevisionState.APPROVED, RevisionState.DROPPED)


def queue(kind: type[R], desk: str, heading: str, *, title_of: Callable[[R], str], new: Callable[[R], str]) -> Response:
    """Versions of this kind by state, those that wait the longest first; `producer` narrows them down."""
    state = request.args.get("state", RevisionState.SENT)
    state = state if state in _STATES else RevisionState.SENT
    producer = request.args.get("producer", "")[:80].strip()
    found = (
        select(kind)
        .join(kind.product)
        .join(Product.producer)
        .where(kind.state == state, kind.sent_at.is_not(None))
    )  # fmt: skip
    if producer:
        found = found.where(called(producer))
    count = session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = kind.sent_at if state == RevisionState.SENT else kind.decided_at.desc()
    rows = session().scalars(
        found.options(contains_eager(kind.product).contains_eager(Product.producer))
        .order_by(order, kind.id)
        .limit(PAGE_SIZE)
        .offset(paging.skip(PAGE_SIZE))
    )

    def address(page: int) -> str:
        return url_for(f"{desk}.queue", state=state, producer=producer or None, page=page)

    return private_page(
        render_template(
            "admin/listings/queue.html",
            desk=desk,
            heading=heading,
            title_of=title_of,
            new=new,
            rows=rows.all(),
            count=count,
            state=state,
            producer=producer,
            states=choices(),
            now=clock.now(),
            **paging.around(count, PAGE_SIZE, address),
        )
    )


def decide(
    found: Revised, approve: Callable[..., None], note: str, page: Callable[[Exception], str]
) -> Response | None:
    """Approve exactly what the page showed, or ask for changes; where neither is possible, the page that says why."""
    asked = request.form.get("decision", "")
    who: dict[str, Any] = {
        "stamp": request.form.get("seen", ""), "reviewer_id": current_user.id, "actor": f"user:{current_user.ref}",
        "now": clock.now(),
    }  # fmt: skip
    try:
        with unit_of_work():
            if len(note) > MOST_NOTE:
                raise LongNote
            if asked == "approve":
                approve(found, note=note, **who)
            elif asked == "changes":
                revising.ask_for_changes(found, note, **who)
            else:
                abort(422)
    except _REFUSALS as error:
        response = private_page(page(error))
        response.status_code = 422
        return response
    flash(_("Approved: shoppers see it now.") if asked == "approve" else _("The group has been asked."), "success")
    return None


class LongNote(ValueError):
    """The words to the group have more than `MOST_NOTE` characters; none of them is cut off."""


_REFUSALS = (
    LongNote,
    revising.EditedMeanwhile,
    revising.IllegalMove,
    revising.NoReason,
    revising.NotReady,
    revising.OwnGroup,
    revising.ProducerNotApproved,
    revising.ProductArchived,
)


def choices() -> list[tuple[str, str]]:
    """The states that a version can be in once it was sent."""
    return [
        (RevisionState.SENT, _("Waiting")),
        (RevisionState.CHANGES_ASKED, _("Changes asked")),
        (RevisionState.APPROVED, _("Approved")),
        (RevisionState.DROPPED, _("Dropped by the group")),
    ]


def said(error: Exception, problem_text: Callable[[Problem], str]) -> str:
    """Why a decision was not taken, in words."""
    if isinstance(error, revising.NotReady):
        return " ".join(problem_text(one) for one in error.problems)
    return {
        LongNote: _("Shorten this to %(most)s characters.", most=MOST_NOTE),
        revising.EditedMeanwhile: _("This version changed since you opened it. Look at it again, then decide."),
        revising.IllegalMove: _("This version is not waiting for a decision any more."),
        revising.NoReason: _("Write what is to change: the group gets your words by mail."),
        revising.OwnGroup: _("You have to do with this group or wrote some of this. Somebody else must decide."),
        revising.ProducerNotApproved: _("The group itself is not approved, so nothing of it can go live."),
        revising.ProductArchived: _("The product was archived."),
    }[type(error)]
