"""Impact receipts: their pages and files, and the page on which anyone can verify one."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import segno
from flask import Blueprint, Response, abort, make_response, render_template, request
from werkzeug.datastructures import ImmutableMultiDict

from storefront import config
from storefront.core.money import Money
from storefront.core.unseen import UNSEEN
from storefront.receipts import pdf, reading
from storefront.receipts.credential import did
from storefront.receipts.models import Receipt, Revision
from storefront.receipts.verifying import MAX_CHARACTERS, NotAuthentic, Verified, verify
from storefront.web.guards import public
from storefront.web.limits import limited
from storefront.web.machine.well_known import public_keys
from storefront.web.rendering import day_text, money, private_page, public_page

pages = Blueprint("receipts", __name__)

MOST_PASTED = 6 * 1024 * 1024


@dataclass(frozen=True)
class ShownPart:
    """A part of a line as `split_bar` draws it."""

    label: str
    to: str
    money: Money
    percent: float
    basis: str


@dataclass(frozen=True)
class ShownLine:
    """A line of a receipt as its page shows it."""

    product: str
    quantity: int
    batch: str | None
    net: Money
    parts: list[ShownPart]


@pages.get("/receipts/<public_id>")
@public
def receipt(public_id: str) -> Response:
    """A receipt's newest revision, or an older one by `?revision=`, with what became of it."""
    found, chain, shown = _find(public_id)
    credential = reading.said(shown)
    subject = credential["credentialSubject"]
    return public_page(
        render_template(
            "shop/receipts/receipt.html",
            receipt=found,
            revision=shown,
            chain=chain,
            credential=credential,
            subject=subject,
            lines=_lines(subject),
            given=_given(subject),
            **{name: Money(subject[name], subject["currency"]) for name in ("paid", "delivery", "refunded")},
            lifecycle=reading.lifecycle(found),
            url=credential["id"],
        )
    )


@pages.get("/receipts/<public_id>.jwt")
@public
def token(public_id: str) -> Response:
    """The signed credential itself."""
    return _file(_find(public_id)[2].jwt, "application/vc+jwt", f"receipt-{public_id}.jwt")


@pages.get("/receipts/<public_id>.json")
@public
def readable(public_id: str) -> Response:
    """What was signed, readable, with the signed token as its member `jwt`."""
    shown = _find(public_id)[2]
    text = json.dumps(reading.said(shown) | {"jwt": shown.jwt}, ensure_ascii=False, indent=2)
    return _file(text, "application/json", f"receipt-{public_id}.json")


@pages.get("/receipts/<public_id>.pdf")
@public
def printed(public_id: str) -> Response:
    """The same as a PDF."""
    _receipt, chain, shown = _find(public_id)
    content = pdf.render(reading.said(shown), replaced=shown is not chain[-1], money=money, day=day_text)
    return _file(content, "application/pdf", f"receipt-{public_id}.pdf")


@pages.get("/receipts/<public_id>.svg")
@public
def code(public_id: str) -> Response:
    """A QR code of the receipt's address."""
    _find(public_id)
    drawing = io.BytesIO()
    address = f"{config.current().base_url}/receipts/{public_id}"
    segno.make(address, error="m").save(drawing, kind="svg", border=2, light="#ffffff", svgclass=None, lineclass=None)
    return _file(drawing.getvalue(), "image/svg+xml", "")


@pages.get("/verify")
@public
def verify_form() -> Response:
    """Where anyone can check a receipt."""
    return public_page(_verify_page())


@pages.post("/verify")
@public
@limited("verify")
def verify_text() -> tuple[Response, int]:
    """Check a pasted text or an uploaded file; it is not kept. Far too long a text is told so in words."""
    request.max_content_length, request.max_form_memory_size = 2 * MOST_PASTED, MOST_PASTED
    request.parameter_storage_class = ImmutableMultiDict  # as it was pasted: a character too many is a change
    pasted = request.form.get("receipt", "")
    uploaded = request.files.get("file")
    if uploaded and uploaded.filename:
        pasted = uploaded.read(4 * MAX_CHARACTERS + 1).decode("utf-8", errors="replace")
    page, status = _judged(pasted)
    return private_page(page), status


@pages.get("/verify/<public_id>")
@public
def verify_by_id(public_id: str) -> tuple[Response, int]:
    """Check the newest revision of a receipt on record, as if its file had been pasted."""
    page, status = _judged(_find(public_id)[2].jwt)
    return (public_page(page) if status == 200 else private_page(page)), status


def _judged(text: str) -> tuple[str, int]:
    """The page that says whether a receipt verifies, and its status."""
    try:
        verified = verify(text, jwks=public_keys(), issuer=did(config.current().base_url))
    except NotAuthentic as error:
        # Back into the form for correcting, unless it is far too long or no text at all.
        kept = text if len(text) <= MAX_CHARACTERS and not UNSEEN.search(text) else ""
        return _verify_page(reason=str(error), pasted=kept), 422
    return _verified_page(verified), 200


def _find(public_id: str) -> tuple[Receipt, list[Revision], Revision]:
    """The receipt, all its revisions, and the one that was asked for (by default the newest)."""
    found = reading.by_public_id(public_id)
    if found is None:
        abort(404)
    chain = reading.revisions(found)
    wanted = request.args.get("revision", type=int, default=len(chain))
    if not 1 <= wanted <= len(chain):
        abort(404)
    return found, chain, chain[wanted - 1]


def _lines(subject: dict[str, Any]) -> list[ShownLine]:
    currency = subject["currency"]
    return [
        ShownLine(
            product=line["product"],
            quantity=line["quantity"],
            batch=line.get("batch"),
            net=Money(line["net"], currency),
            parts=[
                ShownPart(
                    label=part["label"],
                    to=part["to"],
                    money=Money(part["minor"], currency),
                    percent=max(0.0, 100 * part["minor"] / (line["net"] or 1)),
                    basis=part["basis"],
                )
                for part in line["split"]
            ],
        )
        for line in subject["lines"]
    ]


def _given(subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Each charity by name, with what it is owed."""
    names = {part["charity"]: part["label"] for line in subject["lines"] for part in line["split"] if "charity" in part}
    return [
        {"slug": row["charity"], "name": names.get(row["charity"], row["charity"]),
         "money": Money(row["minor"], subject["currency"])}
        for row in subject["given"]
    ]  # fmt: skip


def _verify_page(**facts: Any) -> str:
    return render_template("shop/receipts/verify.html", **{"reason": "", "pasted": "", **facts})


def _verified_page(verified: Verified) -> str:
    revision = reading.by_digest(verified.digest)
    newest = reading.revisions(revision.receipt)[-1] if revision else None
    return render_template(
        "shop/receipts/verified.html",
        verified=verified,
        subject=verified.subject,
        given=_given(verified.subject),
        revision=revision,
        newest=newest,
        paid=Money(verified.subject["paid"], verified.subject["currency"]),
        signed_on=date.fromisoformat(verified.credential["validFrom"][:10]),
        bought_on=date.fromisoformat(verified.subject["bought"]),
    )


def _file(content: str | bytes, mimetype: str, name: str) -> Response:
    response = make_response(content)
    response.mimetype = mimetype
    if name:
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return public_page(response)
