"""The desk at which admins read what people say before anyone else does: one for each kind of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from storefront.core import clock
from storefront.core.db import unit_of_work
from storefront.voices import answering, finding, moderating
from storefront.voices.answering import NotToBeAnswered
from storefront.voices.finding import Asked
from storefront.voices.models import Words, WordsState
from storefront.voices.moderating import ChangedMeanwhile, NoReason, OwnGroup, OwnWords
from storefront.web import paging
from storefront.web.forms.voices import ReasonForm
from storefront.web.rendering import private_page
from storefront.web.shop.account import me

PAGE_SIZE = 20

_REFUSALS = (ChangedMeanwhile, NoReason, NotToBeAnswered, OwnGroup, OwnWords)


@dataclass(frozen=True)
class Desk:
    """The words of one kind, the blueprint whose pages these are, and what is said of and after each decision."""

    kind: type[Words]
    blueprint: str
    states: Mapping[str, Any]
    done: Mapping[str, Any]

    def page(self, wrong: str = "", reason: str = "", error: str = "") -> Response:
        """The list; where something was refused it is the list of that one alone, with what was written."""
        asked = _asked()
        if wrong:
            rows, count = [self._find(wrong)], 1
        else:
            rows, count = finding.queue(self.kind, asked, size=PAGE_SIZE, skip=paging.skip(PAGE_SIZE))

        def address(page: int) -> str:
            return url_for(f"{self.blueprint}.queue", state=asked.state or "all", producer=asked.producer or None,
                           stars=asked.stars or None, page=page)  # fmt: skip

        response = private_page(
            render_template(
                f"admin/voices/{self.kind.WHAT}s.html",
                blueprint=self.blueprint,
                rows=rows,
                count=count,
                asked=asked,
                states=[*self.states.items(), ("all", _("All"))],
                now=clock.now(),
                wrong=wrong,
                reason=reason,
                error=error,
                **paging.around(count, PAGE_SIZE, address),
            )
        )
        response.status_code = 422 if error else 200
        return response

    def decide(self, ref: str) -> Response | Redirect:
        """Show the version that was read, or refuse it with a reason."""
        found, form, decision = self._find(ref), ReasonForm(), request.form.get("decision")
        if decision not in ("show", "refuse"):
            abort(422)
        shown = decision == "show"
        if not shown and not form.validate():
            return self.page(ref, form.reason.data, form.error("reason"))
        who = {"seen": form.version, "by": me(), "now": clock.now()}
        try:
            with unit_of_work():
                moderating.show(found, **who) if shown else moderating.refuse(found, form.reason.data, **who)
        except _REFUSALS as error:
            return self.page(ref, form.reason.data, _said(error))
        flash(str(self.done[WordsState.SHOWN if shown else WordsState.REFUSED]), "success")
        return redirect(url_for(f"{self.blueprint}.queue"), 303)

    def hide_answer(self, ref: str) -> Response | Redirect:
        """Show the group's answer no longer."""
        found, form = self._find(ref), ReasonForm()
        if not form.validate():
            return self.page(ref, form.reason.data, form.error("reason"))
        try:
            with unit_of_work():
                answering.hide_answer(found, form.reason.data, seen=form.version, by=me(), now=clock.now())
        except _REFUSALS as error:
            return self.page(ref, form.reason.data, _said(error))
        flash(_("The answer is not shown any more; the group gets the reason."), "success")
        return redirect(url_for(f"{self.blueprint}.queue", state=WordsState.SHOWN), 303)

    def _find(self, ref: str) -> Words:
        return finding.by_ref(self.kind, ref) or abort(404)


def _asked() -> Asked:
    state, stars = request.args.get("state", WordsState.WAITING), request.args.get("stars", 0, type=int)
    return Asked(
        state if state in set(WordsState) else "",
        request.args.get("producer", "")[:80].strip(),
        stars if 1 <= stars <= 5 else 0,
    )


def _said(error: Exception) -> str:
    return {
        ChangedMeanwhile: _("This changed since you opened the page, or was decided. Look at it again."),
        NoReason: _("Write the reason: it goes out by letter, word for word"),
        NotToBeAnswered: _("There is no answer that shows."),
        OwnGroup: _("You have to do with this group. Somebody else must decide."),
        OwnWords: _("You wrote this yourself. Somebody else must decide."),
    }[type(error)]
