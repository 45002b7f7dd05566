"""The journal as an admin reads it: who did what, when and why, narrowed down, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import chain as chained

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _

from storefront.concerns import finding as concerns
from storefront.core import journal as chain
from storefront.core.journal import Asked, JournalEntry
from storefront.core.spreadsheets import csv_lines
from storefront.permissions import may_read_journal
from storefront.vetting import finding as vetting
from storefront.web import acting
from storefront.web.guards import require
from storefront.web.rendering import private_page
from storefront.web.shop.account import me

pages = Blueprint("admin_journal", __name__, url_prefix="/admin")

PAGE_SIZE = 20
LARGEST = 2**31 - 1
COLUMNS = ("sequence", "at", "act", "subject", "actor", "facts", "digest")


@pages.get("/journal")
@require(may_read_journal)
def journal() -> Response:
    """A page of entries, the newest first; `before` is the number that the next page begins under."""
    asked, before = _asked(), request.args.get("before", type=int)
    wanted = min(max(before, 0), LARGEST) if before is not None else None
    found = list(chain.entries(asked, before=wanted, most=PAGE_SIZE + 1, without=_hidden()))
    shown = found[:PAGE_SIZE]
    acting.meet(code for one in shown for code in _codes(one))
    values = {name: value for name, value in request.args.items() if name != "before"}
    return private_page(
        render_template(
            "admin/journal/list.html",
            asked=asked,
            choices=[("", _("All")), *((act, act) for act in chain.acts(_hidden()))],
            rows=shown,
            older=url_for(".journal", **values, before=shown[-1].sequence) if len(found) > PAGE_SIZE else "",
            newest=url_for(".journal", **values) if wanted is not None else "",
            file=url_for(".as_file", **values),
        )
    )


@pages.get("/journal.csv")
@require(may_read_journal)
def as_file() -> Response:
    """All entries that the page's filters leave, as CSV."""
    lines = csv_lines(chained([COLUMNS], _rows(chain.entries(_asked(), without=_hidden()))))
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="journal.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _codes(entry: JournalEntry) -> list[str]:
    """What may stand for somebody: its actor, its subject, and facts of a single word."""
    words = [value for value in entry.facts.values() if isinstance(value, str) and " " not in value]
    return [entry.actor, entry.subject, *words]


def _asked() -> Asked:
    given = {name: request.args.get(name, "").strip()[:120] for name in ("act", "subject", "actor")}
    return Asked(**given, since=_day("since"), until=_day("until"))


def _hidden() -> list[str]:
    """Not even that there is a case, or when it came in, is for those whom it concerns.

    Nor is who among the reviewers thought what of an application of their own.
    """
    concerned = [f"concern:{number}" for number in concerns.hidden_from(me())]
    return concerned + [f"application:{ref}" for ref in vetting.refs_of_own(me())]


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _rows(entries: Iterator[JournalEntry]) -> Iterator[list[object]]:
    for one in entries:
        facts = json.dumps(one.facts, ensure_ascii=False, sort_keys=True)
        yield [one.sequence, one.at.isoformat(), one.act, one.subject, one.actor, facts, one.digest]
