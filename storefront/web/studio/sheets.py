"""A group's listings as a spreadsheet: sent out, taken in, looked at before anything changes."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from storefront.catalog.sheets import columns, reporting, sending, uploads
from storefront.catalog.sheets.finding import Shelf
from storefront.catalog.sheets.models import ListingSheet, SheetState
from storefront.core.db import session
from storefront.core.spreadsheets import csv_lines
from storefront.giving import promising, sheets
from storefront.permissions import may_edit_listings
from storefront.producers import members
from storefront.producers.models import Member
from storefront.web import listing_words, sheet_words
from storefront.web.rendering import private_page
from storefront.web.security import takes_files
from storefront.web.studio.scope import studio, studio_page

pages = Blueprint("studio_sheets", __name__, url_prefix="/studio/<producer_slug>")

UPLOAD_MEGABYTES = 256
LOOK_AGAIN_SECONDS = "5"


@pages.get("/listings.csv")
@studio(may_edit_listings)
def as_file(membership: Member) -> Response:
    """All listings in the form that comes back in."""
    lines = csv_lines(Shelf(membership.producer, promising.plain).sheet())
    response = private_page(Response(list(lines), mimetype="text/csv"))
    response.headers["Content-Disposition"] = f'attachment; filename="listings-{membership.producer.slug}.csv"'
    return response


@pages.get("/spreadsheets")
@studio(may_edit_listings)
def overview(membership: Member) -> Response:
    """What a spreadsheet can do, the form that sends one in, and those that wait."""
    return _overview(membership)


@pages.post("/spreadsheets")
@studio(may_edit_listings)
@takes_files(UPLOAD_MEGABYTES)
def take(membership: Member) -> Response | Redirect:
    """Take a spreadsheet and its photographs in, to be checked."""
    table, images = request.files.get("table"), request.files.get("images")
    data = table.stream.read(uploads.MOST_BYTES + 1) if table else b""
    if not data:
        return _overview(membership, _("Choose a CSV file first."))
    if len(data) > uploads.MOST_BYTES:
        return _overview(membership, _("This file is larger than 20 MB. Send it in parts."))
    pack = images.stream if images and images.filename else None
    sheet = uploads.take(membership.producer, data, pack, sheets.shop(), actor=members.actor(membership))
    return _to(membership, sheet)


@pages.get("/spreadsheets/<ref>")
@studio(may_edit_listings)
def report(membership: Member, ref: str) -> Response:
    """What one would do or has done, or how far its check is."""
    return _report(membership, _find(membership, ref))


@pages.post("/spreadsheets/<ref>/agreement")
@studio(may_edit_listings)
def agree(membership: Member, ref: str) -> Response | Redirect:
    """Import it as the report says: whole, or without what is faulty."""
    sheet, form = _find(membership, ref), request.form
    try:
        uploads.agree(
            sheet, sheets.shop(), seen=form.get("seen", ""), skip_bad="skip_bad" in form,
            actor=members.actor(membership),
        )  # fmt: skip
    except uploads.NotWaiting:
        return _report(membership, sheet, _("Nothing was imported: look at the report again, then decide."))
    return _to(membership, sheet)


@pages.post("/spreadsheets/<ref>/sending")
@studio(may_edit_listings)
def send(membership: Member, ref: str) -> Response | Redirect:
    """Send the drafts that it brought in to be checked, all that are complete."""
    sheet = _find(membership, ref)
    try:
        sending.send(sheet, actor=members.actor(membership))
    except sending.NotImported:
        return _report(membership, sheet, _("Nothing of this file was imported yet, so there is nothing to send."))
    return _to(membership, sheet)


@pages.post("/spreadsheets/<ref>/removal")
@studio(may_edit_listings)
def drop(membership: Member, ref: str) -> Response | Redirect:
    """Forget it; nothing of it was imported, or all that was stays."""
    sheet = _find(membership, ref)
    try:
        uploads.drop(sheet, sheets.shop())
    except uploads.NotWaiting:
        return _report(membership, sheet, _("It is being imported just now."))
    flash(_("The file was thrown away."), "success")
    return redirect(url_for("studio_sheets.overview", producer_slug=membership.producer.slug), 303)


def _find(membership: Member, ref: str) -> ListingSheet:
    """A spreadsheet of this group, or 404."""
    return session().scalar(
        select(ListingSheet).where(ListingSheet.ref == ref, ListingSheet.producer_id == membership.producer_id)
    ) or abort(404)  # fmt: skip


def _to(membership: Member, sheet: ListingSheet) -> Redirect:
    return redirect(url_for("studio_sheets.report", producer_slug=membership.producer.slug, ref=sheet.ref), 303)


def _overview(membership: Member, error: str = "") -> Response:
    kept = session().scalars(
        select(ListingSheet).where(ListingSheet.producer_id == membership.producer_id).order_by(ListingSheet.id.desc())
    )
    return studio_page(
        "studio/sheets/overview.html",
        membership,
        422 if error else 200,
        sheets=kept.all(),
        states=_states(),
        most_rows=columns.MOST_ROWS,
        error=error,
    )


def _report(membership: Member, sheet: ListingSheet, error: str = "") -> Response:
    told, waits = sheet.report, sheet.state in (SheetState.WAITING, SheetState.AGREED)
    refused = sheet.state == SheetState.REFUSED
    facts = {} if waits or refused else {
        "notes": sheet_words.reading_notes(
            *(told[name] for name in ("encoding", "separator", "rows", "doubtful", "unused"))
        ),
        "kinds": [(told["counts"][kind], words) for kind, words in sheet_words.kinds().items()],
        "steps": [(step, sheet_words.step_lines(step)) for step in told["steps"]],
        "faults": [(fault, sheet_words.fault_text(fault)) for fault in reporting.faults(told)],
    }  # fmt: skip
    page = studio_page(
        "studio/sheets/report.html",
        membership,
        422 if error else 200,
        sheet=sheet,
        state=_states()[sheet.state],
        report=told,
        waits=waits,
        refusal=sheet_words.kept_refusal(told) if refused else "",
        error=error,
        unsent=sending.unsent(sheet) if sheet.state == SheetState.DONE else 0,
        task_name=listing_words.task_name,
        **facts,
    )
    if waits:
        page.headers["Refresh"] = LOOK_AGAIN_SECONDS
    return page


def _states() -> dict[str, str]:
    return {
        SheetState.WAITING: _("Being checked"),
        SheetState.CHECKED: _("Checked, nothing imported yet"),
        SheetState.AGREED: _("Being imported"),
        SheetState.DONE: _("Imported"),
        SheetState.REFUSED: _("Could not be read"),
    }
