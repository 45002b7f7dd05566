"""What worries people: the cases, each with its confidential thread, and holding money back meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.accounts import finding as accounts
from storefront.accounts.models import Role
from storefront.concerns import finding, handling, subjects
from storefront.concerns.finding import Asked
from storefront.concerns.handling import (
    AlreadyClosed,
    NotConcerned,
    NotTheirs,
    NoWords,
    SaidMeanwhile,
    StillFrozen,
    TakenMeanwhile,
)
from storefront.concerns.models import Concern, ConcernState, Outcome
from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.giving import freezing
from storefront.giving.freezing import AlreadyFrozen, NoReason, NotInForce
from storefront.permissions import may_handle_concerns
from storefront.web import concern_words, paging
from storefront.web.forms.voices import paragraphs
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.account import me

pages = Blueprint("admin_concerns", __name__, url_prefix="/admin/concerns")

PAGE_SIZE = 50
MOST = 8000


class TooLong(ValueError):
    """More was typed than is kept; nothing is cut off unsaid."""


_REFUSALS = (
    AlreadyClosed, AlreadyFrozen, NotConcerned, NotTheirs, NoWords, NoReason, NotInForce, SaidMeanwhile, StillFrozen,
    TakenMeanwhile, TooLong,
)  # fmt: skip


@pages.get("")
@require(may_handle_concerns)
def queue() -> Response:
    """Cases by `state`, `owner` and `words`, the longest waiting first; none that the asker is a party to."""
    state, owner = request.args.get("state", ConcernState.OPEN), request.args.get("owner", "")
    asked = Asked(
        state if state in set(ConcernState) else "",
        owner if owner in ("me", "nobody") else "",
        request.args.get("words", "").strip()[:100],
    )
    rows, count = finding.queue(asked, me(), size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

    def address(page: int) -> str:
        return url_for("admin_concerns.queue", **(asdict(asked) | {"state": asked.state or "all"}), page=page)

    return private_page(
        render_template(
            "admin/concerns/queue.html",
            rows=rows,
            count=count,
            asked=asked,
            states=[*concern_words.state_names().items(), ("all", _("All"))],
            tag=concern_words.tag,
            names=subjects.names({one.party for row in rows for one in row.parties}),
            now=clock.now(),
            **paging.around(count, PAGE_SIZE, address),
        )
    )


@pages.get("/<number>")
@require(may_handle_concerns)
def case(number: str) -> Response:
    """One case."""
    return _page(_find(number))


@pages.post("/<number>/owner")
@require(may_handle_concerns)
def hand_over(number: str) -> Response | Redirect:
    """Look after it, or have somebody else do so."""
    concern = _find(number)
    owner = accounts.by_ref(request.form.get("owner", ""))
    if owner is None:
        return _page(concern, "owner", _("Choose who looks after it"))
    return _do(
        concern,
        "owner",
        lambda _words: handling.hand_to(concern, owner, seen=request.form.get("seen", ""), by=me(), now=clock.now()),
        _("%(name)s looks after it now.", name=owner.name),
    )


@pages.post("/<number>/messages")
@require(may_handle_concerns)
def say(number: str) -> Response | Redirect:
    """Write to the reporter, or a note for admins."""
    concern, kind = _find(number), request.form.get("kind")
    if kind not in ("answer", "note"):
        abort(422)
    who: Any = {"by": me(), "now": clock.now()}
    if kind == "note":
        return _do(
            concern, "text", lambda text: handling.note(concern, text, **who), _("Noted, for admins only.")
        )  # fmt: skip
    return _do(
        concern,
        "text",
        lambda text: handling.answer(concern, text, seen=_seen(), **who),
        _("The reporter reads it by their link."),
    )


@pages.post("/<number>/closing")
@require(may_handle_concerns)
def close(number: str) -> Response | Redirect:
    """Say what came of it."""
    concern, outcome = _find(number), request.form.get("outcome", "")
    if outcome not in set(Outcome):
        return _page(concern, "outcome", _("Choose what came of it"))
    return _do(
        concern,
        "reason",
        lambda reason: handling.close(concern, Outcome(outcome), reason, seen=_seen(), by=me(), now=clock.now()),
        _("Closed. The reporter reads why, and may write again."),
    )


@pages.post("/<number>/freezes")
@require(may_handle_concerns)
def freeze(number: str) -> Response | Redirect:
    """Hold back what a party of the case is owed."""
    concern, party = _find(number), request.form.get("party", "")
    return _do(
        concern,
        "why",
        lambda why: handling.freeze(concern, party, why, by=me(), now=clock.now()),
        _("Nothing is paid to them until you lift it."),
    )


@pages.post("/<number>/freezes/<ref>/lifting")
@require(may_handle_concerns)
def lift(number: str, ref: str) -> Response | Redirect:
    """Let payments go on."""
    concern = _find(number)
    found = next((one for one in freezing.of_concern(number) if one.ref == ref), None) or abort(404)
    return _do(
        concern,
        f"why_lifted-{ref}",
        lambda why: freezing.lift(found, why, actor=f"user:{me().ref}", now=clock.now()),
        _("They can be paid again, unless another case holds their money."),
    )


def _owners(concern: Concern) -> dict[str, str]:
    """Who can look after a case, by reference: the admins, and whoever does so now."""
    admins = [one for one in accounts.search("", Role.ADMIN, size=100, skip=0)[1] if one.closed_at is None]
    return {one.ref: one.name for one in (*filter(None, [concern.owner]), *admins)}


def _find(number: str) -> Concern:
    return finding.by_number(number, me()) or abort(404)


def _typed(name: str) -> str:
    """What was typed; raises TooLong where it would have to be cut."""
    words = paragraphs(request.form.get(name))
    if len(words) > MOST:
        raise TooLong
    return words


def _seen() -> int:
    """The last entry that the page showed; 0, before every entry, where that makes no sense."""
    return request.form.get("seen", 0, type=int)


def _do(concern: Concern, field: str, act: Callable[[str], None], done: str) -> Response | Redirect:
    """Do it with the words of a field, whose id is its name or begins with it; or show what was refused."""
    number = concern.number
    try:
        with unit_of_work():
            act(_typed(field.partition("-")[0]))
    except _REFUSALS as error:
        over = isinstance(error, (AlreadyClosed, AlreadyFrozen, NotInForce))  # its form is on the page no longer
        at = "party" if isinstance(error, NotConcerned) else field
        return _page(_find(number), "" if over else at, _said(error))
    flash(done, "success")
    return redirect(url_for("admin_concerns.case", number=number), 303)


def _said(error: Exception) -> str:
    if isinstance(error, TakenMeanwhile):
        holder = error.holder.name if error.holder else _("nobody")
        return _("%(name)s looks after it since you opened the page. Ask them, then choose again.", name=holder)
    return {
        AlreadyClosed: _("Somebody closed the case meanwhile. You can note things; the reporter can open it again."),
        NotConcerned: _("The case is not about this party. Choose one of those it names."),
        NotTheirs: _("Only an admin whom the case doesn't concern can look after it."),
        AlreadyFrozen: _("Their money is held back for this case already, for the reason above."),
        SaidMeanwhile: _("The reporter wrote more since you opened the page. Read it, then send this."),
        StillFrozen: _("Money is held back for this case. Lift that first, or keep the case open."),
        TooLong: _("Shorten this to %(most)s characters.", most=MOST),
        NoWords: _("Write something first"),
        NoReason: _("Write the reason: it stays on record"),
        NotInForce: _("Somebody lifted it meanwhile."),
    }[type(error)]


def _page(concern: Concern, field: str = "", error: str = "") -> Response:
    name, path = concern_words.about(concern.subject)
    freezes, parties = freezing.of_concern(concern.number), subjects.names([one.party for one in concern.parties])
    held = {one.party for one in freezes if one.lifted_at is None}
    closed = concern.state == ConcernState.CLOSED
    response = private_page(
        render_template(
            "admin/concerns/case.html",
            concern=concern,
            name=name,
            path=path,
            tag=concern_words.tag(concern),
            outcomes=list(concern_words.outcome_names().items()),
            admins=list(_owners(concern).items()),
            freezes=freezes,
            parties=parties,
            to_freeze=[] if closed else [one for one in parties.items() if one[0] not in held],
            field=field,
            error=error,
            typed=request.form,
            own_address=concern.email == me().email,
            # Words for a form that is gone can still be kept as a note.
            left_over="" if field else next(filter(None, map(request.form.get, ("reason", "why", "why_lifted"))), ""),
        )
    )
    response.status_code = 422 if error else 200
    return response
